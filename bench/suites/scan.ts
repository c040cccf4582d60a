/** Whole-table queries over numbers and strings: ten million rows at scale 1, loaded with COPY and read from a directory. */
import { open } from '../../src/index.ts';
import { TEXT_FORMAT } from '../../src/session/copy/copy-format.ts';
import { fixtureFolder } from '../fixtures.ts';
import type { BenchOptions } from '../options.ts';
import { openDuck } from '../peers/duckdb.ts';
import type { Figure } from '../report.ts';
import { CREATE, CREATE_SIDE, duckStatements, lines, ROWS_VERSION, sideLines, sizesAt } from '../scan/rows.ts';
import { analytic, type AnalyticQuery } from './analytic.ts';

const LIMIT_MS = 60_000;

const QUERIES: readonly AnalyticQuery[] = [
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

/** Our side opens a directory; DuckDB has its rows in memory. */
export async function* scan(options: BenchOptions): AsyncGenerator<Figure> {
  const { scale } = options;
  const sizes = sizesAt(scale);
  const folder = await fixtureFolder({
    name: `scan-${scale}`,
    content: String(ROWS_VERSION),
    async fill(database) {
      const session = database.session();
      await session.query(CREATE);
      await session.query(CREATE_SIDE);
      await session.copyIn({ table: 's', format: TEXT_FORMAT }, lines(sizes));
      await session.copyIn({ table: 'd', format: TEXT_FORMAT }, sideLines(sizes));
      await session.close();
    },
  });
  const ours = await open(`file:${folder}?sync=off`, { checkpoints: 'manual' });
  const duck = options.isAlone ? undefined : await openDuck(2);
  for (const statement of duck === undefined ? [] : duckStatements(sizes)) await duck?.run(statement);
  for await (const { figures } of analytic({ suite: 'scan', scale, ours, duck, limitMs: LIMIT_MS }, QUERIES, options)) yield* figures;
  duck?.close();
  await ours.close();
}
