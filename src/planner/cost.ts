/**
 * What work costs, in microseconds of one core: every constant of the cost model. Scans, filters, hashing and sorting run over vectors, a
 * few nanoseconds a row and column; a row found by its key costs a descent from page bytes, hundreds of times as much. Bytes that are
 * not in memory cost a round trip to the bucket and their transfer.
 */
import type { TreeStorage } from '../storage/residency.ts';

/** Microseconds. */
export const COST = {
  /** Opening an operator that keeps something: a hash table, groups, rows. */
  start: 2,
  /** Opening a scan: the first leaf's chunks. */
  scanStart: 20,
  scanRow: 0.001,
  /** Per value read. */
  value: 0.003,
  /** A comparison with a constant, per row; anything else; a pattern or regular expression. */
  condition: 0.003,
  expression: 0.01,
  pattern: 0.05,
  /** Per row put into a hash table, and per row looked up in it while it fits the processor's caches, and beyond. */
  hashBuild: 0.03,
  hashProbe: 0.012,
  hashProbeFar: 0.03,
  /** Per pair of a nested loop, beside its conditions. */
  pair: 0.01,
  /** Per row of a join's output. */
  emit: 0.004,
  /** Per row kept for several readers, and per row read of it. */
  keep: 0.05,
  kept: 0.02,
  group: 0.02,
  groupNew: 0.06,
  aggregate: 0.006,
  /** Times rows times their logarithm. */
  sort: 0.012,
  /** Opening the right side of a lateral join anew. */
  reopen: 5,
  /** Keeping the first n of many rows, per row. */
  top: 0.01,
  window: 0.1,
  /** A row of the left side of a lookup join: making its key, gathering what was found, and handing rows on one by one. */
  lookupJoin: 4,
  /** A row found by its key: the descent; per row there; the row of an index entry. */
  lookup: 1.5,
  lookupRow: 0.4,
  fetch: 1.2,
  /** A row written, its checks and index entries. */
  write: 5,
} as const;

/** Bytes that have to be fetched. */
const COLD = {
  roundTrip: 10_000,
  byte: 0.01,
  /** Leaves that a scan asks for at a time, and keys that a lookup does. */
  scanLeaves: 16,
  lookupKeys: 1024,
} as const;

/** Rows from which a hash table lies outside the processor's caches. */
const HASH_NEAR_ROWS = 50_000;

/** Looking up `probed` rows in a table of `built`. */
export function hashCost(built: number, probed: number): number {
  return COST.start + built * COST.hashBuild + probed * (built > HASH_NEAR_ROWS ? COST.hashProbeFar : COST.hashProbe);
}

export function sortCost(rows: number): number {
  return COST.start + rows * Math.log2(rows + 2) * COST.sort;
}

/** Fetching what a scan of `share` of a tree finds missing. */
export function coldScanCost(storage: TreeStorage | undefined, share: number): number {
  if (storage === undefined || storage.residentShare >= 1) return 0;
  const leaves = Math.max(1, storage.leaves * share) * (1 - storage.residentShare);
  const bytes = (storage.bytes / Math.max(1, storage.leaves)) * leaves;
  return Math.min(1, leaves) * COLD.roundTrip + (leaves / COLD.scanLeaves) * COLD.roundTrip + bytes * COLD.byte;
}

/** Fetching what `keys` lookups at random places of a tree find missing. */
export function coldLookupCost(storage: TreeStorage | undefined, keys: number): number {
  if (storage === undefined || storage.residentShare >= 1) return 0;
  const leaves = Math.max(1, storage.leaves);
  const touched = leaves * (1 - (1 - 1 / leaves) ** keys) * (1 - storage.residentShare);
  const trips = Math.min(1, touched) * Math.ceil(keys / COLD.lookupKeys);
  return trips * COLD.roundTrip + touched * (storage.bytes / leaves) * COLD.byte;
}
