/** `npm run slt -- <files or folders> [--wire] [--json] [--match text] [--failures n] [--timeout ms] [--jobs n] [--set name=value]…` */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dialectOf, notApplicable, testFiles } from './corpus.ts';
import type { FileReport, Failure } from './run-file.ts';
import type { Job } from './worker.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wire: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    match: { type: 'string' },
    failures: { type: 'string', default: '10' },
    timeout: { type: 'string', default: '60000' },
    jobs: { type: 'string', default: '2' },
    set: { type: 'string', multiple: true, default: [] },
  },
});

const paths = testFiles(positionals.length > 0 ? positionals : ['test/slt/sample']).filter(
  (path) => options.match === undefined || path.includes(options.match),
);
const reports = new Map<string, FileReport>();
const crashes: Failure[] = [];
const queue = paths.map((path): Job => ({
  path,
  dialect: dialectOf(path),
  skip: notApplicable(path),
  timeoutMs: Number(options.timeout),
  wire: options.wire,
  settings: options.set.map(settingOf),
}));
await Promise.all(Array.from({ length: Math.min(Number(options.jobs), queue.length) }, runQueue));
report();

/** `name=value` of --set. */
function settingOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  console.error(`--set takes name=value, not "${text}"`);
  process.exit(2);
}

/** One worker process; a crash costs the file it was at, and the process is replaced. */
async function runQueue(): Promise<void> {
  let worker: ChildProcess | undefined;
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    worker ??= fork(fileURLToPath(new URL('./worker.js', import.meta.url)), { execArgv: ['--max-old-space-size=4096'] });
    if (!(await runJob(worker, job))) worker = undefined;
  }
  worker?.kill();
}

function runJob(worker: ChildProcess, job: Job): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (survived: boolean) => {
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(survived);
    };
    const onMessage = (message: unknown) => {
      const answer = message as { report?: FileReport; crash?: string };
      if (answer.report !== undefined) reports.set(job.path, answer.report);
      else crashes.push({ file: job.path, line: 0, sql: '', reason: answer.crash ?? 'crashed' });
      done(true);
    };
    const onExit = (code: number | null) => {
      crashes.push({ file: job.path, line: 0, sql: '', reason: `the process ended (${code})` });
      done(false);
    };
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    worker.send(job);
  });
}

function report(): void {
  const all = [...reports.entries()];
  const failures = [...crashes, ...all.flatMap(([, each]) => each.failures)];
  const passed = sum(all.map(([, each]) => each.passed));
  const failed = sum(all.map(([, each]) => each.failed)) + crashes.length;
  if (options.json) for (const failure of failures) console.log(JSON.stringify(failure));
  else
    for (const failure of failures.slice(0, Number(options.failures)))
      console.log(`${failure.file}:${failure.line}\n${indent(failure.sql)}\n  ${failure.reason}\n`);
  if (!options.json) {
    for (const [path, each] of all.filter(([, one]) => one.ms > 20_000)) console.log(`slow: ${path} ${(each.ms / 1000).toFixed(1)} s`);
    const share = (pick: (each: FileReport) => readonly [number, number]) =>
      `${sum(all.map(([, each]) => pick(each)[0]))}/${sum(all.map(([, each]) => pick(each)[1]))}`;
    const clean = all.filter(([, each]) => each.failed === 0).length;
    console.log(
      `statements ok ${share((each) => each.statements)}, queries ok ${share((each) => each.queries)}, errors raised ${share((each) => each.errors)}, SQLSTATE equal ${share((each) => each.states)}, clean files ${clean}/${paths.length}`,
    );
    console.log(`${passed} passed, ${failed} failed`);
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function indent(text: string): string {
  return text
    .split('\n')
    .slice(0, 12)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join('\n');
}
