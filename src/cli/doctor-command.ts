/** `velocidb doctor`: whether a bucket may be trusted with a database, before there is one in it. */
import { nodeRuntime } from '../platform/node-runtime.ts';
import { openStore } from '../platform/store-url.ts';
import { examine, type Examination } from '../../vfs/doctor/examine.ts';
import { costEstimate, type CostEstimate } from '../../vfs/doctor/prices.ts';
import type { Command } from './command.ts';
import { masked, requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT } from './exit-code.ts';
import { write } from './terminal.ts';

interface Report extends Omit<Examination, 'requests'> {
  readonly url: string;
  readonly requests: { readonly get: number; readonly write: number; readonly list: number; readonly delete: number };
  /** Null where nothing is paid, or nobody knows the prices. */
  readonly cost: CostEstimate | null;
}

export const doctorCommand: Command = {
  usage: '[URL] [options]',
  options: {
    url: URL_OPTION,
    racers: { type: 'string', value: 'N', help: 'concurrent writers in every race (default 16)' },
    rounds: { type: 'string', value: 'N', help: 'times every race is run (default 3)' },
    samples: { type: 'string', value: 'N', help: 'requests of every kind that are timed (default 20)' },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: 'table, json (default table)' },
  },
  notes:
    'Races for one object, reads after writes, ranges, listings, the clock, permissions, latency and an estimate of costs. Some hundred requests,\n' +
    'under names of their own (doctor/…), which are removed; a database beside them is not touched.\n' +
    'Exit code 0 when the store may be trusted, 1 when a promise that a database rests on is not kept.',
  async run(args, terminal) {
    const url = requiredUrl(args.positionals[0] ?? args.text('url'), terminal.environment);
    const format = args.choice('output', ['table', 'json']) ?? 'table';
    const isLive = terminal.errors.isTTY === true;
    const options = {
      racers: args.number('racers', 2, 1000) ?? 16,
      rounds: args.number('rounds', 1, 1000) ?? 3,
      samples: args.number('samples', 1, 100_000) ?? 20,
      onCheck: (check: string) => {
        if (isLive) void write(terminal.errors, `\r\u001b[2K${check} …`);
      },
    };
    const runtime = nodeRuntime();
    const open = () => openStore(url, runtime, { encryption: false }); // the store is looked at, not what is in it
    const store = await open();
    const other = /^memory:/i.test(url) ? store : await open(); // memory: is one client's alone
    try {
      const examination = await examine(store, other, runtime, options);
      if (isLive) await write(terminal.errors, '\r\u001b[2K');
      const report = reportOf(url, examination);
      await write(terminal.output, format === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
      return report.trusted ? EXIT.ok : EXIT.error;
    } finally {
      await Promise.all([store.close(), other.close()]);
    }
  },
};

function reportOf(url: string, examination: Examination): Report {
  const { get, create, replace, list, delete: deletes } = examination.requests;
  const scheme = /^([A-Za-z][A-Za-z0-9]*):/.exec(url)?.[1].toLowerCase() ?? 'file';
  return {
    ...examination,
    url: masked(url),
    requests: { get, write: create + replace, list, delete: deletes },
    cost: costEstimate(scheme, /[?&]endpoint=/.test(url), examination.hasClock) ?? null,
  };
}

function reportText({ url, trusted, findings, latencies, requests, cost }: Report): string {
  const marks = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const;
  const lines = [
    url,
    '',
    ...tableLines([['check', '', 'seen'], ...findings.map(({ check, verdict, detail }) => [check, marks[verdict], detail])], []),
  ];
  if (latencies.length > 0) {
    const rows = latencies.map(({ operation, samples, medianMs, p95Ms }) => [
      operation,
      String(samples),
      milliseconds(medianMs),
      milliseconds(p95Ms),
    ]);
    lines.push('', ...tableLines([['request', 'samples', 'median ms', 'p95 ms'], ...rows], [1, 2, 3]));
  }
  if (cost !== null) {
    const rows = [
      ['a million point reads, linearizable', dollars(cost.perMillionReads)],
      ['a million commits', dollars(cost.perMillionCommits)],
      ['a GB for a month', dollars(cost.perGigabyteMonth)],
      ['a day on which nobody asks', dollars(cost.perIdleDay)],
    ];
    lines.push(
      '',
      ...tableLines([['cost, about', 'USD'], ...rows], [1]),
      `by list price of ${cost.prices}, without traffic and maintenance`,
    );
  }
  const { get, write: writes, list, delete: deletes } = requests;
  lines.push('', `${get} reads, ${writes} writes, ${list} listings and ${deletes} deletes were sent.`);
  lines.push(trusted ? 'This store may be trusted with a database.' : 'This store may NOT be trusted with a database: see what FAILED.');
  return `${lines.join('\n')}\n`;
}

/** Rows in columns, those numbered `atRight` at their right. */
function tableLines(rows: readonly (readonly string[])[], atRight: readonly number[]): string[] {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (atRight.includes(at) ? cell.padStart(widths[at]) : cell.padEnd(widths[at])))
      .join('  ')
      .trimEnd(),
  );
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

function dollars(value: number): string {
  return value < 0.1 && value > 0 ? value.toFixed(3) : value.toFixed(2);
}
