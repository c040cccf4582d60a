/**
 * Whether two engines gave the same answer: texts trimmed, numbers within a billionth (one side may sum in floating point, or divide in it),
 * rows in any order as far as the query leaves it free.
 */

export type Answer = readonly (readonly unknown[])[];

const RELATIVE_ERROR_MAX = 1e-9;

/** Undefined when they agree, else where they differ. The columns of `order` come in the same order on both sides. */
export function difference(ours: Answer, theirs: Answer, order: readonly number[] = []): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} rows against ${theirs.length}`;
  const mine = ours.map(texts);
  const other = theirs.map(texts);
  if (firstDifference(mine, other) === undefined) return undefined;
  const keys = (rows: readonly string[][]) => rows.map((row) => order.map((column) => row[column]));
  const misplaced = firstDifference(keys(mine), keys(other));
  return firstDifference(sorted(mine), sorted(other)) ?? (misplaced === undefined ? undefined : `${misplaced}, in order`);
}

/** The columns of a result that the query's own ORDER BY names. */
export function orderColumns(sql: string, names: readonly string[]): number[] {
  const clause = /\border\s+by\s+([^()]*?)(?:\blimit\b[^()]*)?$/i.exec(sql)?.[1] ?? '';
  const keys = clause.split(',').map((key) => key.trim().replace(/\s+(?:asc|desc)$/i, ''));
  return keys.map((key) => names.indexOf(key)).filter((at) => at >= 0);
}

function firstDifference(ours: readonly string[][], theirs: readonly string[][]): string | undefined {
  for (let row = 0; row < ours.length; row++) {
    if (ours[row].length !== theirs[row].length) return `${ours[row].length} columns against ${theirs[row].length}`;
    for (let column = 0; column < ours[row].length; column++) {
      if (!isSame(ours[row][column], theirs[row][column]))
        return `row ${row + 1}, column ${column + 1}: ${ours[row][column]} against ${theirs[row][column]}`;
    }
  }
  return undefined;
}

function isSame(ours: string, theirs: string): boolean {
  if (ours === theirs) return true;
  if (ours === '' || theirs === '') return false;
  const mine = Number(ours);
  const other = Number(theirs);
  return Math.abs(mine - other) <= RELATIVE_ERROR_MAX * Math.max(Math.abs(mine), Math.abs(other)); // false for what is no number
}

function texts(row: readonly unknown[]): string[] {
  return row.map((value) => textOfCell(value).trimEnd());
}

/** A cell of either engine as text; dates as their day, null as nothing. */
export function textOfCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return (value as { toString(): string }).toString(); // the peers' own value classes, among others
}

/** By cells that survive rounding. */
function sorted(rows: readonly string[][]): string[][] {
  const key = (row: readonly string[]) =>
    row.map((cell) => (cell !== '' && Number.isFinite(Number(cell)) ? Number(cell).toPrecision(5) : cell)).join('|');
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
