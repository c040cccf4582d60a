/** Whole-table queries over numbers and strings, warm, in process, against DuckDB with one thread and with two. Answers are compared. */
import { open } from '../../src/index.ts';
import { interleaved, type Timed } from '../measure.ts';
import { difference } from '../peers/answers.ts';
import { duckName, openDuck } from '../peers/duckdb.ts';
import { failed, type Figure } from '../report.ts';
import { OURS, versus } from '../versus.ts';

/** Rows at scale 1. */
const ROWS = 10_000_000;
const SCALE_DEFAULT = 0.1;
const ROWS_PER_STATEMENT = 200_000;
const ROUNDS = 2;

const CREATE = 'create table s (id bigint, f double precision, i bigint, k bigint, g7 text, w text)';
const CREATE_SIDE = 'create table d (k bigint, v bigint)';

const CASES: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'sum_f64', sql: 'select sum(f) from s' },
  { name: 'sum_i64', sql: 'select sum(i) from s' },
  { name: 'filter_sum', sql: 'select sum(f) from s where i < 500000' },
  { name: 'group_7', sql: 'select g7, count(*), sum(f) from s group by g7 order by g7' },
  { name: 'group_1m', sql: 'select count(*), max(c), sum(x) from (select k, count(*) as c, sum(f) as x from s group by k) as grouped' },
  { name: 'top_10', sql: 'select id, f from s order by f desc, id limit 10' },
  { name: 'join_1m', sql: 'select count(*), sum(d.v) from s join d on s.k = d.k' },
  { name: 'like', sql: `select count(*) from s where w like '%x%'` },
  { name: 'count_distinct', sql: 'select count(distinct i) from s' },
];

export async function scan(scale = SCALE_DEFAULT): Promise<Figure[]> {
  const rows = Math.round(ROWS * scale);
  const keys = Math.max(1, Math.round(rows / 10));
  const mixed = '((g::bigint * 48271) % 2147483647)';
  const filling = (from: number, to: number, series: string) =>
    `insert into s select g, ${mixed} * 0.5, ${mixed} % 1000000, (${mixed} * 7919) % ${keys}, 'group ' || (g % 7), 'word ' || chr((97 + ${mixed} % 26)::int) || g from ${series.replace('?', `${from}, ${to}`)}`;
  const side = `insert into d select g, g * 3 from `;

  const ours = await open('memory:', { checkpoints: 'manual' });
  await ours.query(CREATE);
  await ours.query(CREATE_SIDE);
  for (let from = 1; from <= rows; from += ROWS_PER_STATEMENT) {
    await ours.query(filling(from, Math.min(rows, from + ROWS_PER_STATEMENT - 1), 'generate_series(?) g'));
    await ours.checkpoint();
  }
  await ours.query(`${side} generate_series(0, ${keys - 1}) g`);
  await ours.checkpoint();
  const ducks = [];
  for (const threads of [1, 2]) {
    const duck = await openDuck(threads);
    if (duck === undefined) continue;
    await duck.run(CREATE);
    await duck.run(CREATE_SIDE);
    await duck.run(filling(1, rows, 'generate_series(?) t(g)'));
    await duck.run(`${side} generate_series(0, ${keys - 1}) t(g)`);
    ducks.push({ name: duckName(threads), duck });
  }
  const figures: Figure[] = [];
  for (const { name, sql } of CASES) {
    const answer = (await ours.query(sql)).rows.map((row) => Object.values(row));
    const statement = await ours.prepare(sql);
    const contestants: Timed[] = [
      {
        name: OURS,
        async run() {
          await statement.query();
          return 1;
        },
      },
    ];
    for (const { name: peer, duck } of ducks) {
      const found = difference(answer, await duck.rows(sql));
      if (found !== undefined) failed(`scan ${name}: our answer differs from that of ${peer}: ${found}`);
      const theirs = await duck.prepare(sql);
      contestants.push({
        name: peer,
        async run() {
          await theirs();
          return 1;
        },
      });
    }
    figures.push(
      ...versus(
        { suite: 'scan', case: name, scale, consistency: 'linearizable', durability: 'none' },
        await interleaved(contestants, ROUNDS),
        'ms',
      ),
    );
  }
  for (const { duck } of ducks) duck.close();
  await ours.close();
  return figures;
}
