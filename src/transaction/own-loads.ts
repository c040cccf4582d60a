/**
 * The bulk loads of a transaction, as it sees them itself before it commits: runs in segments that nobody else knows of.
 *
 * Invariants
 *   A1  A load is visible from when it finished until its tree is cleared or its savepoint is rolled back.
 *   A2  Placeholder row ids stay placeholders: the runs are read as if of the slot that placeholders have.
 */
import { decodeRun } from '../storage/run-codec.ts';
import { placeholderRowId, ROW_ID_ORDINALS } from '../storage/row-id.ts';
import type { RunDescriptor } from '../storage/run.ts';
import type { Snapshot } from '../storage/storage-state.ts';
import { Memtable } from '../storage/memtable.ts';
import type { PageStore } from '../storage/page-store.ts';
import { slot, type Key, type TreeId } from '../storage/tree.ts';
import { KeyMap } from './key-map.ts';
import type { BulkReference } from './record.ts';

/** The slot bits of a placeholder (A2). */
const PLACEHOLDER_SLOT = slot(Number(placeholderRowId(0) / BigInt(ROW_ID_ORDINALS)));

const NO_MEMTABLE = new Memtable();

interface OwnLoad {
  readonly sequence: number;
  readonly reference: BulkReference;
  readonly run: RunDescriptor;
}

export class OwnLoads {
  #loads: OwnLoad[] = [];
  /** Keys of unique trees that end with a placeholder although most keys of their tree do not. */
  readonly #placeholderKeys = new Map<TreeId, KeyMap<true>>();

  get isEmpty(): boolean {
    return this.#loads.length === 0;
  }

  add(sequence: number, reference: BulkReference, placeholderKeys: readonly Key[]): void {
    this.#loads.push({ sequence, reference, run: decodeRun(reference.run, 'a bulk load') });
    if (placeholderKeys.length === 0) return;
    let keys = this.#placeholderKeys.get(reference.tree);
    if (keys === undefined) {
      keys = new KeyMap();
      this.#placeholderKeys.set(reference.tree, keys);
    }
    for (const key of placeholderKeys) keys.set(key, true);
  }

  rollbackTo(sequence: number): void {
    this.#loads = this.#loads.filter((load) => load.sequence <= sequence);
  }

  /** Whether `key` of a unique tree was loaded with a placeholder at its end. */
  isPlaceholderKey(tree: TreeId, key: Key): boolean {
    return this.#placeholderKeys.get(tree)?.get(key) === true;
  }

  /** Whether `tree` was loaded at all. */
  touches(tree: TreeId): boolean {
    return this.#loads.some((load) => load.reference.tree === tree);
  }

  /** What a record refers to. `clearedAt` knows when each tree was cleared. */
  references(clearedAt: (tree: TreeId) => number): BulkReference[] {
    return this.#loads.filter((load) => load.sequence > clearedAt(load.reference.tree)).map((load) => load.reference);
  }

  /** The loads of `tree` that a reader at `sequence` sees, as a snapshot of their own; undefined when there are none. */
  view(tree: TreeId, clearedAt: number, sequence: number, pages: PageStore): Snapshot | undefined {
    const runs = this.#loads
      .filter((load) => load.reference.tree === tree && load.sequence > clearedAt && load.sequence <= sequence)
      .map((load) => load.run);
    if (runs.length === 0) return undefined;
    return snapshotOfRuns(tree, runs.reverse(), pages);
  }
}

/** Runs that no manifest knows yet, newest first, as a snapshot of their own (A2). */
export function snapshotOfRuns(tree: TreeId, runs: readonly RunDescriptor[], pages: PageStore): Snapshot {
  const trees = new Map([[tree, runs.map((run) => ({ ...run, slot: PLACEHOLDER_SLOT }))]]);
  return { manifest: { slot: PLACEHOLDER_SLOT, trees, segments: new Map() }, memtable: NO_MEMTABLE, slot: PLACEHOLDER_SLOT, pages };
}
