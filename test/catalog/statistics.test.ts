import { describe, expect, test } from 'vitest';
import { describeColumn } from '../../src/catalog/statistics/describe-column.ts';
import { HyperLogLog } from '../../src/catalog/statistics/hyper-log-log.ts';
import { open, type VelociDatabase } from '../../src/index.ts';
import { columnId } from '../../src/storage/tree.ts';
import { OID } from '../../src/types/oid.ts';
import type { Value } from '../../src/types/value.ts';
import { Draw } from '../storage/random.ts';

const int4 = (rows: number, blocks: readonly (readonly Value[])[]) =>
  describeColumn({ column: columnId(1), type: { oid: OID.int4, modifier: -1 }, rows, blocks });

/** `blocks` runs of `length` neighbours, evenly along a column of `rows` rows. */
function sampled(rows: number, blocks: number, length: number, valueAt: (row: number) => Value): Value[][] {
  return Array.from({ length: blocks }, (_, block) => {
    const from = Math.floor((rows * (block + 0.5)) / blocks);
    return Array.from({ length }, (__, at) => valueAt(from + at));
  });
}

describe('HyperLogLog', () => {
  test.each([0, 1, 100, 5_000, 100_000, 1_000_000])('counts %d keys within five per cent', (keys) => {
    const counter = new HyperLogLog();
    for (let key = 0; key < keys; key++) {
      counter.add(key * 7);
      counter.add(key * 7);
    }
    expect(Math.abs(counter.count() - keys)).toBeLessThanOrEqual(keys * 0.05);
  });

  test('tells texts and large numbers apart', () => {
    const counter = new HyperLogLog();
    for (let key = 0; key < 10_000; key++) {
      counter.add(`key ${key}`);
      counter.add(BigInt(key) << 50n);
      counter.add(key / 3);
    }
    expect(counter.count()).toBeGreaterThan(27_000);
    expect(counter.count()).toBeLessThan(32_000);
  });
});

describe('the statistics of a column', () => {
  const random = new Draw(1);

  test('of a whole table are exact', () => {
    const known = int4(10, [[1, 1, 1, 1, 2, 2, 3, null, null, 4]]);
    expect(known).toMatchObject({ nullFraction: 0.2, distinct: 4, min: 1, max: 4, averageBytes: 4 });
    expect(known.common).toEqual([
      { value: 1, fraction: 0.4 },
      { value: 2, fraction: 0.2 },
      { value: 3, fraction: 0.1 },
      { value: 4, fraction: 0.1 },
    ]);
  });

  test.each([
    ['every value another', 1_000_000, (row: number) => row, 1_000_000],
    ['four neighbours alike', 1_000_000, (row: number) => Math.floor(row / 4), 250_000],
    ['a thousand neighbours alike', 1_000_000, (row: number) => Math.floor(row / 1000), 1_000],
    ['few values at random', 1_000_000, () => random.below(50), 50],
    ['many values at random', 1_000_000, () => random.below(50_000), 50_000],
    ['one value', 1_000_000, () => 7, 1],
  ])('from a sample find how many values there are: %s', (_, rows, valueAt, distinct) => {
    const known = int4(rows, sampled(rows, 128, 160, valueAt));
    expect(known.distinct / distinct).toBeGreaterThan(0.8);
    expect(known.distinct / distinct).toBeLessThan(1.25);
  });

  test('name the values that are common, and those only', () => {
    const skewed = int4(
      1_000_000,
      sampled(1_000_000, 128, 160, () => (random.below(10) < 3 ? 42 : random.below(100_000))),
    );
    expect(skewed.common.map(({ value }) => value)).toEqual([42]);
    expect(skewed.common[0].fraction).toBeCloseTo(0.3, 1);
    expect(
      int4(
        1_000_000,
        sampled(1_000_000, 128, 160, (row) => Math.floor(row / 8)),
      ).common,
    ).toEqual([]);
  });

  test('bound parts with equally many rows', () => {
    const { bounds } = int4(
      1_000_000,
      sampled(1_000_000, 128, 160, () => random.below(1000) ** 2),
    );
    expect(bounds.length).toBe(65);
    expect(Math.sqrt(Number(bounds[32]))).toBeGreaterThan(470);
    expect(Math.sqrt(Number(bounds[32]))).toBeLessThan(530);
  });

  test('know whether the table is ordered by the column', () => {
    expect(
      int4(
        1e6,
        sampled(1e6, 128, 160, (row) => row),
      ).correlation,
    ).toBeCloseTo(1);
    expect(
      int4(
        1e6,
        sampled(1e6, 128, 160, (row) => -row),
      ).correlation,
    ).toBeCloseTo(-1);
    expect(
      int4(
        1e6,
        sampled(1e6, 128, 160, () => random.below(1e6)),
      ).correlation,
    ).toBeCloseTo(0, 1);
  });
});

describe('statistics in a database', () => {
  const shown = async (database: VelociDatabase, table: string) =>
    (
      await database.query(
        `select attname, n_distinct, null_frac, most_common_vals, histogram_bounds from pg_stats where tablename = '${table}' order by 1`,
      )
    ).rows;

  test('are made by ANALYZE, shown in pg_stats and pg_statistic, and go with the table', async () => {
    const database = await open('memory:');
    await database.query('create table t (a int primary key, b text, c date)');
    await database.query(
      "insert into t select i, case when i % 4 > 0 then 'x' end, date '2020-01-01' + i % 50 from generate_series(1, 1000) i",
    );
    expect(await shown(database, 't')).toEqual([]);
    await database.query('analyze t');
    const [a, b, c] = await shown(database, 't');
    expect(a).toMatchObject({ attname: 'a', n_distinct: -1, most_common_vals: null });
    expect(a['histogram_bounds']).toMatch(/^\{1,16,.*1000\}$/);
    expect(b).toEqual({ attname: 'b', n_distinct: 1, null_frac: 0.25, most_common_vals: '{x}', histogram_bounds: null });
    expect(c).toMatchObject({ n_distinct: 50 });
    expect((await database.query("select reltuples from pg_class where relname = 't'")).rows).toEqual([{ reltuples: 1000 }]);
    expect((await database.query('select count(*) n, max(stadistinct) d from pg_statistic')).rows).toEqual([{ n: 3, d: 50 }]);
    await database.query('alter table t alter column b type int using length(b)');
    expect((await shown(database, 't')).map((row) => row['attname'])).toEqual(['a', 'c']);
    await database.query('drop table t');
    expect((await database.query('select count(*) n from pg_statistic')).rows).toEqual([{ n: 0 }]);
    await database.close();
  });

  test('are made by a checkpoint where a table changed enough, and made again only then', async () => {
    const database = await open('memory:', { checkpoints: 'manual' });
    await database.query('create table t (a int primary key)');
    await database.query('insert into t select i from generate_series(1, 50) i');
    await database.checkpoint();
    expect(await shown(database, 't')).toEqual([]);
    await database.query('insert into t select i from generate_series(51, 2000) i');
    await database.checkpoint();
    const rows = async () => (await database.query("select reltuples from pg_class where relname = 't'")).rows[0]['reltuples'];
    expect(await rows()).toBe(2000);
    await database.query('insert into t select i from generate_series(2001, 2100) i');
    await database.checkpoint();
    expect(await rows()).toBe(2000);
    await database.query('insert into t select i from generate_series(2101, 4000) i');
    await database.checkpoint();
    expect(await rows()).toBe(4000);
    await database.close();
  });

  test('are made by a bulk load', async () => {
    const database = await open('memory:');
    await database.query("create table t as select i as a, i % 10 as b, repeat('x', 100) as c from generate_series(1, 30000) i");
    for (let tries = 0; tries < 100 && (await shown(database, 't')).length === 0; tries++)
      await new Promise((done) => setTimeout(done, 20));
    const [a, b] = await shown(database, 't');
    expect(a).toMatchObject({ attname: 'a', n_distinct: -1 });
    expect(b).toMatchObject({ attname: 'b', n_distinct: 10 });
    await database.close();
  });
});
