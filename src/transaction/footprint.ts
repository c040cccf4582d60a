/** What one committed record touched, kept in memory for as long as a transaction might have to be validated against it. */
import { compareBytes } from '../base/bytes.ts';
import type { Key, KeyRange, Slot, TreeId } from '../storage/tree.ts';
import { resolvedKey } from './row-ids.ts';
import type { TransactionRecord } from './record.ts';

export interface TreeFootprint {
  cleared: boolean;
  /** Ascending. */
  keys: Key[];
  readonly ranges: KeyRange[];
}

export interface Footprint {
  readonly slot: Slot;
  readonly trees: ReadonlyMap<TreeId, TreeFootprint>;
  /** Segments with an epoch of at most this were doomed; undefined when none were. */
  readonly doomEpoch: number | undefined;
}

/** The footprint of a record's transactions. `rowIdBases[i]` is the ordinal that transaction i's placeholder 0 became. */
export function footprintOf(at: Slot, transactions: readonly TransactionRecord[], rowIdBases: readonly number[]): Footprint {
  const trees = new Map<TreeId, TreeFootprint>();
  let doomEpoch: number | undefined;
  for (const [number, transaction] of transactions.entries()) {
    for (const writes of transaction.writes) {
      const tree = ensure(trees, writes.tree);
      if (writes.cleared) tree.cleared = true;
      const keys = writes.rows.map((write) => resolvedKey(write, transaction.rowIdSlot ?? at, rowIdBases[number]));
      tree.keys = merged(tree.keys, keys);
    }
    for (const bulk of transaction.bulk) ensure(trees, bulk.tree).ranges.push(bulk.range);
    for (const control of transaction.controls) if (control.kind === 'doom') doomEpoch = Math.max(doomEpoch ?? 0, control.epoch);
  }
  return { slot: at, trees, doomEpoch };
}

function ensure(trees: Map<TreeId, TreeFootprint>, id: TreeId): TreeFootprint {
  let tree = trees.get(id);
  if (tree === undefined) {
    tree = { cleared: false, keys: [], ranges: [] };
    trees.set(id, tree);
  }
  return tree;
}

function merged(a: Key[], b: Key[]): Key[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...a, ...b].sort(compareBytes);
}
