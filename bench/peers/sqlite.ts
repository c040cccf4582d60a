/** better-sqlite3, as much of it as the suites use. */
import { loadPeer } from './install.ts';

export interface SqliteStatement {
  get(...parameters: unknown[]): unknown;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): unknown;
}

export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export const SQLITE = 'better-sqlite3';

/** A database in memory or at `path`; undefined when the peer is absent. */
export async function openSqlite(path = ':memory:'): Promise<SqliteDatabase | undefined> {
  const module = await loadPeer(SQLITE);
  if (module === undefined) return undefined;
  const Database = module['default'] as new (path: string) => SqliteDatabase;
  return new Database(path);
}
