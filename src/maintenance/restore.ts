/**
 * Restore: the state of an earlier moment becomes the newest one, by one commit. Nothing is copied: the record holds the manifest of that
 * state, whose pages are where they were. What was before stays in the log and its checkpoints, so restoring back is another restore.
 */
import { encodeManifest } from '../storage/manifest-codec.ts';
import type { Manifest } from '../storage/manifest.ts';
import { SegmentWriter } from '../storage/segment.ts';
import type { Slot } from '../storage/tree.ts';
import type { Database } from '../transaction/database.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import type { TreeReads } from '../transaction/record.ts';
import type { Moment } from '../transaction/transaction.ts';
import { manifestOf, withHeldState } from './hold.ts';
import { pass, type Point } from './points.ts';

export interface RestoreReport {
  /** The slot whose state was taken, and when it was committed (timestamptz microseconds). */
  readonly from: Slot;
  readonly committedAt: number;
  /** The slot of the commit that made it the newest. */
  readonly slot: Slot;
}

/**
 * Restores the state of `moment`. SQLSTATE 72000 when it is no longer there, 22023 when it is yet to come. Whoever is in the middle of a
 * transaction gets 40001.
 */
export async function restoreTo(
  database: Database,
  moment: Moment,
  at?: ((point: Point) => void | Promise<void>) | undefined,
): Promise<RestoreReport> {
  return withHeldState(database, moment, 'restore', async ({ state, checkInTime }) => {
    await pass(at, 'restore:held');
    const manifest = await manifestOf(state.snapshot, segmentWriter(database));
    await pass(at, 'restore:built');
    checkInTime();
    const slot = await commitState(database, manifest, `slot ${state.snapshot.slot}`);
    await pass(at, 'restore:committed');
    return { from: state.snapshot.slot, committedAt: state.committedAt, slot };
  });
}

/**
 * Makes `manifest` the whole state, by a record of its own. Its segments must be kept by a hold until the record is in the log. `unless`:
 * 40001 when anything was written to those trees after that slot.
 */
export async function commitState(
  database: Database,
  manifest: Manifest,
  origin: string,
  unless?: { readonly reads: readonly TreeReads[]; readonly seen: Slot },
): Promise<Slot> {
  const encoded = encodeManifest(manifest, database.runtime.crypto);
  const { slot } = await database.commitControls([{ kind: 'state', manifest: encoded, origin }], unless);
  return slot ?? database.slot;
}

/** Segments named with the newest slot known here. */
export function segmentWriter(database: Database): SegmentWriter {
  const { store, runtime, slot } = database;
  return new SegmentWriter({ crypto: runtime.crypto, random: runtime.random, writeObject: objectWriter(store, runtime), epoch: slot });
}
