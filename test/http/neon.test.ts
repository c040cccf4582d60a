/** @neondatabase/serverless, unmodified, against the HTTP port. */
import { neon, neonConfig, NeonDbError, type NeonQueryFunction } from '@neondatabase/serverless';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type Served } from '../../src/host/serve.ts';

const PASSWORD = 'se cret/§';
let server: Served;
let sql: NeonQueryFunction<false, false>;
const url = (password: string): string => `postgresql://app:${encodeURIComponent(password)}@db.example.com/postgres`;

beforeAll(async () => {
  server = await serve({ url: 'memory:', httpPort: 0, pgPort: false, password: PASSWORD });
  neonConfig.fetchEndpoint = `${server.httpUrl}/sql`;
  sql = neon(url(PASSWORD));
  await sql`CREATE TABLE book (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL UNIQUE, pages int, price numeric(8,2), printed date, tags text[], extra jsonb)`;
});

afterAll(async () => {
  neonConfig.fetchEndpoint = undefined as unknown as string;
  await server.close();
});

async function failure(work: Promise<unknown>): Promise<NeonDbError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NeonDbError) return error;
  throw new Error(`expected a NeonDbError, got ${String(error)}`);
}

describe('queries', () => {
  test('a template inserts and reads back values of many types', async () => {
    const rows = await sql`INSERT INTO book (title, pages, price, printed, tags, extra)
      VALUES (${'Dune'}, ${412}, ${'9.90'}, ${'1965-08-01'}::date, ${['sf', 'a "b"', null]}, ${{ a: [1, { b: null }] }}) RETURNING *`;
    expect(rows).toEqual([
      {
        id: 1,
        title: 'Dune',
        pages: 412,
        price: '9.90',
        printed: new Date(1965, 7, 1),
        tags: ['sf', 'a "b"', null],
        extra: { a: [1, { b: null }] },
      },
    ]);
  });

  test('query() takes numbered parameters', async () => {
    expect(await sql.query('SELECT title FROM book WHERE pages > $1 AND title LIKE $2', [400, 'D%'])).toEqual([{ title: 'Dune' }]);
    expect(await sql.query('SELECT 10 -$1 AS n, $2::text AS t', [-1, `'; --`])).toEqual([{ n: 11, t: `'; --` }]);
  });

  test('fullResults tells fields, command and count', async () => {
    const full = await neon(url(PASSWORD), { fullResults: true })`SELECT id, title FROM book WHERE id = 1`;
    expect(full).toMatchObject({ command: 'SELECT', rowCount: 1, rowAsArray: false, rows: [{ id: 1, title: 'Dune' }] });
    expect(full.fields.map((field) => [field.name, field.dataTypeID, field.dataTypeSize, field.dataTypeModifier, field.format])).toEqual([
      ['id', 23, 4, -1, 'text'],
      ['title', 25, -1, -1, 'text'],
    ]);
    const made = await sql.query('CREATE TABLE gone (a int)', [], { fullResults: true });
    expect(made).toMatchObject({ command: 'CREATE', rows: [], fields: [] });
    expect(await sql.query('DELETE FROM gone', [], { fullResults: true })).toMatchObject({ command: 'DELETE', rowCount: 0 });
    expect(await sql.query('INSERT INTO gone VALUES (1), (2)', [], { fullResults: true })).toMatchObject({
      command: 'INSERT',
      rowCount: 2,
    });
  });

  test('arrayMode gives rows as arrays, also with columns of one name', async () => {
    expect(await neon(url(PASSWORD), { arrayMode: true })`SELECT 1 AS a, 2 AS a, 'x' AS "__proto__"`).toEqual([[1, 2, 'x']]);
  });

  test('numbers beyond a double, infinities and bytes keep their text', async () => {
    const [row] =
      await sql`SELECT 9007199254740993::int8 AS big, 'NaN'::float8 AS nan, '\\x00ff'::bytea AS bytes, ARRAY[1.5,2]::float8[] AS list`;
    expect(row).toEqual({ big: '9007199254740993', nan: NaN, bytes: Buffer.from([0, 255]), list: [1.5, 2] });
  });
});

describe('transactions', () => {
  test('a batch is one transaction, answered together', async () => {
    const [made, counted] = await sql.transaction(
      [sql`INSERT INTO book (title) VALUES ('One'), ('Two')`, sql`SELECT count(*)::int AS n FROM book`],
      {
        isolationLevel: 'Serializable',
        readOnly: false,
      },
    );
    expect([made, counted]).toEqual([[], [{ n: 3 }]]);
  });

  test('a batch that fails leaves nothing', async () => {
    const error = await failure(
      sql.transaction((tx) => [tx`INSERT INTO book (title) VALUES ('Three')`, tx`INSERT INTO book (title) VALUES ('Dune')`]),
    );
    expect(error).toMatchObject({
      code: '23505',
      constraint: 'book_title_key',
      table: 'book',
      schema: 'public',
      detail: 'Key (title)=(Dune) already exists.',
    });
    expect(await sql`SELECT count(*)::int AS n FROM book WHERE title = 'Three'`).toEqual([{ n: 0 }]);
  });

  test('a read-only batch writes nothing', async () => {
    expect((await failure(sql.transaction([sql`DELETE FROM book`], { readOnly: true }))).code).toBe('25006');
  });

  test('isolation levels are those of the header', async () => {
    for (const [isolationLevel, shown] of [
      ['ReadCommitted', 'read committed'],
      ['RepeatableRead', 'repeatable read'],
      ['Serializable', 'serializable'],
    ] as const) {
      expect(await sql.transaction([sql`SHOW transaction_isolation`], { isolationLevel })).toEqual([[{ transaction_isolation: shown }]]);
    }
  });

  test('racing increments all count', async () => {
    await sql`CREATE TABLE tally (id int PRIMARY KEY, n int)`;
    await sql`INSERT INTO tally VALUES (1, 0)`;
    await Promise.all(
      Array.from({ length: 12 }, () => sql.transaction([sql`UPDATE tally SET n = n + 1 WHERE id = 1`, sql`SELECT n FROM tally`])),
    );
    expect(await sql`SELECT n FROM tally`).toEqual([{ n: 12 }]);
  });
});

describe('errors', () => {
  test('carry PostgreSQL’s fields', async () => {
    expect(await failure(sql`SELECT nope FROM book`)).toMatchObject({
      code: '42703',
      position: '8',
      severity: 'ERROR',
      message: 'column "nope" does not exist',
    });
    expect(await failure(sql`SELEC 1`)).toMatchObject({ code: '42601' });
    expect(await failure(sql`INSERT INTO book (title) VALUES (${null})`)).toMatchObject({ code: '23502', column: 'title', table: 'book' });
    expect(await failure(sql.query('SELECT 1; SELECT 2'))).toMatchObject({ code: '42601' });
    expect(await failure(sql.query('SELECT $1::text', ['a\0b']))).toMatchObject({ code: '22021' });
    expect(await failure(sql.query('SELECT $1::text', ['\ud800']))).toMatchObject({ code: '22021' });
    expect(await failure(sql.query('SELECT $1::int', ['x']))).toMatchObject({ code: '22P02' });
  });

  test('a wrong password is 28P01 and never repeated in the answer', async () => {
    for (const password of ['wrong one', '']) {
      const error = await failure(neon(url(password || '%20'))`SELECT 1`);
      expect(error).toMatchObject({ code: '28P01', message: 'password authentication failed for user "app"' });
      expect(JSON.stringify(error)).not.toContain('wrong one');
    }
  });

  test('a timeout of the connection string ends a statement with 57014', async () => {
    const impatient = neon(`${url(PASSWORD)}?options=${encodeURIComponent('-c statement_timeout=50')}`);
    expect(await failure(impatient`SELECT pg_sleep(10)`)).toMatchObject({ code: '57014' });
  });

  test('an aborted request cancels its statement', async () => {
    const controller = new AbortController();
    const running = sql.query('SELECT pg_sleep(30)', [], { fetchOptions: { signal: controller.signal } });
    setTimeout(() => controller.abort(), 50);
    await expect(running).rejects.toThrow();
    expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });
});
