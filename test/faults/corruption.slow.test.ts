import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Campaign } from './corruption/campaign.ts';
import { DAMAGES } from './corruption/damage.ts';

const COUNT = Number(process.env['CORRUPTIONS'] ?? 1_000);
const FROM = Number(process.env['SEED'] ?? 1);

let campaign: Campaign;
beforeAll(async () => {
  campaign = await Campaign.begin();
});
afterAll(() => campaign.close());

describe('a damaged database', () => {
  it(`answers with the right rows or a clear error, ${COUNT} times from seed ${FROM}`, { timeout: 900_000 }, async () => {
    const seen = new Set<string>();
    for (let seed = FROM; seed < FROM + COUNT; seed++) {
      const { outcome, words, damage } = await campaign.run(seed);
      expect(outcome, `SEED=${seed} ${words}`).not.toBe('fault');
      seen.add(outcome);
      if (damage !== undefined) seen.add(damage.kind);
    }
    expect([...DAMAGES, 'right', 'refused', 'earlier'].filter((kind) => !seen.has(kind))).toEqual([]);
  });
});
