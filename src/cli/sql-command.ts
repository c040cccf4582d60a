/** `velocidb sql`: statements from arguments, files, standard input, or typed. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { openEngine } from '../platform/open-engine.ts';
import type { Arguments, Command } from './command.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT, UsageError, type ExitCode } from './exit-code.ts';
import { OUTPUT_FORMATS } from './output/result.ts';
import type { PrintOptions } from './printer.ts';
import { Runner } from './runner.ts';
import { runScript, type ScriptEnd } from './script/run-script.ts';
import { runShell } from './shell.ts';
import { wantsColor, type Terminal } from './terminal.ts';

export const sqlCommand: Command = {
  usage: '[options] [STATEMENT…]',
  options: {
    url: URL_OPTION,
    command: { type: 'string', short: 'c', multiple: true, value: 'SQL', help: 'run this (may be given several times)' },
    file: { type: 'string', short: 'f', multiple: true, value: 'FILE', help: 'run a script; - is standard input' },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: `${OUTPUT_FORMATS.join(', ')} (default table)` },
    ndjson: { type: 'boolean', help: 'the same as -o ndjson: one JSON object a line' },
    expanded: { type: 'boolean', short: 'x', help: 'one column a line' },
    'tuples-only': { type: 'boolean', short: 't', help: 'rows only: no header, no count' },
    quiet: { type: 'boolean', short: 'q', help: 'no command tags and notices' },
    'single-transaction': { type: 'boolean', short: '1', help: 'all of it in one transaction' },
    continue: { type: 'boolean', help: 'go on after an error (the exit code still tells of the first)' },
    'no-create': { type: 'boolean', help: 'fail when there is no database at the URL, rather than creating one' },
    'no-color': { type: 'boolean', help: 'no colors (as with NO_COLOR)' },
  },
  notes: `Without statements and files, standard input is read; on a terminal that is an interactive shell: \\? lists what it knows.
Scripts may hold psql's \\i, \\echo, \\set ON_ERROR_STOP, \\copy, \\d…, and COPY … FROM stdin with its data up to \\.`,
  async run(args, terminal) {
    const url = requiredUrl(args.text('url'), terminal.environment);
    const statements = [...args.list('command'), ...args.positionals];
    const files = args.list('file');
    const print = printOptions(args, terminal);
    const opened = await openEngine(url, { create: !args.is('no-create') });
    const runner = new Runner(opened, terminal, print);
    try {
      if (statements.length === 0 && files.length === 0 && terminal.input.isTTY === true) return await runShell(runner, url);
      return await runAll(runner, statements, files.length > 0 || statements.length > 0 ? files : ['-'], args);
    } finally {
      await runner.close();
      await opened.close();
    }
  },
};

function printOptions(args: Arguments, terminal: Terminal): PrintOptions {
  const chosen = args.choice('output', OUTPUT_FORMATS);
  if (chosen !== undefined && chosen !== 'ndjson' && args.is('ndjson'))
    throw new UsageError(`--ndjson and --output ${chosen} exclude each other`);
  return {
    format: args.is('ndjson') ? 'ndjson' : (chosen ?? 'table'),
    expanded: args.is('expanded'),
    bare: args.is('tuples-only'),
    quiet: args.is('quiet'),
    timing: false,
    nullText: '',
    color: wantsColor(terminal, terminal.output, args.is('no-color')),
  };
}

async function runAll(runner: Runner, statements: readonly string[], files: readonly string[], args: Arguments): Promise<ExitCode> {
  const stopOnError = !args.is('continue');
  const isSingle = args.is('single-transaction');
  const begun = !isSingle || (await quietly(runner, 'BEGIN'));
  const ended = begun ? await runEverything(runner, statements, files, stopOnError) : 'failed';
  if (isSingle && begun) await quietly(runner, ended === 'failed' || runner.exitCode !== EXIT.ok ? 'ROLLBACK' : 'COMMIT');
  return ended === 'failed' && runner.exitCode === EXIT.ok ? EXIT.error : runner.exitCode;
}

async function runEverything(
  runner: Runner,
  statements: readonly string[],
  files: readonly string[],
  stopOnError: boolean,
): Promise<ScriptEnd> {
  for (const statement of statements) {
    const isScript = /^\s*\\/.test(statement);
    const isFine = isScript
      ? (await runScript(runner, only(statement), { name: undefined, stopOnError })) !== 'failed'
      : await runner.run(statement, { prefix: '', data: () => runner.terminal.input });
    if (!isFine && stopOnError) return 'failed';
  }
  for (const file of files) {
    const isInput = file === '-';
    const stream = isInput ? runner.terminal.input : createReadStream(file);
    stream.setEncoding('utf8');
    try {
      const ended = await runScript(runner, stream, { name: isInput ? undefined : basename(file), stopOnError });
      if (ended !== 'end') return ended;
    } catch (error) {
      await runner.fail(error, undefined, '');
      return 'failed';
    }
  }
  return 'end';
}

async function* only(text: string): AsyncGenerator<string> {
  yield text;
}

async function quietly(runner: Runner, text: string): Promise<boolean> {
  const { quiet } = runner.print;
  runner.print.quiet = true;
  try {
    return await runner.run(text, { prefix: '' });
  } finally {
    runner.print.quiet = quiet;
  }
}
