/** Vectors on several threads: the built library, since workers run what was compiled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { open as openSource } from '../../src/index.ts';
import { Draw, SEED } from '../storage/random.ts';
import { CREATE, row, statement } from './random-statements.ts';

const ROWS = 12_000;
const STATEMENTS = Number(process.env['STATEMENTS'] ?? 100);

describe(`vectors on several threads answer as rows do (SEED=${SEED})`, () => {
  let database: Awaited<ReturnType<typeof openSource>>;
  const draw = new Draw(SEED + 78);

  const insert = async (table: string, from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 500) {
      const rows = Array.from({ length: Math.min(500, to - at) }, (_, index) => row(draw, at + index));
      await database.query(`insert into ${table} values ${rows.join(', ')}`);
    }
  };

  beforeAll(async () => {
    const built: { open: typeof openSource } = await import(new URL('../../dist/src/index.js', import.meta.url).href);
    database = await built.open('memory:', { checkpoints: 'manual' });
    await database.query(CREATE('a'));
    await database.query(CREATE('b'));
    await insert('a', 0, ROWS);
    await insert('b', 0, 700);
    await database.checkpoint();
  }, 120_000);

  afterAll(() => database.close());

  const set = async (executor: 'rows' | 'vectors', threads: string): Promise<void> => {
    await database.query(`set velocidb.executor = ${executor}`);
    await database.query(`set velocidb.threads = ${threads}`);
  };

  /** The rows of a statement as sorted text, or its error. */
  const answer = async (sql: string, executor: 'rows' | 'vectors', threads = '1'): Promise<string[]> => {
    await set(executor, threads);
    try {
      const { rows } = await database.query(sql);
      return rows
        .map((one) => JSON.stringify(Object.values(one), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
        .sort();
    } catch (error) {
      return [`error ${String(error)}`];
    }
  };

  const compare = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const sql = statement(draw);
      const expected = await answer(sql, 'rows');
      expect(await answer(sql, 'vectors', draw.of(['2', '3', '4'])), sql).toEqual(expected);
    }
  };

  it('on rows that lie in leaves', () => compare(STATEMENTS));

  it('with changes over the leaves: rows updated, deleted and added', async () => {
    await database.query('update a set small = small + 1, name = null where id % 977 = 3');
    await database.query('delete from a where id % 501 = 7');
    await insert('a', ROWS, ROWS + 40);
    await compare(Math.ceil(STATEMENTS / 2));
  });

  it('where a value does not fit, wherever it lies: rows take over', async () => {
    await database.query('create table big (id int primary key, k int, v bigint)');
    await database.query('insert into big select g, g % 5000, g from generate_series(0, 49999) g');
    await database.query('update big set v = 9223372036854775807 where id in (4711, 49000)');
    await database.checkpoint();
    for (const sql of [
      'select sum(v + 1) from big',
      'select count(*) from big where v + 1 > 0',
      'select k, sum(v * 2) from big group by k',
      'select k, sum(v::numeric(18,0)) * 1000000 from big where id <> 4711 and id <> 49000 group by k',
    ]) {
      expect(await answer(sql, 'vectors', '3'), sql).toEqual(await answer(sql, 'rows'));
    }
  });

  it('many groups, distinct values, joins whose sides hand out what is left', async () => {
    for (const sql of [
      'select k, count(*), sum(v), min(v), max(v), count(distinct v % 7) from big where id <> 4711 and id <> 49000 group by k',
      'select count(distinct k), count(distinct id), sum(distinct k) from big',
      'select count(*), sum(x), max(c) from (select k, sum(id) as x, count(*) as c from big group by k) as grouped',
      'select count(*), sum(p.id), sum(q.id), count(q.k) from big p full join (select * from big where id < 9000) q on p.id = q.k * 3',
      'select count(*), sum(p.id) from big p where exists (select 1 from big q where q.id = p.k and q.k < 700)',
      'select count(*) from big p where not exists (select 1 from big q where q.k = p.id and q.id > 100)',
      'select p.k, count(*), sum(q.id + r.k) from big p join big q on p.k = q.id join a r on r.id = q.k where p.id <> 3 group by p.k',
    ]) {
      const expected = await answer(sql, 'rows');
      for (let round = 0; round < 4; round++) expect(await answer(sql, 'vectors', '3'), sql).toEqual(expected);
    }
  });

  it('ends when it is told to, and goes on with the next statement', async () => {
    await set('vectors', '3');
    await database.query('set statement_timeout = 20');
    const endless = 'select count(*) from big p join big q on p.k % 10 = q.k % 10 where p.id + q.id > 7';
    await expect(database.query(endless)).rejects.toMatchObject({ code: '57014' });
    await database.query('set statement_timeout = 0');
    for (let round = 0; round < 5; round++)
      expect(await answer('select count(*), sum(id) from big', 'vectors', '3')).toEqual(['[50000,1249975000]']);
  });
});
