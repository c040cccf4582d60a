/** Enums: ordered as their labels were declared, whoever compares them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open, type VelociDatabase } from '../../src/index.ts';

let db: VelociDatabase;

beforeAll(async () => {
  db = await open('memory:', { checkpoints: 'manual' });
  await db.query("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')"); // not in the order of the alphabet
  await db.query('CREATE TABLE people (id int PRIMARY KEY, m mood)');
  await db.query('INSERT INTO people SELECT n, (enum_range(null::mood))[1 + n % 3] FROM generate_series(0, 2999) AS s (n)');
  await db.query('CREATE INDEX ON people (m)');
  await db.query('INSERT INTO people VALUES (3000, null)');
});
afterAll(() => db.close());

/** The values of one column. */
const values = async (sql: string): Promise<unknown[]> => (await db.query(sql)).rows.flatMap((row) => Object.values(row));

test.each(['rows', 'vectors'])('are compared by place (%s)', async (executor) => {
  await db.query(`SET velocidb.executor = ${executor}`);
  await db.checkpoint();
  expect(
    await values(
      "VALUES ('sad'::mood < 'ok'), ('happy'::mood <= 'ok'), ('happy'::mood > 'sad'), ('ok'::mood >= 'ok'), ('ok'::mood <> 'sad')",
    ),
  ).toEqual([true, false, true, true, true]);
  expect(await values("SELECT count(*) FROM people WHERE m > 'sad'")).toEqual([2000]);
  expect(await values("SELECT count(*) FROM people WHERE m BETWEEN 'sad' AND 'ok'")).toEqual([2000]);
  expect(await values('SELECT min(m) FROM people UNION ALL SELECT max(m) FROM people')).toEqual(['sad', 'happy']);
  expect(await values('SELECT DISTINCT m FROM people ORDER BY m DESC')).toEqual([null, 'happy', 'ok', 'sad']);
  expect(await values('SELECT max(m) FROM people GROUP BY id % 2 ORDER BY id % 2')).toEqual(['happy', 'happy']);
  expect(await values("VALUES (greatest('sad'::mood, 'ok')), (least('happy'::mood, 'ok'))")).toEqual(['ok', 'ok']);
  expect(await values('SELECT count(*) FROM people a JOIN people b ON a.m < b.m WHERE a.id < 30 AND b.id < 30')).toEqual([300]);
});

test('tell their labels', async () => {
  expect(await values('SELECT enum_first(null::mood), enum_last(null::mood)')).toEqual(['sad', 'happy']);
  expect(await values("VALUES (enum_range('ok'::mood, null)), (enum_range(null, 'ok'::mood)), (enum_range(null::mood))")).toEqual([
    ['ok', 'happy'],
    ['sad', 'ok'],
    ['sad', 'ok', 'happy'],
  ]);
});

test('of different types do not compare', async () => {
  await db.query("CREATE TYPE size AS ENUM ('s', 'l')");
  await expect(db.query("SELECT 'sad'::mood < 's'::size")).rejects.toMatchObject({ code: '42883' });
  await expect(db.query("SELECT count(*) FROM people WHERE m > 'glad'")).rejects.toMatchObject({ code: '22P02' });
});
