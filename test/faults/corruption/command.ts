import { Campaign, type Outcome } from './campaign.ts';

/** Runs cases from seed `from` on (or the one of SEED) and prints what came of them. Answers whether no fault was found. */
export async function runCorruption(flags: ReadonlyMap<string, number>): Promise<boolean> {
  const one = process.env['SEED'];
  const from = one === undefined ? (flags.get('from') ?? 1) : Number(one);
  const count = one === undefined ? (flags.get('count') ?? 5_000) : 1;
  const campaign = await Campaign.begin();
  const counts = new Map<string, number>();
  const outcomes: Record<Outcome, number> = { right: 0, refused: 0, earlier: 0, fault: 0 };
  const started = performance.now();
  for (let seed = from; seed < from + count; seed++) {
    const { outcome, words, scene, damage } = await campaign.run(seed);
    outcomes[outcome]++;
    const key = `${scene} ${damage?.kind ?? 'none'}: ${outcome}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (outcome === 'fault' || one !== undefined) console.log(`SEED=${seed} ${words}`);
  }
  await campaign.close();
  const seconds = (performance.now() - started) / 1000;
  console.log(`${count} corruptions from seed ${from} in ${seconds.toFixed(1)} s: ${JSON.stringify(outcomes)}`);
  for (const [key, number] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${key}: ${number}`);
  return outcomes.fault === 0;
}
