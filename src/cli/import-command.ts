/** `velocidb import`: a file into a table, in one transaction. */
import { basename } from 'node:path';
import { isSqlError } from '../base/sql-error.ts';
import { LIMITS } from '../base/limits.ts';
import { CSV_FORMAT, TBL_FORMAT, TEXT_FORMAT, type CopyFormat, type Header } from '../session/copy/copy-format.ts';
import type { CopyFrom } from '../session/copy/copy-into.ts';
import type { Session } from '../session/session.ts';
import type { Arguments, Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { nameParts } from './describe.ts';
import { errorText } from './error-text.ts';
import { EXIT, exitCodeOf, UsageError, type ExitCode } from './exit-code.ts';
import { formatExtension, importFile, type ImportFile } from './import-file.ts';
import { Progress } from './progress.ts';
import { wantsColor, write, type Terminal } from './terminal.ts';

const FORMATS = ['csv', 'tbl', 'text'] as const;

export const importCommand: Command = {
  usage: 'FILE --table TABLE [options]',
  options: {
    url: URL_OPTION,
    table: { type: 'string', short: 't', value: 'NAME', help: 'the table, which must exist' },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: 'csv, tbl (fields between | and nothing else), text (COPY’s)\n(default: by the file’s name, else csv)',
    },
    delimiter: { type: 'string', short: 'd', value: 'CHAR', help: 'what separates fields (default , or | or tab)' },
    header: { type: 'boolean', help: 'the first line names the columns' },
    null: { type: 'string', value: 'TEXT', help: 'what stands for null (default: csv: nothing, unquoted; tbl: no text; text: \\N)' },
    quote: { type: 'string', value: 'CHAR', help: 'csv: what encloses fields (default ")' },
    columns: { type: 'string', value: 'A,B,…', help: 'the columns in the file’s order; the others get their defaults' },
    quiet: { type: 'boolean', short: 'q', help: 'no progress' },
    'no-color': { type: 'boolean', help: 'no colors (as with NO_COLOR)' },
  },
  notes: `All rows are loaded or none: an error names the line and column, and leaves the table as it was.
FILE may be - for standard input. With --header and without --columns, columns are found by name.`,
  async run(args, terminal) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0) throw new UsageError('one file is expected');
    const url = requiredUrl(args.text('url'), terminal.environment);
    const wanted = copyOf(file, args);
    const source = await importFile(file, terminal.input);
    return withDatabase(url, { create: false }, async ({ engine }) => {
      const session = engine.session();
      try {
        return await load(session, wanted, source, file, args, terminal);
      } finally {
        await session.close();
      }
    });
  },
};

async function load(
  session: Session,
  wanted: CopyFrom,
  source: ImportFile,
  file: string,
  args: Arguments,
  terminal: Terminal,
): Promise<ExitCode> {
  for (let attempt = 1; ; attempt++) {
    const color = wantsColor(terminal, terminal.errors, args.is('no-color'));
    const progress = new Progress(terminal, {
      label: file === '-' ? wanted.table : basename(file),
      totalBytes: source.totalBytes,
      readBytes: source.readBytes,
      color,
    });
    try {
      const isQuiet = args.is('quiet');
      await session.copyIn(wanted, source.chunks(), isQuiet ? undefined : (now) => progress.update(now));
      progress.clear();
      if (!isQuiet) await write(terminal.output, `imported into ${wanted.table}: ${progress.summary()}\n`);
      return EXIT.ok;
    } catch (error) {
      progress.clear();
      if (isSqlError(error, 'serialization_failure') && source.isRepeatable && attempt < LIMITS.transactionAttemptsMax) continue; // nothing was loaded: once more
      await write(terminal.errors, errorText(error, { prefix: `${file}: `, withCode: true }));
      return isSqlError(error, 'undefined_table') ? EXIT.notFound : exitCodeOf(error);
    }
  }
}

function copyOf(file: string, args: Arguments): CopyFrom {
  const { schema, name: table } = nameParts(args.required('table'));
  if (table === '') throw new UsageError('--table names no table');
  const columns = args
    .text('columns')
    ?.split(',')
    .map((column) => nameParts(column.trim()).name);
  if (columns?.includes('') === true) throw new UsageError('--columns takes names separated by commas');
  return { schema, table, columns, format: formatOf(file, args) };
}

function formatOf(file: string, args: Arguments): CopyFormat {
  const extension = formatExtension(file);
  const kind = args.choice('format', FORMATS) ?? (extension === 'tbl' ? 'tbl' : 'csv');
  const base = { csv: CSV_FORMAT, tbl: TBL_FORMAT, text: TEXT_FORMAT }[kind];
  const delimiter = oneCharacter('delimiter', args.text('delimiter')) ?? (extension === 'tsv' ? '\t' : base.delimiter);
  const nullText = args.text('null') ?? base.nullText;
  const header: Header = !args.is('header') ? 'none' : args.text('columns') === undefined ? 'names' : 'skip';
  const quote = oneCharacter('quote', args.text('quote'));
  if (quote !== undefined && base.kind !== 'csv') throw new UsageError('--quote is for csv');
  switch (base.kind) {
    case 'csv':
      if (quote === delimiter) throw new UsageError('--quote and --delimiter must differ');
      return { ...base, delimiter, header, nullText: nullText ?? '', quote: quote ?? base.quote, escape: quote ?? base.escape };
    case 'text':
      return { ...base, delimiter, header, nullText: nullText ?? base.nullText };
    case 'tbl':
      return { ...base, delimiter, header, nullText };
  }
}

/** A single character; `\t` and `tab` stand for a tab. */
function oneCharacter(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const character = text === '\\t' || text === 'tab' ? '\t' : text;
  if (character.length !== 1 || /[\r\n]/.test(character)) throw new UsageError(`--${option} takes one character`);
  return character;
}
