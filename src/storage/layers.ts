import { runsOf } from './manifest.ts';
import type { MemtableTree } from './memtable-tree.ts';
import type { RunDescriptor } from './run.ts';
import type { Snapshot } from './storage-state.ts';
import { slot as slotOf, type TreeId } from './tree.ts';

/** Where the rows of one tree are, as a snapshot sees it. */
export interface Layers {
  readonly memtable: MemtableTree | undefined;
  /** Runs that may hold visible rows, newest first by slot. */
  readonly runs: readonly RunDescriptor[];
}

/** The layers of a tree: the memtable, attached runs and the manifest's, without what a clear hides (M3, S2). */
export function layersOf(snapshot: Snapshot, tree: TreeId): Layers {
  const stack = runsOf(snapshot.manifest, tree);
  const memtable = snapshot.memtable.tree(tree);
  if (memtable === undefined || (memtable.runs.length === 0 && memtable.clears.length === 0)) return { memtable, runs: stack };
  const floor = snapshot.manifest.slot;
  const cleared = memtable.clearedBefore(snapshot.slot);
  const hidden = cleared > floor ? cleared : slotOf(0);
  const attached = memtable.runs.filter((run) => run.slot > floor && run.slot <= snapshot.slot && run.slot >= hidden).reverse();
  return { memtable, runs: [...attached, ...stack.filter((run) => run.slot >= hidden)] };
}
