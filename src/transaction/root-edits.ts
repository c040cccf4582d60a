/**
 * What maintenance changes in root, as functions from one version to the next. Each may be applied again to a version that
 * has its effect already, which is what `RootFile.update` needs.
 *
 * Invariants
 *   E1  Boundary and doom only move forward.
 *   E2  The boundary never passes the checkpoint: what may be collected is in it.
 *   E3  Retained checkpoints ascend by slot, lie between the boundary and the checkpoint, and were published once: names come in only
 *       with a publication, so that whatever root names now it has named ever since.
 */
import { assert } from '../base/assert.ts';
import type { Slot } from '../storage/tree.ts';
import type { CheckpointReference, Root } from './root-codec.ts';

/** Retained checkpoints are the further apart the older they are: by this part of their age, so that few cover a long time. */
const SPACING = 1 / 4;
const RETAINED_MAX = 64;

/** Root that allows records up to `boundary` to be collected; undefined when it does already. */
export function withBoundary(root: Root, boundary: Slot): Root | undefined {
  assert(boundary <= root.checkpoint.slot, 'E2: the boundary stays at or below the checkpoint', {
    boundary,
    checkpoint: root.checkpoint.slot,
  });
  if (root.boundary >= boundary) return undefined;
  return { ...root, boundary, retained: root.retained.filter((checkpoint) => checkpoint.slot >= boundary) };
}

/** Where the boundary may be for every state from slot `oldest` on to stay readable: at the newest checkpoint up to it. */
export function boundaryFor(root: Root, oldest: Slot): Slot {
  let boundary = root.boundary;
  for (const { slot } of [...root.retained, root.checkpoint]) if (slot <= oldest && slot > boundary) boundary = slot;
  return boundary;
}

/** Checkpoints to retain when `next` follows root's own. */
export function retainedWith(root: Root, next: CheckpointReference): readonly CheckpointReference[] {
  const { checkpoint, retained, boundary } = root;
  if (checkpoint.name === '' || checkpoint.slot < boundary || next.slot === checkpoint.slot) return retained;
  const kept: CheckpointReference[] = [];
  for (const [back, candidate] of [...retained, checkpoint].reverse().entries()) {
    const newer = kept.at(-1) ?? next;
    const isOldest = back === retained.length; // replay of the oldest readable states begins there
    const isFar = newer.committedAt - candidate.committedAt >= (next.committedAt - newer.committedAt) * SPACING;
    if (isOldest || (isFar && kept.length < RETAINED_MAX - 1)) kept.push(candidate);
  }
  return kept.reverse();
}

/** Root that allows unreferenced segments of epochs up to `epoch` to be deleted; undefined when it does already. */
export function withDoom(root: Root, epoch: number): Root | undefined {
  return root.doomEpoch >= epoch ? undefined : { ...root, doomEpoch: epoch };
}
