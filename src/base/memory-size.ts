const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Bytes of a size as PostgreSQL's settings spell it (`64kB`, `1GB`; a bare number counts kilobytes); undefined when it is none. */
export function memoryBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * UNITS[match[2] ?? 'kB']);
}

/** The size in the largest unit that it is a whole number of. */
export function memoryText(bytes: number): string {
  const unit = ['TB', 'GB', 'MB', 'kB'].find((name) => bytes % UNITS[name] === 0) ?? 'B';
  return `${bytes / UNITS[unit]}${unit}`;
}
