import { expect, test } from 'vitest';
import { open } from '../../src/index.ts';

test('CHECK, index expressions and predicates may say the table’s name, and outlive its renaming', async () => {
  const db = await open('memory:');
  const failsWith = async (sql: string, code: string) => expect(db.query(sql), sql).rejects.toMatchObject({ code });
  try {
    await db.query('create table named (a int check (named.a < 10), b int, check (named.a < named.b))');
    await db.query('create unique index on named ((named.a + 1)) where named.b > 3');
    await db.query('alter table named rename to other');
    await failsWith('insert into other values (11, 12)', '23514');
    await failsWith('insert into other values (2, 1)', '23514');
    await db.query('insert into other values (1, 4), (1, 2)');
    await failsWith('insert into other values (1, 5)', '23505');
    await failsWith('create table wrong (a int check (wrong.k < 10))', '42703');
  } finally {
    await db.close();
  }
});
