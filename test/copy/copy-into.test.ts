import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open, type VelociDatabase } from '../../src/index.ts';
import type { Session } from '../../src/session/session.ts';

let db: VelociDatabase;
let session: Session;

beforeEach(async () => {
  db = await open('memory:');
  session = db.session();
});
afterEach(async () => {
  await session.close();
  await db.close();
});

async function* bytesOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield new TextEncoder().encode(piece);
}

async function copy(text: string, ...data: readonly string[]): Promise<number | undefined> {
  return (await session.copyIn(text, bytesOf(...data))).rowCount;
}

async function rows(text: string): Promise<unknown[][]> {
  return (await db.query(text)).rows.map((row) => Object.values(row));
}

async function run(text: string): Promise<void> {
  for await (const _ of session.run(text)) continue;
}

async function failure(text: string, ...data: readonly string[]): Promise<unknown> {
  return copy(text, ...data).then(
    () => 'no error',
    (error: unknown) => error,
  );
}

describe('COPY FROM', () => {
  test('fills the columns given, and the others by their defaults', async () => {
    await run(`CREATE TABLE t (id serial PRIMARY KEY, a text, b int DEFAULT 7, c int GENERATED ALWAYS AS (b * 2) STORED)`);
    expect(await copy('COPY t (a) FROM STDIN', 'x\n', '\\N\n')).toBe(2);
    expect(await rows('SELECT * FROM t ORDER BY id')).toEqual([
      [1, 'x', 7, 14],
      [2, null, 7, 14],
    ]);
  });

  test('takes enums, domains, arrays, json and their like', async () => {
    await run(`CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
      CREATE TABLE t (m mood, p positive, a int[], j jsonb, d date)`);
    await copy('COPY t FROM STDIN', 'ok\t3\t{1,2}\t{"a": 1}\t2020-02-29\n');
    expect(await rows('SELECT m::text, p + 0, a, j, d FROM t')).toEqual([['ok', 3, [1, 2], { a: 1 }, '2020-02-29']]);
    expect(await failure('COPY t FROM STDIN', 'glad\t3\t{}\t1\t2020-01-01\n')).toMatchObject({
      code: '22P02',
      where: 'COPY t, line 1, column m: "glad"',
    });
    expect(await failure('COPY t FROM STDIN', 'ok\t-3\t{}\t1\t2020-01-01\n')).toMatchObject({ code: '23514' });
  });

  test('loads a table without a key, twice', async () => {
    await run('CREATE TABLE t (a int)');
    await copy('COPY t FROM STDIN', '1\n1\n');
    await copy('COPY t FROM STDIN', '1\n');
    expect(await rows('SELECT count(*) FROM t')).toEqual([[3]]);
  });

  test('keeps secondary indexes, partial ones and expressions included', async () => {
    await run(
      `CREATE TABLE t (id int PRIMARY KEY, a text, b int); CREATE INDEX t_a ON t (lower(a)); CREATE UNIQUE INDEX t_b ON t (b) WHERE b > 0`,
    );
    await copy('COPY t FROM STDIN', '1\tX\t0\n2\tY\t0\n3\tZ\t5\n');
    expect(await rows(`SELECT id FROM t WHERE lower(a) = 'y'`)).toEqual([[2]]);
    expect(await failure('COPY t FROM STDIN', '4\tQ\t5\n')).toMatchObject({ code: '23505', detail: 'Key (b)=(5) already exists.' });
    expect(await rows('SELECT count(*) FROM t')).toEqual([[3]]);
  });

  test.each([
    ['a value that does not parse', 'x\tok\n', { code: '22P02', where: 'COPY t, line 3, column id: "x"' }],
    ['a value too long', '3\ttoolong\n', { code: '22001', where: 'COPY t, line 3, column a: "toolong"' }],
    ['a null where none may be', '3\t\\N\n', { code: '23502', where: 'COPY t, line 3: "3\t\\N"' }],
    ['a check', '-3\tok\n', { code: '23514', where: 'COPY t, line 3: "-3\tok"' }],
    ['too few fields', '3\n', { code: '22P04', message: 'missing data for column "a"', where: 'COPY t, line 3: "3"' }],
    ['too many fields', '3\tok\tmore\n', { code: '22P04', message: 'extra data after last expected column' }],
    ['a key twice', '1\tok\n', { code: '23505', detail: 'Key (id)=(1) already exists.', constraint: 't_pkey' }],
    ['no UTF-8', '3\t\\xff\n', { code: '22021' }],
  ])('%s loads nothing and says where', async (_, line, expected) => {
    await run('CREATE TABLE t (id int PRIMARY KEY CHECK (id > 0), a varchar(5) NOT NULL)');
    expect(await failure('COPY t FROM STDIN', '1\tone\n2\ttwo\n', line)).toMatchObject(expected);
    expect(await rows('SELECT count(*) FROM t')).toEqual([[0]]);
  });

  test('foreign keys are looked at when all rows are there', async () => {
    await run('CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)');
    await copy('COPY t FROM STDIN', '1\t2\n2\t1\n3\t\\N\n');
    expect(await failure('COPY t FROM STDIN', '4\t9\n')).toMatchObject({
      code: '23503',
      detail: 'Key (parent)=(9) is not present in table "t".',
    });
    expect(await rows('SELECT count(*) FROM t')).toEqual([[3]]);
  });

  test('reads CSV with a header, forced nulls, and its own quotes', async () => {
    await run('CREATE TABLE t (a text, b text, c text)');
    await copy(`COPY t FROM STDIN (FORMAT csv, HEADER, QUOTE '''', FORCE_NULL (b), FORCE_NOT_NULL (c))`, "h,h,h\n'x,y','',\n");
    expect(await rows('SELECT * FROM t')).toEqual([['x,y', null, '']]);
    expect(await failure('COPY t FROM STDIN (FORMAT csv, HEADER MATCH)', 'a,x,c\n')).toMatchObject({
      message: 'column name mismatch in header line field 2: got "x", expected "b"',
    });
  });

  test('finds columns by the names in a header', async () => {
    await run('CREATE TABLE t (a int, b int DEFAULT 9, c int)');
    const format = {
      kind: 'csv',
      delimiter: ',',
      nullText: '',
      header: 'names',
      quote: '"',
      escape: '"',
      forceNull: [],
      forceNotNull: [],
      forceQuote: [],
    } as const;
    await session.copyIn({ table: 't', format }, bytesOf('C,a\n1,2\n'));
    expect(await rows('SELECT a, b, c FROM t')).toEqual([[2, 9, 1]]);
  });

  test('is part of the transaction under way', async () => {
    await run('CREATE TABLE t (a int PRIMARY KEY); BEGIN; INSERT INTO t VALUES (1)');
    await copy('COPY t FROM STDIN', '2\n');
    expect((await session.query('SELECT count(*) FROM t')).rows).toEqual([[2]]);
    expect(await failure('COPY t FROM STDIN', '2\n')).toMatchObject({ code: '23505' });
    expect(session.status).toBe('failed');
    await run('ROLLBACK');
    expect(await rows('SELECT count(*) FROM t')).toEqual([[0]]);
  });

  test('ten thousand rows come out as they went in', async () => {
    await run('CREATE TABLE t (id int PRIMARY KEY, a text, n numeric(12,2)); CREATE TABLE u (LIKE t)');
    const lines = Array.from({ length: 10_000 }, (_, at) => `${(at * 7919) % 10_007}\ttext ${at} é\t${at}.25\n`);
    let last = 0;
    await session.copyIn('COPY t FROM STDIN', bytesOf(lines.join('')), ({ rows: done }) => (last = done));
    expect(last).toBe(10_000);
    let out = '';
    await session.copyOut('COPY (SELECT * FROM t ORDER BY id) TO STDOUT', (text) => {
      out += text;
    });
    const sorted = [...lines].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join('');
    expect(out === sorted).toBe(true);
    expect(await rows('SELECT sum(n) FROM t')).toEqual([[`${(9999 * 10_000) / 2 + 2500}.00`]]);
  });

  test.each([
    ["COPY t FROM '/etc/passwd'", '0A000'],
    ["COPY t FROM PROGRAM 'ls'", '0A000'],
    ['COPY t FROM STDIN (FORMAT binary)', '0A000'],
    ['COPY t FROM STDIN (FORMAT xml)', '22023'],
    ['COPY t FROM STDIN (nonsense)', '42601'],
    ["COPY t FROM STDIN (QUOTE 'x')", '0A000'],
    ['COPY nosuch FROM STDIN', '42P01'],
    ['COPY t (nosuch) FROM STDIN', '42703'],
    ['COPY t (a, a) FROM STDIN', '42701'],
    ['COPY v FROM STDIN', '42809'],
    ['COPY pg_class FROM STDIN', '42501'],
  ])('%s is %s', async (text, code) => {
    await run('CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1 AS a');
    expect(await failure(text)).toMatchObject({ code });
  });
});

describe('COPY TO', () => {
  async function copied(text: string): Promise<string> {
    let out = '';
    await session.copyOut(text, (piece) => {
      out += piece;
    });
    return out;
  }

  test('writes text with escapes', async () => {
    expect(await copied(`COPY (VALUES (1, E'a\\tb\\\\c\\n', NULL, true)) TO STDOUT`)).toBe('1\ta\\tb\\\\c\\n\t\\N\tt\n');
  });

  test('writes CSV with quotes where they are needed, and a header', async () => {
    expect(await copied(`COPY (SELECT 1 AS a, 'x,"y"' AS "b c", NULL AS d, '' AS e) TO STDOUT (FORMAT csv, HEADER)`)).toBe(
      'a,b c,d,e\n1,"x,""y""",,""\n',
    );
    expect(await copied(`COPY (SELECT 1 AS a, 'x' AS b) TO STDOUT (FORMAT csv, FORCE_QUOTE *, DELIMITER ';')`)).toBe('"1";"x"\n');
  });

  test('copies a table with its generated columns left out', async () => {
    await run(`CREATE TABLE "order" ("select" int, g int GENERATED ALWAYS AS ("select" + 1) STORED); INSERT INTO "order" VALUES (1)`);
    expect(await copied('COPY "order" TO STDOUT')).toBe('1\n');
    expect(await copied('COPY "order" ("select") TO STDOUT (FORMAT csv)')).toBe('1\n');
  });
});
