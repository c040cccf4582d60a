/**
 * What a checkpoint or a compaction changes in a manifest, so that one that lost the race for root can be applied again.
 *
 * Invariants
 *   E1  A checkpoint moves the manifest from exactly `from` to `to`: what it took out of the memtable lies between.
 *   E2  A compaction moves no slot: it replaces runs by runs with the same rows, wherever they still are.
 *   E3  A run is replaced only where it is still in the stack, and in its place.
 */
import { assert } from '../base/assert.ts';
import { manifestOf, runsOf, type Manifest } from './manifest.ts';
import type { SegmentName } from './page-reference.ts';
import type { RunDescriptor } from './run.ts';
import type { Slot, TreeId } from './tree.ts';

export interface ManifestEdit {
  readonly from: Slot;
  /** Equal to `from` for a compaction. */
  readonly to: Slot;
  readonly trees: readonly TreeEdit[];
  /** Total bytes of the segments that new runs use and the manifest may not know. */
  readonly sizes: ReadonlyMap<SegmentName, number>;
  /** The segments among them that were uploaded for this edit: nobody else refers to them, so they must not be doomed. */
  readonly uploaded: readonly SegmentName[];
}

export interface TreeEdit {
  readonly tree: TreeId;
  /** Ids of runs that go. */
  readonly removed: readonly string[];
  /** Runs that come, newest first. */
  readonly added: readonly RunDescriptor[];
}

/** The manifest after the edit; undefined when it no longer applies: somebody else got there first, and its work is void. */
export function applyEdit(manifest: Manifest, edit: ManifestEdit): Manifest | undefined {
  assert(edit.to >= edit.from, 'E1: slots only grow', { from: edit.from, to: edit.to });
  const isCheckpoint = edit.to > edit.from;
  if (isCheckpoint ? manifest.slot !== edit.from : manifest.slot < edit.from) return undefined;
  const trees = new Map(manifest.trees);
  for (const change of edit.trees) {
    const stack = runsOf(manifest, change.tree);
    const gone = new Set(change.removed);
    const kept = stack.filter((run) => !gone.has(run.id));
    if (stack.length - kept.length !== gone.size) return undefined;
    // Newest first; what comes in takes precedence over what has its slot, since it holds later writes of it.
    const merged = [...change.added, ...kept].sort((a, b) => b.slot - a.slot);
    const known = new Set(merged.map((run) => run.id));
    // Positions into a run that has gone mean nothing any more: the rows are found by key.
    trees.set(
      change.tree,
      merged.map((run) => (run.base === undefined || known.has(run.base) ? run : { ...run, base: undefined })),
    );
  }
  const sizes = new Map(edit.sizes);
  for (const [name, use] of manifest.segments) sizes.set(name, use.totalBytes);
  return manifestOf(isCheckpoint ? edit.to : manifest.slot, trees, sizes);
}
