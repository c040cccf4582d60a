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
import { SqlError } from '../base/sql-error.ts';
import { PINS_WRITER_VERSION, type CheckpointReference, type Pin, type Root } from './root-codec.ts';

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
  const held = root.pins.reduce((least, pin) => (pin.kind === 'hold' ? Math.min(least, pin.checkpoint.slot) : least), Infinity);
  for (const { slot } of [...root.retained, root.checkpoint]) if (slot <= oldest && slot <= held && slot > boundary) boundary = slot;
  return boundary;
}

/**
 * Root with a pin more. SQLSTATE 72000 when the checkpoint of a hold is not named by root any more; undefined when the pin is there
 * already. From here on older writers are refused: they would collect what it keeps.
 */
export function withPin(root: Root, pin: Pin): Root | undefined {
  if (root.pins.some(({ id }) => id === pin.id)) return undefined;
  const { checkpoint } = pin;
  const isNamed = [root.checkpoint, ...root.retained].some(({ name }) => name === checkpoint.name);
  if (checkpoint.slot < root.boundary || (checkpoint.slot > 0 && !isNamed))
    throw new SqlError('snapshot_too_old', 'snapshot too old', { detail: `Checkpoint ${checkpoint.name} is not retained any more.` });
  return { ...root, pins: [...root.pins, pin], minWriterVersion: Math.max(root.minWriterVersion, PINS_WRITER_VERSION) };
}

/** Root without the pins for which `isGone` answers true; undefined when there are none. */
export function withoutPins(root: Root, isGone: (pin: Pin) => boolean): Root | undefined {
  const pins = root.pins.filter((pin) => !isGone(pin));
  return pins.length === root.pins.length ? undefined : { ...root, pins };
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
