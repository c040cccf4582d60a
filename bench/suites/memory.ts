/**
 * Peak resident memory of the 22 TPC-H queries at scale 1, each side in a process of its own that opens its own database on disk, runs
 * every query twice and ends. Loading is not part of it; Node, which hosts both, is.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../options.ts';
import { duckName } from '../peers/duckdb.ts';
import { failed, figure, type Figure } from '../report.ts';
import { tpchShared } from '../tpch/data.ts';
import { tpchDuckFile } from '../tpch/duck.ts';
import { tpchFixture } from '../tpch/ours.ts';
import type { PeakReport, PeakTask } from '../tpch/peak-process.ts';

const LIMIT_MS = 30_000;

export async function* memory(options: BenchOptions): AsyncGenerator<Figure> {
  const shared = tpchShared();
  if (shared === undefined) {
    console.error('memory is skipped: the shared data is absent');
    return;
  }
  const { scale } = options;
  const folder = await tpchFixture(shared, scale);
  const file = options.isAlone ? undefined : await tpchDuckFile(shared, scale);
  for (const threads of options.threads) {
    const task = { threads, limitMs: LIMIT_MS };
    const ours = await peakOf({ ...task, side: 'ours', path: folder });
    const base = {
      suite: 'memory',
      case: 'tpch_peak_rss',
      scale,
      threads,
      unit: 'MB',
      ours,
      rounds: 1,
      consistency: 'linearizable',
      durability: 'none',
    };
    if (file === undefined) yield figure(base);
    else yield figure({ ...base, peer: await peakOf({ ...task, side: 'duck', path: file }), peerName: duckName(threads) });
  }
}

/** Megabytes (10^6) at the peak. */
async function peakOf(task: PeakTask): Promise<number> {
  const child = fork(fileURLToPath(new URL('../tpch/peak-process.js', import.meta.url)), { execArgv: [] });
  const report = await new Promise<PeakReport>((resolve, reject) => {
    child.once('message', (message) => resolve(message as PeakReport));
    child.once('exit', (code) => reject(new Error(`memory: the process of ${task.side} ended (${code})`)));
    child.send(task);
  });
  for (const query of report.unfinished) failed(`memory: ${task.side} did not finish ${query}`);
  return report.peakBytes / 1e6;
}
