/** postgres.js, unmodified, against the PostgreSQL port. */
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve, type Served } from '../../src/host/serve.ts';

let server: Served;
let sql: postgres.Sql;

beforeAll(async () => {
  server = await serve({ url: 'memory:', httpPort: false, pgPort: 0 });
  sql = postgres({
    host: '127.0.0.1',
    port: server.pgPort ?? 0,
    user: 'postgres',
    database: 'postgres',
    max: 4,
    onnotice: () => undefined,
  });
  await sql`CREATE TABLE item (id serial PRIMARY KEY, name text, price float8, seen timestamptz, detail jsonb)`;
});

afterAll(async () => {
  await sql.end();
  await server.close();
});

test('tagged templates insert and read values of many types', async () => {
  const seen = new Date('2024-02-29T12:34:56.789Z');
  const [made] =
    await sql`INSERT INTO item (name, price, seen, detail) VALUES (${'lamp'}, ${9.75}, ${seen}, ${sql.json({ deep: [1, null] })}) RETURNING *`;
  expect(made).toEqual({ id: 1, name: 'lamp', price: 9.75, seen, detail: { deep: [1, null] } });
});

test('helpers insert many rows and filter by lists', async () => {
  const rows = Array.from({ length: 20 }, (_, at) => ({ name: `n${at}`, price: at }));
  await sql`INSERT INTO item ${sql(rows, 'name', 'price')}`;
  expect(await sql`SELECT name FROM item WHERE name IN ${sql(['n3', 'n5'])} ORDER BY name`).toEqual([{ name: 'n3' }, { name: 'n5' }]);
});

test('arrays travel both ways once their types were read from the catalog', async () => {
  expect(await sql`SELECT i FROM generate_series(1, 9) AS g(i) WHERE i = ANY(${[3, 5]})`).toEqual([{ i: 3 }, { i: 5 }]);
  expect(await sql`SELECT ${['a', 'b "c"']}::text[] AS words, ARRAY[[1,2],[3,4]] AS square`).toEqual([
    {
      words: ['a', 'b "c"'],
      square: [
        [1, 2],
        [3, 4],
      ],
    },
  ]);
});

test('begin commits, and rolls back when its function throws', async () => {
  const count = async (): Promise<number> => (await sql`SELECT count(*)::int AS n FROM item`)[0]['n'];
  const before = await count();
  await sql.begin(async (tx) => [await tx`INSERT INTO item (name) VALUES ('kept')`, await tx`INSERT INTO item (name) VALUES ('kept too')`]);
  await expect(
    sql.begin(async (tx) => {
      await tx`INSERT INTO item (name) VALUES ('lost')`;
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await sql.begin('isolation level serializable', async (tx) => {
    await tx
      .savepoint(async (inner) => {
        await inner`INSERT INTO item (name) VALUES ('lost')`;
        throw new Error('only this');
      })
      .catch(() => undefined);
  });
  expect(await count()).toBe(before + 2);
});

test('a cursor hands out rows a part at a time', async () => {
  const sizes: number[] = [];
  let sum = 0;
  for await (const rows of sql`SELECT i FROM generate_series(1, 250) AS g(i)`.cursor(100)) {
    sizes.push(rows.length);
    for (const row of rows) sum += row['i'];
  }
  expect(sizes).toEqual([100, 100, 50]);
  expect(sum).toBe((250 * 251) / 2);
});

test('a cursor that is left early leaves the connection usable', async () => {
  for await (const _ of sql`SELECT i FROM generate_series(1, 250) AS g(i)`.cursor(10)) break;
  expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
});

test('describe tells parameter and column types without running', async () => {
  const described = await sql`INSERT INTO item (price) VALUES (${1}) RETURNING id, name`.describe();
  expect(described.types).toEqual([701]);
  expect(described.columns.map((column) => [column.name, column.type])).toEqual([
    ['id', 23],
    ['name', 25],
  ]);
});

test('simple() runs several statements', async () => {
  expect(await sql.unsafe('SELECT 1 AS a; SELECT 2 AS b').simple()).toEqual([[{ a: 1 }], [{ b: 2 }]]);
});

test('cancel() stops a running query', async () => {
  const query = sql`SELECT pg_sleep(10)`;
  setTimeout(() => query.cancel(), 50);
  await expect(query).rejects.toMatchObject({ code: '57014' });
});

test('errors are PostgresErrors with their fields', async () => {
  await expect(sql`SELECT nope FROM item`).rejects.toMatchObject({
    name: 'PostgresError',
    code: '42703',
    position: '8',
    severity: 'ERROR',
  });
  await expect(sql`INSERT INTO item (id) VALUES (1)`).rejects.toMatchObject({
    code: '23505',
    constraint_name: 'item_pkey',
    table_name: 'item',
  });
});

test('transactions of many connections at once add up', async () => {
  await sql`CREATE TABLE counter (id int PRIMARY KEY, n int)`;
  await sql`INSERT INTO counter VALUES (1, 0)`;
  await Promise.all(Array.from({ length: 20 }, () => sql`UPDATE counter SET n = n + 1 WHERE id = 1`));
  expect(await sql`SELECT n FROM counter`).toEqual([{ n: 20 }]);
});
