/** Rows of leaves as the caller wants them: chosen columns, loaded, with what is missing filled in. */
import { textOf } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Row, Value } from '../types/value.ts';
import { PHYSICAL_CODE } from './chunk/chunk-entry.ts';
import { External } from './chunk/stored-cell.ts';
import { objectName, type Leaf } from './leaf-reader.ts';
import type { PageStore } from './page-store.ts';
import { fits, type RowDecoder } from './row-codec.ts';

/** One row. A promise only when a value lies out of line and its page is missing. */
export function projectRow(pages: PageStore, plan: RowDecoder, leaf: Leaf, row: number): Row | Promise<Row> {
  const projected: Row = plan.template.slice();
  let external = 0;
  for (let place = 0; place < plan.columns.length; place++) {
    const column = plan.columns[place];
    const cell = leaf.column(column.id)?.valueAt(row);
    if (cell === undefined) continue;
    if (cell === null) projected[place] = null;
    else if (cell instanceof External) {
      projected[place] = held(cell);
      external++;
    } else {
      if (!fits(column.physical, cell)) throw mismatch(leaf, column.id);
      projected[place] = column.load === undefined ? cell : column.load(cell);
    }
  }
  if (external === 0) return projected;
  const filled = fillExternals(pages, plan, [projected], 0);
  return filled === undefined ? projected : filled.then(() => projected);
}

/** Appends rows [from, to) of a leaf to `rows`. Answers how many values lie out of line: `fillExternals` puts them in. */
export function projectRows(plan: RowDecoder, leaf: Leaf, from: number, to: number, rows: Row[]): number {
  const start = rows.length;
  const count = to - from;
  for (let at = 0; at < count; at++) rows.push(plan.template.slice());
  let external = 0;
  for (let place = 0; place < plan.columns.length; place++) {
    const column = plan.columns[place];
    const view = leaf.column(column.id);
    if (view === undefined) continue;
    const physical = leaf.bounds(column.id)?.entry.physical ?? 0;
    if (physical !== 0 && physical !== PHYSICAL_CODE[column.physical]) throw mismatch(leaf, column.id);
    external += view.fill(rows, start, place, from, count, column.load, plan.template[place]);
  }
  return external;
}

/** Replaces the values out of line in rows from `start` on; undefined when that is done, else a promise of it. */
export function fillExternals(pages: PageStore, plan: RowDecoder, rows: readonly Row[], start: number): Promise<void> | undefined {
  const waiting: Promise<void>[] = [];
  for (let at = start; at < rows.length; at++) {
    const row = rows[at];
    for (let place = 0; place < plan.columns.length; place++) {
      const cell: unknown = row[place];
      if (!(cell instanceof External)) continue;
      const column = plan.columns[place];
      const put = (bytes: Uint8Array): void => {
        if (bytes.length !== cell.bytes || cell.physical !== column.physical) {
          throw new SqlError('data_corrupted', `${objectName(cell.page)} is damaged: it holds another value`);
        }
        const stored = cell.physical === 'text' ? textOf(bytes) : bytes.slice();
        row[place] = column.load === undefined ? stored : column.load(stored);
      };
      const bytes = pages.overflow(cell.page);
      if (bytes instanceof Promise) waiting.push(bytes.then(put));
      else put(bytes);
    }
  }
  return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
}

/** A reference in the place of its value, until `fillExternals`. */
function held(cell: External): Value {
  return cell as unknown as Value;
}

function mismatch(leaf: Leaf, column: number): SqlError {
  return new SqlError('data_corrupted', `${objectName(leaf.reference)} is damaged: column ${column} holds values of another type`);
}
