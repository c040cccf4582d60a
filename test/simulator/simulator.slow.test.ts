import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

const SEEDS = Number(process.env['SIM_SEEDS'] ?? 200);
const FROM = Number(process.env['SEED'] ?? 1);

/** Things rare enough that a simulator can fail to reach them, and go blind. */
const MUST_BE_SEEN = ['commit:after-create', 'commit:combining', 'error 08007', 'error 40001', 'visited', 'branched', 'restored'];

describe('the engine in simulation', () => {
  it(`keeps its promises over ${SEEDS} seeds from ${FROM}`, { timeout: 600_000 }, async () => {
    const seen = new Set<string>();
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      const { violations, sightings } = await simulate(seed);
      expect(violations, `SEED=${seed}`).toEqual([]);
      for (const sight of sightings.keys()) seen.add(sight);
    }
    expect(MUST_BE_SEEN.filter((sight) => !seen.has(sight))).toEqual([]);
  });

  it('keeps them when everything is sealed and keys are rotated', { timeout: 300_000 }, async () => {
    const seen = new Map<string, number>();
    for (let seed = FROM; seed < FROM + Math.ceil(SEEDS / 10); seed++) {
      const { violations, sightings } = await simulate(seed, { isSealed: true });
      expect(violations, `SEED=${seed} --sealed`).toEqual([]);
      for (const [sight, count] of sightings) seen.set(sight, (seen.get(sight) ?? 0) + count);
    }
    expect(seen.get('rotate:announced')).toBeGreaterThan(0);
  });

  it('does the same again for the same seed', { timeout: 120_000 }, async () => {
    for (let seed = FROM; seed < FROM + 10; seed++) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.hash, `SEED=${seed}`).toBe(first.hash);
    }
  });
});
