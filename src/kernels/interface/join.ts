/**
 * Hash joins. The build side's tuples (tuple-layout.ts) hang on entries: u64[mask + 1], zeroed by their owner, at least twice as many
 * as tuples and at least two; an entry is a hash (low half) and the first of the tuples of that hash (high half), linked through
 * their `next`. An entry's place goes by the hash's high bits: rows parted by those (`partition`, `partitionPlaces`) meet a part of
 * the entries only, which for a large build side is most of the time.
 *
 *     build   writeHashes, writeField…; then joinInsert, the last vector first, so that chains are in the order of rows
 *     probe   joinCandidates once a vector, then joinProbe until its state is at the end, or joinExists once
 *
 * Where the one key is an integer of a small range, slots u32[range] of chains take the place of entries: directInsert and
 * directCandidates, then joinProbe or joinExists with no keys (keyCount 0), since every tuple of a chain matches.
 */
export interface JoinKernels {
  /** Hangs n tuples on the entries. Of `keys` only offsets and nullsEqual are read; a tuple with a null that equals none is left out. */
  joinInsert(entries: number, mask: number, keys: number, keyCount: number, tuples: number, n: number): void;
  /**
   * Rows that may match, ascending, into u32[n] at `dstRows`, and the first tuple of each one's hash into u32[n] at `dstHeads`: how
   * many. What is behind those, up to n, is arbitrary.
   */
  joinCandidates(entries: number, mask: number, hashes: number, n: number, dstRows: number, dstHeads: number): number;
  /**
   * Pairs of rows and tuples whose keys are equal, of m candidates in their order, up to `capacity` a call: how many. `state` is {u32 candidate, u32 tuple}, zeroed before the first call; all are found once `candidate` is m.
   */
  joinProbe(
    keys: number,
    keyCount: number,
    rows: number,
    heads: number,
    m: number,
    state: number,
    dstRows: number,
    dstTuples: number,
    capacity: number,
  ): number;
  /** The mask u8[n] of rows that some tuple matches: how many. */
  joinExists(keys: number, keyCount: number, rows: number, heads: number, m: number, n: number, dstMask: number): number;
  /** Hangs n tuples on u32[range] (zeroed) by their I32 or I64 field, less the i64 at `least`. Nulls and keys outside are left out. */
  directInsert(slots: number, least: number, range: number, fieldOffset: number, flagOffset: number, tuples: number, n: number): void;
  /** As joinCandidates, for the one descriptor at `key`, of type I32 or I64. */
  directCandidates(slots: number, least: number, range: number, key: number, n: number, dstRows: number, dstHeads: number): number;
  /** Sets the matched flag of n tuples; address 0 is no tuple. */
  markTuples(tuples: number, n: number, matchedOffset: number): void;
  /** The matched flags of n tuples as a mask. */
  readMatched(tuples: number, n: number, matchedOffset: number, dstMask: number): void;
  /** Sets `mask` at the m rows of u32[m]. */
  markRows(rows: number, m: number, mask: number): void;
}

/** A blocked Bloom filter over u64[mask + 1], zeroed by its owner; four hashes a word give about 1 in 150 false answers. */
export interface BloomKernels {
  bloomInsert(words: number, mask: number, hashes: number, n: number): void;
  /** The mask u8[n] of hashes that may have been added, certainly all that were: how many. */
  bloomTest(words: number, mask: number, hashes: number, n: number, dstMask: number): number;
}
