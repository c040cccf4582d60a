/**
 * What the collector changes in root, as functions from one version to the next. Each may be applied again to a version that
 * has its effect already, which is what `RootFile.update` needs.
 *
 * Invariants
 *   E1  Boundary and doom only move forward.
 *   E2  The boundary never passes the checkpoint: what may be collected is in it.
 */
import { assert } from '../base/assert.ts';
import type { Slot } from '../storage/tree.ts';
import type { Root } from './root-codec.ts';

/** Root that allows records up to `boundary` to be collected; undefined when it does already. */
export function withBoundary(root: Root, boundary: Slot): Root | undefined {
  assert(boundary <= root.checkpoint.slot, 'E2: the boundary stays at or below the checkpoint', {
    boundary,
    checkpoint: root.checkpoint.slot,
  });
  return root.boundary >= boundary ? undefined : { ...root, boundary };
}

/** Root that allows unreferenced segments of epochs up to `epoch` to be deleted; undefined when it does already. */
export function withDoom(root: Root, epoch: number): Root | undefined {
  return root.doomEpoch >= epoch ? undefined : { ...root, doomEpoch: epoch };
}
