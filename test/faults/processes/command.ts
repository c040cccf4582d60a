import { writeFileSync } from 'node:fs';
import { ednOf } from './edn.ts';
import { storm, type StormReport } from './storm.ts';

/** Runs storms until there were `kills` kills in all, a round of `round` at a time, and prints what came of each. */
export async function runProcesses(flags: ReadonlyMap<string, number>): Promise<boolean> {
  const kills = flags.get('kills') ?? 200;
  const round = Math.min(kills, flags.get('round') ?? 200);
  const freezesPerKill = (flags.get('freezes') ?? kills / 4) / kills;
  const writers = flags.get('writers') ?? 8;
  let isClean = true;
  const sums = { kills: 0, beforeAnswer: 0, freezes: 0, longFreezes: 0, committed: 0, failed: 0, unknown: 0, seconds: 0 };
  for (let seed = flags.get('seed') ?? 1; sums.kills < kills; seed++) {
    const report = await storm({
      seed,
      writers,
      kills: Math.min(round, kills - sums.kills),
      freezes: Math.round(round * freezesPerKill),
      faults: 0.08,
    });
    for (const fault of report.faults) console.log(`seed ${seed}: ${fault}`);
    isClean &&= report.faults.length === 0;
    const ended = { committed: 0, failed: 0, unknown: 0 };
    for (const { outcome } of report.transactions) ended[outcome]++;
    sums.kills += report.kills;
    sums.beforeAnswer += report.killsBeforeAnswer;
    sums.freezes += report.freezes;
    sums.longFreezes += report.longFreezes;
    sums.committed += ended.committed;
    sums.failed += ended.failed;
    sums.unknown += ended.unknown;
    sums.seconds += report.seconds;
    print(seed, report, ended);
    const file = process.env['EDN'];
    if (file !== undefined) writeFileSync(file, ednOf(report.transactions));
  }
  console.log(`in all: ${JSON.stringify(sums)}: ${isClean ? 'clean' : 'NOT clean'}`);
  return isClean;
}

function print(seed: number, report: StormReport, ended: object): void {
  const { kills, killsBeforeAnswer, freezes, longFreezes, requests, errors, cache, seconds } = report;
  console.log(`seed ${seed}: ${kills} kills (${killsBeforeAnswer} before an answer), ${freezes} freezes (${longFreezes} longer than AGE)`);
  console.log(`  transactions ${JSON.stringify(ended)} in ${seconds.toFixed(1)} s`);
  console.log(`  requests ${JSON.stringify(Object.fromEntries(requests))}, cache ${JSON.stringify(cache)}`);
  for (const [error, count] of [...errors].sort(([, a], [, b]) => b - a).slice(0, 12)) console.log(`  ${count} x ${error}`);
}
