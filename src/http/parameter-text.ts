/** JSON parameters as PostgreSQL's text format, by the rules of Neon's proxy. */

/** null stays NULL, text stays as it is, arrays become array literals, everything else its JSON text. */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
}

function arrayLiteral(items: readonly unknown[]): string {
  return `{${items.map(elementText).join(',')}}`;
}

function elementText(item: unknown): string {
  if (item === null || item === undefined) return 'NULL';
  if (Array.isArray(item)) return arrayLiteral(item);
  if (typeof item === 'string') return quoted(item);
  return typeof item === 'object' ? quoted(JSON.stringify(item)) : JSON.stringify(item);
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
