/**
 * `npm run faults -- corruption [--count N] [--from M]`; `SEED=n npm run faults -- corruption` runs one case.
 * `npm run faults -- processes [--kills N] [--freezes N] [--writers N] [--round N] [--seed N]`; `EDN=file` writes the last history for elle-cli.
 */
import { runCorruption } from './corruption/command.ts';
import { runProcesses } from './processes/command.ts';

const COMMANDS: Readonly<Record<string, (flags: ReadonlyMap<string, number>) => Promise<boolean>>> = {
  corruption: runCorruption,
  processes: runProcesses,
};

const [name = '', ...given] = process.argv.slice(2);
const flags = new Map<string, number>();
for (let at = 0; at + 1 < given.length; at += 2) flags.set(given[at].replace(/^--/, ''), Number(given[at + 1]));

const command = COMMANDS[name];
if (command === undefined) {
  console.error(`usage: npm run faults -- ${Object.keys(COMMANDS).join('|')} [--flag number]…`);
  process.exitCode = 2;
} else process.exitCode = (await command(flags)) ? 0 : 1;
