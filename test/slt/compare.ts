/** Renders results as the recordings do, and compares. */
import { createHash } from 'node:crypto';
import type { Dialect, SltRecord } from './record.ts';

type Expected = Extract<SltRecord['expect'], { kind: 'rows' }>;

/** Cells in PostgreSQL's text format; null is NULL. */
export type TextRow = readonly (string | null)[];

/** Undefined when `rows` are what was expected, else what differs. `labels` holds the digest of each label seen in the file. */
export function difference(
  expected: Expected,
  rows: readonly TextRow[],
  columns: number,
  dialect: Dialect,
  labels: Map<string, string>,
): string | undefined {
  if (dialect === 'postgres') return postgresDifference(expected, rows);
  if (columns !== expected.types.length) return `expected ${expected.types.length} columns, got ${columns}`;
  const values = sorted(
    rows.map((row) => row.map((cell, at) => sqliteText(cell, expected.types[at]))),
    expected.sort,
  );
  const digest = md5(values.map((value) => `${value}\n`).join(''));
  if (expected.label !== undefined) {
    const before = labels.get(expected.label);
    if (before !== undefined && before !== digest) return `differs from the earlier result labelled ${expected.label}`;
    labels.set(expected.label, digest);
  }
  const hashed = expected.lines.length === 1 ? /^(\d+) values hashing to ([0-9a-f]{32})$/.exec(expected.lines[0]) : null;
  if (hashed !== null) {
    return values.length === Number(hashed[1]) && digest === hashed[2]
      ? undefined
      : `expected ${hashed[1]} values hashing to ${hashed[2]}, got ${values.length} hashing to ${digest}: ${values.slice(0, 8).join(' | ')}`;
  }
  return listDifference(expected.lines, values);
}

function postgresDifference(expected: Expected, rows: readonly TextRow[]): string | undefined {
  let got = rows.map((row) => row.map(postgresText).join('\t'));
  let wanted = [...expected.lines];
  if (expected.sort === 'rowsort') [got, wanted] = [got.toSorted(bytewise), wanted.toSorted(bytewise)];
  if (got.length === wanted.length && got.every((line, at) => sameLine(line, wanted[at], expected.types))) return undefined;
  return listDifference(wanted, got);
}

function sameLine(got: string, wanted: string, types: string): boolean {
  if (got === wanted) return true;
  const [a, b] = [got.split('\t'), wanted.split('\t')];
  return a.length === b.length && a.every((cell, at) => cell === b[at] || (types[at] === 'R' && closeNumbers(cell, b[at])));
}

function closeNumbers(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
}

function listDifference(wanted: readonly string[], got: readonly string[]): string | undefined {
  const at = wanted.findIndex((line, index) => line !== got[index]);
  if (at < 0 && wanted.length === got.length) return undefined;
  const where = at < 0 ? wanted.length : at;
  return `line ${where + 1} of ${wanted.length}: expected ${JSON.stringify(wanted[where])}, got ${JSON.stringify(got[where])} (${got.length} lines)`;
}

function sorted(rows: readonly (readonly string[])[], sort: Expected['sort']): string[] {
  if (sort === 'valuesort') return rows.flat().toSorted(bytewise);
  if (sort === 'nosort') return rows.flat();
  return rows
    .toSorted((a, b) => {
      for (let at = 0; at < a.length; at++) {
        const order = bytewise(a[at], b[at]);
        if (order !== 0) return order;
      }
      return 0;
    })
    .flat();
}

/** SQLite's C runner prints through %d, %.3f and %s. */
function sqliteText(cell: string | null, type: string): string {
  if (cell === null) return 'NULL';
  const number = cell === 't' ? 1 : cell === 'f' ? 0 : Number(cell);
  if (type === 'I') return /^-?\d+$/.test(cell) ? BigInt(cell).toString() : Number.isFinite(number) ? String(Math.trunc(number) + 0) : '0';
  if (type === 'R') return Number.isFinite(number) ? number.toFixed(3) : '0.000';
  return cell === '' ? '(empty)' : cell.replaceAll(/[^\x20-\x7e]/g, '@');
}

function postgresText(cell: string | null): string {
  if (cell === null) return 'NULL';
  if (cell === '') return '(empty)';
  return cell.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
