/**
 * Commits: transactions that arrive while a record is on its way are validated against each other and leave together in the
 * next one. No timers: the store's latency is the batching window.
 *
 *     submit ──> queue ──> group ──> record ──> create slot n+1 ──┬─ committed: apply, answer all
 *                  ^                                              ├─ lost: apply the winners, validate, n+2
 *                  └──────────── overlapping with the group ──────┴─ unknown: 08007, and the next group tries the same slot
 *
 * Invariants
 *   Q1  One record is on its way at a time; its slot is the one after the local end.
 *   Q2  A transaction is in a group only if no record after its snapshot conflicts with it, and nothing earlier in the group.
 *   Q3  Each transaction is answered exactly once: committed, 40001 (definitely not) or 08007.
 */
import { assert, unreachable } from '../base/assert.ts';
import { LIMITS } from '../base/limits.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { ROW_ID_ORDINALS } from '../storage/row-id.ts';
import { slot, type Slot } from '../storage/tree.ts';
import { commitTime } from './commit-time.ts';
import type { Fence } from './fence.ts';
import { Footprint } from './footprint.ts';
import type { AppendOutcome, Log } from './log.ts';
import type { DatabaseId, LogRecord, TransactionRecord, WriterId } from './record.ts';
import { decodeCore, encodeCore, encodeObject, encodeTransaction, type RecordCore } from './record-codec.ts';
import { conflictWith, serializationFailure, type Claim } from './validation.ts';
import type { Tip } from './tip.ts';
import type { CommitResult } from './transaction.ts';

/** A transaction on its way into the log. */
interface Candidate {
  readonly record: TransactionRecord;
  readonly bytes: Uint8Array;
  readonly claim: Claim;
  /** Records up to this one do not conflict with it. */
  seen: Slot;
  readonly deadlineMs: number;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  readonly commitDeadlineMs: number;
  readonly groupTransactionsMax: number;
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
  /** Takes up the state from root after the collector passed the local end. */
  reload(): Promise<void>;
  /** Refuses writing where root asks for a newer program. */
  checkMayWrite(): void;
}

export class GroupCommit {
  readonly #host: GroupCommitHost;
  readonly #options: GroupCommitOptions;
  #queue: Candidate[] = [];
  #running: Promise<void> | undefined;

  constructor(host: GroupCommitHost, options: GroupCommitOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** The oldest slot that a waiting transaction has yet to be validated after; undefined when none waits. */
  get oldestSeen(): Slot | undefined {
    return this.#queue.reduce<Slot | undefined>(
      (oldest, candidate) => (oldest === undefined || candidate.seen < oldest ? candidate.seen : oldest),
      undefined,
    );
  }

  /** Commits `record`, already known not to conflict with slots up to `seen`. `claim` is what it must defend. */
  submit(record: TransactionRecord, claim: Claim, seen: Slot): Promise<CommitResult> {
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
      this.#queue.push({ record, bytes, claim, seen, deadlineMs, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is waiting. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await Promise.resolve(); // what was submitted in the same turn leaves together
      while (this.#queue.length > 0) {
        const group = this.#form();
        if (group.length === 0) continue;
        try {
          await this.#send(group);
        } catch (error) {
          // Reading the log failed half way: whether the record landed is not known.
          for (const candidate of group) candidate.reject(unknownOutcome(error));
        }
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Takes the next group out of the queue, turning away who lost. */
  #form(): Candidate[] {
    const { tip } = this.#host;
    const group: Candidate[] = [];
    const waiting: Candidate[] = [];
    const touched = new Footprint(slot(tip.slot + 1));
    let first: TransactionRecord | undefined; // most groups have one member, whose footprint nobody asks for
    let bytes = 0;
    let rowIds = 0;
    for (const candidate of this.#queue) {
      const refusal = this.#refusal(candidate);
      if (refusal !== undefined) {
        candidate.reject(refusal);
        continue;
      }
      const { record } = candidate;
      if (first !== undefined) {
        touched.add(first, 0);
        first = undefined;
      }
      const fits =
        group.length === 0 ||
        (group.length < this.#options.groupTransactionsMax &&
          bytes + candidate.bytes.length <= LIMITS.recordBytesMax &&
          rowIds + record.rowIds <= ROW_ID_ORDINALS &&
          conflictWith(candidate.claim, touched) === undefined);
      if (!fits) {
        waiting.push(candidate);
        continue;
      }
      if (group.length === 0) first = record;
      else touched.add(record, rowIds);
      group.push(candidate);
      bytes += candidate.bytes.length;
      rowIds += record.rowIds;
    }
    this.#queue = waiting;
    return group;
  }

  /** Why a candidate can no longer commit; undefined when it can. */
  #refusal(candidate: Candidate): SqlError | undefined {
    const { tip, runtime } = this.#host;
    if (tip.closed !== undefined) return databaseClosed(tip.closed);
    const missed = tip.historyAfter(candidate.seen);
    if (missed === undefined) return tooFarBehind();
    for (const record of missed) {
      const conflict = conflictWith(candidate.claim, record);
      if (conflict !== undefined) return serializationFailure(conflict);
    }
    candidate.seen = tip.slot;
    if (runtime.clock.monotonic() >= candidate.deadlineMs) {
      return new SqlError('serialization_failure', 'could not serialize access: other writers won every slot until the deadline', {
        hint: 'The transaction might succeed if retried.',
      });
    }
    return undefined;
  }

  async #send(group: readonly Candidate[]): Promise<void> {
    const { tip, runtime, log, databaseId, writer, fence } = this.#host;
    const at = slot(tip.slot + 1);
    const committedAt = commitTime(tip.committedAt, runtime.clock, fence.storeTimeGuessMs);
    const header = { slot: at, databaseId, previousHash: tip.hash, writer, committedAt };
    const core = encodeCore(
      header,
      group.map((candidate) => candidate.bytes),
      runtime.crypto,
    );
    const object = encodeObject(core, tip.copies(), runtime.crypto);
    const record: LogRecord = { ...header, transactions: group.map((candidate) => candidate.record) };
    const ids = new Set(record.transactions.map((transaction) => transaction.id));
    const isMine = (other: RecordCore): boolean => decodeCore(other).transactions.some((transaction) => ids.has(transaction.id));
    const deadlineMs = group.reduce((least, candidate) => Math.min(least, candidate.deadlineMs), Infinity);
    await this.#options.at('commit:before-create');
    const outcome = await log.append(at, object, isMine, deadlineMs);
    await this.#options.at('commit:after-create');
    await this.#settle(group, outcome, core, record);
  }

  async #settle(group: readonly Candidate[], outcome: AppendOutcome, core: RecordCore, record: LogRecord): Promise<void> {
    const { tip } = this.#host;
    switch (outcome.kind) {
      case 'committed':
        if (tip.slot < core.slot) {
          assert(tip.slot + 1 === core.slot, 'Q1: the slot on its way is the one after the local end', { tip: tip.slot, slot: core.slot });
          tip.apply(core, record);
        }
        for (const candidate of group) candidate.resolve({ slot: core.slot, committedAt: record.committedAt });
        return;
      case 'lost':
        for (const winner of outcome.cores) if (winner.slot === tip.slot + 1) tip.apply(winner);
        this.#queue.unshift(...group);
        return;
      case 'refused':
        for (const candidate of group) candidate.reject(outcome.error);
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

/** SQLSTATE 3D000: a record said that nothing follows it. */
export function databaseClosed(reason: string): SqlError {
  return new SqlError('invalid_catalog_name', reason);
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
