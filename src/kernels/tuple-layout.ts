/**
 * Tuples: rows of fixed width that groups, joins and sorts keep, at multiples of 8.
 *
 *     offset  bytes
 *     0       4      hash of the keys
 *     4       4      next tuple of a join's chain, 0 at the end
 *     8       1 × f  null flag of each of f fields, 1 = null; then the matched flag, where there is one; zeros to a multiple of 8
 *     …       8 × f  fields: i32 sign-extended to i64, i64, f64, bool as u64 0 or 1, str reference; of a null, 0
 *     …              aggregate states, all zeros when nothing was counted:
 *
 *     state      bytes  words of 8
 *     count       8     u64 count
 *     sumInt     24     i128 sum (low, high), u64 count
 *     sumF64     16     f64 sum, u64 count
 *     extreme    16     value (i32 sign-extended, i64, f64, str reference), u64 that is not 0 once there is one
 *                       (of a str: u32 1, u32 bytes of room that the text may be replaced in)
 *     logic      16     u64 value 0 or 1, u64 1 once there is one
 *     variance   24     f64 count, f64 sum, f64 sum of squared deviations
 */
import { assert } from '../base/assert.ts';

/** What a vector's rows are (interface/README.md). */
export type VectorType = 'i32' | 'i64' | 'f64' | 'bool' | 'str';

const STATE_BYTES = { count: 8, sumInt: 24, sumF64: 16, extreme: 16, logic: 16, variance: 24 } as const;

export type StateKind = keyof typeof STATE_BYTES;

const FLAGS_OFFSET = 8;

/** Where things lie in tuples of one kind. */
export class TupleLayout {
  readonly fields: readonly VectorType[];
  /** Bytes from one tuple to the next. */
  readonly stride: number;
  /** Offset of the matched flag; 0 where there is none. */
  readonly matchedOffset: number;
  readonly #fieldsOffset: number;
  readonly #stateOffsets: readonly number[];

  constructor(fields: readonly VectorType[], states: readonly StateKind[] = [], hasMatched = false) {
    this.fields = fields;
    const flags = fields.length + (hasMatched ? 1 : 0);
    this.matchedOffset = hasMatched ? FLAGS_OFFSET + fields.length : 0;
    this.#fieldsOffset = FLAGS_OFFSET + Math.ceil(flags / 8) * 8;
    let at = this.#fieldsOffset + fields.length * 8;
    const offsets: number[] = [];
    for (const state of states) {
      offsets.push(at);
      at += STATE_BYTES[state];
    }
    this.#stateOffsets = offsets;
    this.stride = at;
  }

  /** Offset of a field's null flag. */
  flagOffset(field: number): number {
    assert(field >= 0 && field < this.fields.length, 'the tuple has the field', { field });
    return FLAGS_OFFSET + field;
  }

  fieldOffset(field: number): number {
    assert(field >= 0 && field < this.fields.length, 'the tuple has the field', { field });
    return this.#fieldsOffset + field * 8;
  }

  stateOffset(state: number): number {
    assert(state >= 0 && state < this.#stateOffsets.length, 'the tuple has the state', { state });
    return this.#stateOffsets[state];
  }
}
