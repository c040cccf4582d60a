#!/usr/bin/env node
/** The command `velocidb`: finds the command, runs it, and ends with its exit code. */
import { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import { helpText, parseArguments } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { errorText } from './error-text.ts';
import { EXIT, exitCodeOf, UsageError, type ExitCode } from './exit-code.ts';
import { write, type Terminal } from './terminal.ts';
import { packageVersion } from './version.ts';

const terminal: Terminal = { input: stdin, output: stdout, errors: stderr, environment: env };

// Whoever read our output has gone: there is nobody left to tell anything.
stdout.on('error', (error: NodeJS.ErrnoException) => exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.error));
stderr.on('error', () => exit(EXIT.error));

process.exitCode = await main(argv.slice(2));

async function main(given: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = given;
  if (name === undefined) {
    await write(stderr, overview());
    return EXIT.usage;
  }
  if (name === '--help' || name === '-h' || name === 'help') return showHelp(rest[0]);
  if (name === '--version' || name === '-V') {
    await write(stdout, `velocidb ${packageVersion()}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    await write(stderr, `velocidb: there is no command "${name}"\n\n${overview()}`);
    return EXIT.usage;
  }
  return run(command, rest);
}

async function run(entry: CommandEntry, given: readonly string[]): Promise<ExitCode> {
  try {
    const command = await entry.load();
    const args = parseArguments(command, given);
    if (args.is('help')) {
      await write(stdout, helpText(entry, command));
      return EXIT.ok;
    }
    return await command.run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError)
      await write(stderr, `velocidb ${entry.name}: ${error.message}\nTry "velocidb ${entry.name} --help".\n`);
    else await write(stderr, errorText(error));
    return exitCodeOf(error);
  }
}

async function showHelp(name: string | undefined): Promise<ExitCode> {
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  await write(stdout, entry === undefined ? overview() : helpText(entry, await entry.load()));
  return EXIT.ok;
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length)) + 2;
  const commands = COMMANDS.map((command) => `  ${command.name.padEnd(width)}${command.summary}`).join('\n');
  return `VelociDB ${packageVersion()}: a SQL database whose only server is a bucket.

Usage: velocidb <command> [options]

Commands:
${commands}

"velocidb <command> --help" says more. --version prints the version.
Every command takes --url, or reads VELOCIDB_URL, then DATABASE_URL.
Exit codes: 0 done, 1 error, 2 wrong usage, 3 conflict (try again), 4 not found, 5 damaged data.
`;
}
