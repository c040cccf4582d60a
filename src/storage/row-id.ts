/**
 * Hidden row ids (T4): (slot << 25) | ordinal, so that rows without a key never collide. Before commit the 38 slot bits are all
 * ones; whoever learns the slot puts it in, in place: both encodings of a row id have a fixed length and a fixed position.
 *
 *     in a key    the last 8 bytes: int64, big-endian, sign bit flipped
 *     in a row    the first cell: tag byte, then i64 little-endian (column 0 comes first, and is never shortened)
 */
import { assert } from '../base/assert.ts';
import { canonicalInt8 } from '../types/value.ts';
import { TAG } from './cell-codec.ts';
import { isWholeKey } from './key-codec.ts';
import type { Row } from '../types/value.ts';
import { ROW_ID_ORDINAL_BITS, type Key, type Slot, type TreeSchema } from './tree.ts';

/** One past the greatest ordinal: how many rows without a key one record may hold. */
export const ROW_ID_ORDINALS = 2 ** ROW_ID_ORDINAL_BITS;

/** What a placeholder has instead of a slot: 38 ones. */
const PLACEHOLDER_SLOT = 2 ** 38 - 1;

/** The row id of a committed row. */
export function rowIdOf(slot: Slot, ordinal: number): number | bigint {
  assert(ordinal >= 0 && ordinal < ROW_ID_ORDINALS, 'T4: an ordinal has 25 bits', { ordinal });
  const id = slot * ROW_ID_ORDINALS + ordinal;
  return Number.isSafeInteger(id) ? id : canonicalInt8(BigInt(slot) * BigInt(ROW_ID_ORDINALS) + BigInt(ordinal));
}

/** The row id of a row that is not committed yet. */
export function placeholderRowId(ordinal: number): bigint {
  assert(ordinal >= 0 && ordinal < ROW_ID_ORDINALS, 'T4: an ordinal has 25 bits', { ordinal });
  return BigInt(PLACEHOLDER_SLOT) * BigInt(ROW_ID_ORDINALS) + BigInt(ordinal);
}

/** The ordinal of a placeholder; undefined for every other row id. */
export function placeholderOrdinal(id: number | bigint): number | undefined {
  if (typeof id === 'number') return undefined;
  return id >> BigInt(ROW_ID_ORDINAL_BITS) === BigInt(PLACEHOLDER_SLOT) ? Number(id & BigInt(ROW_ID_ORDINALS - 1)) : undefined;
}

/** Whether the key of `row` ends with its row id. */
export function keyEndsWithRowId(schema: TreeSchema, row: Row): boolean {
  if (schema.rowId === undefined || schema.key.length === 0) return false;
  return schema.key[schema.key.length - 1].column === schema.rowId && isWholeKey(schema, row);
}

/** Whether the last eight bytes of `key`, which ends with a row id, are a placeholder. */
export function isPlaceholderKey(key: Key): boolean {
  const from = key.length - 8;
  return (
    from >= 0 && key[from] === 0xff && key[from + 1] === 0xff && key[from + 2] === 0xff && key[from + 3] === 0xff && key[from + 4] >= 0xfe
  );
}

/** What the placeholders of a run stand for, once it is known: their ordinals count from `firstOrdinal` in the record of `slot`. */
export interface RowIdOrigin {
  readonly slot: Slot;
  readonly firstOrdinal: number;
}

/** `key` with the slot in the place of the placeholder that it ends with, and `shift` added to its ordinal; `key` itself when it ends with none. */
export function resolveKey(key: Key, slot: Slot, shift = 0): Key {
  if (!isPlaceholderKey(key)) return key;
  const resolved = key.slice();
  const view = new DataView(resolved.buffer, resolved.length - 8, 8);
  const ordinal = (view.getUint32(4) & (ROW_ID_ORDINALS - 1)) + shift;
  view.setBigUint64(0, BigInt(rowIdOf(slot, ordinal)) ^ 0x8000000000000000n);
  return resolved;
}

/** The bytes of an encoded row with the slot in the place of a placeholder row id, and `shift` added to its ordinal; `row` itself when it has none. */
export function resolveRow(row: Uint8Array, slot: Slot, shift = 0): Uint8Array {
  const at = row[0] < 0x80 ? 1 : 2;
  if (row[at] !== 16 + TAG.wideInteger || row.length < at + 9) return row;
  const id = new DataView(row.buffer, row.byteOffset + at + 1, 8).getBigInt64(0, true);
  const ordinal = placeholderOrdinal(id);
  if (ordinal === undefined) return row;
  const resolved = row.slice();
  new DataView(resolved.buffer, at + 1, 8).setBigInt64(0, BigInt(rowIdOf(slot, ordinal + shift)), true);
  return resolved;
}
