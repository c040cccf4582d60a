import { describe, expect, it } from 'vitest';
import { CODE_MUTANTS, simulatorWith } from './mutants.ts';

const SEEDS_MAX = Number(process.env['MUTANT_SEEDS'] ?? 500);

describe('a planted bug', () => {
  it.each(CODE_MUTANTS.map((mutant) => [mutant.name, mutant] as const))('is noticed: %s', { timeout: 900_000 }, async (_name, mutant) => {
    const simulator = await simulatorWith(mutant);
    let seed = 0;
    let violations: readonly string[] = [];
    while (violations.length === 0 && seed < SEEDS_MAX) {
      ({ violations } = await simulator.simulate(++seed, { swarm: mutant.swarm }));
    }
    await simulator.dispose();
    console.log(`${mutant.name}: seed ${seed}: ${violations[0] ?? 'survived'}`);
    expect(violations).not.toEqual([]);
  });
});
