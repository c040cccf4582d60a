/**
 * What tuples are sorted by: fields, the first one first.
 *
 *     offset  u32
 *     0       type: 0 i32, 1 i64, 2 f64, 3 bool, 4 str
 *     4       offset of the field in a tuple
 *     8       offset of the field's null flag
 *     12      1: descending; 2: nulls first
 */
import { typeCode } from './key-descriptor.ts';
import type { VectorType } from './tuple-layout.ts';

export const SORT_KEY_BYTES = 16;

export interface SortKey {
  readonly type: VectorType;
  readonly fieldOffset: number;
  readonly flagOffset: number;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
}

/** The flags of a key in a descriptor, and of the sortKey kernels. */
export function sortFlags(key: Pick<SortKey, 'isDescending' | 'nullsFirst'>): number {
  return (key.isDescending ? 1 : 0) | (key.nullsFirst ? 2 : 0);
}

/** Writes the descriptors of `keys`, SORT_KEY_BYTES each, from `address`. */
export function writeSortKeys(words: Uint32Array, address: number, keys: readonly SortKey[]): void {
  for (const [at, key] of keys.entries()) {
    words.set([typeCode(key.type), key.fieldOffset, key.flagOffset, sortFlags(key)], (address + at * SORT_KEY_BYTES) >>> 2);
  }
}

/** Bytes of scratch that sorting n tuples takes. */
export function sortScratchBytes(n: number): number {
  return n * 32 + 8192;
}
