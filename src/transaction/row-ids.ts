/**
 * Hidden row ids of a record. A transaction numbers its rows from 0; the record that holds it shifts those numbers past the
 * ones of the transactions before it, and puts in its slot. Bulk-loaded segments are written before any of that is known and
 * resolve their placeholders when they are read.
 */
import { assert } from '../base/assert.ts';
import { afterKey } from '../storage/key-codec.ts';
import { resolveKey, resolveRow, ROW_ID_ORDINALS } from '../storage/row-id.ts';
import type { Key, KeyRange, Slot } from '../storage/tree.ts';
import type { BulkReference, RowWrite, TransactionRecord } from './record.ts';

/** For each transaction of a record, the ordinal that its placeholder 0 becomes. */
export function rowIdBases(transactions: readonly TransactionRecord[]): number[] {
  let next = 0;
  return transactions.map((transaction) => {
    const base = next;
    next += transaction.rowIds;
    assert(next <= ROW_ID_ORDINALS, 'T4: a record holds at most 2^25 rows without a key', { next });
    return base;
  });
}

/** The key that a write has once it is committed. */
export function resolvedKey(write: RowWrite, slot: Slot, base: number): Key {
  return write.keyHasRowId ? resolveKey(write.key, slot, base) : write.key;
}

/** Covers the keys that a bulk load's run has once it is committed. */
export function resolvedRange(bulk: BulkReference, slot: Slot, base: number): KeyRange {
  if (!bulk.keysHaveRowIds) return { from: bulk.first, to: afterKey(bulk.last) };
  return { from: resolveKey(bulk.first, slot, base), to: afterKey(resolveKey(bulk.last, slot, base)) };
}

/** The row that a write has once it is committed; null for a tombstone. */
export function resolvedRow(write: RowWrite, slot: Slot, base: number): Uint8Array | null {
  return write.row !== null && write.rowHasRowId ? resolveRow(write.row, slot, base) : write.row;
}
