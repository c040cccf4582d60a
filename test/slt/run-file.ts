/** Runs one file on a fresh database. */
import type { SltBackend } from './backend.ts';
import { codeOf } from './backend.ts';
import { difference } from './compare.ts';
import type { SltFile, SltRecord } from './record.ts';

export interface Failure {
  readonly file: string;
  readonly line: number;
  readonly sql: string;
  readonly reason: string;
}

/** What PostgreSQL-dialect reports count. */
export interface Tally {
  passed: number;
  failed: number;
  statements: [passed: number, total: number];
  queries: [passed: number, total: number];
  errors: [raised: number, total: number];
  states: [equal: number, total: number];
}

export interface FileReport extends Tally {
  readonly failures: readonly Failure[];
  readonly ms: number;
}

export interface RunOptions {
  /** Lines of records to leave out. */
  readonly skip: ReadonlySet<number>;
  readonly timeoutMs: number;
  /** Settings made before the first record. */
  readonly settings?: readonly (readonly [name: string, value: string])[] | undefined;
}

export async function runFile(file: SltFile, backend: SltBackend, options: RunOptions): Promise<FileReport> {
  const report: Tally & { failures: Failure[] } = {
    passed: 0,
    failed: 0,
    statements: [0, 0],
    queries: [0, 0],
    errors: [0, 0],
    states: [0, 0],
    failures: [],
  };
  const labels = new Map<string, string>();
  const started = performance.now();
  if (file.dialect === 'postgres') {
    for (const sql of ["SET timezone='UTC'", "SET datestyle='ISO, MDY'", "SET intervalstyle='postgres'", 'SET search_path=public'])
      await backend.run(sql);
  }
  for (const [name, value] of options.settings ?? []) await backend.run(`SET ${name} = '${value.replaceAll("'", "''")}'`);
  for (const record of file.records) {
    if (options.skip.has(record.line)) continue;
    const reason = await outcome(record, file, backend, labels, report, options.timeoutMs);
    if (reason === undefined) report.passed++;
    else {
      report.failed++;
      report.failures.push({ file: file.path, line: record.line, sql: record.sql, reason });
    }
  }
  return { ...report, ms: performance.now() - started };
}

async function outcome(
  record: SltRecord,
  file: SltFile,
  backend: SltBackend,
  labels: Map<string, string>,
  tally: Tally,
  timeoutMs: number,
): Promise<string | undefined> {
  const timer = setTimeout(() => backend.cancel(), timeoutMs);
  const { expect } = record;
  try {
    if (expect.kind === 'error') {
      tally.errors[1]++;
      if (expect.code !== undefined) tally.states[1]++;
    } else (expect.kind === 'ok' ? tally.statements : tally.queries)[1]++;
    const result = await backend.run(record.sql);
    if (expect.kind === 'error') return `expected an error${expect.code === undefined ? '' : ` ${expect.code}`}`;
    const reason = expect.kind === 'ok' ? undefined : difference(expect, result.rows, result.columns, file.dialect, labels);
    if (reason === undefined) (expect.kind === 'ok' ? tally.statements : tally.queries)[0]++;
    return reason;
  } catch (error) {
    const code = codeOf(error);
    const message = error instanceof Error ? (code === 'XX000' ? (error.stack ?? error.message) : error.message) : String(error);
    if (expect.kind !== 'error') return `${code}: ${message}`;
    tally.errors[0]++;
    if (expect.code === undefined) return undefined;
    if (code !== expect.code) return `expected error ${expect.code}, got ${code}: ${message}`;
    tally.states[0]++;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
