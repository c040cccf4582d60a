import { beforeEach, describe, expect, test } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { TestDatabase } from './database.ts';

const SCHEMA = `
  create table t (id int primary key, a int unique, b text not null, c int check (c > 0));
  create index t_c on t (c);
  create table plain (x int, y text);
`;

async function failure(run: Promise<unknown>): Promise<{ code: string; message: string; detail: string | undefined }> {
  try {
    await run;
  } catch (error) {
    if (isSqlError(error)) return { code: error.code, message: error.message, detail: error.detail };
    throw error;
  }
  throw new Error('it succeeded');
}

describe.each([false, true])('rows arriving late: %s', (delayed) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = new TestDatabase(SCHEMA, delayed);
    await database.script(
      "insert into t values (1, 10, 'one', 5), (2, 20, 'two', 6), (3, null, 'three', null); insert into plain values (1, 'p'), (1, 'p')",
    );
  });

  const all = (): Promise<string[]> => database.run('select * from t order by id');

  test('INSERT counts and returns', async () => {
    expect(await database.run("insert into t values (4, 40, 'four', 1)")).toEqual(['INSERT 1']);
    expect(await database.run("insert into t values (5, 50, 'five', 2) returning id + 1, b")).toEqual(['6|five']);
    expect(await database.run('select id from t where a = 50')).toEqual(['5']);
  });

  test('NOT NULL is 23502 with the failing row', async () => {
    expect(await failure(database.run('insert into t values (4, 1, null, 1)'))).toEqual({
      code: '23502',
      message: 'null value in column "b" of relation "t" violates not-null constraint',
      detail: 'Failing row contains (4, 1, null, 1).',
    });
  });

  test('CHECK is 23514, and null passes it', async () => {
    expect(await failure(database.run("insert into t values (4, 1, 'x', 0)"))).toMatchObject({
      code: '23514',
      message: 'new row for relation "t" violates check constraint "t_c_check"',
    });
    await database.run("insert into t values (4, 1, 'x', null)");
  });

  test('a taken primary key is 23505', async () => {
    expect(await failure(database.run("insert into t values (1, 1, 'x', 1)"))).toEqual({
      code: '23505',
      message: 'duplicate key value violates unique constraint "t_pkey"',
      detail: 'Key (id)=(1) already exists.',
    });
  });

  test('a taken unique key is 23505, and nulls never collide', async () => {
    expect(await failure(database.run("insert into t values (9, 20, 'x', 1)"))).toMatchObject({
      code: '23505',
      detail: 'Key (a)=(20) already exists.',
    });
    await database.run("insert into t values (9, null, 'x', 1)");
    expect(await database.run('select count(*) from t where a is null')).toEqual(['2']);
  });

  test('UPDATE keeps indexes', async () => {
    expect(await database.run('update t set c = c + 100, a = a + 1 where id < 3')).toEqual(['UPDATE 2']);
    expect(await database.run('select id from t where c = 105')).toEqual(['1']);
    expect(await database.run('select id from t where c = 5')).toEqual([]);
    expect(await database.run('select id from t where a = 21')).toEqual(['2']);
    expect(await database.run('select id from t where a = 20')).toEqual([]);
  });

  test('UPDATE never meets its own writes', async () => {
    await database.run('update t set id = id + 10 where id > 0');
    expect(await database.run('select id from t order by id')).toEqual(['11', '12', '13']);
  });

  test('UPDATE of a primary key fails at the first row in the way, as PostgreSQL does', async () => {
    expect(await failure(database.run('update t set id = id + 1'))).toMatchObject({
      code: '23505',
      detail: 'Key (id)=(2) already exists.',
    });
  });

  test('UPDATE … FROM changes each row once', async () => {
    expect(await database.run('update t set b = p.y from plain p where p.x = t.id returning t.id, t.b, p.x')).toEqual(['1|p|1']);
  });

  test('UPDATE takes values of a subquery', async () => {
    await database.run('update t set c = (select max(id) from t) where id = 1');
    expect(await database.run('select c from t where id = 1')).toEqual(['3']);
  });

  test('DELETE returns what was', async () => {
    expect(await database.run('delete from t where c > 5 returning id, b')).toEqual(['2|two']);
    expect(await database.run('select id from t where a = 20')).toEqual([]);
    expect(await database.run('delete from t')).toEqual(['DELETE 2']);
  });

  test('rows without a key may be equal', async () => {
    expect(await database.run('delete from plain where x = 1')).toEqual(['DELETE 2']);
  });

  test('ON CONFLICT DO NOTHING leaves rows out, also those of the same statement', async () => {
    expect(await database.run("insert into t values (1, 1, 'x', 1), (7, 70, 'y', 1), (7, 71, 'z', 1) on conflict do nothing")).toEqual([
      'INSERT 1',
    ]);
  });

  test('ON CONFLICT DO UPDATE sees both rows', async () => {
    expect(
      await database.run(
        "insert into t values (1, 10, 'new', 1) on conflict (id) do update set b = t.b || excluded.b where t.c = 5 returning b",
      ),
    ).toEqual(['onenew']);
    expect(await database.run("insert into t values (9, 20, 'new', 1) on conflict (a) do update set c = 77 returning id, c")).toEqual([
      '2|77',
    ]);
  });

  test('a plain column in ON CONFLICT DO UPDATE may mean either row: 42702', async () => {
    expect(await failure(database.run("insert into t values (1, 10, 'new', 1) on conflict (id) do update set c = c + 1"))).toMatchObject({
      code: '42702',
    });
  });

  test('ON CONFLICT DO UPDATE of one row twice is 21000', async () => {
    expect(
      await failure(database.run("insert into t values (8, 80, 'x', 1), (8, 81, 'y', 1) on conflict (id) do update set b = excluded.b")),
    ).toMatchObject({ code: '21000', message: 'ON CONFLICT DO UPDATE command cannot affect row a second time' });
  });

  test('INSERT … SELECT from its own table ends', async () => {
    expect(await database.run('insert into plain select x + 1, y from plain')).toEqual(['INSERT 2']);
    expect(await database.run('select x from plain order by 1')).toEqual(['1', '1', '2', '2']);
  });

  test('a WITH that deletes feeds one that inserts, and neither sees the other', async () => {
    expect(
      await database.run('with gone as (delete from plain returning *) select count(*), (select count(*) from plain) from gone'),
    ).toEqual(['2|2']);
    expect(await database.run('select count(*) from plain')).toEqual(['0']);
  });

  test('one statement deletes a row once, however many of its parts want to', async () => {
    expect(
      await database.run(
        "with a as (delete from t where id = 1 returning id), b as (delete from t where id <= 2 returning id) select 'a', id from a union all select 'b', id from b",
      ),
    ).toEqual(['a|1', 'b|2']);
  });

  test('a WITH that nobody reads still writes', async () => {
    expect(await database.run("with w as (insert into plain values (9, 'w') returning 1) select 1")).toEqual(['1']);
    expect(await database.run('select count(*) from plain where x = 9')).toEqual(['1']);
  });

  test('a failed statement names the first broken constraint in PostgreSQL’s order', async () => {
    expect(await failure(database.run('insert into t values (1, 10, null, -1)'))).toMatchObject({ code: '23502' });
    expect(await failure(database.run("insert into t values (1, 10, 'x', -1)"))).toMatchObject({ code: '23514' });
    expect(await all()).toHaveLength(3);
  });
});
