/**
 * States of the past, held while something is made of them. A state is readable for as long as the collector leaves it; a hold in root keeps
 * it for as long as the work takes.
 *
 *     root names the checkpoint ── hold ──> replay, build, commit ── hold goes
 *              └ seen by every collector that begins later, and nothing it names is in the hands of one that began before
 *
 * Invariants
 *   B1  A hold is put into root together with the check that root still names its checkpoint: what root names now, it has named since its
 *       publication, so a collector that is under way found it referred to (C2), or it was published since, of epochs after the doom.
 *   B2  A hold stays when the outcome of the work is not known: what it keeps may be referred to yet. The collector takes holds AGE old.
 */
import { isSqlError } from '../base/sql-error.ts';
import type { Database } from '../transaction/database.ts';
import { tooFarBehind } from '../transaction/group-commit.ts';
import { baseOfMoment, momentInFuture, replayTo, type PastState } from '../transaction/past.ts';
import { freshId, type DatabaseId } from '../transaction/record.ts';
import type { Pin } from '../transaction/root-codec.ts';
import { withoutPins, withPin } from '../transaction/root-edits.ts';
import type { Moment } from '../transaction/transaction.ts';
import { applyEdit } from '../storage/edit.ts';
import type { Manifest } from '../storage/manifest.ts';
import { buildCheckpoint } from '../storage/merge.ts';
import type { Snapshot } from '../storage/storage-state.ts';
import type { SegmentWriter } from '../storage/segment.ts';
import { assert } from '../base/assert.ts';
import { timestampNow } from '../transaction/commit-time.ts';

export interface HeldState {
  readonly state: PastState;
  /** What keeps it in root. */
  readonly hold: Pin;
  /** Throws 40001 when the work has taken so long that what it uploaded might be collected. To be called right before it counts. */
  checkInTime(): void;
}

/** Runs `work` on the state of a moment, kept from the collector until it is done. `name` says in root what the hold is for. */
export async function withHeldState<T>(
  database: Database,
  moment: Moment,
  name: string,
  work: (held: HeldState) => Promise<T>,
): Promise<T> {
  const { root, runtime, store, pages, fence } = database;
  if (moment.kind === 'time' && moment.at > timestampNow(runtime.clock)) throw momentInFuture(moment, database.slot);
  await database.confirm({ kind: 'linearizable' });
  if (moment.kind === 'slot' && moment.slot > database.slot) throw momentInFuture(moment, database.slot);
  const before = await root.read();
  const checkpoint = baseOfMoment(before.root, moment);
  const id = freshId<DatabaseId>(runtime.random);
  const hold: Pin = { kind: 'hold', id, name, slot: checkpoint.slot, madeAtMs: before.dateMs ?? 0, checkpoint };
  const held = await root.update((current) => withPin(current, hold));
  const startedMs = runtime.clock.monotonic();
  const release = async (): Promise<void> => {
    await root.update((current) => withoutPins(current, (pin) => pin.id === id));
  };
  try {
    const state = await replayTo({ store, runtime, pages, root }, held, checkpoint, moment, database.slot);
    const result = await work({
      state,
      hold,
      checkInTime() {
        if (runtime.clock.monotonic() - startedMs > fence.options.ageMs / 4) throw tooFarBehind();
      },
    });
    await release();
    return result;
  } catch (error) {
    if (!isSqlError(error, 'transaction_resolution_unknown')) await release().catch(() => undefined); // B2
    throw error;
  }
}

/** A snapshot as one manifest: what its memtable holds goes through `segments`, every other page is shared. */
export async function manifestOf(snapshot: Snapshot, segments: SegmentWriter): Promise<Manifest> {
  const edit = await buildCheckpoint(snapshot, segments);
  const manifest = applyEdit(snapshot.manifest, edit);
  assert(manifest !== undefined, 'an edit applies to the manifest it was made of');
  return manifest;
}
