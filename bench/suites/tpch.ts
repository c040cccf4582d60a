/**
 * The 22 TPC-H queries against DuckDB with one thread and with two, and up to scale 0.1 against SQLite, whose queries are cut off after
 * half a minute. We and SQLite read what we keep on disk, which the round that is not counted brings into memory; DuckDB has it there. Times
 * are not comparable to TPC results.
 */
import { open } from '../../src/index.ts';
import type { BenchOptions } from '../options.ts';
import { difference } from '../peers/answers.ts';
import { LimitedSqlite } from '../peers/limited-sqlite.ts';
import { failed, figure, geometricMean, type Figure } from '../report.ts';
import { tpchQueries, tpchShared } from '../tpch/data.ts';
import { sqliteQuery } from '../tpch/dialects.ts';
import { tpchDuck } from '../tpch/duck.ts';
import { tpchFixture } from '../tpch/ours.ts';
import { tpchSqliteFile } from '../tpch/sqlite.ts';
import { analytic, type Answered, type AnalyticQuery } from './analytic.ts';

/** Beyond it SQLite would be cut off most of the time. */
const SQLITE_SCALE_MAX = 0.1;
const LIMIT_MS = 30_000;
const SQLITE_ROUNDS_MAX = 3;
/** Beyond it SQLite is in its last round. */
const SQLITE_SECONDS_MAX = 5;
const PROMISED = { suite: 'tpch', consistency: 'linearizable', durability: 'none' } as const;

export async function* tpch(options: BenchOptions): AsyncGenerator<Figure> {
  const shared = tpchShared();
  if (shared === undefined) {
    console.error('tpch is skipped: the shared data is absent');
    return;
  }
  const { scale } = options;
  const unit = options.countsCpu ? 'cpu ms' : 'ms';
  const ours = await open(`file:${await tpchFixture(shared, scale)}?sync=off`, { checkpoints: 'manual' });
  const duck = options.isAlone ? undefined : await tpchDuck(shared, scale);
  const sqliteFile = options.isAlone || options.countsCpu || scale > SQLITE_SCALE_MAX ? undefined : await tpchSqliteFile(shared, scale);
  const sqlite = sqliteFile === undefined ? undefined : new LimitedSqlite(sqliteFile, LIMIT_MS);
  const all: Figure[] = [];
  for await (const answered of analytic({ suite: 'tpch', scale, ours, duck, limitMs: LIMIT_MS }, tpchQueries(shared), options)) {
    const figures = [...answered.figures, ...(sqlite === undefined ? [] : [await besideSqlite(sqlite, scale, answered)])];
    all.push(...figures);
    yield* figures;
  }
  sqlite?.close();
  duck?.close();
  await ours.close();
  yield* means(all, scale, unit);
}

async function besideSqlite(
  sqlite: LimitedSqlite,
  scale: number,
  { query: { name, sql }, answer, order, ms }: Answered & { readonly query: AnalyticQuery },
): Promise<Figure> {
  const base = { ...PROMISED, unit: 'ms', case: name, scale, ours: ms ?? null, peerName: 'SQLite' };
  const began = performance.now();
  let best = Infinity;
  let rounds = 0;
  while (rounds < SQLITE_ROUNDS_MAX && performance.now() - began < SQLITE_SECONDS_MAX * 1000) {
    const theirs = await sqlite.query(sqliteQuery(sql));
    if (theirs === undefined) return figure({ ...base, peer: null, rounds });
    const found = rounds > 0 || answer === undefined ? undefined : difference(answer, theirs.rows, order);
    if (found !== undefined) failed(`tpch ${name}: our answer differs from that of SQLite: ${found}`);
    best = Math.min(best, theirs.seconds * 1000);
    rounds++;
  }
  return figure({ ...base, peer: best, rounds });
}

/** Geometric means over the queries that both sides finished, for each peer, or for each number of threads without one. */
function means(figures: readonly Figure[], scale: number, unit: string): Figure[] {
  const groups = new Map<string, Figure[]>();
  for (const each of figures.filter(({ peer, ours }) => peer !== null && ours !== null)) {
    const key = `${each.peerName ?? ''} ${each.threads ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((both) => {
    const [{ peerName, threads }] = both;
    const rounds = Math.min(...both.map((each) => each.rounds ?? 1));
    const ours = geometricMean(both.map((each) => each.ours ?? NaN));
    const base = { ...PROMISED, unit, case: 'geomean', scale, ours, rounds, ...(threads === undefined ? {} : { threads }) };
    if (peerName === undefined) return figure(base);
    return figure({ ...base, peer: geometricMean(both.map((each) => each.peer ?? NaN)), peerName });
  });
}
