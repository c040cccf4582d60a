/** The session: state of one conversation, and the road of each statement through parse, bind, plan, run and commit. */
import type { CopyStmt, Node } from '@pgsql/types';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { LIMITS } from '../base/limits.ts';
import { parse, type ParsedStatement } from '../sql/parse.ts';
import type { Consistency, Isolation } from '../transaction/transaction.ts';
import type { Slot } from '../storage/tree.ts';
import type { EvaluationContext } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import type { TypeContext } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { Block } from './block.ts';
import { Cancellation } from './cancellation.ts';
import { copyInto, type CopyFrom, type CopyProgress } from './copy/copy-into.ts';
import { copyOut } from './copy/copy-out.ts';
import { copyFrom, copyStatement } from './copy/copy-statement.ts';
import { DrawnNumbers, SessionCatalog } from './catalog-functions.ts';
import { Cursors } from './cursors.ts';
import type { Engine } from './engine.ts';
import { StatementContext } from './evaluation.ts';
import { isNamedType } from './named-types.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { prepareQuery, runQuery, type StatementScope } from './query.ts';
import { RandomNumbers } from './random-numbers.ts';
import { requireSameShape } from './result-shape.ts';
import { drain, type Running } from './running.ts';
import { runCommand } from './command.ts';
import { transactionCommand, type TransactionCommand } from './transaction-command.ts';
import { durationMs, Settings } from './settings.ts';
import type { Notice, Portal, PreparedStatement, Session, SessionOptions, StatementResult, TransactionOptions } from './session.ts';
import { SessionTypeContext } from './type-context.ts';

const LINEARIZABLE: Consistency = { kind: 'linearizable' };

export class SqlSession implements Session {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly user: string;
  readonly database: string;
  readonly statements = new PreparedStatements();
  readonly cursors = new Cursors();
  readonly backend: number;
  readonly #consistency: Consistency;
  readonly #types: SessionTypeContext;
  readonly #notify: (notice: Notice) => void;
  readonly #numbers: RandomNumbers;
  readonly #drawn = new DrawnNumbers();
  #block: Block | undefined;
  /** As the last statement saw it, to show names by. */
  #catalog: SessionCatalog | undefined;
  /** What BEGIN asked for, until the first statement needs a snapshot. */
  #begun: TransactionOptions | undefined;
  /** Whether an error came before that first statement (S2). */
  #begunFailed = false;
  #cancellation: Cancellation | undefined;
  #bookmark: Slot;
  #closed = false;
  #path: { readonly version: number; readonly schemas: readonly string[] } | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, options: SessionOptions, backend: number) {
    this.engine = engine;
    this.backend = backend;
    this.user = options.user ?? 'postgres';
    this.database = options.database ?? 'postgres';
    this.#consistency = options.consistency ?? LINEARIZABLE;
    this.#notify = options.onNotice ?? (() => undefined);
    this.settings = new Settings({ session_authorization: this.user, ...options.settings }, options.onParameter ?? (() => undefined));
    this.#types = new SessionTypeContext(this.settings);
    this.#numbers = new RandomNumbers(engine.runtime.random);
    this.#bookmark = engine.state.slot;
  }

  get status(): Session['status'] {
    if (this.#block?.failed === true || this.#begunFailed) return 'failed';
    return this.#block?.explicit === true || this.#begun !== undefined ? 'transaction' : 'idle';
  }

  get typeContext(): TypeContext {
    return this.#types.current;
  }

  get bookmark(): Slot {
    return this.#bookmark;
  }

  async *run(text: string): AsyncGenerator<StatementResult> {
    const statements = this.#parse(text);
    if (statements.length === 0) return;
    if (statements.length === 1) {
      yield await this.#exclusive(() => this.#one(statements[0], []));
      return;
    }
    for (const result of await this.#exclusive(() => this.#several(statements))) {
      if (result instanceof Error) throw result;
      yield result;
    }
  }

  async query(text: string, parameters: readonly Value[] = [], parameterTypes: readonly (Oid | undefined)[] = []): Promise<StatementResult> {
    const statements = this.#parse(text);
    if (statements.length === 0) return { tag: '', rowCount: undefined, fields: undefined, rows: [] };
    if (statements.length > 1) throw new SqlError('syntax_error', 'cannot insert multiple commands into a prepared statement');
    return this.#exclusive(() => this.#one(statements[0], parameters, parameterTypes));
  }

  async prepare(text: string, parameterTypes: readonly (Oid | undefined)[] = []): Promise<PreparedStatement> {
    const statements = this.#parse(text);
    if (statements.length > 1) throw new SqlError('syntax_error', 'cannot insert multiple commands into a prepared statement');
    const [statement] = statements;
    if (statement === undefined) return { text, parameterTypes: [], fields: undefined };
    return this.#exclusive(() => this.#describe(text, statement, parameterTypes));
  }

  async open(statement: PreparedStatement, parameters: readonly Value[]): Promise<Portal> {
    const [parsed] = this.#parse(statement.text);
    if (parsed === undefined) return { fields: undefined, fetch: async () => ({ rows: [], tag: '' }), close: async () => undefined };
    let rest: Running | undefined;
    let ended: string | undefined;
    let buffered: readonly (readonly Value[])[] = [];
    const session = this;
    return {
      fields: statement.fields,
      async fetch(limit) {
        if (ended !== undefined) return { rows: [], tag: ended };
        if (limit === 0 && rest === undefined) {
          const result = await session.#exclusive(() => session.#one(parsed, parameters, statement.parameterTypes, statement));
          ended = result.tag;
          return { rows: result.rows, tag: ended };
        }
        rest ??= await session.#exclusive(() => session.#streaming(parsed, parameters, statement.parameterTypes));
        const running = rest;
        requireSameShape(statement.fields, running.fields);
        const pulled = await session.#exclusive(() => session.#pull(running, buffered, limit));
        buffered = pulled.rest;
        if (pulled.ended) ended = running.tag();
        return { rows: pulled.rows as StatementResult['rows'], tag: ended };
      },
      async close() {
        rest?.close();
        ended ??= '';
      },
    };
  }

  copyIn(
    what: string | CopyFrom,
    data: AsyncIterable<Uint8Array>,
    onProgress?: (progress: CopyProgress) => void,
    onStart?: (columns: number) => void,
  ): Promise<StatementResult> {
    const wanted = typeof what === 'string' ? copyFrom(this.#parseCopy(what)) : what;
    return this.#exclusive(() =>
      this.#cancellable(async () => {
        const rows = await this.#once((block) => copyInto(this.#scope(block), wanted, data, onProgress, onStart));
        return { tag: `COPY ${rows}`, rowCount: rows, fields: undefined, rows: [] };
      }),
    );
  }

  copyOut(text: string, send: (text: string) => void | Promise<void>, onStart?: (columns: number) => void): Promise<StatementResult> {
    const copy = this.#parseCopy(text);
    return this.#exclusive(() =>
      this.#cancellable(async () => {
        const rows = await this.#once((block) => copyOut(this.#scope(block), copy, send, onStart));
        return { tag: `COPY ${rows}`, rowCount: rows, fields: undefined, rows: [] };
      }),
    );
  }

  valueOfText(type: Oid, text: string): Value {
    return typeDefinition(type).input(text, this.#textContext(type), -1);
  }

  textOfValue(type: Oid, value: Value): string {
    return typeDefinition(type).output(value, this.#textContext(type));
  }

  setting(name: string): string | undefined {
    return this.settings.get(name);
  }

  reportedSettings(): readonly (readonly [string, string])[] {
    return this.settings.reported();
  }

  cancel(): void {
    this.#cancellation?.cancel();
  }

  async pipeline(): Promise<void> {
    if (this.#inBlock()) return;
    await this.#exclusive(async () => {
      this.#block = await this.#newBlock({}, { explicit: false, confirmed: false });
    });
  }

  fail(): void {
    if (this.#block !== undefined) this.#block.failed = true;
    else if (this.#begun !== undefined) this.#begunFailed = true;
  }

  async sync(): Promise<void> {
    if (this.#block !== undefined && !this.#block.explicit) await this.#exclusive(() => this.#endImplicit());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancellation?.cancel('terminating connection due to administrator command');
    this.cursors.closeAll();
    this.#block?.transaction.rollback();
    this.#block = undefined;
    this.#begun = undefined;
    this.#begunFailed = false;
  }

  async transaction<T>(options: TransactionOptions, work: () => Promise<T>): Promise<T> {
    let confirmed = false;
    for (let attempt = 1; ; attempt++) {
      const began = await this.#exclusive(() => this.#beginOptimistic(options));
      try {
        const result = await work();
        await this.#exclusive(() => this.#commit());
        return result;
      } catch (error) {
        await this.#exclusive(async () => this.#rollback());
        if (attempt >= LIMITS.transactionAttemptsMax) throw error;
        if (isSqlError(error, 'serialization_failure')) continue;
        if (confirmed || isSqlError(error, 'transaction_resolution_unknown')) throw error;
        // What an aborted transaction saw is never validated: a failure counts only when its snapshot was current.
        await this.#exclusive(() => this.confirm());
        if (this.engine.state.slot === began) throw error;
        confirmed = true;
      }
    }
  }

  // What commands of this folder use -----------------------------------------------------------------------------------

  get block(): Block | undefined {
    return this.#block;
  }

  get searchPath(): readonly string[] {
    if (this.#path === undefined || this.#path.version !== this.settings.version) {
      this.#path = { version: this.settings.version, schemas: searchPathOf(this.settings.show('search_path'), this.user) };
    }
    return this.#path.schemas;
  }

  notify(notice: Notice): void {
    this.#notify(notice);
  }

  async confirm(): Promise<{ moved: boolean }> {
    const answer = await this.engine.state.confirm(this.#consistency);
    this.#bookmark = this.engine.state.slot;
    return answer;
  }

  forgetDrawn(): void {
    this.#drawn.last.clear();
    this.#drawn.latest = undefined;
  }

  /** Runs one statement's syntax tree within `block`. */
  runWithin(block: Block, statement: ParsedStatement, parameters: readonly Value[], types: readonly (Oid | undefined)[] = []): Promise<Running> {
    return this.#start(block, statement, parameters, types);
  }

  evaluation(block: Block): EvaluationContext {
    return this.#context(block, this.#cancellation ?? new Cancellation(this.engine.runtime.clock, 0));
  }

  // The road of a statement -----------------------------------------------------------------------------------------------

  #parse(text: string): readonly ParsedStatement[] {
    try {
      return parse(text);
    } catch (error) {
      this.fail();
      throw error;
    }
  }

  /** One conversation, one statement at a time. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new SqlError('connection_failure', 'the session is closed'));
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** `described`: what the client was told of the statement, to be kept. */
  async #one(
    statement: ParsedStatement,
    parameters: readonly Value[],
    types: readonly (Oid | undefined)[] = [],
    described?: PreparedStatement,
  ): Promise<StatementResult> {
    const whole = async (block: Block): Promise<StatementResult> => {
      const running = await this.#start(block, statement, parameters, types);
      if (described !== undefined) requireSameShape(described.fields, running.fields);
      return drain(running);
    };
    this.#cancellation = new Cancellation(this.engine.runtime.clock, durationMs(this.settings.show('statement_timeout')) ?? 0);
    try {
      const command = transactionCommand(statement.node);
      if (command !== undefined) return await this.#control(command);
      if (this.#inBlock()) return await this.#withinBlock(whole);
      return await this.#autocommit(whole);
    } finally {
      this.#cancellation = undefined;
    }
  }

  #parseCopy(text: string): CopyStmt {
    const statements = this.#parse(text);
    const copy = copyStatement(statements[0]);
    if (statements.length !== 1 || copy === undefined) throw new SqlError('syntax_error', 'one COPY statement is expected');
    return copy;
  }

  async #cancellable<T>(work: () => Promise<T>): Promise<T> {
    this.#cancellation = new Cancellation(this.engine.runtime.clock, durationMs(this.settings.show('statement_timeout')) ?? 0);
    try {
      return await work();
    } finally {
      this.#cancellation = undefined;
    }
  }

  /** Runs what cannot be run again, since it consumes or hands out data: on a snapshot confirmed beforehand. */
  async #once<T>(work: (block: Block) => Promise<T>): Promise<T> {
    if (this.#inBlock()) {
      await this.#withinBlock(async () => undefined);
      return this.#withinBlock(work);
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
      this.settings.restore(block.settings);
      throw error;
    }
  }

  /** Several statements of one text: one implicit transaction, until a BEGIN among them makes it explicit. */
  async #several(statements: readonly ParsedStatement[]): Promise<(StatementResult | Error)[]> {
    const results: (StatementResult | Error)[] = [];
    try {
      let at = 0;
      while (at < statements.length) {
        const next = statements[at];
        if (this.#inBlock() || transactionCommand(next.node) !== undefined || isOutsideOnly(next.node)) {
          results.push(await this.#one(next, []));
          at++;
          continue;
        }
        let end = at;
        while (end < statements.length && transactionCommand(statements[end].node) === undefined && !isOutsideOnly(statements[end].node)) end++;
        const group = statements.slice(at, end);
        const partial: StatementResult[] = [];
        try {
          await this.#autocommit(async (block) => {
            partial.length = 0;
            for (const statement of group) {
              this.#cancellation = new Cancellation(this.engine.runtime.clock, durationMs(this.settings.show('statement_timeout')) ?? 0);
              partial.push(await this.#start(block, statement, [], []).then(drain));
            }
          });
        } finally {
          results.push(...partial);
        }
        at = end;
      }
    } catch (error) {
      results.push(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#cancellation = undefined;
    }
    return results;
  }

  #inBlock(): boolean {
    return this.#block !== undefined || this.#begun !== undefined;
  }

  /** S1: its own transaction, again on 40001 and when the snapshot turns out to be old. */
  async #autocommit<T>(work: (block: Block) => Promise<T>): Promise<T> {
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
        this.settings.restore(block.settings);
        if (!(await this.#tryAgain(error, block, attempt))) throw error;
        confirmed = !isSqlError(error, 'serialization_failure');
      }
    }
  }

  /** Commits what was written, or learns whether what was read was current. False: it was not, and must be read again. */
  async #settle(block: Block): Promise<boolean> {
    // Writing validates what was read, except at read committed, whose statement must have had a fresh snapshot.
    const { hasWrites, isolation } = block.transaction;
    if (!hasWrites || isolation === 'read committed') {
      if (!(await block.current())) {
        block.transaction.rollback();
        this.settings.restore(block.settings);
        return false;
      }
    }
    if (hasWrites) {
      const { slot } = await block.transaction.commit();
      this.#bookmark = slot ?? this.#bookmark;
    } else {
      block.transaction.rollback();
      this.#bookmark = this.engine.state.slot;
    }
    this.settings.endTransaction();
    return true;
  }

  /** Whether a failure may be the fault of an old snapshot or a lost race. */
  async #tryAgain(error: unknown, block: Block, attempt: number): Promise<boolean> {
    if (!(error instanceof SqlError) || attempt >= LIMITS.transactionAttemptsMax) return false;
    if (error.condition === 'serialization_failure') return true;
    if (block.confirmed || error.condition === 'query_canceled' || error.condition === 'transaction_resolution_unknown') return false;
    return !(await block.current());
  }

  async #withinBlock<T>(work: (block: Block) => Promise<T>): Promise<T> {
    let block = await this.#ensureBlock();
    if (block.failed) throw new SqlError('in_failed_sql_transaction', 'current transaction is aborted, commands ignored until end of transaction block');
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
        block = await this.#newBlock({ isolation: block.transaction.isolation, readOnly: block.transaction.readOnly }, { explicit: block.explicit, confirmed: true });
        this.#block = block;
      }
    } catch (error) {
      block.failed = true;
      throw error;
    }
  }

  async #ensureBlock(): Promise<Block> {
    if (this.#block !== undefined) return this.#block;
    this.#block = await this.#newBlock(this.#begun ?? {}, { explicit: true, confirmed: false });
    this.#block.failed = this.#begunFailed;
    this.#begun = undefined;
    this.#begunFailed = false;
    void this.#block.current();
    return this.#block;
  }

  async #newBlock(options: TransactionOptions, state: { explicit: boolean; confirmed: boolean }): Promise<Block> {
    const isolation = options.isolation ?? isolationOf(this.settings.show('default_transaction_isolation'));
    const readOnly = options.readOnly ?? this.settings.show('default_transaction_read_only') === 'on';
    const began = this.engine.state.slot;
    const transaction = this.engine.state.begin({ isolation, readOnly, consistency: this.#consistency });
    // The local state may have moved on before the question is asked; what counts is whether this snapshot was current.
    const confirm = async () => ({ moved: (await this.confirm()).moved || this.engine.state.slot > began });
    const loaded = this.engine.catalogs.of(transaction);
    const catalog = loaded instanceof Promise ? await loaded : loaded;
    return new Block(transaction, catalog, this.settings.snapshot(), { ...state, confirm });
  }

  /** Read committed: each statement sees what was committed before it. */
  async #freshSnapshot(block: Block): Promise<void> {
    const { moved } = await this.confirm();
    block.transaction.beginStatement();
    if (moved) block.editor.restore(await this.engine.catalogs.reload(block.transaction));
  }

  async #start(block: Block, statement: ParsedStatement, parameters: readonly Value[], types: readonly (Oid | undefined)[]): Promise<Running> {
    const scope = this.#scope(block);
    const command = await runCommand(this, scope, statement, parameters);
    return command ?? runQuery(scope, statement, parameters, types);
  }

  #scope(block: Block): StatementScope {
    return {
      engine: this.engine,
      block,
      searchPath: this.searchPath,
      types: this.#types.current,
      context: this.#context(block, this.#cancellation ?? new Cancellation(this.engine.runtime.clock, 0)),
      settings: this.settings,
    };
  }

  /** What text of a type depends on: for regclass and its like also the catalog that the last statement saw. */
  #textContext(type: Oid): TypeContext {
    return this.#catalog !== undefined && isNamedType(type) ? { ...this.#types.current, catalog: this.#catalog } : this.#types.current;
  }

  #context(block: Block, cancellation: Cancellation): EvaluationContext {
    this.#catalog = new SessionCatalog(block.editor, this.searchPath, this.engine.sequences, this.#drawn, this.backend, () => block.probe);
    return new StatementContext({
      runtime: this.engine.runtime,
      types: this.#types.current,
      settings: this.settings,
      catalog: this.#catalog,
      cancellation,
      transactionTime: block.transaction.startedAt,
      numbers: this.#numbers,
      user: this.user,
      database: this.database,
      notify: this.#notify,
    });
  }

  async #describe(text: string, statement: ParsedStatement, parameterTypes: readonly (Oid | undefined)[]): Promise<PreparedStatement> {
    const inBlock = this.#inBlock();
    const describe = async (block: Block): Promise<PreparedStatement> => {
      const described = await prepareQuery(this.#scope(block), statement, parameterTypes);
      return { text, parameterTypes: described.parameters.map((type) => type.oid), fields: described.fields };
    };
    if (transactionCommand(statement.node) !== undefined) return { text, parameterTypes: [], fields: undefined };
    if (inBlock) return this.#withinBlock(describe);
    const block = await this.#newBlock({}, { explicit: false, confirmed: false });
    try {
      return await describe(block);
    } catch (error) {
      if (!(error instanceof SqlError) || (await block.current())) throw error;
      const fresh = await this.#newBlock({}, { explicit: false, confirmed: true });
      return await describe(fresh).finally(() => fresh.transaction.rollback());
    } finally {
      block.transaction.rollback();
    }
  }

  /** Rows wanted a part at a time: outside a block, the transaction stays open until the portal ends or Sync. */
  async #streaming(statement: ParsedStatement, parameters: readonly Value[], types: readonly (Oid | undefined)[]): Promise<Running> {
    if (this.#inBlock()) return this.#withinBlock((block) => this.#start(block, statement, parameters, types));
    this.#block = await this.#newBlock({}, { explicit: false, confirmed: false });
    return this.#withinBlock((block) => this.#start(block, statement, parameters, types));
  }

  async #pull(running: Running, buffered: readonly (readonly Value[])[], limit: number): Promise<{ rows: readonly (readonly Value[])[]; rest: readonly (readonly Value[])[]; ended: boolean }> {
    const rows = [...buffered];
    let ended = false;
    while (!ended && (limit === 0 || rows.length <= limit)) {
      const batch = await running.next();
      if (batch === null) ended = true;
      else rows.push(...batch);
    }
    if (limit !== 0 && rows.length > limit) return { rows: rows.slice(0, limit), rest: rows.slice(limit), ended: false };
    if (ended && this.#block !== undefined && !this.#block.explicit) await this.#endImplicit();
    return { rows, rest: [], ended };
  }

  async #endImplicit(): Promise<void> {
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined) return;
    if (block.failed) {
      block.transaction.rollback();
      return;
    }
    await this.#runChecks(block);
    const { slot } = await block.transaction.commit();
    this.#bookmark = slot ?? this.#bookmark;
    this.settings.endTransaction();
  }

  async #runChecks(block: Block): Promise<void> {
    if (!block.hasChecks) return;
    const scope = this.#scope(block);
    await block.runChecks({ transaction: block.transaction, parameters: [], context: scope.context, catalog: block.editor.snapshot });
  }

  /** A block whose snapshot need not be current: its reads are validated as it commits. Answers the slot of the snapshot. */
  async #beginOptimistic(options: TransactionOptions): Promise<Slot> {
    if (this.#inBlock()) throw new SqlError('active_sql_transaction', 'there is already a transaction in progress');
    const began = this.engine.state.slot;
    const block = await this.#newBlock(options, { explicit: true, confirmed: true });
    if (block.transaction.isolation === 'read committed') block.confirmed = false; // those reads are not validated: they must be current
    this.#block = block;
    return began;
  }

  async #control(command: TransactionCommand): Promise<StatementResult> {
    const tag = await this.#controlTag(command);
    return { tag, rowCount: undefined, fields: undefined, rows: [] };
  }

  async #controlTag(command: TransactionCommand): Promise<string> {
    switch (command.kind) {
      case 'begin':
        this.#begin(command.options);
        return command.start ? 'START TRANSACTION' : 'BEGIN';
      case 'commit':
        return this.#commit(command.chain);
      case 'rollback':
        if (!this.#inBlock()) this.#warn('25P01', 'there is no transaction in progress');
        this.#rollback(command.chain);
        return 'ROLLBACK';
      case 'savepoint':
        (await this.#requireBlock('SAVEPOINT')).save(command.name, this.settings.snapshot());
        return 'SAVEPOINT';
      case 'release':
        (await this.#requireBlock('RELEASE SAVEPOINT')).release(command.name);
        return 'RELEASE';
      case 'rollback to': {
        const block = await this.#requireBlock('ROLLBACK TO SAVEPOINT', true);
        this.settings.restore(block.rollbackTo(command.name));
        return 'ROLLBACK';
      }
    }
  }

  /** BEGIN. Within a pipeline's implicit transaction it makes that one explicit, as in PostgreSQL. */
  #begin(options: TransactionOptions): void {
    if (this.#block !== undefined && !this.#block.explicit) {
      this.#block.explicit = true;
      if (!this.#block.delivered) this.setTransaction(options);
    } else if (this.#inBlock()) {
      this.#warn('25001', 'there is already a transaction in progress');
    } else {
      this.#begun = options;
    }
  }

  async #requireBlock(what: string, failedToo = false): Promise<Block> {
    if (!this.#inBlock()) throw new SqlError('no_active_sql_transaction', `${what} can only be used in transaction blocks`);
    const block = await this.#ensureBlock();
    if (block.failed && !failedToo) throw new SqlError('in_failed_sql_transaction', 'current transaction is aborted, commands ignored until end of transaction block');
    return block;
  }

  async #commit(chain = false): Promise<string> {
    if (!this.#inBlock()) this.#warn('25P01', 'there is no transaction in progress');
    const block = this.#block;
    const failedEarly = this.#begunFailed;
    this.#block = undefined;
    this.#begunFailed = false;
    this.#begun = chain && block !== undefined ? { isolation: block.transaction.isolation, readOnly: block.transaction.readOnly } : undefined;
    this.cursors.closeTransactional();
    if (block === undefined) return failedEarly ? 'ROLLBACK' : 'COMMIT';
    if (block.failed) {
      block.transaction.rollback();
      this.settings.restore(block.settings);
      this.settings.endTransaction();
      return 'ROLLBACK';
    }
    try {
      await this.#runChecks(block);
      const { slot } = await block.transaction.commit();
      this.#bookmark = slot ?? this.engine.state.slot;
    } catch (error) {
      block.transaction.rollback();
      this.settings.restore(block.settings);
      throw error;
    } finally {
      this.settings.endTransaction();
    }
    return 'COMMIT';
  }

  #rollback(chain = false): void {
    const block = this.#block;
    this.#block = undefined;
    this.#begunFailed = false;
    this.#begun = chain && block !== undefined ? { isolation: block.transaction.isolation, readOnly: block.transaction.readOnly } : undefined;
    this.cursors.closeTransactional();
    if (block === undefined) return;
    block.transaction.rollback();
    this.settings.restore(block.settings);
    this.settings.endTransaction();
  }

  /** SET TRANSACTION: before the first statement it may still change what BEGIN asked for. */
  setTransaction(options: TransactionOptions): void {
    if (this.#block !== undefined && this.#block.explicit && this.#block.delivered && options.isolation !== undefined && options.isolation !== this.#block.transaction.isolation) {
      throw new SqlError('active_sql_transaction', 'SET TRANSACTION ISOLATION LEVEL must be called before any query');
    }
    if (!this.#inBlock()) {
      this.#warn('25P01', 'SET TRANSACTION can only be used in transaction blocks');
      return;
    }
    const before = this.#block === undefined ? (this.#begun ?? {}) : { isolation: this.#block.transaction.isolation, readOnly: this.#block.transaction.readOnly };
    this.#block?.transaction.rollback();
    this.#block = undefined;
    this.#begun = { ...before, ...options };
  }

  /** What SHOW transaction_isolation and transaction_read_only answer. */
  transactionMode(): { isolation: Isolation; readOnly: boolean } {
    const isolation = this.#block?.transaction.isolation ?? this.#begun?.isolation ?? isolationOf(this.settings.show('default_transaction_isolation'));
    const readOnly = this.#block?.transaction.readOnly ?? this.#begun?.readOnly ?? this.settings.show('default_transaction_read_only') === 'on';
    return { isolation, readOnly };
  }

  #warn(code: string, message: string): void {
    this.#notify({ severity: 'WARNING', code, message });
  }
}

/** VACUUM and its like may not share a transaction. */
function isOutsideOnly(node: Node): boolean {
  return 'VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd === true;
}

/** The isolation level of a setting's text; READ UNCOMMITTED is READ COMMITTED, as in PostgreSQL. */
export function isolationOf(text: string): Isolation {
  return text === 'repeatable read' || text === 'serializable' ? text : 'read committed';
}

/** The schemas of a search_path setting, `"$user"` standing for the user's own. */
export function searchPathOf(setting: string, user: string): string[] {
  return setting
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase()))
    .map((part) => (part === '$user' ? user : part));
}
