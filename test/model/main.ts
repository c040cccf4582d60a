/** `npm run model`: the gate; `-- --long`, `-- --writers 3`, `-- --mutants`; `--states N` bounds each search. */
import { GATE, LONG, MUTANTS, withWriters } from './configurations.ts';
import { explore } from './explore.ts';
import { Protocol } from './protocol.ts';
import { type Bounds, PROTOCOL, type Rules } from './rules.ts';

const STATES_MAX = 60_000_000;

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
}

const statesMax = Number(flag('--states') ?? STATES_MAX);

/** Prints one line, and the trace when a promise was broken. Answers whether one was. */
function search(name: string, bounds: Bounds, rules: Rules): boolean {
  const started = performance.now();
  const found = explore(new Protocol(bounds, rules), statesMax);
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
  for (const { name, bounds, rules } of MUTANTS) {
    if (only !== undefined && !name.includes(only) && !only.startsWith('--')) continue;
    if (!search(`mutant "${name}"`, bounds, rules)) failures++;
  }
} else {
  const chosen = writers !== undefined ? [withWriters(Number(writers))] : flag('--long') !== undefined ? LONG : GATE;
  for (const bounds of chosen) if (search(bounds.name, bounds, PROTOCOL)) failures++;
}
process.exitCode = failures === 0 ? 0 : 1;
