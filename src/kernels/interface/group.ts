/** Tables of groups (group-table.ts); null keys are equal, as are NaNs. */
export interface GroupKernels {
  /**
   * The tuples of rows [from, n) into u32[n] at `dstTuples`, each made where its keys have none: hash, keys (texts copied), zeroed
   * states. Rows done, from 0: less than n when the table wants room (`wants` in its header says which); call again from there.
   * `keys` are descriptors of `keyCount` columns (key-descriptor.ts); rows not done have arbitrary contents in `dstTuples`.
   */
  groupFind(table: number, keys: number, keyCount: number, hashes: number, n: number, from: number, dstTuples: number): number;
  /** Moves the table to `capacity` entries (a power of two, more than twice its groups) at `entries`: any bytes, 8 × capacity of them. */
  groupGrow(table: number, entries: number, capacity: number): void;
}
