/** A child process that runs one file after another: paths come in, reports go out. */
import { readFileSync } from 'node:fs';
import { inProcess } from './backend.ts';
import { parseSlt } from './parse.ts';
import { runFile } from './run-file.ts';
import type { Dialect } from './record.ts';

export interface Job {
  readonly path: string;
  readonly dialect: Dialect;
  readonly skip: readonly number[];
  readonly timeoutMs: number;
  readonly wire: boolean;
  /** Settings made before the file. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

process.on('message', (job: Job) => {
  void work(job);
});

async function work(job: Job): Promise<void> {
  const backend = job.wire ? await (await import('./wire-backend.ts')).overTheWire() : await inProcess();
  try {
    const file = parseSlt(job.path, readFileSync(job.path, 'utf8'), job.dialect);
    const report = await runFile(file, backend, { skip: new Set(job.skip), timeoutMs: job.timeoutMs, settings: job.settings });
    process.send?.({ path: job.path, report });
  } catch (error) {
    process.send?.({ path: job.path, crash: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  } finally {
    await backend.close().catch(() => undefined);
  }
}
