/** DuckDB, as much of it as the suites use. */
import { loadPeer } from './install.ts';

export interface DuckDatabase {
  /** Runs a query to its end; the rows as JavaScript values. */
  rows(sql: string): Promise<unknown[][]>;
  run(sql: string): Promise<void>;
  /** Plans a query; what it answers runs it, any number of times. */
  prepare(sql: string): Promise<() => Promise<unknown[][]>>;
  /** How many threads the statements that follow may use. */
  setThreads(threads: number): Promise<void>;
  close(): void;
}

interface Reader {
  getRows(): unknown[][];
}
interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<Reader>;
  prepare(sql: string): Promise<{ runAndReadAll(): Promise<Reader> }>;
  closeSync(): void;
}
interface Instance {
  connect(): Promise<Connection>;
  closeSync(): void;
}

export function duckName(threads: number): string {
  return `DuckDB (${threads} thread${threads === 1 ? '' : 's'})`;
}

/** A database in memory, or the file at `path` to be read, with so many threads; undefined when the peer is absent. */
export async function openDuck(threads: number, path?: string): Promise<DuckDatabase | undefined> {
  const module = await loadPeer('@duckdb/node-api');
  if (module === undefined) return undefined;
  const { DuckDBInstance } = module as unknown as {
    DuckDBInstance: { create(path: string, options: Record<string, string>): Promise<Instance> };
  };
  const options = { threads: String(threads), ...(path === undefined ? {} : { access_mode: 'READ_ONLY' }) };
  const instance = await DuckDBInstance.create(path ?? ':memory:', options);
  const connection = await instance.connect();
  return {
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRows(),
    async run(sql) {
      await connection.run(sql);
    },
    async prepare(sql) {
      const statement = await connection.prepare(sql);
      return async () => (await statement.runAndReadAll()).getRows();
    },
    async setThreads(count) {
      await connection.run(`set threads = ${count}`);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
