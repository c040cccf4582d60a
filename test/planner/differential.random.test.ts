import { describe, expect, test } from 'vitest';
import { TestDatabase } from '../executor/database.ts';
import { SEED } from '../storage/random.ts';
import { answer, compareStatements } from './differential.ts';
import { SCHEMA } from './random-query.ts';
import { often } from '../support/often.ts';

describe('a statement as planned answers what it answers as written', () => {
  test.each(Array.from({ length: often(2, 6) }, (_, at) => SEED + at))('seed %d', async (seed) => {
    await compareStatements(seed, 20);
  });

  test('the comparison sees a difference', async () => {
    const database = new TestDatabase(SCHEMA);
    await database.script('insert into c values (1, 1, 1)');
    expect(await answer(database, 'select z from c', false)).not.toEqual(await answer(database, 'select z from c where z > 1', true));
  });
});
