/**
 * The state of a database as of one slot: of every tree its stack of runs. Immutable; a checkpoint makes another by an edit.
 *
 * Invariants
 *   N1  A tree's runs are in descending order of slot, and none is newer than the manifest.
 *   N2  A segment is listed if and only if a run takes bytes of it.
 */
import { assert } from '../base/assert.ts';
import type { SegmentName } from './page-reference.ts';
import type { RunDescriptor } from './run.ts';
import { slot as slotOf, type Slot, type TreeId } from './tree.ts';

export interface Manifest {
  /** Everything through this slot is in the runs. */
  readonly slot: Slot;
  /** Runs of each tree that has any, newest first. */
  readonly trees: ReadonlyMap<TreeId, readonly RunDescriptor[]>;
  readonly segments: ReadonlyMap<SegmentName, SegmentUse>;
}

/** A segment as the manifest's runs use it. */
export interface SegmentUse {
  /** Bytes of the whole object. */
  readonly totalBytes: number;
  /** Bytes that runs still refer to. */
  readonly liveBytes: number;
}

/** The state before the first record. */
export const EMPTY_MANIFEST: Manifest = { slot: slotOf(0), trees: new Map(), segments: new Map() };

const NO_RUNS: readonly RunDescriptor[] = [];

/** The stack of a tree, newest first; empty when it has no rows. */
export function runsOf(manifest: Manifest, tree: TreeId): readonly RunDescriptor[] {
  return manifest.trees.get(tree) ?? NO_RUNS;
}

/** A manifest of these trees. `sizes` knows the total bytes of every segment that a run takes bytes of. */
export function manifestOf(
  slot: Slot,
  trees: ReadonlyMap<TreeId, readonly RunDescriptor[]>,
  sizes: ReadonlyMap<SegmentName, number>,
): Manifest {
  const kept = new Map<TreeId, readonly RunDescriptor[]>();
  const segments = new Map<SegmentName, SegmentUse>();
  for (const [tree, runs] of trees) {
    if (runs.length === 0) continue;
    for (const [at, run] of runs.entries()) {
      assert(run.slot <= slot && (at === 0 || run.slot <= runs[at - 1].slot), 'N1: a stack descends by slot', { tree, slot: run.slot });
      for (const share of run.segments) {
        const totalBytes = sizes.get(share.name);
        assert(totalBytes !== undefined, 'N2: the size of a segment in use is known', { segment: share.name });
        segments.set(share.name, { totalBytes, liveBytes: (segments.get(share.name)?.liveBytes ?? 0) + share.bytes });
      }
    }
    kept.set(tree, runs);
  }
  return { slot, trees: kept, segments };
}
