/**
 * Queries over whole tables, warm, in process, against DuckDB: both sides get one thread, then both get two. The round that is not
 * counted gives the answers, which are compared.
 */
import type { VelociDatabase } from '../../src/index.ts';
import { cpuSeconds, interleaved, wallSeconds, type Measured, type TimingClock } from '../measure.ts';
import { isWanted, type BenchOptions } from '../options.ts';
import { difference, orderColumns, type Answer } from '../peers/answers.ts';
import { duckName, type DuckDatabase } from '../peers/duckdb.ts';
import { profiled } from '../profile.ts';
import { failed, type Figure } from '../report.ts';
import { OURS, versus } from '../versus.ts';

export interface AnalyticQuery {
  /** The case's name. */
  readonly name: string;
  readonly sql: string;
}

export interface AnalyticSuite {
  readonly suite: string;
  readonly scale: number;
  readonly ours: VelociDatabase;
  /** Undefined when the peer is absent or not wanted. */
  readonly duck: DuckDatabase | undefined;
  /** Milliseconds after which a query of ours is cut off. */
  readonly limitMs: number;
}

/** What a query gave on our side, for peers that are compared elsewhere. */
export interface Answered {
  readonly figures: readonly Figure[];
  /** Our best milliseconds with the fewest threads; undefined when cut off. */
  readonly ms: number | undefined;
  readonly answer: Answer | undefined;
  /** Columns that order the rows. */
  readonly order: readonly number[];
}

const ROUNDS_MAX = 60;
/** Beyond it a case is in its last round. */
const CASE_SECONDS_MAX = 4;
/** Beyond it no other case of the suite is begun. */
const SUITE_SECONDS_MAX = 280;

/** Each wanted query in turn, with every number of threads that is wanted. */
export async function* analytic(
  { suite, scale, ours, duck, limitMs }: AnalyticSuite,
  queries: readonly AnalyticQuery[],
  options: BenchOptions,
): AsyncGenerator<Answered & { readonly query: AnalyticQuery }> {
  const began = performance.now();
  const isWatched = options.explains || options.profileFolder !== undefined; // whoever looks has time
  await ours.query(`set statement_timeout = ${isWatched ? 0 : limitMs}`); // one statement at a time is one session
  for (const query of queries.filter(({ name }) => isWanted(options, name))) {
    if (performance.now() - began > SUITE_SECONDS_MAX * 1000) {
      failed(`${suite} ${query.name}: not begun, the suite had its ${SUITE_SECONDS_MAX} s`);
      continue;
    }
    const promised = { suite, case: query.name, scale, consistency: 'linearizable', durability: 'none' };
    const figures: Figure[] = [];
    let first: Omit<Answered, 'figures'> | undefined;
    try {
      for (const threads of options.threads) {
        await ours.query(`set velocidb.threads = ${threads}`);
        if (options.explains) {
          await explain(ours, query, threads);
          continue;
        }
        const { measured, ...answered } = await measuredQuery(
          promised,
          query,
          threads,
          ours,
          duck,
          options.countsCpu ? cpuSeconds : wallSeconds,
        );
        figures.push(...versus({ ...promised, threads }, measured, options.countsCpu ? 'cpu ms' : 'ms'));
        first ??= answered;
        if (measured.cutOff.has(OURS)) {
          failed(`${suite} ${query.name}: cut off after ${limitMs / 1000} s`);
          break; // more threads would not help by much
        }
        if (options.profileFolder !== undefined) {
          const statement = await ours.prepare(query.sql);
          await profiled(options.profileFolder, `${suite}-${query.name}-${threads}`, () => statement.query());
        }
      }
    } catch (error) {
      failed(`${suite} ${query.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (first !== undefined) yield { query, figures, ...first };
  }
}

/** Prints the plan as it went the second time. */
async function explain(ours: VelociDatabase, { name, sql }: AnalyticQuery, threads: number): Promise<void> {
  await ours.query(sql);
  const { rows } = await ours.query(`explain analyze ${sql}`);
  console.error(`${name} with ${threads} of velocidb.threads\n${rows.map((row) => `  ${Object.values(row).join('')}`).join('\n')}`);
}

async function measuredQuery(
  { suite }: { readonly suite: string },
  { name, sql }: AnalyticQuery,
  threads: number,
  ours: VelociDatabase,
  duck: DuckDatabase | undefined,
  clock: TimingClock,
): Promise<Omit<Answered, 'figures'> & { readonly measured: Measured }> {
  const statement = await ours.prepare(sql);
  let answer: Answer | undefined;
  let order: readonly number[] = [];
  let theirs: Answer | undefined;
  const contestants = [
    {
      name: OURS,
      async run() {
        const { rows, fields } = await statement.query();
        if (answer === undefined) {
          answer = rows.map((row) => Object.values(row));
          order = orderColumns(
            sql,
            fields.map((field) => field.name),
          );
        }
        return 1;
      },
    },
  ];
  if (duck !== undefined) {
    await duck.setThreads(threads);
    const prepared = await duck.prepare(sql);
    contestants.push({
      name: duckName(threads),
      async run() {
        const rows = await prepared();
        theirs ??= rows;
        return 1;
      },
    });
  }
  const measured = await interleaved(contestants, ROUNDS_MAX, CASE_SECONDS_MAX, clock);
  if (answer !== undefined && theirs !== undefined) {
    const found = difference(answer, theirs, order);
    if (found !== undefined) failed(`${suite} ${name}: our answer differs from that of ${duckName(threads)}: ${found}`);
  }
  const seconds = measured.get(OURS);
  return { measured, answer, order, ms: seconds === undefined ? undefined : seconds * 1000 };
}
