/**
 * The tail of the log in memory: per tree an ordered index of keys, each with its chain of versions, newest first.
 *
 *     key ──> (slot 9, row) ──> (slot 7, tombstone) ──> (slot 4, row)        a snapshot at 8 sees the tombstone
 *
 * One memtable serves every snapshot over one checkpoint: later slots only add, so readers never block writers.
 *
 * Invariants
 *   M1  Slots arrive in ascending order (equal ones while one record is replayed; the last write of a key in it wins).
 *   M2  A snapshot at slot s sees of each key its newest version of a slot <= s, unless the tree was cleared after that version.
 *   M3  A clear at slot c hides everything of slots below c: versions, attached runs, runs of the manifest. Writes of slot c itself
 *       stay: a transaction clears first.
 *   M4  What was handed out stays valid: arenas are never reused, a trimmed memtable is a new one.
 */
import { assert } from '../base/assert.ts';
import { Arena } from './arena.ts';
import { MemtableTree, type RowsInMemory } from './memtable-tree.ts';
import type { RunDescriptor } from './run.ts';
import { slot as slotOf, type Key, type Slot, type TreeId } from './tree.ts';

export class Memtable {
  readonly #arena = new Arena();
  readonly #trees = new Map<TreeId, MemtableTree>();
  #newest: Slot = slotOf(0);
  #entries = 0;
  #keyBytes = 0;

  /** Memory held, in bytes: what a checkpoint would free. */
  get bytes(): number {
    return this.#arena.bytes + this.#keyBytes + this.#entries * 40;
  }

  /** How many versions were applied. */
  get versions(): number {
    return this.#entries;
  }

  /** The newest slot applied; 0 when none was. */
  get newestSlot(): Slot {
    return this.#newest;
  }

  /** Writes a row (copied) or a tombstone at `slot`. */
  apply(tree: TreeId, key: Key, row: Uint8Array | null, slot: Slot): void {
    this.#advance(slot);
    this.count(1, key.length);
    this.#ensure(tree).put(key, row, slot);
  }

  /** A tree to put many rows into as of `slot`, which `count` is then told of. */
  treeAt(id: TreeId, slot: Slot): MemtableTree {
    this.#advance(slot);
    return this.#ensure(id);
  }

  /** Counts versions that were put into a tree by itself, and the bytes of their keys. */
  count(versions: number, keyBytes: number): void {
    this.#entries += versions;
    this.#keyBytes += keyBytes;
  }

  /** Rows that lie in `bytes`, which never change again: taken in as they lie when they are many. For `MemtableTree.putRow`. */
  rowsOf(bytes: Uint8Array): RowsInMemory {
    return { bytes, base: this.#arena.adopt(bytes) };
  }

  /** Forgets every row of a tree as of `slot`, except what `slot` itself writes. */
  clear(tree: TreeId, slot: Slot): void {
    this.#advance(slot);
    this.#ensure(tree).clear(slot);
  }

  /**
   * Adds the rows of a bulk-loaded run as of `slot`, which takes the place of the descriptor's own. Placeholder row ids in it
   * count from `firstOrdinal` in the record of that slot.
   */
  attach(run: RunDescriptor, slot: Slot, firstOrdinal = 0): void {
    this.#advance(slot);
    this.#ensure(run.tree).attach({ ...run, slot, firstOrdinal: run.firstOrdinal === undefined ? undefined : firstOrdinal }, slot);
  }

  tree(id: TreeId): MemtableTree | undefined {
    return this.#trees.get(id);
  }

  /** The trees written to, in no particular order. */
  trees(): Iterable<[TreeId, MemtableTree]> {
    return this.#trees;
  }

  /** A memtable with only what came after `slot`. This one stays as it is, for the snapshots that hold it. */
  trimThrough(slot: Slot): Memtable {
    const rest = new Memtable();
    for (const [id, tree] of this.#trees) {
      for (const cleared of tree.clears) if (cleared > slot) rest.#ensure(id).clear(cleared);
      for (const run of tree.runs) if (run.slot > slot) rest.#ensure(id).attach(run, run.slot);
      tree.visitVersionsAfter(slot, (key, row, at) => {
        rest.#ensure(id).put(key, row, at);
        rest.count(1, key.length);
      });
    }
    rest.#newest = this.#newest;
    return rest;
  }

  #ensure(id: TreeId): MemtableTree {
    let tree = this.#trees.get(id);
    if (tree === undefined) {
      tree = new MemtableTree(this.#arena);
      this.#trees.set(id, tree);
    }
    return tree;
  }

  #advance(slot: Slot): void {
    assert(slot >= this.#newest, 'M1: slots arrive in ascending order', { slot, newest: this.#newest });
    this.#newest = slot;
  }
}
