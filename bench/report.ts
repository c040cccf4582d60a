/** One measured figure. `ratio` is how many times better we are than the peer, above 1 is ahead. */
export interface Figure {
  readonly suite: string;
  readonly case: string;
  readonly ours: number;
  /** Null when the peer was cut off; absent when there is none. */
  readonly peer?: number | null;
  readonly peerName?: string;
  readonly unit: string;
  /** TPC-H's scale factor, where there is one. */
  readonly scale?: number;
  readonly ratio?: number;
  /** What our figure promises its reader, e.g. `linearizable`. */
  readonly consistency: string;
  /** Where a commit is safe, e.g. `object`, `memory`, `none` for reads. */
  readonly durability: string;
}

/** Whether more or less of a unit is better. */
const LOWER_IS_BETTER = /^(?:round trips|ms|s|µs|requests|bytes|MB)$/;

/** Completes a figure with its ratio. */
export function figure(given: Omit<Figure, 'ratio'>): Figure {
  if (given.peer === undefined || given.peer === null) return { ...given, ours: rounded(given.ours) };
  const ratio = LOWER_IS_BETTER.test(given.unit) ? given.peer / given.ours : given.ours / given.peer;
  return { ...given, ours: rounded(given.ours), peer: rounded(given.peer), ratio: rounded(ratio) };
}

/** The geometric mean of positive values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Says that a case failed: the run goes on, and its exit code tells. */
export function failed(what: string): void {
  console.error(`FAILED ${what}`);
  process.exitCode = 1;
}

/** Four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** A table people like to read. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((each) => [
    each.scale === undefined ? each.suite : `${each.suite} ${each.scale}`,
    each.case,
    `${rounded(each.ours)} ${each.unit}`,
    each.peer === undefined ? '' : each.peer === null ? 'cut off' : `${rounded(each.peer)} ${each.unit}`,
    each.peerName ?? '',
    each.ratio === undefined ? '' : `${each.ratio.toFixed(2)} ×`,
    `${each.consistency}, ${each.durability}`,
  ]);
  const all = [['suite', 'case', 'ours', 'peer', '', 'ratio', 'consistency, durability'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column >= 2 && column <= 5 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => '─'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}
