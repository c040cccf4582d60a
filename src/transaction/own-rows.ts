/** A scan's rows with the transaction's own writes merged in: an own version stands in place of the snapshot's, a tombstone hides it. */
import { compareBytes } from '../base/bytes.ts';
import { decodeRow } from '../storage/row-codec.ts';
import type { Cursor, Key, RowBatch, TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import type { RowWrite } from './record.ts';

const BATCH_ROWS = 1024;

/**
 * Merges `own` (in scan order) into `base`, whose batches carry keys; `base` is null when the tree below is hidden. Batches
 * carry keys in any case.
 */
export function mergeOwnRows(
  base: Cursor | null,
  own: readonly RowWrite[],
  schema: TreeSchema,
  columns: readonly number[],
  reverse: boolean,
): Cursor {
  let batch: RowBatch | null = null;
  let position = 0;
  let baseEnded = base === null;
  let ownPosition = 0;

  function step(next: RowBatch | null): void {
    batch = next;
    position = 0;
    if (next === null) baseEnded = true;
  }

  /** Everything that can be merged before more of the base is needed. */
  function merge(): RowBatch | undefined {
    const rows: Row[] = [];
    const keys: Key[] = [];
    while (rows.length < BATCH_ROWS) {
      if (batch !== null && position === batch.keys.length) batch = null;
      if (batch === null && !baseEnded) break;
      const key = batch?.keys[position];
      const version = ownPosition < own.length ? own[ownPosition] : undefined;
      if (key === undefined && version === undefined) break;
      const order =
        key === undefined ? 1 : version === undefined ? -1 : reverse ? compareBytes(version.key, key) : compareBytes(key, version.key);
      if (batch !== null && key !== undefined && order < 0) {
        rows.push(batch.rows[position]);
        keys.push(key);
        position++;
        continue;
      }
      if (order === 0) position++;
      ownPosition++;
      if (version === undefined || version.row === null) continue;
      rows.push(decodeRow(schema, version.row, columns));
      keys.push(version.key);
    }
    return rows.length === 0 ? undefined : { rows, keys };
  }

  async function nextLater(first: Promise<RowBatch | null>): Promise<RowBatch | null> {
    step(await first);
    return next();
  }

  function next(): RowBatch | null | Promise<RowBatch | null> {
    for (;;) {
      const merged = merge();
      if (merged !== undefined) return merged;
      if (baseEnded) return null;
      const more = base === null ? null : base.next();
      if (more instanceof Promise) return nextLater(more);
      step(more);
    }
  }

  return { next, close: () => base?.close() };
}
