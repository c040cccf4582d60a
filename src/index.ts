/**
 * VelociDB in process: `open(url)` gives a database over a bucket.
 *
 *     const db = await open('s3://bucket/prefix');
 *     const { rows } = await db.sql`SELECT * FROM users WHERE id = ${id}`;
 */
import { SqlError, type SqlErrorFields } from './base/sql-error.ts';
import type { Encryption } from './platform/encryption.ts';
import { openEngine, type OpenedEngine, type OpenOptions } from './platform/open-engine.ts';
import { clientRowsOf } from './session/client-rows.ts';
import { valueOfClient, type ClientValue } from './session/client-values.ts';
import type { Field, Session, SessionOptions, StatementResult, TransactionOptions } from './session/session.ts';
import { anchorText } from './transaction/anchor.ts';
import type { Oid } from './types/oid.ts';
import type { Value } from './types/value.ts';

export { SqlError };
export { SQLSTATE } from './base/sqlstate.ts';
export type { KeyProvider, WrappedKey } from '../vfs/encryption/key-provider.ts';
export type { ClientValue, Encryption, Field, OpenOptions, SessionOptions, SqlErrorFields, TransactionOptions };

/** A row by column name. */
export type ResultRow = Record<string, ClientValue>;

export interface QueryResult<R extends object = ResultRow> {
  readonly rows: R[];
  readonly fields: readonly Field[];
  /** The command's first word, e.g. `SELECT`. */
  readonly command: string;
  /** Rows returned or affected; null for commands without a count. */
  readonly rowCount: number | null;
}

/** Runs statements: a database (each statement its own transaction) or a transaction. */
export interface Queryable {
  /** A tagged template: interpolated values become parameters. */
  sql<R extends object = ResultRow>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<QueryResult<R>>;
  query<R extends object = ResultRow>(text: string, parameters?: readonly unknown[]): Promise<QueryResult<R>>;
  /**
   * The answer at once, where nothing has to be waited for: the statement was prepared or run before with parameters, touches few rows
   * found by key, their pages are in memory, and the rows are as fresh as wanted without asking the store (in a transaction, or with
   * `eventual`, `bookmark` and `bounded` consistency). Undefined otherwise, and when it would fail; then nothing was done, and `query` is the
   * way. Spares the promise, a fifth of such a statement's time.
   */
  now<R extends object = ResultRow>(text: string, parameters?: readonly unknown[]): QueryResult<R> | undefined;
  /** Rows one by one, for results too large to hold. */
  iterate<R extends object = ResultRow>(text: string, parameters?: readonly unknown[]): AsyncIterable<R>;
}

export interface Statement<R extends object = ResultRow> {
  query(parameters?: readonly unknown[]): Promise<QueryResult<R>>;
  /** The answer at once, where nothing has to be waited for: see `Queryable.now`. */
  now(parameters?: readonly unknown[]): QueryResult<R> | undefined;
}

const NO_FIELDS: readonly Field[] = [];

/** Rows fetched at a time by `iterate`. */
const ITERATE_ROWS = 1024;

/** Opens the database at `url` (`s3:`, `az:`, `gs:`, `r2:`, `file:`, `memory:`, or a path), creating it when there is none. */
export async function open(url: string, options: OpenOptions & { readonly session?: SessionOptions } = {}): Promise<VelociDatabase> {
  return new VelociDatabase(await openEngine(url, options), options.session ?? {});
}

export class VelociDatabase implements Queryable {
  readonly #opened: OpenedEngine;
  readonly #options: SessionOptions;
  readonly #idle: Session[] = [];

  constructor(opened: OpenedEngine, options: SessionOptions) {
    this.#opened = opened;
    this.#options = options;
  }

  sql<R extends object = ResultRow>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<QueryResult<R>> {
    return this.query(numbered(text), values);
  }

  query<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<R>> {
    const answer = this.#prompt(text, parameters, undefined);
    if (answer === undefined) return this.#borrowed((session) => run<R>(session, text, parameters));
    return settled<R>(answer, () => this.#borrowed((session) => run<R>(session, text, parameters)));
  }

  now<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): QueryResult<R> | undefined {
    return this.#now<R>(text, parameters, undefined);
  }

  async *iterate<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): AsyncGenerator<R> {
    const session = this.#take();
    try {
      yield* stream<R>(session, text, parameters);
      await session.sync();
    } finally {
      this.#give(session);
    }
  }

  /** A statement parsed and bound once. */
  async prepare<R extends object = ResultRow>(text: string): Promise<Statement<R>> {
    const { parameterTypes } = await this.#borrowed((session) => session.prepare(text));
    const ordinary = (parameters: readonly unknown[]) => this.#borrowed((session) => runWith<R>(session, text, parameterTypes, parameters));
    return {
      query: (parameters = []) => {
        const answer = this.#prompt(text, parameters, parameterTypes);
        return answer === undefined ? ordinary(parameters) : settled<R>(answer, () => ordinary(parameters));
      },
      now: (parameters = []) => this.#now<R>(text, parameters, parameterTypes),
    };
  }

  /**
   * Runs `work` as one transaction: committed when it returns, rolled back when it throws, and run again by itself when a concurrent
   * transaction got in between (40001), so it must have no effects but those on the database.
   */
  transaction<T>(work: (transaction: Queryable) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#borrowed((session) => session.transaction(options, () => work(new SessionQueryable(session))));
  }

  /** A conversation of one's own: settings, BEGIN and COMMIT, cursors. The caller closes it. */
  session(options: SessionOptions = {}): Session {
    return this.#opened.engine.session({ ...this.#options, ...options });
  }

  /** The newest state known here, to be remembered outside of the bucket: `open` with it refuses an older or another one. */
  anchor(): string {
    return anchorText(this.#opened.database);
  }

  /** Merges the tail of the log into pages. Happens by itself after commits; never needed for correctness. */
  async checkpoint(): Promise<void> {
    await this.#opened.engine.checkpoint?.();
  }

  async close(): Promise<void> {
    for (const session of this.#idle.splice(0)) await session.close();
    await this.#opened.close();
  }

  /** What a session that nobody uses can answer at once. */
  #prompt(text: string, parameters: readonly unknown[], types: readonly Oid[] | undefined): PromptAnswer {
    const { length } = this.#idle;
    return length === 0 ? undefined : this.#idle[length - 1].prompt(text, parameters, types);
  }

  #now<R extends object>(text: string, parameters: readonly unknown[], types: readonly Oid[] | undefined): QueryResult<R> | undefined {
    const { length } = this.#idle;
    return length === 0 ? undefined : (this.#idle[length - 1].now(text, parameters, types) as QueryResult<R> | undefined);
  }

  async #borrowed<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#take();
    try {
      return await work(session);
    } finally {
      this.#give(session);
    }
  }

  #take(): Session {
    return this.#idle.pop() ?? this.session();
  }

  #give(session: Session): void {
    if (session.status === 'idle') this.#idle.push(session);
    else void session.close(); // somebody left a transaction open in it
  }
}

class SessionQueryable implements Queryable {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  sql<R extends object = ResultRow>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<QueryResult<R>> {
    return this.query(numbered(text), values);
  }

  query<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<R>> {
    const answer = this.#session.prompt(text, parameters, undefined);
    if (answer === undefined) return run<R>(this.#session, text, parameters);
    return settled<R>(answer, () => run<R>(this.#session, text, parameters));
  }

  now<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): QueryResult<R> | undefined {
    return this.#session.now(text, parameters, undefined) as QueryResult<R> | undefined;
  }

  iterate<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): AsyncIterable<R> {
    return stream(this.#session, text, parameters);
  }
}

type PromptAnswer = ReturnType<Session['prompt']>;

/** An answer that was had at once, or what `otherwise` answers where it turns out not to count. */
function settled<R extends object>(
  answer: Exclude<PromptAnswer, undefined>,
  otherwise: () => Promise<QueryResult<R>>,
): Promise<QueryResult<R>> {
  if (answer instanceof Promise) return answer.then((later) => (later as QueryResult<R> | undefined) ?? otherwise());
  return Promise.resolve(answer as QueryResult<R>);
}

async function run<R extends object>(session: Session, text: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
  if (parameters.length === 0) return resultOf(session, await session.query(text));
  const known = session.typesOf(text);
  if (known !== undefined) return runWith(session, text, known, parameters);
  const { parameterTypes } = await session.prepare(text);
  const answer = session.prompt(text, parameters, undefined);
  if (answer === undefined) return runWith(session, text, parameterTypes, parameters);
  return settled<R>(answer, () => runWith(session, text, parameterTypes, parameters));
}

async function runWith<R extends object>(
  session: Session,
  text: string,
  types: readonly Oid[],
  parameters: readonly unknown[],
): Promise<QueryResult<R>> {
  return resultOf(session, await session.query(text, valuesOf(session, types, parameters), types));
}

/** SQLSTATE 08P01 unless there are as many parameters as the statement has. */
function valuesOf(session: Session, types: readonly Oid[], parameters: readonly unknown[]): Value[] {
  if (parameters.length !== types.length) {
    throw new SqlError(
      'protocol_violation',
      `bind message supplies ${parameters.length} parameters, but prepared statement requires ${types.length}`,
    );
  }
  return parameters.map((given, at) => valueOfClient(session, types[at], given));
}

async function* stream<R extends object>(session: Session, text: string, parameters: readonly unknown[]): AsyncGenerator<R> {
  const prepared = await session.prepare(text);
  const portal = await session.open(prepared, valuesOf(session, prepared.parameterTypes, parameters));
  const made = clientRowsOf(portal.fields ?? NO_FIELDS);
  try {
    for (let ended = false; !ended;) {
      const { rows, tag } = await portal.fetch(ITERATE_ROWS);
      for (const row of rows) yield made.make(session, row) as R;
      ended = tag !== undefined;
    }
  } finally {
    await portal.close();
  }
}

function resultOf<R extends object>(session: Session, result: StatementResult): QueryResult<R> {
  const fields = result.fields ?? NO_FIELDS;
  const rows = clientRowsOf(fields);
  const { tag } = result;
  const space = tag.indexOf(' ');
  return {
    rows: result.rows.map((row) => rows.make(session, row) as R),
    fields,
    command: space < 0 ? tag : tag.slice(0, space),
    rowCount: result.rowCount ?? null,
  };
}

function numbered(text: TemplateStringsArray): string {
  return text.reduce((joined, part, at) => (at === 0 ? part : `${joined}$${at}${part}`), '');
}
