/**
 * VelociDB in process: `open(url)` gives a database over a bucket.
 *
 *     const db = await open('s3://bucket/prefix');
 *     const { rows } = await db.sql`SELECT * FROM users WHERE id = ${id}`;
 */
import type { SqlErrorFields } from './base/sql-error.ts';
import { openEngine, type OpenedEngine, type OpenOptions } from './platform/open-engine.ts';
import { clientValue, valueOfClient, type ClientValue } from './session/client-values.ts';
import type { Field, PreparedStatement, Session, SessionOptions, StatementResult, TransactionOptions } from './session/session.ts';
import type { Row } from './types/value.ts';

export { SqlError } from './base/sql-error.ts';
export { SQLSTATE } from './base/sqlstate.ts';
export type { ClientValue, Field, OpenOptions, SessionOptions, SqlErrorFields, TransactionOptions };

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
  /** Rows one by one, for results too large to hold. */
  iterate<R extends object = ResultRow>(text: string, parameters?: readonly unknown[]): AsyncIterable<R>;
}

export interface Statement<R extends object = ResultRow> {
  query(parameters?: readonly unknown[]): Promise<QueryResult<R>>;
}

/** Rows fetched at a time by `iterate`. */
const ITERATE_ROWS = 1024;

/** Opens the database at `url` (`s3:`, `file:`, `memory:`, or a path), creating it when there is none. */
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
    return this.#borrowed((session) => run<R>(session, text, parameters));
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
    const prepared = await this.#borrowed((session) => session.prepare(text));
    return { query: (parameters = []) => this.#borrowed((session) => runPrepared<R>(session, prepared, parameters)) };
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

  /** Merges the tail of the log into pages. Happens by itself after commits; never needed for correctness. */
  async checkpoint(): Promise<void> {
    await this.#opened.engine.checkpoint?.();
  }

  async close(): Promise<void> {
    for (const session of this.#idle.splice(0)) await session.close();
    await this.#opened.close();
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
    return run(this.#session, text, parameters);
  }

  iterate<R extends object = ResultRow>(text: string, parameters: readonly unknown[] = []): AsyncIterable<R> {
    return stream(this.#session, text, parameters);
  }
}

async function run<R extends object>(session: Session, text: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
  if (parameters.length > 0) return runPrepared(session, await session.prepare(text), parameters);
  return resultOf(session, await session.query(text));
}

async function runPrepared<R extends object>(
  session: Session,
  prepared: PreparedStatement,
  parameters: readonly unknown[],
): Promise<QueryResult<R>> {
  const values = parameters.map((given, at) => valueOfClient(session, prepared.parameterTypes[at], given));
  return resultOf(session, await session.query(prepared.text, values, prepared.parameterTypes));
}

async function* stream<R extends object>(session: Session, text: string, parameters: readonly unknown[]): AsyncGenerator<R> {
  const prepared = await session.prepare(text);
  const portal = await session.open(
    prepared,
    parameters.map((given, at) => valueOfClient(session, prepared.parameterTypes[at], given)),
  );
  try {
    for (let ended = false; !ended;) {
      const { rows, tag } = await portal.fetch(ITERATE_ROWS);
      for (const row of rows) yield rowObject<R>(session, portal.fields ?? [], row);
      ended = tag !== undefined;
    }
  } finally {
    await portal.close();
  }
}

function resultOf<R extends object>(session: Session, result: StatementResult): QueryResult<R> {
  const fields = result.fields ?? [];
  const { tag } = result;
  const space = tag.indexOf(' ');
  return {
    rows: result.rows.map((row) => rowObject<R>(session, fields, row)),
    fields,
    command: space < 0 ? tag : tag.slice(0, space),
    rowCount: result.rowCount ?? null,
  };
}

/** A row as an object without a prototype's dangers: `__proto__` is a column like any other. */
function rowObject<R extends object>(session: Session, fields: readonly Field[], row: Row): R {
  const object: ResultRow = {};
  for (let at = 0; at < fields.length; at++) {
    const { name, type } = fields[at];
    const value = clientValue(session, type.oid, row[at]);
    if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    else object[name] = value;
  }
  return object as R;
}

function numbered(text: TemplateStringsArray): string {
  return text.reduce((joined, part, at) => (at === 0 ? part : `${joined}$${at}${part}`), '');
}
