import { describe, expect, test } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { TestDatabase } from '../executor/database.ts';
import { Draw, SEED } from '../storage/random.ts';
import { QueryMaker, randomRows, SCHEMA } from './random-query.ts';

const DATABASES = 12;
const STATEMENTS = Number(process.env['STATEMENTS'] ?? 15);

/** Rows in no particular order, or the error's code. */
async function answer(database: TestDatabase, sql: string, naive: boolean): Promise<readonly string[]> {
  try {
    return (await database.run(sql, [], { naive })).toSorted();
  } catch (error) {
    if (isSqlError(error)) return [`error ${error.code}`];
    throw error;
  }
}

describe('a statement as planned answers what it answers as written', () => {
  test.each(Array.from({ length: DATABASES }, (_, at) => SEED + at))('seed %d', async (seed) => {
    const draw = new Draw(seed);
    const database = new TestDatabase(SCHEMA);
    await database.script(randomRows(draw));
    for (let at = 0; at < STATEMENTS; at++) {
      const sql = new QueryMaker(draw).statement();
      const written = await answer(database, sql, true);
      if (written[0]?.startsWith('error') === true) continue; // what is never reached fails nowhere
      const planned = await answer(database, sql, false);
      expect(planned, `SEED=${seed}: ${sql}\n${database.explain(sql)}`).toEqual(written);
    }
  });

  test('the comparison sees a difference', async () => {
    const database = new TestDatabase(SCHEMA);
    await database.script('insert into c values (1, 1, 1)');
    expect(await answer(database, 'select z from c', false)).not.toEqual(await answer(database, 'select z from c where z > 1', true));
  });
});
