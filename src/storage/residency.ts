import { layersOf } from './layers.ts';
import type { PageReference } from './page-reference.ts';
import { rowIdsOf } from './run-reader.ts';
import { runBytes, type RunDescriptor } from './run.ts';
import type { Snapshot } from './storage-state.ts';
import type { TreeId } from './tree.ts';

/** How large a tree is in the bucket, and how much of it is at hand. */
export interface TreeStorage {
  readonly leaves: number;
  readonly bytes: number;
  /** The part of its leaves that are in memory, judged by a few. 1 for a tree without pages. */
  readonly residentShare: number;
}

const PROBES = 16;

/** Looks at what is in memory and reads nothing. */
export function treeStorage(snapshot: Snapshot, tree: TreeId): TreeStorage {
  const { runs } = layersOf(snapshot, tree);
  let leaves = 0;
  let bytes = 0;
  let resident = 0;
  for (const run of runs) {
    leaves += run.leaves;
    bytes += runBytes(run);
    resident += run.leaves * residentShare(snapshot, run);
  }
  return { leaves, bytes, residentShare: leaves === 0 ? 1 : resident / leaves };
}

function residentShare(snapshot: Snapshot, run: RunDescriptor): number {
  const probes = Math.min(PROBES, run.leaves);
  let found = 0;
  for (let probe = 0; probe < probes; probe++) if (isResident(snapshot, run, (probe + 0.5) / probes)) found++;
  return probes === 0 ? 1 : found / probes;
}

/** Whether the leaf at `place` (0 to 1) of the run is in memory, and the pages above it. */
function isResident({ pages }: Snapshot, run: RunDescriptor, place: number): boolean {
  const rowIds = rowIdsOf(run);
  let reference: PageReference = run.root;
  let within = place;
  for (let level = run.level; level > 0; level--) {
    const inner = pages.peekInner(reference, rowIds);
    if (inner === undefined) return false;
    const scaled = within * inner.children.length;
    const child = Math.min(inner.children.length - 1, Math.floor(scaled));
    within = scaled - child;
    reference = inner.children[child];
  }
  return pages.peekLeaf(reference, rowIds) !== undefined;
}
