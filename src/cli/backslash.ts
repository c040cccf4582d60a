/** psql's backslash commands, those that mean something here. */
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { basename } from 'node:path';
import { describeQuery, listQuery } from './describe.ts';
import { describeTable } from './describe-table.ts';
import { outputFormat } from './printer.ts';
import type { Runner } from './runner.ts';
import type { Piece } from './script/pieces.ts';
import { runScript } from './script/run-script.ts';
import { write } from './terminal.ts';

export type Outcome =
  | { readonly kind: 'done' | 'failed' | 'quit' }
  /** \set ON_ERROR_STOP. */
  | { readonly kind: 'stopOnError'; readonly value: boolean };

export interface BackslashContext {
  readonly prefix: string;
  /** How many scripts include this one. */
  readonly depth: number;
  /** The script's file, undefined when typed. */
  readonly folderOf: string | undefined;
  readonly stopOnError: boolean;
}

const DONE: Outcome = { kind: 'done' };
const FAILED: Outcome = { kind: 'failed' };

export const BACKSLASH_HELP = `\\?                 this
\\q                 quit
\\d [NAME]          describe a table or view, or list all
\\dt \\dv \\di \\ds    list tables, views, indexes, sequences
\\dn  \\l            list schemas; the database
\\x [on|off]        one column a line
\\t [on|off]        rows only
\\timing [on|off]   time of each statement
\\pset null TEXT    what null looks like
\\pset format F     table, json, ndjson, csv
\\i FILE            run a script
\\copy T from|to 'FILE' [(OPTIONS)]
\\echo TEXT         print
\\set ON_ERROR_STOP on|off
\\p  \\r             show, forget the statement under way
`;

export async function runBackslash(
  runner: Runner,
  piece: Piece & { readonly kind: 'command' },
  context: BackslashContext,
): Promise<Outcome> {
  const { name, argument } = piece;
  const { print, terminal } = runner;
  switch (name) {
    case 'q':
    case 'quit':
      return { kind: 'quit' };
    case '?':
    case 'h':
    case 'help':
      await write(terminal.output, BACKSLASH_HELP);
      return DONE;
    case 'echo':
    case 'qecho':
      await write(terminal.output, `${words(argument).join(' ')}\n`);
      return DONE;
    case 'warn':
      await write(terminal.errors, `${words(argument).join(' ')}\n`);
      return DONE;
    case 'i':
    case 'ir':
    case 'include':
      return include(runner, words(argument)[0] ?? '', context);
    case 'copy':
      return copy(runner, argument, context);
    case 'set':
    case 'unset':
      return setVariable(name, words(argument));
    case 'x':
      print.expanded = switched(argument, print.expanded);
      return DONE;
    case 't':
      print.bare = switched(argument, print.bare);
      return DONE;
    case 'timing':
      print.timing = switched(argument, print.timing);
      if (context.folderOf === undefined) await write(terminal.output, `Timing is ${print.timing ? 'on' : 'off'}.\n`);
      return DONE;
    case 'pset':
      return pset(runner, words(argument), context);
    case 'c':
    case 'connect':
      await write(terminal.errors, 'WARNING:  a bucket holds one database: \\connect stays in it\n');
      return DONE;
    case 'g':
    case 'gx':
    case 'p':
    case 'r':
    case 'encoding':
    case 'a':
    case 'restrict':
    case 'unrestrict':
    case '.':
      return DONE; // nothing is left to do by the time a script comes here
    case 'd':
    case 'd+':
      return argument === ''
        ? list(runner, listQuery('d'), context)
        : (await describeTable(runner, argument, context.prefix))
          ? DONE
          : FAILED;
    default: {
      const query = describeQuery(name, argument);
      if (query !== undefined) return list(runner, query, context);
      await write(terminal.errors, `${context.prefix}error: invalid command \\${name}\n`);
      return FAILED;
    }
  }
}

async function list(runner: Runner, query: string, { prefix }: BackslashContext): Promise<Outcome> {
  return (await runner.run(query, { prefix })) ? DONE : FAILED;
}

async function include(runner: Runner, file: string, { prefix, depth, stopOnError }: BackslashContext): Promise<Outcome> {
  const stream = createReadStream(file, 'utf8');
  try {
    const ended = await runScript(runner, stream, { name: basename(file), stopOnError }, depth + 1);
    return ended === 'failed' ? FAILED : DONE;
  } catch (error) {
    await runner.fail(error, undefined, prefix);
    return FAILED;
  }
}

/** `\copy t (a, b) from 'file' (format csv)` is COPY with the file's bytes; `to` writes it. */
async function copy(runner: Runner, argument: string, { prefix }: BackslashContext): Promise<Outcome> {
  const found = /^(.*?)\s+(from|to)\s+(?:'((?:[^']|'')*)'|(\S+))\s*(.*)$/is.exec(argument);
  if (found === null) {
    await write(runner.terminal.errors, `${prefix}error: \\copy: "from" or "to" and a file are expected\n`);
    return FAILED;
  }
  const [, what, direction, quoted, bare, options] = found;
  const file = quoted?.replaceAll("''", "'") ?? bare;
  try {
    if (direction.toLowerCase() === 'from') await runner.copyIn(`COPY ${what} FROM STDIN ${options}`, createReadStream(file));
    else await copyToFile(runner, `COPY ${what} TO STDOUT ${options}`, file);
    return DONE;
  } catch (error) {
    await runner.fail(error, undefined, prefix);
    return FAILED;
  }
}

async function copyToFile(runner: Runner, text: string, file: string): Promise<void> {
  const stream = createWriteStream(file);
  await once(stream, 'open');
  await runner.session.copyOut(text, (piece) => write(stream, piece));
  stream.end();
  await once(stream, 'close');
}

function setVariable(name: string, [variable, value]: readonly string[]): Outcome {
  if (variable !== 'ON_ERROR_STOP') return DONE; // psql's other variables have no meaning here
  return { kind: 'stopOnError', value: name === 'set' && !/^(?:off|0|false|no)$/i.test(value ?? 'on') };
}

async function pset(runner: Runner, [option = '', value = '']: readonly string[], { prefix }: BackslashContext): Promise<Outcome> {
  const { print } = runner;
  if (option === 'null') print.nullText = value;
  else if (option === 'expanded') print.expanded = switched(value, print.expanded);
  else if (option === 'tuples_only') print.bare = switched(value, print.bare);
  else if (option === 'format') {
    const format = outputFormat(value);
    if (format === undefined) {
      await write(runner.terminal.errors, `${prefix}error: \\pset: allowed formats are table, json, ndjson, csv\n`);
      return FAILED;
    }
    print.format = format;
  }
  return DONE;
}

function switched(argument: string, before: boolean): boolean {
  if (argument === '') return !before;
  return /^(?:on|true|yes|1)$/i.test(argument);
}

/** Words as psql reads them: single quotes hold spaces. */
function words(argument: string): string[] {
  return [...argument.matchAll(/'((?:[^']|'')*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single?.replaceAll("''", "'").replaceAll('\\n', '\n') ?? double ?? bare,
  );
}
