/**
 * A session's transactions: the block under way, if any, and how work is run in one.
 *
 *     idle ── BEGIN ──> begun ── first statement ──> block ── COMMIT / ROLLBACK ──> idle
 *       └── a statement by itself: a block of its own, run again when its snapshot was old or its race was lost
 *
 * A block begins on the local state without asking anyone; whether that state was current is asked beside the first reads
 * (`Block.current`), and nothing is delivered before the answer.
 */
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { LIMITS } from '../base/limits.ts';
import type { CatalogSnapshot } from '../catalog/snapshot.ts';
import type { Execution } from '../executor/execution.ts';
import type { Slot } from '../storage/tree.ts';
import type { Consistency, DatabaseState, Isolation, Moment, Transaction } from '../transaction/transaction.ts';
import { Block } from './block.ts';
import type { Engine } from './engine.ts';
import type { Session, TransactionOptions } from './session.ts';
import type { Settings } from './settings.ts';
import type { TransactionCommand } from './transaction-command.ts';

/** What transactions need of the session around them. */
export interface TransactionHost {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly consistency: Consistency;
  warn(code: string, message: string): void;
  /** Cursors that end with their transaction. */
  closeCursors(): void;
  /** What deferred checks of a block run with. */
  execution(block: Block): Execution;
}

export class SessionTransactions {
  readonly #host: TransactionHost;
  #block: Block | undefined;
  /** What BEGIN asked for, until the first statement needs a snapshot. */
  #begun: TransactionOptions | undefined;
  /** Whether an error came before that first statement (S2). */
  #begunFailed = false;
  #bookmark: Slot;
  /** What `beginPromptly` begins with, and the settings' version that it was taken from. */
  #promptMode: Parameters<DatabaseState['begin']>[0] | undefined;
  #modeVersion = -1;

  constructor(host: TransactionHost) {
    this.#host = host;
    this.#bookmark = host.engine.state.slot;
  }

  get status(): Session['status'] {
    if (this.#block?.failed === true || this.#begunFailed) return 'failed';
    return this.#block?.explicit === true || this.#begun !== undefined ? 'transaction' : 'idle';
  }

  /** The newest slot seen or written. */
  get bookmark(): Slot {
    return this.#bookmark;
  }

  /** Whether a statement would join a transaction that is under way. */
  get inBlock(): boolean {
    return this.#block !== undefined || this.#begun !== undefined;
  }

  /** Whether a transaction is open that nobody began: a pipeline's, or a portal's. */
  get hasImplicit(): boolean {
    return this.#block !== undefined && !this.#block.explicit;
  }

  /** The block that a statement may join at once: its snapshot is known to be current, and serves every statement. */
  get promptBlock(): Block | undefined {
    const block = this.#block;
    return block !== undefined && block.confirmed && !block.failed && block.transaction.isolation !== 'read committed' ? block : undefined;
  }

  /** The catalog as the block under way sees it. */
  get catalog(): CatalogSnapshot | undefined {
    return this.#block?.editor.snapshot;
  }

  /** Whether the local state is as fresh as the session wants its reads, without asking. */
  get isFresh(): boolean {
    return this.#host.engine.state.isFresh(this.#host.consistency);
  }

  /** The newest local state was read, and nothing else. */
  noteSeen(): void {
    this.#bookmark = this.#host.engine.state.slot;
  }

  /** A transaction of one statement, begun at once; undefined where its snapshot would have to be confirmed first, or it may not write. */
  beginPromptly(): Transaction | undefined {
    const { engine, settings, consistency } = this.#host;
    if (this.#modeVersion !== settings.version) {
      this.#modeVersion = settings.version;
      const isolation = isolationOf(settings.show('default_transaction_isolation'));
      const mayWrite = isolation !== 'read committed' && settings.show('default_transaction_read_only') !== 'on';
      this.#promptMode = mayWrite ? { isolation, readOnly: false, consistency } : undefined;
    }
    return this.#promptMode === undefined ? undefined : engine.state.begin(this.#promptMode);
  }

  /** This slot was written. */
  noteWritten(slot: Slot): void {
    if (slot > this.#bookmark) this.#bookmark = slot;
  }

  async confirm(): Promise<{ moved: boolean }> {
    const answer = await this.#host.engine.state.confirm(this.#host.consistency);
    this.#bookmark = this.#host.engine.state.slot;
    return answer;
  }

  /** Runs one piece of work: within the block, or as a transaction of its own. */
  run<T>(work: (block: Block) => Promise<T>): Promise<T> {
    return this.inBlock ? this.withinBlock(work) : this.autocommit(work);
  }

  /** S1: its own transaction, again on 40001 and when the snapshot turns out to be old. */
  async autocommit<T>(work: (block: Block) => Promise<T>): Promise<T> {
    let confirmed = false;
    for (let attempt = 1; ; attempt++) {
      const block = await this.#newBlock({}, { explicit: false, confirmed });
      try {
        const result = await work(block);
        await this.#runChecks(block);
        if (await this.#settle(block)) return result;
        confirmed = true;
      } catch (error) {
        block.transaction.rollback();
        this.#host.settings.restore(block.settings);
        if (!(await this.#tryAgain(error, block, attempt))) throw error;
        confirmed = !isSqlError(error, 'serialization_failure');
      }
    }
  }

  /** Runs what cannot be run again, since it consumes or hands out data: on a snapshot confirmed beforehand. */
  async once<T>(work: (block: Block) => Promise<T>): Promise<T> {
    if (this.inBlock) {
      await this.withinBlock(async () => undefined);
      return this.withinBlock(work);
    }
    await this.confirm();
    const block = await this.#newBlock({}, { explicit: false, confirmed: true });
    try {
      const result = await work(block);
      await this.#runChecks(block);
      await this.#settle(block);
      return result;
    } catch (error) {
      block.transaction.rollback();
      this.#host.settings.restore(block.settings);
      throw error;
    }
  }

  /** Within the block: an error makes it fail (S2). Starts over on newer state while nothing of it was delivered. */
  async withinBlock<T>(work: (block: Block) => Promise<T>): Promise<T> {
    let block = await this.#ensureBlock();
    if (block.failed)
      throw new SqlError('in_failed_sql_transaction', 'current transaction is aborted, commands ignored until end of transaction block');
    try {
      if (block.transaction.isolation === 'read committed' && block.delivered) await this.#freshSnapshot(block);
      for (;;) {
        try {
          const result = await work(block);
          if (block.confirmed || (await block.current())) {
            block.confirmed = true;
            block.delivered = true;
            return result;
          }
        } catch (error) {
          if (block.confirmed || !(error instanceof SqlError) || (await block.current())) throw error;
        }
        block.transaction.rollback(); // nothing of it was seen: start over on the newer state
        block = await this.#newBlock(modeOf(block), { explicit: block.explicit, confirmed: true, isCurrent: true });
        this.#block = block;
      }
    } catch (error) {
      block.failed = true;
      throw error;
    }
  }

  /**
   * Runs `work` on the state of a moment, and keeps nothing of it. Within a block it must be the block's own moment (25001): that reads
   * one state from its beginning to its end.
   */
  async past<T>(asOf: Moment, work: (block: Block) => Promise<T>): Promise<T> {
    if (this.inBlock) {
      const own = this.#block === undefined ? this.#begun?.asOf : this.#block.asOf;
      if (own === undefined || !isSameMoment(own, asOf)) {
        this.fail();
        throw new SqlError('active_sql_transaction', 'AS OF SYSTEM TIME of a statement is not that of its transaction', {
          hint: 'Give it to BEGIN or SET TRANSACTION.',
        });
      }
      return this.withinBlock(work);
    }
    const block = await this.#newBlock({ asOf }, { explicit: false, confirmed: true });
    try {
      return await work(block);
    } finally {
      block.transaction.rollback();
    }
  }

  /** Runs `work` on the newest local state, unconfirmed, and keeps nothing of it; on newer state when that was old and `work` failed. */
  async glance<T>(work: (block: Block) => Promise<T>): Promise<T> {
    const block = await this.#newBlock({}, { explicit: false, confirmed: false });
    try {
      return await work(block);
    } catch (error) {
      if (!(error instanceof SqlError) || (await block.current())) throw error;
      const fresh = await this.#newBlock({}, { explicit: false, confirmed: true });
      return await work(fresh).finally(() => fresh.transaction.rollback());
    } finally {
      block.transaction.rollback();
    }
  }

  /** An implicit transaction that stays open over several calls, until `endImplicit`. */
  async beginImplicit(options: TransactionOptions = {}): Promise<void> {
    if (!this.inBlock) this.#block = await this.#newBlock(options, { explicit: false, confirmed: false });
  }

  /** Commits an implicit transaction, or rolls it back when it failed. Nothing to do for an explicit one. */
  async endImplicit(): Promise<void> {
    const block = this.#block;
    if (block === undefined || block.explicit) return;
    this.#block = undefined;
    if (block.failed) {
      block.transaction.rollback();
      return;
    }
    await this.#runChecks(block);
    const { slot } = await block.transaction.commit();
    this.#bookmark = slot ?? this.#bookmark;
    this.#host.settings.endTransaction();
  }

  /** A block whose snapshot need not be current: its reads are validated as it commits. Answers the slot of the snapshot. */
  async beginOptimistic(options: TransactionOptions): Promise<Slot> {
    if (this.inBlock) throw new SqlError('active_sql_transaction', 'there is already a transaction in progress');
    const began = this.#host.engine.state.slot;
    const block = await this.#newBlock(options, { explicit: true, confirmed: true });
    if (block.transaction.isolation === 'read committed') block.confirmed = false; // those reads are not validated: they must be current
    this.#block = block;
    return began;
  }

  /** An error outside any statement's run: a message that could not be parsed. */
  fail(): void {
    if (this.#block !== undefined) this.#block.failed = true;
    else if (this.#begun !== undefined) this.#begunFailed = true;
  }

  /** The conversation is over. */
  abandon(): void {
    this.#block?.transaction.rollback();
    this.#block = undefined;
    this.#begun = undefined;
    this.#begunFailed = false;
  }

  /** Carries out BEGIN, COMMIT, ROLLBACK or a savepoint command; answers its tag. */
  async control(command: TransactionCommand): Promise<string> {
    switch (command.kind) {
      case 'begin':
        this.#begin(command.options);
        return command.start ? 'START TRANSACTION' : 'BEGIN';
      case 'commit':
        return this.commit(command.chain);
      case 'rollback':
        if (!this.inBlock) this.#host.warn('25P01', 'there is no transaction in progress');
        this.rollback(command.chain);
        return 'ROLLBACK';
      case 'savepoint':
        (await this.#requireBlock('SAVEPOINT')).save(command.name, this.#host.settings.snapshot());
        return 'SAVEPOINT';
      case 'release':
        (await this.#requireBlock('RELEASE SAVEPOINT')).release(command.name);
        return 'RELEASE';
      case 'rollback to': {
        const block = await this.#requireBlock('ROLLBACK TO SAVEPOINT', true);
        this.#host.settings.restore(block.rollbackTo(command.name));
        return 'ROLLBACK';
      }
    }
  }

  async commit(chain = false): Promise<string> {
    if (!this.inBlock) this.#host.warn('25P01', 'there is no transaction in progress');
    const block = this.#block;
    const failedEarly = this.#begunFailed;
    this.#block = undefined;
    this.#begunFailed = false;
    this.#begun = chain && block !== undefined ? modeOf(block) : undefined;
    this.#host.closeCursors();
    if (block === undefined) return failedEarly ? 'ROLLBACK' : 'COMMIT';
    if (block.failed) {
      block.transaction.rollback();
      this.#host.settings.restore(block.settings);
      this.#host.settings.endTransaction();
      return 'ROLLBACK';
    }
    try {
      await this.#runChecks(block);
      const { slot } = await block.transaction.commit();
      this.#bookmark = slot ?? this.#host.engine.state.slot;
    } catch (error) {
      block.transaction.rollback();
      this.#host.settings.restore(block.settings);
      throw error;
    } finally {
      this.#host.settings.endTransaction();
    }
    return 'COMMIT';
  }

  rollback(chain = false): void {
    const block = this.#block;
    this.#block = undefined;
    this.#begunFailed = false;
    this.#begun = chain && block !== undefined ? modeOf(block) : undefined;
    this.#host.closeCursors();
    if (block === undefined) return;
    block.transaction.rollback();
    this.#host.settings.restore(block.settings);
    this.#host.settings.endTransaction();
  }

  /** SET TRANSACTION: before the first statement it may still change what BEGIN asked for. */
  setTransaction(options: TransactionOptions): void {
    if (
      this.#block !== undefined &&
      this.#block.explicit &&
      this.#block.delivered &&
      ((options.isolation !== undefined && options.isolation !== this.#block.transaction.isolation) || options.asOf !== undefined)
    ) {
      const what = options.asOf === undefined ? 'ISOLATION LEVEL' : 'AS OF SYSTEM TIME';
      throw new SqlError('active_sql_transaction', `SET TRANSACTION ${what} must be called before any query`);
    }
    if (!this.inBlock) {
      this.#host.warn('25P01', 'SET TRANSACTION can only be used in transaction blocks');
      return;
    }
    const before = this.#block === undefined ? (this.#begun ?? {}) : modeOf(this.#block);
    this.#block?.transaction.rollback();
    this.#block = undefined;
    this.#begun = { ...before, ...options };
  }

  /** What SHOW transaction_isolation and transaction_read_only answer. */
  transactionMode(): { isolation: Isolation; readOnly: boolean } {
    const isolation =
      this.#block?.transaction.isolation ??
      this.#begun?.isolation ??
      isolationOf(this.#host.settings.show('default_transaction_isolation'));
    const readOnly =
      this.#block?.transaction.readOnly ?? this.#begun?.readOnly ?? this.#host.settings.show('default_transaction_read_only') === 'on';
    return { isolation, readOnly };
  }

  /** BEGIN. Within a pipeline's implicit transaction it makes that one explicit, as in PostgreSQL. */
  #begin(options: TransactionOptions): void {
    if (this.#block !== undefined && !this.#block.explicit) {
      this.#block.explicit = true;
      if (!this.#block.delivered) this.setTransaction(options);
    } else if (this.inBlock) {
      this.#host.warn('25001', 'there is already a transaction in progress');
    } else {
      this.#begun = options;
    }
  }

  /** Commits what was written, or learns whether what was read was current. False: it was not, and must be read again. */
  async #settle(block: Block): Promise<boolean> {
    // Writing validates what was read, except at read committed, whose statement must have had a fresh snapshot.
    const { hasWrites, isolation } = block.transaction;
    if (!hasWrites || isolation === 'read committed') {
      if (!(await block.current())) {
        block.transaction.rollback();
        this.#host.settings.restore(block.settings);
        return false;
      }
    }
    if (hasWrites) {
      const { slot } = await block.transaction.commit();
      this.#bookmark = slot ?? this.#bookmark;
    } else {
      block.transaction.rollback();
      this.#bookmark = this.#host.engine.state.slot;
    }
    this.#host.settings.endTransaction();
    return true;
  }

  /** Whether a failure may be the fault of an old snapshot or a lost race. */
  async #tryAgain(error: unknown, block: Block, attempt: number): Promise<boolean> {
    if (!(error instanceof SqlError) || attempt >= LIMITS.transactionAttemptsMax) return false;
    if (error.condition === 'serialization_failure') return true;
    if (block.confirmed || error.condition === 'query_canceled' || error.condition === 'transaction_resolution_unknown') return false;
    return !(await block.current());
  }

  async #ensureBlock(): Promise<Block> {
    if (this.#block !== undefined) return this.#block;
    this.#block = await this.#newBlock(this.#begun ?? {}, { explicit: true, confirmed: false }).catch((error: unknown) => {
      this.#begunFailed = true;
      throw error;
    });
    this.#block.failed = this.#begunFailed;
    this.#begun = undefined;
    this.#begunFailed = false;
    void this.#block.current();
    return this.#block;
  }

  async #newBlock(options: TransactionOptions, state: { explicit: boolean; confirmed: boolean; isCurrent?: boolean }): Promise<Block> {
    if (options.asOf !== undefined) return this.#pastBlock(options.asOf, state.explicit);
    const isolation = options.isolation ?? isolationOf(this.#host.settings.show('default_transaction_isolation'));
    const readOnly = options.readOnly ?? this.#host.settings.show('default_transaction_read_only') === 'on';
    const began = this.#host.engine.state.slot;
    // A snapshot known to be current needs no proof at the end: what only reads then never fails.
    const consistency: Consistency = state.isCurrent === true ? { kind: 'bookmark', slot: began } : this.#host.consistency;
    const transaction = this.#host.engine.state.begin({ isolation, readOnly, consistency });
    // The local state may have moved on before the question is asked; what counts is whether this snapshot was current.
    const confirm = async () => ({ moved: (await this.confirm()).moved || this.#host.engine.state.slot > began });
    const loaded = this.#host.engine.catalogs.of(transaction);
    const catalog = loaded instanceof Promise ? await loaded : loaded;
    return new Block(transaction, catalog, this.#host.settings.snapshot(), { ...state, confirm });
  }

  /** A block on a state of the past: that it was one is certain, and no statement moves it. */
  async #pastBlock(asOf: Moment, explicit: boolean): Promise<Block> {
    const { engine, settings } = this.#host;
    const transaction = await engine.state.beginAt(asOf);
    const catalog = await engine.catalogs.ofPast(transaction);
    return new Block(transaction, catalog, settings.snapshot(), {
      explicit,
      confirmed: true,
      confirm: async () => ({ moved: false }),
      asOf,
    });
  }

  /** Read committed: each statement sees what was committed before it. */
  async #freshSnapshot(block: Block): Promise<void> {
    const { moved } = await this.confirm();
    block.transaction.beginStatement();
    if (moved) block.editor.restore(await this.#host.engine.catalogs.reload(block.transaction));
  }

  async #requireBlock(what: string, failedToo = false): Promise<Block> {
    if (!this.inBlock) throw new SqlError('no_active_sql_transaction', `${what} can only be used in transaction blocks`);
    const block = await this.#ensureBlock();
    if (block.failed && !failedToo)
      throw new SqlError('in_failed_sql_transaction', 'current transaction is aborted, commands ignored until end of transaction block');
    return block;
  }

  async #runChecks(block: Block): Promise<void> {
    if (!block.hasChecks) return;
    await block.runChecks(this.#host.execution(block));
  }
}

/** What a block was begun with. */
function modeOf({ transaction, asOf }: Block): TransactionOptions {
  return { isolation: transaction.isolation, readOnly: transaction.readOnly, asOf };
}

function isSameMoment(a: Moment, b: Moment): boolean {
  return a.kind === 'slot' ? b.kind === 'slot' && a.slot === b.slot : b.kind === 'time' && a.at === b.at;
}

/** The isolation level of a setting's text; READ UNCOMMITTED is READ COMMITTED, as in PostgreSQL. */
export function isolationOf(text: string): Isolation {
  return text === 'repeatable read' || text === 'serializable' ? text : 'read committed';
}
