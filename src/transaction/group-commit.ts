/**
 * Commits: transactions that arrive while a record is on its way are validated against each other and leave together in the
 * next one. No timers: the store's latency is the batching window. Clients that were answered together may come again together, or they
 * would fall into two halves that wait for each other's records.
 *
 *     submit ──> queue ──> group ──> record ──> create slot n+1 ──┬─ committed: apply, answer all
 *                  ^                                              ├─ lost: apply the winners, validate, n+2
 *                  └──────────── overlapping with the group ──────┴─ unknown: 08007, and the next group tries the same slot
 *
 * Where slots are lost again and again, writers combine: they announce their transactions as intents, and those whose turn it is
 * put everybody's into the next record.
 *
 *     queue ──> intent ──┬─ my turn: group with the others' intents ──> record, as above
 *       ^                └─ not my turn: follow the log ──┬─ a record holds it: committed
 *       └─────────── undecided: the next slot ────────────┴─ a record conflicts with it: 40001
 *
 * Invariants
 *   Q1  One record is on its way at a time; its slot is the one after the local end.
 *   Q2  A transaction is in a group only if no record after its snapshot conflicts with it, and nothing earlier in the group.
 *   Q3  Each transaction is answered exactly once: committed, 40001 (definitely not) or 08007.
 *   Q4  Once announced, a transaction's outcome is what the log says (N1, N2): where that can no longer be told it is 08007.
 *   Q5  A record is this writer's if its hash is, whoever's transactions it holds.
 */
import { COUNTERS, COUNTER_COLUMNS, CounterRows, lastOf, type Advance } from './advance.ts';
import { assert, unreachable } from '../base/assert.ts';
import { equalBytes } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import type { Runtime } from '../base/runtime.ts';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { readRow } from '../storage/storage-state.ts';
import { slot, type Key, type Slot } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import { commitTime } from './commit-time.ts';
import { Contention, type ContentionOptions } from './contention.ts';
import type { Fence } from './fence.ts';
import type { Footprint } from './footprint.ts';
import { admitAdvance, Group } from './group.ts';
import type { Announced, Intents, OwnIntent } from './intents.ts';
import type { AppendOutcome, Log } from './log.ts';
import type { DatabaseId, LogRecord, TransactionRecord, WriterId } from './record.ts';
import { encodeCore, encodeObject, encodeTransaction, type RecordCore } from './record-codec.ts';
import type { Place, Tip } from './tip.ts';
import type { CommitResult } from './transaction.ts';
import { conflictWith, serializationFailure, type Claim, type Conflict } from './validation.ts';

/** A transaction on its way into the log. */
interface Candidate {
  /** What was last tried of an advance. */
  record: TransactionRecord;
  bytes: Uint8Array;
  readonly claim: Claim;
  /** Set where it advances a counter, so that others who do the same are no conflict. */
  readonly advance: Advance | undefined;
  /** Records up to this one do not conflict with it. */
  seen: Slot;
  /** Set as long as others may commit it. */
  intent: OwnIntent | undefined;
  readonly deadlineMs: number;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  readonly commitDeadlineMs: number;
  readonly groupTransactionsMax: number;
  /** Undefined: writers never combine. */
  readonly contention: ContentionOptions | undefined;
  /** A named point of the protocol, for tests that crash or delay there. */
  readonly at: (point: string) => void | Promise<void>;
}

export interface GroupCommitHost {
  readonly runtime: Runtime;
  readonly tip: Tip;
  readonly log: Log;
  readonly fence: Fence;
  readonly databaseId: DatabaseId;
  readonly writer: WriterId;
  readonly intents: Intents;
  /** Told of each record that committed transactions of this process, once it is applied, and of how many rows they loaded in bulk. */
  committed(bulkRows: number): void;
  /** Reads the log to its end, and applies it. */
  follow(): Promise<unknown>;
  /** Takes up the state from root after the collector passed the local end. */
  reload(): Promise<void>;
  /** Refuses writing where root asks for a newer program. */
  checkMayWrite(): void;
}

/** Bytes of a transaction that is announced at most: larger ones race. */
const ANNOUNCED_BYTES_MAX = 64 * 1024;

const NOTHING_MISSED: readonly Footprint[] = [];

export class GroupCommit {
  readonly #host: GroupCommitHost;
  readonly #options: GroupCommitOptions;
  readonly #contention: Contention | undefined;
  #queue: Candidate[] = [];
  #running: Promise<void> | undefined;
  #looking: Promise<void> | undefined;

  constructor(host: GroupCommitHost, options: GroupCommitOptions) {
    this.#host = host;
    this.#options = options;
    this.#contention = options.contention === undefined ? undefined : new Contention(host.writer, options.contention);
  }

  /** The oldest slot that a waiting transaction has yet to be validated after; undefined when none waits. */
  get oldestSeen(): Slot | undefined {
    return this.#queue.reduce<Slot | undefined>(
      (oldest, candidate) => (oldest === undefined || candidate.seen < oldest ? candidate.seen : oldest),
      undefined,
    );
  }

  /**
   * Commits `record`, already known not to conflict with slots up to `seen`. `claim` is what it must defend. With `advance` the record that
   * is committed may be another one (A1).
   */
  submit(record: TransactionRecord, claim: Claim, seen: Slot, advance?: Advance): Promise<CommitResult> {
    this.#host.checkMayWrite();
    const bytes = encodeTransaction(record);
    if (bytes.length > LIMITS.recordBytesMax) {
      throw new SqlError('program_limit_exceeded', 'the transaction is too large', {
        detail: `It has ${bytes.length} bytes; a record holds at most ${LIMITS.recordBytesMax}.`,
        hint: 'Load rows in bulk, or commit more often.',
      });
    }
    return new Promise<CommitResult>((resolve, reject) => {
      const deadlineMs = this.#host.runtime.clock.monotonic() + this.#options.commitDeadlineMs;
      this.#queue.push({ record, bytes, claim, advance, seen, intent: undefined, deadlineMs, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is waiting, and nothing is under way beside it. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#looking;
    await this.#host.intents.idle();
  }

  async #run(): Promise<void> {
    try {
      await Promise.resolve(); // what was submitted in the same turn leaves together
      while (this.#queue.length > 0) {
        try {
          if ((await this.#isOurTurn()) && (await this.#sendNext()) > 1) await returning();
        } catch (error) {
          this.#giveUp(error);
        }
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Answers those in the queue whose outcome is known. The others are validated up to the local end. */
  #review(): void {
    this.#queue = this.#queue.filter((candidate) => !this.#isAnswered(candidate));
  }

  #isAnswered(candidate: Candidate): boolean {
    const { tip, runtime, intents } = this.#host;
    const { intent, record, claim } = candidate;
    const missed = candidate.seen === tip.slot ? NOTHING_MISSED : tip.historyAfter(candidate.seen);
    if (missed === undefined) {
      candidate.reject(intent === undefined ? tooFarBehind() : unknownOutcome(undefined, 'the records that tell it are no longer at hand'));
      return true;
    }
    const place = intent === undefined ? undefined : tip.placeOf(record.id);
    if (place !== undefined) {
      this.#resolve(candidate, place, candidate.advance && tip.transactionAt(place, record.id));
      this.#host.committed(0);
      return true;
    }
    const conflict = candidate.advance === undefined ? firstConflict(claim, missed) : undefined;
    const refusal = tip.closed !== undefined ? databaseClosed(tip.closed) : conflict && serializationFailure(conflict);
    if (refusal !== undefined) {
      candidate.reject(refusal);
      if (intent !== undefined) intents.decided(intent);
      return true;
    }
    candidate.seen = tip.slot;
    if (intent !== undefined && tip.slot >= intent.voidAfter) {
      intents.decided(intent);
      candidate.intent = undefined;
    }
    if (runtime.clock.monotonic() < candidate.deadlineMs) return false;
    candidate.reject(candidate.intent === undefined ? outrun() : unknownOutcome(undefined, 'no record decided it before the deadline'));
    return true;
  }

  /** `held`: what the record holds of it. */
  #resolve(candidate: Candidate, place: Place, held: TransactionRecord | undefined): void {
    candidate.resolve(candidate.advance === undefined ? place : { ...place, last: held && lastOf(held) });
    if (candidate.intent !== undefined) this.#host.intents.decided(candidate.intent);
  }

  /** Where writers contend: announces what waits, and answers whether to try the next slot now or to look what became of it. */
  async #isOurTurn(): Promise<boolean> {
    const contention = this.#contention;
    const { tip, runtime, intents } = this.#host;
    const nowMs = runtime.clock.monotonic();
    contention?.at(tip.slot, nowMs);
    if (contention === undefined || !contention.isOn(nowMs)) return true;
    this.#review();
    if (this.#queue.length === 0) return false;
    await this.#announce(contention.options.intentSlots);
    const races = this.#queue.some(({ intent }) => intent === undefined);
    if (races || contention.leads(1, runtime.clock.monotonic())) {
      if (intents.ageMs > contention.options.takeoverMs) await this.#look(contention);
      return true;
    }
    if (contention.leads(2, runtime.clock.monotonic())) this.#lookBeside(contention);
    await this.#follow(contention);
    return false;
  }

  /** Takes up what others announced. */
  async #look(contention: Contention): Promise<void> {
    const { tip, runtime, intents } = this.#host;
    await intents.refresh(tip.slot);
    contention.counted(intents.waiting + 1);
    if (intents.waiting > 0) contention.noticed(runtime.clock.monotonic());
  }

  /** The same beside what goes on: what fails now is looked for later. */
  #lookBeside(contention: Contention): void {
    this.#looking ??= this.#look(contention)
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Announces what can be and is not yet. */
  async #announce(slots: number): Promise<void> {
    const { tip, intents } = this.#host;
    const fresh = this.#queue.filter(({ intent, bytes, record }) => {
      return intent === undefined && record.bulk.length + record.controls.length === 0 && bytes.length <= ANNOUNCED_BYTES_MAX;
    });
    if (fresh.length === 0) return;
    const encoded = fresh.map(({ record, claim, advance }) => ({ bytes: encodeTransaction({ ...record, reads: claim.reads }), advance }));
    const intent = intents.plan(slot(tip.slot + slots), fresh.length);
    const seen = tip.slot;
    for (const candidate of fresh) candidate.intent = intent;
    await this.#options.at('commit:before-announce');
    const outcome = await intents.announce(intent, seen, encoded);
    await this.#options.at('commit:after-announce');
    if (outcome === 'refused') for (const candidate of fresh) candidate.intent = undefined;
  }

  /** Waits a moment and takes up what the log says. What cannot be read now is looked for again until the deadline. */
  async #follow(contention: Contention): Promise<void> {
    const { tip, runtime } = this.#host;
    const before = tip.slot;
    await runtime.clock.sleep(contention.options.pollMs);
    try {
      await this.#host.follow();
    } catch (error) {
      if (!isSqlError(error, 'io_error')) throw error;
    }
    if (tip.slot > before) contention.lost(runtime.clock.monotonic());
  }

  /** The log cannot be read: who is waiting will not be committed by this process. */
  #giveUp(error: unknown): void {
    for (const candidate of this.#queue) candidate.reject(candidate.intent === undefined ? error : unknownOutcome(error));
    this.#queue = [];
  }

  /** Tries the next slot with what waits here and elsewhere. Answers how many transactions of this process it held. */
  async #sendNext(): Promise<number> {
    const { tip, intents } = this.#host;
    this.#review();
    const group = new Group(slot(tip.slot + 1), this.#options.groupTransactionsMax);
    const own: Candidate[] = [];
    const waiting: Candidate[] = [];
    const counters = new CounterRows((key) => this.#counterAt(key));
    for (const candidate of this.#queue) {
      if (candidate.advance === undefined) {
        const { record, bytes, claim } = candidate;
        (group.admit(record, bytes, claim) ? own : waiting).push(candidate);
        continue;
      }
      const admitted = admitAdvance(group, counters, candidate.record, candidate.advance);
      if (typeof admitted === 'object') {
        Object.assign(candidate, admitted);
        own.push(candidate);
      } else if (admitted === 'conflicts' && candidate.intent === undefined) candidate.reject(outrun());
      else waiting.push(candidate); // once announced, others may see it otherwise, until it is void
    }
    this.#queue = waiting;
    if (own.length === 0) return 0;
    for (const announced of intents.others(tip.slot)) {
      const { record, bytes, advance } = announced;
      if (!this.#isOpen(announced)) continue;
      if (advance === undefined) group.admit(record, bytes, record);
      else admitAdvance(group, counters, record, advance);
    }
    try {
      await this.#send(own, group);
    } catch (error) {
      // Reading the log failed half way: whether the record landed is not known.
      for (const candidate of own) candidate.reject(unknownOutcome(error));
    }
    return own.length;
  }

  /** A counter's row as of the log, where it is at hand. */
  #counterAt(key: Key): Row | undefined {
    const row = readRow(this.#host.tip.snapshot(), COUNTERS, key, COUNTER_COLUMNS);
    if (!(row instanceof Promise)) return row ?? undefined;
    row.catch(() => undefined);
    return undefined;
  }

  /** Whether the next record may hold what another writer announced (N2). */
  #isOpen(announced: Announced): boolean {
    const { tip } = this.#host;
    const missed = tip.historyAfter(announced.seen);
    if (missed === undefined) return false;
    const { record } = announced;
    const conflicts = announced.advance === undefined && firstConflict(record, missed) !== undefined;
    announced.isDecided = tip.placeOf(record.id) !== undefined || conflicts;
    announced.seen = tip.slot;
    return !announced.isDecided;
  }

  async #send(own: readonly Candidate[], { transactions, parts }: Group): Promise<void> {
    const { tip, runtime, log, databaseId, writer, fence } = this.#host;
    const at = slot(tip.slot + 1);
    const committedAt = commitTime(tip.committedAt, runtime.clock, fence.storeTimeGuessMs);
    const header = { slot: at, databaseId, previousHash: tip.hash, writer, committedAt };
    const core = encodeCore(header, parts, runtime.crypto);
    const object = encodeObject(core, tip.copies(), runtime.crypto);
    const isMine = (other: RecordCore): boolean => equalBytes(other.hash, core.hash);
    const deadlineMs = own.reduce((least, candidate) => Math.min(least, candidate.deadlineMs), Infinity);
    await this.#options.at('commit:before-create');
    if (transactions.length > own.length) await this.#options.at('commit:combining');
    const outcome = await log.append(at, object, isMine, deadlineMs);
    await this.#options.at('commit:after-create');
    await this.#settle(own, outcome, core, { ...header, transactions });
  }

  async #settle(group: readonly Candidate[], outcome: AppendOutcome, core: RecordCore, record: LogRecord): Promise<void> {
    const { tip, runtime } = this.#host;
    switch (outcome.kind) {
      case 'committed':
        if (this.#contention?.won(runtime.clock.monotonic()) === true) this.#lookBeside(this.#contention);
        if (tip.slot < core.slot) {
          assert(tip.slot + 1 === core.slot, 'Q1: the slot on its way is the one after the local end', { tip: tip.slot, slot: core.slot });
          tip.apply(core, record);
        }
        for (const candidate of group) this.#resolve(candidate, { slot: core.slot, committedAt: record.committedAt }, candidate.record);
        this.#host.committed(group.reduce((sum, candidate) => sum + candidate.record.bulk.reduce((of, { rows }) => of + rows, 0), 0));
        return;
      case 'lost':
        this.#contention?.lost(runtime.clock.monotonic());
        for (const winner of outcome.cores) if (winner.slot === tip.slot + 1) tip.apply(winner);
        this.#queue.unshift(...group);
        return;
      case 'refused':
        for (const candidate of group) candidate.reject(candidate.intent === undefined ? outcome.error : unknownOutcome(outcome.error));
        return;
      case 'unknown':
        for (const candidate of group) candidate.reject(unknownOutcome(undefined, outcome.reason));
        if (outcome.isBehind) await this.#host.reload();
        return;
      default:
        unreachable(outcome);
    }
  }
}

/** Promises that lie at most between an answer and the next transaction of a client that does not wait for anything else. */
const RETURN_TURNS = 64;

/** Resolves when who was answered before has submitted again, if that is what they do next. Takes no time by any clock. */
async function returning(): Promise<void> {
  for (let turn = 0; turn < RETURN_TURNS; turn++) await undefined;
}

/** SQLSTATE 3D000: a record said that nothing follows it. */
export function databaseClosed(reason: string): SqlError {
  return new SqlError('invalid_catalog_name', reason);
}

function firstConflict(claim: Claim, missed: readonly Footprint[]): Conflict | undefined {
  for (const record of missed) {
    const conflict = conflictWith(claim, record);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

function outrun(): SqlError {
  return new SqlError('serialization_failure', 'could not serialize access: other writers won every slot until the deadline', {
    hint: 'The transaction might succeed if retried.',
  });
}

/** SQLSTATE 40001 for a transaction whose missed records can no longer be told. It is in none of them. */
export function tooFarBehind(): SqlError {
  return new SqlError('serialization_failure', 'could not serialize access: the transaction is too far behind', {
    detail: 'Records after its snapshot are no longer at hand.',
    hint: 'The transaction might succeed if retried.',
  });
}

function unknownOutcome(cause: unknown, reason?: string): SqlError {
  const detail = reason ?? (cause instanceof Error ? cause.message : undefined);
  return new SqlError('transaction_resolution_unknown', 'the outcome of the commit could not be learned', {
    detail,
    hint: 'The transaction may have been committed, or may still be. Look before running it again.',
    cause,
  });
}
