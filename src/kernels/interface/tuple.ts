/** A vector into a field of n tuples, and its nulls into the field's flag: a null is written as 0. */
type WriteField = (src: number, nulls: number, n: number, tuples: number, fieldOffset: number, flagOffset: number) => void;

/** A field of n tuples into a vector (null: 0) and nulls u8[n]; address 0 for a tuple reads as null. 1 when any is null, else 0. */
type ReadField = (tuples: number, n: number, fieldOffset: number, flagOffset: number, dst: number, dstNulls: number) => number;

/** The value at `offset` of states, as ReadField; null where the u64 at `countOffset` (from the tuple) is 0. */
type ReadState = (tuples: number, n: number, offset: number, countOffset: number, dst: number, dstNulls: number) => number;

/** Vectors into tuples (tuple-layout.ts) and back. `tuples` is u32[n]: their addresses. */
export interface TupleKernels {
  /** u32[n] addresses of tuples that follow each other from `first`. */
  tupleAddresses(first: number, stride: number, n: number, dst: number): void;
  /** Sets the hash, and `next` to 0. Writes nothing else: flags, matched flag and states are zeroed by whoever made the room. */
  writeHashes(hashes: number, n: number, tuples: number): void;
  readHashes(tuples: number, n: number, dst: number): void;
  readonly writeFieldI32: WriteField;
  /** I64, F64, Str (the text stays where it is: copyStrings). */
  readonly writeField64: WriteField;
  readonly writeFieldBool: WriteField;
  readonly readFieldI32: ReadField;
  readonly readField64: ReadField;
  readonly readFieldBool: ReadField;
  /** sumF64, extremes of I64, F64, Str; counts (with countOffset = offset, so that 0 reads as 0, flagged null). */
  readonly readState64: ReadState;
  /** Extremes of I32. */
  readonly readStateI32: ReadState;
  readonly readStateBool: ReadState;
  /** sumInt states as I64, null where none was counted. Rows whose sum does not fit 64 bits: 0 is success. */
  readSumInt(tuples: number, n: number, offset: number, dst: number, dstNulls: number): number;
  /** Bytes of the texts that are not null, 2^31 - 1 at most. */
  stringBytes(refs: number, nulls: number, n: number): number;
  /** Copies texts end to end from `arena`, refers to the copies at `dst` (null: 0). Bytes used; -1, nothing done, without the room. */
  copyStrings(refs: number, nulls: number, n: number, arena: number, arenaEnd: number, dst: number): number;
}
