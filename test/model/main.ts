/** `npm run model`: the gate; `-- --long`, `-- --writers 3`, `-- --mutants`; `--states N` bounds each search. */
import { Combining, COMBINING, COMBINING_GATE, COMBINING_MUTANTS } from './combining.ts';
import { GATE, LONG, MUTANTS, withWriters } from './configurations.ts';
import { explore, type Machine } from './explore.ts';
import { Protocol } from './protocol.ts';
import { PROTOCOL } from './rules.ts';

const STATES_MAX = 60_000_000;

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
}

const statesMax = Number(flag('--states') ?? STATES_MAX);

/** Prints one line, and the trace when a promise was broken. Answers whether one was. */
function search(name: string, machine: Machine): boolean {
  const started = performance.now();
  const found = explore(machine, statesMax);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const verdict = found.violation?.promise ?? (found.exhausted ? 'exhausted, safe' : 'NOT exhausted, safe so far');
  console.log(`${name}: ${found.states} states, ${found.transitions} transitions, depth ${found.depth}, ${seconds} s: ${verdict}`);
  found.violation?.trace.forEach((step, at) => console.log(`  ${String(at + 1).padStart(2)}  ${step}`));
  return found.violation !== undefined;
}

const writers = flag('--writers');
let failures = 0;
if (flag('--mutants') !== undefined) {
  const only = flag('--mutants');
  const mutants = [
    ...MUTANTS.map(({ name, bounds, rules }) => ({ name, machine: () => new Protocol(bounds, rules) })),
    ...COMBINING_MUTANTS.map(({ name, bounds, rules }) => ({ name, machine: () => new Combining(bounds, rules) })),
  ];
  for (const { name, machine } of mutants) {
    if (only !== undefined && !name.includes(only) && !only.startsWith('--')) continue;
    if (!search(`mutant "${name}"`, machine())) failures++;
  }
} else {
  const chosen = writers !== undefined ? [withWriters(Number(writers))] : flag('--long') !== undefined ? LONG : GATE;
  for (const bounds of chosen) if (search(bounds.name, new Protocol(bounds, PROTOCOL))) failures++;
  for (const bounds of COMBINING_GATE) if (search(bounds.name, new Combining(bounds, COMBINING))) failures++;
}
process.exitCode = failures === 0 ? 0 : 1;
