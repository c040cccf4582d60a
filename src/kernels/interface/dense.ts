/**
 * Integers of a small range, each met at its place, its distance from the i64 at `least`: no hash. `key` is a descriptor
 * (key-descriptor.ts) of type I32 or I64; what is outside of [least, least + range) has no place.
 */
export interface DenseKernels {
  /** Sets bits of u64[bits / 64] by the places of I32[n]: how many rows have none. */
  denseSetI32(words: number, bits: number, least: number, src: number, n: number): number;
  denseSetI64(words: number, bits: number, least: number, src: number, n: number): number;
  /** The values whose bits are set in `count` words (at most 32) from word `from`, ascending, as I64 at `dst`: how many. */
  denseList(words: number, from: number, count: number, least: number, dst: number): number;
  /**
   * As groupFind for one key, over slots u32[range + 1] (zeroed by their owner) of tuples by place; the last one is that of null. Where
   * a key of rows [from, n) has no place, the table wants `range`, and nothing is made. Tuples have the hash 0.
   */
  groupDirect(table: number, slots: number, range: number, least: number, key: number, n: number, from: number, dstTuples: number): number;
  /** Hangs n tuples of different keys on a group table's entries by their hashes; there is room for them. */
  groupPlace(entries: number, mask: number, tuples: number, n: number): void;
  /**
   * Places from 1 of the integer fields of n tuples, as u32[n], their bits set in u64[⌈range / 64⌉] at `present`; 0 for nulls and what is
   * outside. How many found their bit set already.
   */
  densePlaces(
    present: number,
    least: number,
    range: number,
    fieldOffset: number,
    flagOffset: number,
    tuples: number,
    n: number,
    dst: number,
  ): number;
  /** As joinCandidates, with places from 1 for tuples: rows whose bit is set in `present`, or, `present` 0, that have a place. */
  denseCandidates(present: number, least: number, range: number, key: number, n: number, dstRows: number, dstPlaces: number): number;
}
