/**
 * The commit log: an append-only sequence of objects that decides what has happened.
 *
 *     log/41        log/42        log/43
 *     durable, immutable          next: the first writer to create it wins
 *
 * A create has four outcomes, and only two of them say something:
 *
 *     created ───────────────────────> fence ─> committed
 *     exists ────> read the slot ────> fence ─> mine: committed · a stranger's: lost
 *     undecided ─> nothing landed: again
 *     unknown ───> read the slot: it has an owner (as `exists`), or it is empty: the SAME bytes to the SAME slot again
 *
 * Invariants
 *   G1  A record is mine if and only if it holds my transaction's id.
 *   G2  After an attempt with an unknown outcome nothing else is sent to another slot until this slot has an owner.
 *   G3  `lost` is definite and rests on a believed record; whatever is not definite ends as `unknown`.
 *   G4  Nothing of an unknown attempt is ever cleaned up.
 */
import { unreachable } from '../base/assert.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { slot, type Slot } from '../storage/tree.ts';
import { StoreError, type CreateOutcome, type ObjectStore, type StoreTimeMs } from '../../vfs/object-store.ts';
import { backoffMs } from './backoff.ts';
import type { Fence } from './fence.ts';
import { logName } from './names.ts';
import { decodeObject, type RecordCore } from './record-codec.ts';
import { readDecoded, storeFailure } from './reading.ts';

export type AppendOutcome =
  | { readonly kind: 'committed' }
  /** Others have the slot: their records from it on, ascending without a gap. */
  | { readonly kind: 'lost'; readonly cores: readonly RecordCore[] }
  /** Nothing landed, and nothing will: the store does not allow it, or kept refusing until the deadline. */
  | { readonly kind: 'refused'; readonly error: SqlError }
  /** It may be committed, now or later. `isBehind`: the local state is from before the collector's boundary. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly isBehind: boolean };

/** What one read of a slot found. */
type Look =
  | { readonly kind: 'found'; readonly cores: readonly RecordCore[]; readonly dateMs: StoreTimeMs; readonly modifiedMs: StoreTimeMs }
  | { readonly kind: 'absent'; readonly dateMs: StoreTimeMs };

/** The log after some slot, as far as it goes. */
export type Tail =
  /** `cores` ascend without a gap; the slot after them was absent at a moment after the call. */
  | { readonly kind: 'tail'; readonly cores: readonly RecordCore[] }
  /** The collector passed the local end: the records after it can no longer be told. */
  | { readonly kind: 'behind' };

/** How far apart probes of a long tail lie: as many records as an object carries copies of, and one. */
export const STRIDE = 8;

const STRIDES_MAX = 8;
const FETCHES_MAX = 64;

export class Log {
  readonly #store: ObjectStore;
  readonly #runtime: Runtime;
  readonly #fence: Fence;

  constructor(store: ObjectStore, runtime: Runtime, fence: Fence) {
    this.#store = store;
    this.#runtime = runtime;
    this.#fence = fence;
  }

  /**
   * Tries to give `at`, the slot after the local end, the record `object`. `isMine` recognises a record by its transaction's
   * id. `deadlineMs` is a moment of the monotonic clock.
   */
  async append(at: Slot, object: Uint8Array, isMine: (core: RecordCore) => boolean, deadlineMs: number): Promise<AppendOutcome> {
    const end = slot(at - 1);
    let mayHaveLanded = false;
    for (let attempt = 1; ; attempt++) {
      const sentMs = this.#fence.storeTimeMs;
      const outcome = await this.#create(at, object);
      switch (outcome.kind) {
        case 'created':
          return this.#committed(outcome.dateMs, end, sentMs);
        case 'exists': {
          const settled = await this.#settle(at, isMine);
          return settled.kind === 'empty' ? PASSED : settled;
        }
        case 'undecided':
          if (this.#runtime.clock.monotonic() >= deadlineMs) {
            return mayHaveLanded
              ? { kind: 'unknown', reason: outcome.reason, isBehind: false }
              : { kind: 'refused', error: throttled(outcome.reason) };
          }
          break;
        case 'failed':
          if (!mayHaveLanded) return { kind: 'refused', error: outcome.error };
          return { kind: 'unknown', reason: outcome.error.message, isBehind: false };
        case 'unknown': {
          mayHaveLanded = true;
          const settled = await this.#settle(at, isMine);
          if (settled.kind !== 'empty') return settled;
          if (this.#runtime.clock.monotonic() >= deadlineMs) return { kind: 'unknown', reason: outcome.reason, isBehind: false };
          break;
        }
        default:
          unreachable(outcome);
      }
      await this.#runtime.clock.sleep(backoffMs(attempt, this.#runtime.random));
    }
  }

  /**
   * Reads the log after `end` until a slot is absent. `isCold` says that records are expected, so that the first round of
   * requests asks for several.
   */
  async tail(end: Slot, isCold: boolean): Promise<Tail> {
    const found = new Map<number, RecordCore>();
    const dates = new Dates();
    let next = end + 1;
    let highest: number = end;
    for (let round = isCold ? 2 : 0; ; round++) {
      const asked = [...missingUpTo(highest, next, found), ...probesAfter(highest, round)];
      const looks = await Promise.all(asked.map((number) => this.#look(slot(number))));
      let reached = highest;
      for (const [position, look] of looks.entries()) {
        dates.add(look.dateMs);
        if (look.kind === 'absent' && asked[position] <= highest) return this.#gap(end, asked[position]);
        if (look.kind === 'found') reached = Math.max(reached, keep(look.cores, end, found));
      }
      highest = reached;
      while (found.has(next)) next++;
      const last = looks[asked.indexOf(next)];
      if (highest >= next || last?.kind !== 'absent') continue;
      if ((await this.#fence.conclude(dates.latestMs, end)) === 'behind') return { kind: 'behind' };
      this.#fence.absentAt(slot(next), last.dateMs);
      return { kind: 'tail', cores: ascending(found) };
    }
  }

  /** One wire attempt. `failed`: the store says that it did nothing, and will not. */
  async #create(at: Slot, object: Uint8Array): Promise<CreateOutcome | { readonly kind: 'failed'; readonly error: SqlError }> {
    try {
      return await this.#store.createIfAbsent(logName(at), object);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.kind === 'transient' || error.kind === 'damaged') return { kind: 'unknown', reason: error.message };
      return { kind: 'failed', error: storeFailure(error) };
    }
  }

  async #committed(dateMs: StoreTimeMs, end: Slot, sentMs: StoreTimeMs): Promise<AppendOutcome> {
    if ((await this.#fence.conclude(dateMs, end)) === 'behind') return PASSED;
    this.#fence.absentAt(slot(end + 1), sentMs); // when the PUT was sent its slot did not exist; when it was answered others might have followed
    return { kind: 'committed' };
  }

  /** Who has the slot; `empty`: nobody yet. Looks a little ahead at the same time, since who lost one slot wants the next. */
  async #settle(at: Slot, isMine: (core: RecordCore) => boolean): Promise<AppendOutcome | { readonly kind: 'empty' }> {
    const end = slot(at - 1);
    const looks = await Promise.all([at, at + 1, at + STRIDE].map((number) => this.#look(slot(number))));
    const dates = new Dates();
    const found = new Map<number, RecordCore>();
    for (const look of looks) {
      dates.add(look.dateMs);
      if (look.kind === 'found') keep(look.cores, end, found);
    }
    if ((await this.#fence.conclude(dates.latestMs, end)) === 'behind') return PASSED;
    const own = looks[0];
    if (own.kind === 'absent') return { kind: 'empty' };
    this.#fence.absentAt(slot(at + 1), own.modifiedMs);
    return isMine(own.cores[0]) ? { kind: 'committed' } : { kind: 'lost', cores: ascending(found) };
  }

  /** A later record was there and slot `missing` is not: only the collector takes records away. */
  async #gap(end: Slot, missing: number): Promise<Tail> {
    if ((await this.#fence.confirm(end)) === 'behind') return { kind: 'behind' };
    throw new SqlError('data_corrupted', `log record ${missing} is missing`, {
      detail: 'Later records exist, and it was never collected.',
    });
  }

  async #look(at: Slot): Promise<Look> {
    const answer = await readDecoded(this.#store, this.#runtime, logName(at), (bytes) => decodeObject(bytes, at, this.#runtime.crypto));
    if (answer.kind !== 'found') return { kind: 'absent', dateMs: answer.dateMs };
    return { kind: 'found', cores: answer.value, dateMs: answer.dateMs, modifiedMs: answer.modifiedMs };
  }
}

function throttled(reason: string): SqlError {
  return new SqlError('serialization_failure', 'could not serialize access: the object store refused writes until the deadline', {
    detail: reason,
    hint: 'The transaction might succeed if retried.',
  });
}

const PASSED: AppendOutcome = { kind: 'unknown', reason: 'the collector passed the slot', isBehind: true };

/** The latest date of several answers; undefined once one came without. */
class Dates {
  #latestMs = -Infinity;

  get latestMs(): StoreTimeMs {
    return Number.isFinite(this.#latestMs) ? this.#latestMs : undefined;
  }

  add(dateMs: StoreTimeMs): void {
    this.#latestMs = Math.max(this.#latestMs, dateMs ?? Infinity);
  }
}

/** Adds the cores of slots after `end`; answers the highest of them. */
function keep(cores: readonly RecordCore[], end: Slot, found: Map<number, RecordCore>): number {
  for (const core of cores) if (core.slot > end && !found.has(core.slot)) found.set(core.slot, core);
  return cores[0].slot;
}

/** Slots from `next` to `highest` that are not found yet: they must exist. */
function missingUpTo(highest: number, next: number, found: ReadonlyMap<number, RecordCore>): number[] {
  const missing: number[] = [];
  for (let number = next; number <= highest && missing.length < FETCHES_MAX; number++) if (!found.has(number)) missing.push(number);
  return missing;
}

/** Where to look for the end of the log: one slot when nothing is expected, else near ones and then strides further and further. */
function probesAfter(highest: number, round: number): number[] {
  if (round === 0) return [highest + 1];
  if (round === 1) return [highest + 1, highest + 2, highest + STRIDE];
  const probes: number[] = [];
  for (let ahead = 1; ahead <= STRIDE; ahead++) probes.push(highest + ahead);
  for (let strides = 2; strides <= Math.min(2 ** (round - 2), STRIDES_MAX); strides++) probes.push(highest + strides * STRIDE);
  return probes;
}

/** The cores from the lowest on, as far as there is no gap. */
function ascending(found: ReadonlyMap<number, RecordCore>): RecordCore[] {
  const cores = [...found.values()].sort((a, b) => a.slot - b.slot);
  const gap = cores.findIndex((core, at) => at > 0 && core.slot !== cores[at - 1].slot + 1);
  return gap < 0 ? cores : cores.slice(0, gap);
}
