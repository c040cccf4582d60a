/** Rows parted by hash, and tuples made to be moved to other addresses. */
export interface SpillKernels {
  /** u32[n] rows by part, ascending in each, and the parts' u32[2^bits] counts. A row's part is `bits` bits of its hash above `shift`. Any n. */
  partition(hashes: number, n: number, shift: number, bits: number, dstRows: number, dstCounts: number): void;
  /**
   * Where rows go that are kept by part until there are many: u32[n] places. A part has `capacity` places, from part × capacity on, of
   * which `fills` u32[2^bits] are taken; they grow. scatter8, 32, 64 then move the columns. How many parts have not VECTOR_ROWS_MAX
   * places left: those are to be emptied before the next vector.
   */
  partitionPlaces(hashes: number, n: number, shift: number, bits: number, capacity: number, fills: number, dstPlaces: number): number;
  /** u32[n] addresses of the tuples at places u32[n], counted from `base`. */
  tuplesAt(places: number, n: number, base: number, stride: number, dst: number): void;
  /** Copies n tuples one behind the other. */
  copyTuples(tuples: number, n: number, stride: number, dst: number): void;
  /**
   * Copies the texts of a Str field of n tuples to `arena`, and refers to the copies by their distance from `base`. `hasRoom` 1: the
   * field is an extreme state, whose room goes with it. Bytes used; -1, nothing done, where there is not the room.
   */
  packTexts(tuples: number, n: number, fieldOffset: number, hasRoom: number, arena: number, arenaEnd: number, base: number): number;
  /** Adds `distance`, modulo 2^32, to the addresses in a Str field of n tuples. The reference 0, that of a null, stays. */
  shiftTexts(tuples: number, n: number, fieldOffset: number, distance: number): void;
}
