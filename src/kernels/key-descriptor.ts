/**
 * Key columns as the kernels of groups and joins take them: vectors beside the fields of tuples that they are compared with.
 *
 *     offset  u32
 *     0       type: 0 i32, 1 i64, 2 f64, 3 bool, 4 str
 *     4       address of the vector's data
 *     8       address of its nulls, 0 = none
 *     12      offset of the field in a tuple
 *     16      offset of the field's null flag
 *     20      1: null equals null in a join too (groups always have it so)
 *     24, 28  unused
 */
import type { VectorType } from './tuple-layout.ts';

export const KEY_BYTES = 32;

const TYPE_CODES: Readonly<Record<VectorType, number>> = { i32: 0, i64: 1, f64: 2, bool: 3, str: 4 };

/** The code of a vector type in descriptors. */
export function typeCode(type: VectorType): number {
  return TYPE_CODES[type];
}

export interface KeyColumn {
  readonly type: VectorType;
  readonly data: number;
  readonly nulls: number;
  readonly fieldOffset: number;
  readonly flagOffset: number;
  readonly nullsEqual?: boolean;
}

/** Writes the descriptors of `columns`, KEY_BYTES each, from `address`. */
export function writeKeyColumns(words: Uint32Array, address: number, columns: readonly KeyColumn[]): void {
  for (const [at, column] of columns.entries()) {
    const word = (address + at * KEY_BYTES) >>> 2;
    words[word] = typeCode(column.type);
    words[word + 1] = column.data;
    words[word + 2] = column.nulls;
    words[word + 3] = column.fieldOffset;
    words[word + 4] = column.flagOffset;
    words[word + 5] = column.nullsEqual === true ? 1 : 0;
    words[word + 6] = 0;
    words[word + 7] = 0;
  }
}
