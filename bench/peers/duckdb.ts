/** DuckDB, as much of it as the suites use. */
import { loadPeer } from './install.ts';

export interface DuckDatabase {
  /** Runs a query to its end; the rows as JavaScript values. */
  rows(sql: string): Promise<unknown[][]>;
  run(sql: string): Promise<void>;
  /** Plans a query; what it answers runs it, any number of times. */
  prepare(sql: string): Promise<() => Promise<unknown[][]>>;
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

export function duckName(threads: number): string {
  return `DuckDB (${threads} thread${threads === 1 ? '' : 's'})`;
}

/** A database in memory with so many threads; undefined when the peer is absent. */
export async function openDuck(threads: number): Promise<DuckDatabase | undefined> {
  const module = await loadPeer('@duckdb/node-api');
  if (module === undefined) return undefined;
  const { DuckDBInstance } = module as unknown as {
    DuckDBInstance: { create(path: string, options: Record<string, string>): Promise<{ connect(): Promise<Connection> }> };
  };
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
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
    close: () => connection.closeSync(),
  };
}
