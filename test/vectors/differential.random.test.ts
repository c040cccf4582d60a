import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { Draw, SEED } from '../storage/random.ts';
import { CREATE, row, statement } from './random-statements.ts';
import { often } from '../support/often.ts';

const ROWS = 5000;
const STATEMENTS = Number(process.env['STATEMENTS'] ?? often(50, 150));

describe(`vectors answer as rows do (SEED=${SEED})`, () => {
  let database: Awaited<ReturnType<typeof open>>;
  const draw = new Draw(SEED + 77);

  const insert = async (table: string, from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 500) {
      const rows = Array.from({ length: Math.min(500, to - at) }, (_, index) => row(draw, at + index));
      await database.query(`insert into ${table} values ${rows.join(', ')}`);
    }
  };

  beforeAll(async () => {
    database = await open('memory:', { checkpoints: 'manual' });
    await database.query(CREATE('a'));
    await database.query(CREATE('b'));
    await insert('a', 0, ROWS);
    await insert('b', 0, 700);
    await database.checkpoint();
  }, 60_000);

  afterAll(() => database.close());

  /** The rows of a statement as sorted text, or its error. */
  const answer = async (sql: string, executor: 'rows' | 'vectors'): Promise<string[]> => {
    await database.query(`set velocidb.executor = ${executor}`);
    try {
      const { rows } = await database.query(sql);
      const texts = rows.map((one) =>
        JSON.stringify(Object.values(one), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      );
      return sql.includes('order by') ? texts : texts.sort();
    } catch (error) {
      return [`error ${String(error)}`];
    }
  };

  const compare = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const sql = statement(draw);
      const expected = await answer(sql, 'rows');
      expect(await answer(sql, 'vectors'), sql).toEqual(expected);
    }
  };

  it('on rows that lie in leaves', { timeout: 120_000 }, () => compare(STATEMENTS));

  it('where next to no memory is to be had: sorts, joins and groups go to a file', { timeout: 120_000 }, async () => {
    await database.query("set work_mem = '64kB'");
    try {
      await compare(Math.ceil(STATEMENTS / 2));
    } finally {
      await database.query('reset work_mem');
    }
  });

  it('with changes over the leaves: rows updated, deleted and added', { timeout: 120_000 }, async () => {
    await database.query('update a set small = small + 1, name = null where id % 977 = 3');
    await database.query('delete from a where id % 501 = 7');
    await insert('a', ROWS, ROWS + 40);
    await compare(Math.ceil(STATEMENTS / 2));
  });

  it('over several runs and columns added later', { timeout: 120_000 }, async () => {
    await database.checkpoint();
    await database.query("alter table a add column later int default 5, add column label text default 'none'");
    await insert2();
    await database.checkpoint();
    for (const sql of [
      'select later, label, count(*), sum(later) from a group by 1, 2',
      "select count(*) from a where label = 'none' and later = 5",
      'select max(label), min(later) from a where id > 100',
    ])
      expect(await answer(sql, 'vectors'), sql).toEqual(await answer(sql, 'rows'));
    await compare(Math.ceil(STATEMENTS / 3));

    async function insert2(): Promise<void> {
      await database.query("insert into a (id, later, label) select 100000 + g, g, 'new ' || g from generate_series(1, 3000) g");
    }
  });
});
