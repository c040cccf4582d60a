/** Hashes of `src` into u32[n] at `dst`; `combine` 1 mixes them with what is there. */
type Hash = (src: number, nulls: number, n: number, combine: number, dst: number) => void;

/**
 * 32-bit hashes whose low and high bits are equally good. Equal values have equal hashes across I32, I64 and Bool; -0 hashes as 0,
 * every NaN alike, null as a constant.
 */
export interface HashKernels {
  readonly hashI32: Hash;
  readonly hashI64: Hash;
  readonly hashF64: Hash;
  readonly hashBool: Hash;
  readonly hashStr: Hash;
}
