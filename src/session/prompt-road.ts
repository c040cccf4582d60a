/**
 * The short road of a statement: found by its text, run at once, answered. One comparison each tells whether the session's settings and the
 * catalog are still those it was bound under; whatever else is in the way (a block that failed or is not confirmed, bytes that are
 * missing, a store that has to be asked) is left to the ordinary road.
 */
import { isSqlError } from '../base/sql-error.ts';
import { Environment } from '../executor/environment.ts';
import type { Execution } from '../executor/execution.ts';
import type { PointProgram } from '../executor/point/point-program.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { parse, type ParsedStatement } from '../sql/parse.ts';
import type { EvaluationContext } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import type { Block } from './block.ts';
import type { Engine } from './engine.ts';
import type { PlannedQuery } from './plan-cache.ts';
import { PromptStatements, type PromptStatement } from './prompt-statements.ts';
import type { ClientResult, Session } from './session.ts';
import type { Settings } from './settings.ts';
import type { SessionTransactions } from './transactions.ts';

export interface PromptHost {
  readonly engine: Engine;
  readonly session: Session;
  readonly settings: Settings;
  readonly transactions: SessionTransactions;
  /** A context for one statement of a block. */
  context(block: Block): EvaluationContext;
  /** A context that depends on the settings alone. */
  quietContext(): EvaluationContext;
}

export class PromptRoad {
  readonly #host: PromptHost;
  readonly #statements = new PromptStatements();
  #quiet: { readonly settingsVersion: number; readonly context: EvaluationContext; readonly environment: Environment } | undefined;

  constructor(host: PromptHost) {
    this.#host = host;
  }

  /** Keeps a query that may come again. Its text must be all that was sent: not one of several, not part of another. */
  remember(block: Block, statement: ParsedStatement, types: readonly (Oid | undefined)[], planned: PlannedQuery): void {
    const { settings } = this.#host;
    if (settings.show('velocidb.fast_path') === 'off' || settings.show('statement_timeout') !== '0') return;
    const [only, another] = parse(statement.source);
    if (only !== statement || another !== undefined) return;
    this.#statements.remember(statement.source, types, planned, { catalog: block.editor.snapshot, settingsVersion: settings.version });
  }

  /** The types inferred for the parameters of a statement; undefined unless it is known under the catalog and settings of now. */
  typesOf(text: string): readonly Oid[] | undefined {
    const { engine, settings, transactions } = this.#host;
    const statement = this.#statements.find(text, undefined);
    if (statement === undefined || statement.surroundings.settingsVersion !== settings.version) return undefined;
    const catalog = transactions.inBlock ? transactions.catalog : engine.catalogs.current;
    return statement.surroundings.catalog === catalog ? statement.types : undefined;
  }

  /** See `Session.now`. */
  now(text: string, given: readonly unknown[], types: readonly Oid[] | undefined): ClientResult | undefined {
    const { transactions } = this.#host;
    if (!transactions.inBlock && !transactions.isFresh) return undefined;
    const result = this.#run(text, given, types);
    if (result !== undefined && !transactions.inBlock) transactions.noteSeen();
    return result;
  }

  /** See `Session.prompt`. */
  run(
    text: string,
    given: readonly unknown[],
    types: readonly Oid[] | undefined,
  ): ClientResult | undefined | Promise<ClientResult | undefined> {
    const { engine, transactions } = this.#host;
    const { slot } = engine.state;
    const committed = transactions.inBlock ? undefined : this.#commit(text, given, types);
    if (committed !== undefined) return committed;
    const result = this.#run(text, given, types);
    if (result === undefined || transactions.inBlock) return result;
    if (!transactions.isFresh) return transactions.confirm().then(({ moved }) => (moved || engine.state.slot > slot ? undefined : result));
    transactions.noteSeen();
    return result;
  }

  /** A statement by itself that writes: run at once, and committed. Undefined when it is not one, or has to be done the ordinary way. */
  #commit(text: string, given: readonly unknown[], types: readonly Oid[] | undefined): Promise<ClientResult | undefined> | undefined {
    const { engine, session, transactions } = this.#host;
    const statement = this.#statement(text, types);
    if (statement?.program?.writes !== true || statement.program.needsContext) return undefined;
    if (engine.catalogs.current !== statement.surroundings.catalog) return undefined;
    const transaction = transactions.beginPromptly();
    if (transaction === undefined) return undefined;
    statement.noteDependencies(transaction);
    const result = statement.run(session, given, transaction, transaction, this.#environment());
    if (result !== undefined && transaction.hasWrites) return this.#settled(transaction, result);
    transaction.rollback(); // what was only read must be known to be current
    return undefined;
  }

  /** The result once it is committed; undefined when it lost to another transaction: the ordinary road runs it again. */
  async #settled(transaction: Transaction, result: ClientResult): Promise<ClientResult | undefined> {
    try {
      const { slot } = await transaction.commit();
      if (slot !== undefined) this.#host.transactions.noteWritten(slot);
      return result;
    } catch (error) {
      if (isSqlError(error, 'serialization_failure')) return undefined;
      throw error;
    }
  }

  /** The statement of this text, if it may run at once now. */
  #statement(text: string, types: readonly Oid[] | undefined): PromptStatement | undefined {
    const { engine, settings } = this.#host;
    const statement = this.#statements.find(text, types);
    if (statement === undefined || statement.program === null || statement.surroundings.settingsVersion !== settings.version)
      return undefined;
    return statement.fits(engine.state.slot, engine.estimateRows) ? statement : undefined;
  }

  /** Runs the statement on what is there, within the block or by itself. */
  #run(text: string, given: readonly unknown[], types: readonly Oid[] | undefined): ClientResult | undefined {
    const { transactions } = this.#host;
    const statement = this.#statement(text, types);
    if (statement === undefined || statement.program === null) return undefined;
    if (!transactions.inBlock) return this.#outside(statement, statement.program, given);
    const block = transactions.promptBlock;
    return block === undefined ? undefined : this.#within(block, statement, statement.program, given);
  }

  #within(block: Block, statement: PromptStatement, program: PointProgram, given: readonly unknown[]): ClientResult | undefined {
    const { transaction } = block;
    if (block.editor.snapshot !== statement.surroundings.catalog || (program.writes && transaction.readOnly)) return undefined;
    statement.join(block);
    const environment = this.#environment();
    if (program.needsContext) environment.context = this.#host.context(block);
    const result = statement.run(this.#host.session, given, transaction, transaction, environment);
    if (result !== undefined) block.delivered = true;
    return result;
  }

  /** A statement by itself: only reads, since whatever writes has to commit. */
  #outside(statement: PromptStatement, program: PointProgram, given: readonly unknown[]): ClientResult | undefined {
    const { engine, session } = this.#host;
    if (program.writes || program.needsContext || engine.catalogs.current !== statement.surroundings.catalog) return undefined;
    return statement.run(session, given, engine.state.reads, undefined, this.#environment());
  }

  #environment(): Environment {
    const { version } = this.#host.settings;
    if (this.#quiet?.settingsVersion !== version) {
      const context = this.#host.quietContext();
      this.#quiet = { settingsVersion: version, context, environment: new Environment(executionOf(context)) };
    }
    const { context, environment } = this.#quiet;
    environment.context = context;
    return environment;
  }
}

/** What programs run in: their expressions read parameters and the context, and nothing else. */
function executionOf(context: EvaluationContext): Execution {
  return {
    parameters: [],
    context,
    get transaction(): never {
      throw new Error('expressions of a point program read no tables');
    },
    get catalog(): never {
      throw new Error('expressions of a point program read no catalog');
    },
  };
}
