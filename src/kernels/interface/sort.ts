/**
 * Values of `src` as u64[n] whose unsigned order is the sort order, though not all that differ need have different ones: of a text
 * the first eight bytes count, and nulls share the first value or the last. `flags` as in sort-descriptor.ts.
 */
type SortKeys = (src: number, nulls: number, n: number, flags: number, dst: number) => void;

/** Sorting tuples by descriptors of their fields (sort-descriptor.ts): floats and texts in PostgreSQL's order, stable. */
export interface SortKernels {
  readonly sortKeyI32: SortKeys;
  readonly sortKeyI64: SortKeys;
  readonly sortKeyF64: SortKeys;
  readonly sortKeyBool: SortKeys;
  readonly sortKeyStr: SortKeys;
  /** The same of the one key at `key`, of n tuples. */
  tupleSortKeys(tuples: number, n: number, key: number, dst: number): void;
  /** The mask u8[n] of `keys` u64[n] below the u64 at `bound`, or (`orEqual` 1) equal to it: how many. */
  topMask(keys: number, bound: number, orEqual: number, n: number, dstMask: number): number;
  /** Puts u32[n] tuples in order, any n. `scratch`: sortScratchBytes(n), at a multiple of 16. */
  sortTuples(tuples: number, n: number, keys: number, keyCount: number, scratch: number): void;
  /** Two ordered u32[] into one at `dst`; of equal tuples those of the left come first. */
  mergeSorted(left: number, leftCount: number, right: number, rightCount: number, keys: number, keyCount: number, dst: number): void;
  /** The mask u8[n] of tuples not equal to the one before; `before` precedes the first, 0: nothing does. How many. */
  sortedStarts(tuples: number, n: number, keys: number, keyCount: number, before: number, dstMask: number): number;
}
