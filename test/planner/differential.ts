/** Random statements run as planned and as written. */
import { expect } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { TestDatabase } from '../executor/database.ts';
import { Draw } from '../storage/random.ts';
import { QueryMaker, randomRows, SCHEMA } from './random-query.ts';

/** Rows in no particular order, or the error's code. */
export async function answer(database: TestDatabase, sql: string, naive: boolean): Promise<readonly string[]> {
  try {
    return (await database.run(sql, [], { naive })).toSorted();
  } catch (error) {
    if (isSqlError(error)) return [`error ${error.code}`];
    throw error;
  }
}

/** Holds `count` statements drawn from a seed against themselves. What fails as written is passed over: a plan may never reach it. */
export async function compareStatements(seed: number, count: number): Promise<void> {
  const draw = new Draw(seed);
  const database = new TestDatabase(SCHEMA);
  await database.script(randomRows(draw));
  for (let at = 0; at < count; at++) {
    const sql = new QueryMaker(draw).statement();
    const written = await answer(database, sql, true);
    if (written[0]?.startsWith('error') === true) continue;
    expect(await answer(database, sql, false), `SEED=${seed}: ${sql}\n${database.explain(sql)}`).toEqual(written);
  }
}
