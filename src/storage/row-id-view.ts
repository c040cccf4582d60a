import type { StoredValue } from '../types/type.ts';
import type { ColumnView } from './chunk/column-view.ts';
import type { StoredCell } from './chunk/stored-cell.ts';
import { placeholderOrdinal, rowIdOf, type RowIdOrigin } from './row-id.ts';

/** The row id column of a run that was written before its slot was known. */
export function resolvedRowIds(column: ColumnView, origin: RowIdOrigin): ColumnView {
  const resolved = (cell: StoredCell): StoredCell => {
    const ordinal = typeof cell === 'bigint' ? placeholderOrdinal(cell) : undefined;
    return ordinal === undefined ? cell : rowIdOf(origin.slot, origin.firstOrdinal + ordinal);
  };
  return {
    rows: column.rows,
    valueAt: (row) => resolved(column.valueAt(row)),
    fill(into, start, place, from, count, load, missing) {
      for (let at = 0; at < count; at++) {
        const cell = resolved(column.valueAt(from + at)) as StoredValue | null | undefined;
        into[start + at][place] = cell === null ? null : cell === undefined ? missing : load === undefined ? cell : load(cell);
      }
      return 0;
    },
  };
}
