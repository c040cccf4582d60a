import { describe, expect, it } from 'vitest';
import { CODE_MUTANTS, simulatorWith } from './mutants.ts';

const SEEDS = Array.from({ length: Number(process.env['MUTANT_SEEDS'] ?? 500) }, (_, at) => at + 1);

describe('a planted bug', () => {
  it.each(CODE_MUTANTS.map((mutant) => [mutant.name, mutant] as const))('is noticed: %s', { timeout: 900_000 }, async (_name, mutant) => {
    const simulator = await simulatorWith(mutant);
    let noticed: { readonly seed: number; readonly violation: string } | undefined;
    for (const seed of [mutant.seed ?? 1, ...SEEDS]) {
      const [violation] = (await simulator.simulate(seed, { swarm: mutant.swarm })).violations;
      if (violation === undefined) continue;
      noticed = { seed, violation };
      break;
    }
    await simulator.dispose();
    console.log(`${mutant.name}: seed ${noticed?.seed}: ${noticed?.violation ?? 'survived'}`);
    expect(noticed).toBeDefined();
  });
});
