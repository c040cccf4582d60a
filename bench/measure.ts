/** Times of interleaved rounds: ours and theirs in turn, so that a machine that drifts drifts for both. */

export interface Timed {
  readonly name: string;
  /** Runs the case once; answers how many operations it did. */
  run(): number | Promise<number>;
}

/** A case that has used this much goes on no further than its second round. */
const CASE_SECONDS_MAX = 60;

/** Best seconds per operation of each contestant over `rounds` rounds, after one that is not counted. */
export async function interleaved(contestants: readonly Timed[], rounds = 5): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  const began = performance.now();
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      const started = performance.now();
      const operations = await contestant.run();
      const seconds = (performance.now() - started) / 1000 / operations;
      if (round > 0) best.set(contestant.name, Math.min(best.get(contestant.name) ?? Infinity, seconds));
    }
    if (round > 0 && performance.now() - began > CASE_SECONDS_MAX * 1000) break;
  }
  return best;
}
