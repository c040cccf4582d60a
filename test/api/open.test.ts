import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { open, SqlError } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'velo-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('open', () => {
  it('makes a database where there is none, and finds it again', async () => {
    const first = await open(`file:${folder}/again`);
    await first.sql`create table notes (id int primary key, text text)`;
    await first.sql`insert into notes values (${1}, ${"it's here"})`;
    await first.close();
    const second = await open(`file:${folder}/again`, { create: false });
    expect((await second.sql`select text from notes where id = ${1}`).rows).toEqual([{ text: "it's here" }]);
    await second.close();
  });

  it('refuses to invent one when told not to', async () => {
    await expect(open(`file:${folder}/nothing`, { create: false })).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('values', () => {
  it('come as JavaScript likes them', async () => {
    const db = await open('memory:');
    const { rows } = await db.query(
      `select true as b, 7::int2 as i2, 9007199254740993::int8 as i8, 1.50::numeric as n, 'x'::text as t, '\\x0102'::bytea as y,
              '2020-01-02 03:04:05Z'::timestamptz as at, '{"a":[1]}'::jsonb as j, array[1,2] as l, null as z`,
    );
    expect(rows).toEqual([
      {
        b: true,
        i2: 7,
        i8: 9007199254740993n,
        n: '1.50',
        t: 'x',
        y: Uint8Array.of(1, 2),
        at: new Date('2020-01-02T03:04:05Z'),
        j: { a: [1] },
        l: [1, 2],
        z: null,
      },
    ]);
    await db.close();
  });

  it('go in the same way', async () => {
    const db = await open('memory:');
    await db.sql`create table v (b bool, i8 int8, n numeric, y bytea, at timestamptz, j jsonb, l int[])`;
    const at = new Date('2020-01-02T03:04:05.678Z');
    await db.sql`insert into v values (${true}, ${12345678901234567n}, ${'1.20'}, ${Uint8Array.of(255)}, ${at}, ${{ a: "'" }}, ${[1, null, 3]})`;
    expect((await db.query('select * from v')).rows).toEqual([
      { b: true, i8: 12345678901234567n, n: '1.20', y: Uint8Array.of(255), at, j: { a: "'" }, l: [1, null, 3] },
    ]);
    await db.close();
  });

  it('named like an object’s innards are columns like any other', async () => {
    const db = await open('memory:');
    const { rows } = await db.query(`select 1 as "__proto__", 2 as "constructor"`);
    expect(Object.entries(rows[0])).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    await db.close();
  });
});

describe('transaction', () => {
  it('commits what it did, or nothing', async () => {
    const db = await open('memory:');
    await db.sql`create table t (a int)`;
    await db.transaction(async (tx) => {
      await tx.sql`insert into t values (1)`;
      await tx.sql`insert into t values (2)`;
    });
    await expect(
      db.transaction(async (tx) => {
        await tx.sql`insert into t values (3)`;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await db.query('select a from t order by a')).rows).toEqual([{ a: 1 }, { a: 2 }]);
    await db.close();
  });

  it('runs again when another one got in between, and loses no update', async () => {
    const url = `file:${folder}/race`;
    const databases = [await open(url), await open(url), await open(url)];
    await databases[0].sql`create table counter (id int primary key, n int)`;
    await databases[0].sql`insert into counter values (1, 0)`;
    let runs = 0;
    await Promise.all(
      databases.map(async (db) => {
        for (let at = 0; at < 5; at++) {
          await db.transaction(async (tx) => {
            runs++;
            const { rows } = await tx.query<{ n: number }>('select n from counter where id = 1');
            await tx.sql`update counter set n = ${rows[0].n + 1} where id = 1`;
          });
        }
      }),
    );
    expect((await databases[1].query('select n from counter')).rows).toEqual([{ n: 15 }]);
    expect(runs).toBeGreaterThanOrEqual(15);
    for (const db of databases) await db.close();
  });

  it('keeps the isolation asked for', async () => {
    const db = await open('memory:');
    const level = await db.transaction(async (tx) => (await tx.query('show transaction_isolation')).rows, { isolation: 'repeatable read' });
    expect(level).toEqual([{ transaction_isolation: 'repeatable read' }]);
    await expect(db.transaction(async (tx) => tx.sql`create table no (a int)`, { readOnly: true })).rejects.toMatchObject({
      code: '25006',
    });
    await db.close();
  });
});

describe('iterate', () => {
  it('hands out more rows than fit a batch, and may be left early', async () => {
    const db = await open('memory:');
    let seen = 0;
    for await (const row of db.iterate<{ n: number }>('select n from generate_series(1, 5000) n')) {
      seen++;
      expect(row.n).toBe(seen);
    }
    expect(seen).toBe(5000);
    for await (const row of db.iterate<{ n: number }>('select n from generate_series(1, 1000000) n')) if (row.n === 3) break;
    expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await db.close();
  });
});

describe('iterate beside other writers', () => {
  it('reads one state from its first row to its last, and does not fail for what they commit', async () => {
    const url = `file:${folder}/iterated`;
    const db = await open(url);
    await db.sql`create table t (id int primary key)`;
    await db.sql`insert into t select g from generate_series(1, 5000) g`;
    const other = await open(url);
    await other.sql`insert into t values (5001)`;
    let seen = 0;
    for await (const { id } of db.iterate<{ id: number }>('select id from t order by id')) {
      seen++;
      expect(id).toBe(seen);
      if (seen === 1 || seen === 4000) await other.query('insert into t values ($1)', [10_000 + seen]);
    }
    expect(seen).toBe(5001);
    expect((await db.query('select count(*)::int as n from t')).rows).toEqual([{ n: 5003 }]);
    await other.close();
    await db.close();
  });
});

describe('prepare', () => {
  it('binds once and follows the table when it changes', async () => {
    const db = await open('memory:');
    await db.sql`create table t (id int primary key, a int)`;
    await db.sql`insert into t values (1, 10), (2, 20)`;
    const statement = await db.prepare<{ a: number }>('select a from t where id = $1');
    expect((await statement.query([2])).rows).toEqual([{ a: 20 }]);
    await db.sql`alter table t add column b int default 5`;
    expect((await statement.query([1])).rows).toEqual([{ a: 10 }]);
    await expect(db.prepare('select nope from t')).rejects.toBeInstanceOf(SqlError);
    await db.close();
  });
});

describe('names that are keywords', () => {
  it('survive the checks that ALTER TABLE makes of rows already there', async () => {
    const db = await open('memory:');
    await db.query('create table "order" ("select" int, "user" text)');
    await db.query(`insert into "order" values (1, 'a')`);
    await db.query('alter table "order" alter "select" set not null');
    await db.query('alter table "order" add primary key ("select")');
    await db.query('alter table "order" alter "user" type varchar(5)');
    const { rows } = await db.query(`select 'order'::regclass::text as name, pg_get_indexdef('order_pkey'::regclass) as definition`);
    expect(rows).toEqual([{ name: '"order"', definition: 'CREATE UNIQUE INDEX order_pkey ON public."order" USING btree ("select")' }]);
    await db.close();
  });
});
