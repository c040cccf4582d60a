/** `SEED=n npm run sim` replays one seed with its log; `npm run sim -- --seeds N [--from M]` runs many; `--sealed`: everything is encrypted. */
import { simulate } from './simulation.ts';

const isSealed = process.argv.includes('--sealed');

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function replayOne(seed: number): Promise<void> {
  const outcome = await simulate(seed, { keepsNotes: true, isSealed });
  for (const note of outcome.notes) console.log(note);
  report(outcome.violations, seed);
  console.log(
    `seed ${seed}: hash ${outcome.hash}, ${outcome.events} events, ${JSON.stringify(outcome.counts)}, ${(outcome.virtualMs / 1000).toFixed(1)} s of virtual time`,
  );
}

async function runMany(from: number, seeds: number): Promise<void> {
  const started = performance.now();
  const totals = { committed: 0, failed: 0, unknown: 0 };
  const sightings = new Map<string, number>();
  let virtualMs = 0;
  let events = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(seed, { isSealed });
    report(outcome.violations, seed);
    totals.committed += outcome.counts.committed;
    totals.failed += outcome.counts.failed;
    totals.unknown += outcome.counts.unknown;
    virtualMs += outcome.virtualMs;
    events += outcome.events;
    for (const [sight, count] of outcome.sightings) sightings.set(sight, (sightings.get(sight) ?? 0) + count);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${seeds} seeds from ${from} in ${seconds.toFixed(1)} s: ${events} events, ${(virtualMs / 3_600_000).toFixed(1)} virtual hours`,
  );
  console.log(`transactions: ${totals.committed} committed, ${totals.failed} failed, ${totals.unknown} unknown`);
  for (const [sight, count] of [...sightings].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${sight}: ${count}`);
}

function report(violations: readonly string[], seed: number): void {
  if (violations.length === 0) return;
  process.exitCode = 1;
  for (const violation of violations) console.log(`seed ${seed}: ${violation}`);
}

const one = process.env['SEED'];
if (one !== undefined) await replayOne(Number(one));
else await runMany(Number(flag('--from') ?? 1), Number(flag('--seeds') ?? 200));
