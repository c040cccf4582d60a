/** The session: state of one conversation, and the road of each statement through parse, bind, plan, run and commit. */
import type { CopyStmt } from '@pgsql/types';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { LIMITS } from '../base/limits.ts';
import { parse, type AsOf, type ParsedStatement } from '../sql/parse.ts';
import type { Consistency, Moment } from '../transaction/transaction.ts';
import type { Slot } from '../storage/tree.ts';
import type { CatalogFunctions, EvaluationContext } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import type { TypeContext } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { momentOf, noPastReader, requirePastReader } from './as-of.ts';
import type { Block } from './block.ts';
import { Cancellation } from './cancellation.ts';
import { checkIndexes, type IndexReport } from './check-indexes.ts';
import { copyInto, type CopyFrom, type CopyProgress } from './copy/copy-into.ts';
import { copyOut } from './copy/copy-out.ts';
import { copyFrom, copyStatement } from './copy/copy-statement.ts';
import { DrawnNumbers, SessionCatalog } from './catalog-functions.ts';
import { Cursors } from './cursors.ts';
import type { Engine } from './engine.ts';
import { StatementContext } from './evaluation.ts';
import { isNamedType } from './named-types.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { PromptRoad } from './prompt-road.ts';
import { executionOf, prepareQuery, runQuery, type StatementScope } from './query.ts';
import { QuietCatalog } from './quiet-catalog.ts';
import { RandomNumbers } from './random-numbers.ts';
import { requireSameShape } from './result-shape.ts';
import { drain, finished, pullRows, type PulledRows, type Running } from './running.ts';
import { runCommand } from './command.ts';
import { searchPathOf } from './search-path.ts';
import { isByItself, isSetTransaction } from './statement-kinds.ts';
import { transactionCommand, transactionOptions, type TransactionCommand } from './transaction-command.ts';
import { SessionTransactions } from './transactions.ts';
import { durationMs, Settings } from './settings.ts';
import type {
  ClientResult,
  Notice,
  Portal,
  PreparedStatement,
  Session,
  SessionOptions,
  StatementResult,
  TransactionOptions,
} from './session.ts';
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
  readonly #types: SessionTypeContext;
  readonly #notify: (notice: Notice) => void;
  readonly #numbers: RandomNumbers;
  readonly #drawn = new DrawnNumbers();
  readonly #transactions: SessionTransactions;
  /** As the last statement saw it, to show names by. */
  #catalog: SessionCatalog | undefined;
  #cancellation: Cancellation | undefined;
  #closed = false;
  #path: { readonly version: number; readonly schemas: readonly string[] } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** Pieces of work in the queue. */
  #waiting = 0;
  readonly #prompt: PromptRoad;

  constructor(engine: Engine, options: SessionOptions, backend: number) {
    this.engine = engine;
    this.backend = backend;
    this.user = options.user ?? 'postgres';
    this.database = options.database ?? 'postgres';
    this.#notify = options.onNotice ?? (() => undefined);
    this.settings = new Settings({ session_authorization: this.user, ...options.settings }, options.onParameter ?? (() => undefined));
    this.#types = new SessionTypeContext(this.settings);
    this.#numbers = new RandomNumbers(engine.runtime.random);
    this.#transactions = new SessionTransactions({
      engine,
      settings: this.settings,
      consistency: options.consistency ?? LINEARIZABLE,
      warn: (code, message) => this.#notify({ severity: 'WARNING', code, message }),
      closeCursors: () => this.cursors.closeTransactional(),
      execution: (block) => executionOf(this.#scope(block), []),
    });
    this.#prompt = new PromptRoad({
      engine,
      session: this,
      settings: this.settings,
      transactions: this.#transactions,
      context: (block) => this.#context(block, new Cancellation(engine.runtime.clock, 0)),
      quietContext: () => this.#contextOver(new QuietCatalog(), new Cancellation(engine.runtime.clock, 0), 0),
    });
  }

  get status(): Session['status'] {
    return this.#transactions.status;
  }

  get typeContext(): TypeContext {
    return this.#types.current;
  }

  get bookmark(): Slot {
    return this.#transactions.bookmark;
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

  async query(
    text: string,
    parameters: readonly Value[] = [],
    parameterTypes: readonly (Oid | undefined)[] = [],
  ): Promise<StatementResult> {
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

  now(text: string, parameters: readonly unknown[], types: readonly Oid[] | undefined): ClientResult | undefined {
    return this.#waiting > 0 || this.#closed ? undefined : this.#prompt.now(text, parameters, types);
  }

  prompt(
    text: string,
    parameters: readonly unknown[],
    types: readonly Oid[] | undefined,
  ): ClientResult | undefined | Promise<ClientResult | undefined> {
    return this.#waiting > 0 || this.#closed ? undefined : this.#prompt.run(text, parameters, types);
  }

  typesOf(text: string): readonly Oid[] | undefined {
    return this.#prompt.typesOf(text);
  }

  async open(statement: PreparedStatement, parameters: readonly Value[]): Promise<Portal> {
    const [parsed] = this.#parse(statement.text);
    if (parsed === undefined) return { fields: undefined, fetch: async () => ({ rows: [], tag: '' }), close: async () => undefined };
    let rest: Running | undefined;
    let ended: string | undefined;
    let buffered: readonly (readonly Value[])[] = [];
    return {
      fields: statement.fields,
      fetch: async (limit) => {
        if (ended !== undefined) return { rows: [], tag: ended };
        if (limit === 0 && rest === undefined) {
          const result = await this.#exclusive(() => this.#one(parsed, parameters, statement.parameterTypes, statement));
          ended = result.tag;
          return { rows: result.rows, tag: ended };
        }
        rest ??= await this.#exclusive(() => this.#streaming(parsed, parameters, statement.parameterTypes));
        const running = rest;
        requireSameShape(statement.fields, running.fields);
        const pulled = await this.#exclusive(() => this.#pull(running, buffered, limit));
        buffered = pulled.rest;
        if (pulled.ended) ended = running.tag();
        return { rows: pulled.rows as StatementResult['rows'], tag: ended };
      },
      close: async () => {
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
        const rows = await this.#transactions.once((block) => copyInto(this.#scope(block), wanted, data, onProgress, onStart));
        return { tag: `COPY ${rows}`, rowCount: rows, fields: undefined, rows: [] };
      }),
    );
  }

  copyOut(text: string, send: (text: string) => void | Promise<void>, onStart?: (columns: number) => void): Promise<StatementResult> {
    const copy = this.#parseCopy(text);
    return this.#exclusive(() =>
      this.#cancellable(async () => {
        const rows = await this.#transactions.once((block) => copyOut(this.#scope(block), copy, send, onStart));
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
    if (!this.#transactions.inBlock) await this.#exclusive(() => this.#transactions.beginImplicit());
  }

  fail(): void {
    this.#transactions.fail();
  }

  async sync(): Promise<void> {
    if (this.#transactions.hasImplicit) await this.#exclusive(() => this.#transactions.endImplicit());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancellation?.cancel('terminating connection due to administrator command');
    this.cursors.closeAll();
    this.#transactions.abandon();
  }

  async transaction<T>(options: TransactionOptions, work: () => Promise<T>): Promise<T> {
    let confirmed = false;
    for (let attempt = 1; ; attempt++) {
      const began = await this.#exclusive(() => this.#transactions.beginOptimistic(options));
      try {
        const result = await work();
        await this.#exclusive(() => this.#transactions.commit());
        return result;
      } catch (error) {
        await this.#exclusive(async () => this.#transactions.rollback());
        if (attempt >= LIMITS.transactionAttemptsMax) throw error;
        if (isSqlError(error, 'serialization_failure')) continue;
        if (confirmed || isSqlError(error, 'transaction_resolution_unknown')) throw error;
        // What an aborted transaction saw is never validated: a failure counts only when its snapshot was current.
        await this.#exclusive(() => this.#transactions.confirm());
        if (this.engine.state.slot === began) throw error;
        confirmed = true;
      }
    }
  }

  // What commands of this folder use -----------------------------------------------------------------------------------

  get transactions(): SessionTransactions {
    return this.#transactions;
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

  forgetDrawn(): void {
    this.#drawn.last.clear();
    this.#drawn.latest = undefined;
  }

  /** Runs one statement's syntax tree within `block`. */
  runWithin(
    block: Block,
    statement: ParsedStatement,
    parameters: readonly Value[],
    types: readonly (Oid | undefined)[] = [],
  ): Promise<Running> {
    return this.#start(block, statement, parameters, types);
  }

  /** Holds every index against its table, as of a state that is current, or of a block's own. */
  async checkIndexes(report: (table: IndexReport) => void): Promise<void> {
    await this.#exclusive(() =>
      this.#transactions.once(async (block) => {
        for await (const table of checkIndexes(this.#scope(block))) report(table);
      }),
    );
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
    this.#waiting++;
    const result = this.#queue.then(work);
    const leave = (): void => {
      this.#waiting--;
    };
    this.#queue = result.then(leave, leave);
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
      if (command !== undefined) return await this.#control(command, statement);
      if (statement.asOf === undefined || isSetTransaction(statement.node)) return await this.#transactions.run(whole);
      requirePastReader(statement);
      return await this.#transactions.past(await this.#moment(statement, statement.asOf), whole);
    } finally {
      this.#cancellation = undefined;
    }
  }

  async #control(command: TransactionCommand, statement: ParsedStatement): Promise<StatementResult> {
    const { asOf } = statement;
    const isBegin = asOf !== undefined && command.kind === 'begin';
    const given = isBegin
      ? { ...command, options: { ...command.options, readOnly: true, asOf: await this.#moment(statement, asOf) } }
      : command;
    return { tag: await this.#transactions.control(given), rowCount: undefined, fields: undefined, rows: [] };
  }

  /** The moment that a statement's clause names. Its expression reads nothing: any state will do. */
  #moment(statement: ParsedStatement, asOf: AsOf): Promise<Moment> {
    return this.#transactions.glance((block) => momentOf(this.#scope(block), asOf, statement.source));
  }

  #parseCopy(text: string): CopyStmt {
    const statements = this.#parse(text);
    const copy = copyStatement(statements[0]);
    if (statements[0]?.asOf !== undefined) requirePastReader(statements[0]);
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

  /** Several statements of one text: one implicit transaction, until a BEGIN among them makes it explicit. */
  async #several(statements: readonly ParsedStatement[]): Promise<(StatementResult | Error)[]> {
    const results: (StatementResult | Error)[] = [];
    try {
      let at = 0;
      while (at < statements.length) {
        const next = statements[at];
        if (this.#transactions.inBlock || isByItself(next)) {
          results.push(await this.#one(next, []));
          at++;
          continue;
        }
        let end = at;
        while (end < statements.length && !isByItself(statements[end])) end++;
        const group = statements.slice(at, end);
        const partial: StatementResult[] = [];
        try {
          await this.#transactions.autocommit(async (block) => {
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

  async #start(
    block: Block,
    statement: ParsedStatement,
    parameters: readonly Value[],
    types: readonly (Oid | undefined)[],
  ): Promise<Running> {
    const scope = this.#scope(block);
    if (statement.asOf !== undefined && block.asOf === undefined && !isSetTransaction(statement.node)) throw noPastReader();
    if (statement.asOf !== undefined && isSetTransaction(statement.node)) {
      const asOf = await momentOf(scope, statement.asOf, statement.source);
      this.#transactions.setTransaction({ ...transactionOptions(statement.node.VariableSetStmt.args), readOnly: true, asOf });
      return finished('SET');
    }
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
      planned: (statement, types, planned) => {
        if (block.asOf === undefined) this.#prompt.remember(block, statement, types, planned);
      },
    };
  }

  /** What text of a type depends on: for regclass and its like also the catalog that the last statement saw. */
  #textContext(type: Oid): TypeContext {
    return this.#catalog !== undefined && isNamedType(type) ? { ...this.#types.current, catalog: this.#catalog } : this.#types.current;
  }

  #context(block: Block, cancellation: Cancellation): EvaluationContext {
    this.#catalog = new SessionCatalog(block.editor, this.searchPath, this.engine.sequences, this.#drawn, this.backend, () => block.probe);
    return this.#contextOver(this.#catalog, cancellation, block.transaction.startedAt);
  }

  #contextOver(catalog: CatalogFunctions, cancellation: Cancellation, transactionTime: number): EvaluationContext {
    return new StatementContext({
      runtime: this.engine.runtime,
      types: this.#types.current,
      settings: this.settings,
      catalog,
      cancellation,
      transactionTime,
      numbers: this.#numbers,
      user: this.user,
      database: this.database,
      notify: this.#notify,
    });
  }

  async #describe(text: string, statement: ParsedStatement, parameterTypes: readonly (Oid | undefined)[]): Promise<PreparedStatement> {
    const inBlock = this.#transactions.inBlock;
    const describe = async (block: Block): Promise<PreparedStatement> => {
      const described = await prepareQuery(this.#scope(block), statement, parameterTypes);
      return { text, parameterTypes: described.parameters.map((type) => type.oid), fields: described.fields };
    };
    if (transactionCommand(statement.node) !== undefined) return { text, parameterTypes: [], fields: undefined };
    if (statement.asOf !== undefined && !isSetTransaction(statement.node)) {
      requirePastReader(statement);
      return this.#transactions.past(await this.#moment(statement, statement.asOf), describe);
    }
    return inBlock ? this.#transactions.withinBlock(describe) : this.#transactions.glance(describe);
  }

  /** Rows wanted a part at a time: outside a block, the transaction stays open until the portal ends or Sync. */
  async #streaming(statement: ParsedStatement, parameters: readonly Value[], types: readonly (Oid | undefined)[]): Promise<Running> {
    const work = (block: Block): Promise<Running> => this.#start(block, statement, parameters, types);
    if (statement.asOf === undefined || isSetTransaction(statement.node)) {
      await this.#transactions.beginImplicit();
      return this.#transactions.withinBlock(work);
    }
    requirePastReader(statement);
    const asOf = await this.#moment(statement, statement.asOf);
    await this.#transactions.beginImplicit({ asOf });
    return this.#transactions.past(asOf, work);
  }

  async #pull(running: Running, buffered: PulledRows['rows'], limit: number): Promise<PulledRows> {
    const pulled = await pullRows(running, buffered, limit);
    if (pulled.ended) await this.#transactions.endImplicit();
    return pulled;
  }
}
