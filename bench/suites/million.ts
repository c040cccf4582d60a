/** The table of a million rows that point and write suites use, the same rows on both sides. */
import type { VelociDatabase } from '../../src/index.ts';
import type { SqliteDatabase } from '../peers/sqlite.ts';

export const ROWS = 1_000_000;
export const CREATE = 'create table t (id integer primary key, k integer, a integer, b text, c double precision)';
const INDEX = 'create index t_k on t (k)';
const ROWS_PER_STATEMENT = 100_000;

export async function fillOurs(database: VelociDatabase): Promise<void> {
  for (let from = 1; from <= ROWS; from += ROWS_PER_STATEMENT) {
    await database.query(
      `insert into t select g, (g::bigint * 7919 % ${ROWS})::int, g % 100, 'row number ' || g, g * 0.25 from generate_series(${from}, ${from + ROWS_PER_STATEMENT - 1}) g`,
    );
    await database.checkpoint();
  }
  await database.query(INDEX);
}

export function fillSqlite(database: SqliteDatabase): void {
  database.exec('begin');
  const insert = database.prepare('insert into t values (?, ?, ?, ?, ?)');
  for (let id = 1; id <= ROWS; id++) insert.run(id, (id * 7919) % ROWS, id % 100, `row number ${id}`, id * 0.25);
  database.exec('commit');
  database.exec(INDEX);
}
