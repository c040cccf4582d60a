/** `velocidb verify`: reads everything and says what is damaged. */
import { verifyStore, type Damage } from '../maintenance/verify.ts';
import type { IndexReport } from '../session/check-indexes.ts';
import { isSqlError } from '../base/sql-error.ts';
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { masked, requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT } from './exit-code.ts';
import { size } from './progress.ts';
import { write } from './terminal.ts';

export const verifyCommand: Command = {
  usage: '[URL] [options]',
  options: {
    url: URL_OPTION,
    anchor: { type: 'string', value: 'ANCHOR', help: 'what is remembered of it (`inspect` shows it): an older or another state is damage' },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: 'text, json (default text)' },
  },
  notes:
    'Reads root, the whole log, every object that a readable state refers to, and every index against its table. Nothing is written.\n' +
    'Exit code 1 when anything is damaged, with a list of it.',
  async run(args, terminal) {
    const url = requiredUrl(args.positionals[0] ?? args.text('url'), terminal.environment);
    const format = args.choice('output', ['text', 'json']) ?? 'text';
    return withDatabase(url, { create: false, checkpoints: 'manual', anchor: args.text('anchor') }, async ({ engine, database }) => {
      const { damage: stored, ...counts } = await verifyStore(database);
      const damage: Damage[] = [...stored];
      const tables: IndexReport[] = [];
      const session = engine.session();
      try {
        await session.checkIndexes((table) => tables.push(table));
      } catch (error) {
        // Pages that cannot be read are listed already; the tables behind them cannot be compared.
        if (!isSqlError(error, 'data_corrupted') && !isSqlError(error, 'snapshot_too_old')) throw error;
        damage.push({ object: 'indexes', problem: `not compared with their tables: ${error.message}` });
      }
      for (const { table, problems } of tables) for (const problem of problems) damage.push({ object: table, problem });
      const isSound = damage.length === 0;
      const report = { url: masked(url), sound: isSound, ...counts, tables: tables.map(countsOf), damage };
      await write(terminal.output, format === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
      return isSound ? EXIT.ok : EXIT.error;
    });
  },
};

interface Counts {
  readonly table: string;
  readonly rows: number;
  readonly entries: number;
}

function countsOf({ table, rows, indexes }: IndexReport): Counts {
  return { table, rows, entries: indexes.reduce((sum, index) => sum + index.entries, 0) };
}

function reportText(report: {
  readonly url: string;
  readonly sound: boolean;
  readonly records: number;
  readonly checkpoints: number;
  readonly segments: number;
  readonly pages: number;
  readonly bytes: number;
  readonly tables: readonly Counts[];
  readonly damage: readonly Damage[];
}): string {
  const lines = [
    `log          ${report.records} records`,
    `checkpoints  ${report.checkpoints}`,
    `segments     ${report.segments}, with ${report.pages} pages of ${size(report.bytes)}`,
    ...report.tables.map(({ table, rows, entries }) => `${table}  ${rows} rows, ${entries} index entries`),
    report.sound ? 'sound' : `${report.damage.length} damaged:`,
    ...report.damage.map(({ object, problem }) => `  ${object}: ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}
