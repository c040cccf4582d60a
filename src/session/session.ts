/**
 * A session, as every door (in-process API, HTTP, wire protocol, CLI) uses it: one conversation, one statement at a time.
 *
 * Invariants
 *   S1  Outside a transaction block every statement is a transaction of its own, run again by itself on 40001 as long as no row of
 *       it reached the caller.
 *   S2  Inside a block, an error makes the block fail: until ROLLBACK (or ROLLBACK TO), everything is 25P02.
 *   S3  Rows handed out belong to a confirmed state of the database under the session's consistency.
 */
import type { Oid } from '../types/oid.ts';
import type { SqlType, TypeContext } from '../types/type.ts';
import type { Row, Value } from '../types/value.ts';
import type { Isolation, Consistency, Moment } from '../transaction/transaction.ts';
import type { Slot } from '../storage/tree.ts';
import type { IndexReport } from './check-indexes.ts';
import type { CopyFrom, CopyProgress } from './copy/copy-into.ts';

/** A result column as protocols describe it. */
export interface Field {
  readonly name: string;
  readonly type: SqlType;
  /** The table and attribute number behind it, 0 when none. */
  readonly table: Oid;
  readonly attribute: number;
}

/** What one statement gave, complete in memory. */
export interface StatementResult {
  /** PostgreSQL's command tag, e.g. `INSERT 0 3`, `SELECT 10`, `CREATE TABLE`. */
  readonly tag: string;
  /** Rows affected or returned; undefined for commands without a count. */
  readonly rowCount: number | undefined;
  /** Undefined when the statement returns no rows at all (not: returns zero rows). */
  readonly fields: readonly Field[] | undefined;
  readonly rows: readonly Row[];
}

/** What one statement gave, as a program gets it. */
export interface ClientResult {
  readonly rows: object[];
  readonly fields: readonly Field[];
  /** The command's first word. */
  readonly command: string;
  readonly rowCount: number;
}

export interface Notice {
  readonly severity: 'NOTICE' | 'WARNING' | 'INFO' | 'LOG' | 'DEBUG';
  readonly code: string;
  readonly message: string;
}

/** A statement parsed and bound, to be run with parameters any number of times. */
export interface PreparedStatement {
  readonly text: string;
  readonly parameterTypes: readonly Oid[];
  /** Undefined when it returns no rows. */
  readonly fields: readonly Field[] | undefined;
}

/** A running statement whose rows are pulled. */
export interface Portal {
  readonly fields: readonly Field[] | undefined;
  /** Up to `limit` more rows (all when 0). `tag` is present once the statement has ended. */
  fetch(limit: number): Promise<{ readonly rows: readonly Row[]; readonly tag: string | undefined }>;
  /** Ends it early. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly user?: string | undefined;
  readonly database?: string | undefined;
  /** What pg_backend_pid() answers; chosen by the engine unless given. */
  readonly backend?: number | undefined;
  readonly consistency?: Consistency | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  /** A setting that clients track changed (client_encoding, TimeZone, …): wire's ParameterStatus. */
  readonly onParameter?: ((name: string, value: string) => void) | undefined;
}

export interface TransactionOptions {
  readonly isolation?: Isolation | undefined;
  readonly readOnly?: boolean | undefined;
  /** A state of the past to read instead of the newest; such a transaction writes nothing. */
  readonly asOf?: Moment | undefined;
}

export interface Session {
  /** Where the conversation stands: PostgreSQL's ReadyForQuery I, T, E. */
  readonly status: 'idle' | 'transaction' | 'failed';
  /** What value input and output depend on, from the session's settings. */
  readonly typeContext: TypeContext;
  /** The newest slot this session saw or wrote: hand it to another session as a bookmark. */
  readonly bookmark: Slot;

  /** Runs every statement of `text` (simple protocol semantics: several form one implicit transaction). Yields each result as it ends. */
  run(text: string): AsyncIterable<StatementResult>;
  /** Runs exactly one statement with parameters already converted to values of the inferred types. */
  query(text: string, parameters?: readonly Value[], parameterTypes?: readonly (Oid | undefined)[]): Promise<StatementResult>;
  /** Parses and binds one statement (empty text is allowed). Unknown parameter types are inferred. */
  prepare(text: string, parameterTypes?: readonly (Oid | undefined)[]): Promise<PreparedStatement>;
  /**
   * Runs at once a statement that was prepared before, if it touches few rows found by key, everything needed is at hand, and nobody
   * has to be asked whether the rows are current: `parameters` as programs pass them, `types` those that `prepare` answered
   * (undefined: as inferred). Undefined when it was not run: then nothing was done.
   */
  now(text: string, parameters: readonly unknown[], types: readonly Oid[] | undefined): ClientResult | undefined;
  /**
   * The same, but a promise where the store has to say that the rows are current, of undefined when they are not; and where a write by itself
   * commits, of undefined when it lost to another transaction.
   */
  prompt(
    text: string,
    parameters: readonly unknown[],
    types: readonly Oid[] | undefined,
  ): ClientResult | undefined | Promise<ClientResult | undefined>;
  /** The inferred types of a statement's parameters, if they are known without asking `prepare` again. */
  typesOf(text: string): readonly Oid[] | undefined;
  /** Starts a prepared statement. Parameters are values of `parameterTypes`. */
  open(statement: PreparedStatement, parameters: readonly Value[]): Promise<Portal>;
  /**
   * Loads `data` into a table, all of it or nothing: `what` is a COPY … FROM STDIN statement, or what it would say. Outside a block it is a
   * transaction of its own; since `data` comes only once it is not run again on 40001. `onStart` hears the number of columns before `data` is
   * first read.
   */
  copyIn(
    what: string | CopyFrom,
    data: AsyncIterable<Uint8Array>,
    onProgress?: (progress: CopyProgress) => void,
    onStart?: (columns: number) => void,
  ): Promise<StatementResult>;
  /** Runs a COPY … TO STDOUT; its text goes to `send` piece by piece. `onStart` hears the number of columns before that. */
  copyOut(text: string, send: (text: string) => void | Promise<void>, onStart?: (columns: number) => void): Promise<StatementResult>;
  /** The value of a parameter or literal from its text form. */
  valueOfText(type: Oid, text: string): Value;
  /** The text form of a value. */
  textOfValue(type: Oid, value: Value): string;
  setting(name: string): string | undefined;
  /** The settings that clients are told of when they connect, by name. */
  reportedSettings(): readonly (readonly [string, string])[];
  /** Makes the running statement fail with 57014 at its next check. Safe to call at any time. */
  cancel(): void;
  /**
   * Runs `work`, which uses this session, as one transaction: committed when it returns, rolled back when it throws, run again by itself
   * on 40001. No snapshot is confirmed beforehand: the commit proves that it was current.
   */
  transaction<T>(options: TransactionOptions, work: () => Promise<T>): Promise<T>;
  /** Several statements are to share one implicit transaction, until `sync` (a pipeline); nothing happens inside a block. */
  pipeline(): Promise<void>;
  /** The client's last message failed outside of any statement (a parameter that cannot be read): the block, if there is one, fails (S2). */
  fail(): void;
  /** Extended protocol's Sync / pipeline end outside a block: commits or rolls back the implicit transaction. */
  sync(): Promise<void>;
  /** Holds every index against its table, on a current state; `report` hears of each table. */
  checkIndexes(report: (table: IndexReport) => void): Promise<void>;
  /** Rolls back what is open and forgets everything. */
  close(): Promise<void>;
}
