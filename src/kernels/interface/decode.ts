/** Rows [from, from + n) of `runs` runs: u16 ends[runs] (exclusive) and values[runs]. 0 when the ends do not hold together, else 1. */
type Runs = (ends: number, values: number, runs: number, from: number, n: number, dst: number) => number;

/** base + code of rows [from, from + n): `words` as packed (bit-packing.ts), `width` 0 to 32, `base` the address of an i64 cell. Sums wrap. */
type Unpack = (words: number, from: number, n: number, width: number, base: number, dst: number) => void;

/**
 * The sections of a raw column chunk to vectors. `from` is a row of the chunk. The caller has checked the sections' sizes;
 * nothing is read outside of them, and what they hold is checked where it would lead elsewhere.
 */
export interface DecodeKernels {
  readonly unpackI32: Unpack;
  readonly unpackI64: Unpack;
  readonly runsI32: Runs;
  readonly runsI64: Runs;
  /** 1 when every i64 is an i32. */
  fitsI32(src: number, n: number): number;
  /** The low halves of i64s as i32s; see `i64ToI32` for the checked form. `dst` may be `src`. */
  narrowI64(src: number, n: number, dst: number): void;
  /** Bits [from, from + n) of a bitmap, lowest first, as bytes: nulls, or Bool. */
  bitsToBytes(bits: number, from: number, n: number, dst: number): void;
  /** References to strings [from, from + n): u32 ends (exclusive) over `byteCount` bytes. 0 when an end lies out of order or range, else 1. */
  stringRefs(ends: number, bytes: number, byteCount: number, from: number, n: number, dst: number): number;
  /** 1 when every u32 code is below `count`. */
  codesInRange(codes: number, n: number, count: number): number;
  /** f32 to f64. */
  f32ToF64(src: number, n: number, dst: number): void;
}
