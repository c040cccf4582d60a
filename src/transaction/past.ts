/**
 * States of the past: a checkpoint that root retains, and the log replayed over it up to the slot that is wanted.
 *
 *     boundary        retained            retained      checkpoint      tip
 *     ────┼───────────────┼───────────────────┼──────────────┼───────────┼──> slots
 *         └ nothing before is readable    ····└── replay ──> wanted
 *
 * Invariants
 *   S1  A state of slot n is the one every reader saw when n was the newest: the same records over a checkpoint that was published.
 *   S2  The state of a moment is that of the last record committed at or before it.
 *   S3  What the collector took is an error (72000), never another state.
 */
import type { Runtime } from '../base/runtime.ts';
import { EPOCH_2000_MS } from '../base/epoch.ts';
import { SqlError } from '../base/sql-error.ts';
import type { PageStore } from '../storage/page-store.ts';
import type { Snapshot } from '../storage/storage-state.ts';
import type { Slot } from '../storage/tree.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { EMPTY_CHECKPOINT, fetchBase } from './checkpoint.ts';
import { coresBetween } from './log-range.ts';
import { decodeCore } from './record-codec.ts';
import type { CheckpointReference, Root } from './root-codec.ts';
import { timestampNow } from './commit-time.ts';
import type { RootFile } from './root.ts';
import { Tip } from './tip.ts';
import type { Moment } from './transaction.ts';

/** A state, and from when to when it was the newest: timestamptz microseconds, `until` not included. */
export interface PastState {
  readonly snapshot: Snapshot;
  /** The hash of the record in its slot. */
  readonly recordHash: Uint8Array;
  readonly committedAt: number;
  readonly until: number;
}

/** States kept: a session of the past asks for the same one again and again. */
const KEPT_MAX = 4;

export interface PastParts {
  readonly store: ObjectStore;
  readonly runtime: Runtime;
  readonly pages: PageStore;
  readonly root: RootFile;
}

/** What a process knows of the newest states. */
interface LocalState {
  readonly tip: Tip;
  /** Resolves when the tip is known to have been current at a moment after the call. */
  confirm(): Promise<unknown>;
}

export class PastStates {
  readonly #parts: PastParts & LocalState;
  /** The one asked for last is last. */
  #kept: PastState[] = [];

  constructor(parts: PastParts & LocalState) {
    this.#parts = parts;
  }

  /** The state of a moment. SQLSTATE 22023 when it is yet to come, 72000 with the oldest readable moment when it is before that. */
  async snapshotAt(moment: Moment): Promise<Snapshot> {
    const { tip, runtime, confirm } = this.#parts;
    if (moment.kind === 'time' && moment.at > timestampNow(runtime.clock)) throw momentInFuture(moment, tip.slot);
    // Only a record after the moment proves that all those before it are here.
    const isAfterAll = (): boolean => (moment.kind === 'time' ? moment.at >= tip.committedAt : moment.slot > tip.slot);
    if (isAfterAll()) await confirm();
    if (moment.kind === 'slot' && isAfterAll()) throw momentInFuture(moment, tip.slot);
    return tip.snapshotAt(moment) ?? (await this.#beforeTail(moment, tip.slot)).snapshot;
  }

  async #beforeTail(moment: Moment, newest: Slot): Promise<PastState> {
    const known = this.#kept.find((state) => isOf(state, moment));
    const state = known ?? (await this.#replay(moment, newest));
    this.#kept = [...this.#kept.filter((one) => one !== state), state].slice(-KEPT_MAX);
    return state;
  }

  async #replay(moment: Moment, newest: Slot): Promise<PastState> {
    const { root } = await this.#parts.root.read();
    return replayTo(this.#parts, root, baseOfMoment(root, moment), moment, newest);
  }
}

/** The newest readable checkpoint at or before a moment. SQLSTATE 72000 with the oldest one when there is none. */
export function baseOfMoment(root: Root, moment: Moment): CheckpointReference {
  const bases = readableCheckpoints(root);
  const base = bases.findLast((one) => (moment.kind === 'slot' ? one.slot <= moment.slot : one.committedAt <= moment.at));
  if (base === undefined) throw snapshotTooOld(bases);
  return base;
}

/** The state of a moment that is not before `base`, a checkpoint that `root` names, nor after slot `newest`, which is committed. */
export async function replayTo(
  { store, runtime, pages, root: file }: PastParts,
  root: Root,
  base: CheckpointReference,
  moment: Moment,
  newest: Slot,
): Promise<PastState> {
  const tip = new Tip(root.databaseId, pages, await fetchBase(base, root, store, runtime));
  const last = moment.kind === 'slot' ? moment.slot : newest;
  let until: number | undefined;
  for await (const core of coresBetween(store, runtime, base.slot, last)) {
    const record = decodeCore(core);
    if (moment.kind === 'time' && record.committedAt > moment.at) {
      until = record.committedAt;
      break;
    }
    tip.apply(core, record);
    tip.forgetThrough(core.slot);
  }
  if (tip.slot < last && until === undefined) throw snapshotTooOld(readableCheckpoints((await file.read()).root));
  // Where no later record was met, another one might still be committed at this very moment.
  return { snapshot: tip.snapshot(), recordHash: tip.hash, committedAt: tip.committedAt, until: until ?? tip.committedAt };
}

/** Checkpoints that states can be replayed from, oldest first; the empty database while nothing was collected. */
function readableCheckpoints(root: Root): readonly CheckpointReference[] {
  const named = [...root.retained, root.checkpoint].filter(({ slot }) => slot >= root.boundary && slot > 0);
  return root.boundary === 0 ? [EMPTY_CHECKPOINT, ...named] : named;
}

/** SQLSTATE 72000: the state wanted lies before what the first of `bases` holds. */
function snapshotTooOld(bases: readonly CheckpointReference[]): SqlError {
  const oldest = bases.find(({ slot }) => slot > 0);
  return new SqlError('snapshot_too_old', 'snapshot too old', {
    detail:
      oldest === undefined
        ? 'The log after that moment is not in the bucket any more.'
        : `The oldest state that can be read is that of ${isoTime(oldest.committedAt)}, slot ${oldest.slot}.`,
    hint: 'States are readable for as long as the collector retains them.',
  });
}

/** SQLSTATE 22023 for a moment that has not come. */
export function momentInFuture(moment: Moment, newest: Slot): SqlError {
  return new SqlError(
    'invalid_parameter_value',
    moment.kind === 'slot' ? `slot ${moment.slot} is in the future` : 'AS OF SYSTEM TIME: cannot specify a timestamp in the future',
    { detail: moment.kind === 'slot' ? `The newest slot is ${newest}.` : `It says ${isoTime(moment.at)}.` },
  );
}

/** timestamptz microseconds as ISO 8601, to the microsecond. */
export function isoTime(microseconds: number): string {
  const ms = Math.floor(microseconds / 1000);
  const rest = String(microseconds - ms * 1000).padStart(3, '0');
  return new Date(ms + EPOCH_2000_MS).toISOString().replace('Z', `${rest}Z`);
}

function isOf(state: PastState, moment: Moment): boolean {
  if (moment.kind === 'slot') return state.snapshot.slot === moment.slot;
  return state.committedAt <= moment.at && moment.at < state.until;
}
