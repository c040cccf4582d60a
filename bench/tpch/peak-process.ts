/** A process that runs the 22 queries on one side, twice, and says how much memory it had at its peak. Started by the memory suite. */
import { readFileSync } from 'node:fs';
import { open } from '../../src/index.ts';
import { openDuck } from '../peers/duckdb.ts';
import { tpchQueries, tpchShared } from './data.ts';

export interface PeakTask {
  readonly side: 'ours' | 'duck';
  /** The database on disk. */
  readonly path: string;
  readonly threads: number;
  /** Milliseconds after which a query of ours is cut off. */
  readonly limitMs: number;
}

export interface PeakReport {
  readonly peakBytes: number;
  /** What failed or was cut off, with its reason. */
  readonly unfinished: readonly string[];
}

const ROUNDS = 2;

process.once('message', (task: PeakTask) => {
  void work(task).then((report) => process.send?.(report, () => process.exit()));
});

async function work({ side, path, threads, limitMs }: PeakTask): Promise<PeakReport> {
  const run = side === 'ours' ? await ours(path, threads, limitMs) : await duck(path, threads);
  const unfinished: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, sql } of tpchQueries(tpchShared() ?? '')) {
      try {
        if (!unfinished.some((each) => each.startsWith(name))) await run(sql);
      } catch (error) {
        unfinished.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { peakBytes: peakBytes(), unfinished };
}

async function ours(path: string, threads: number, limitMs: number): Promise<(sql: string) => Promise<unknown>> {
  const settings = { 'velocidb.threads': String(threads), statement_timeout: String(limitMs) };
  const database = await open(`file:${path}?sync=off`, { checkpoints: 'manual', session: { settings } });
  return (sql) => database.query(sql);
}

async function duck(path: string, threads: number): Promise<(sql: string) => Promise<unknown>> {
  const database = await openDuck(threads, path);
  if (database === undefined) throw new Error('DuckDB is absent');
  return (sql) => database.rows(sql);
}

/** The kernel's own high-water mark where it has one. */
function peakBytes(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
