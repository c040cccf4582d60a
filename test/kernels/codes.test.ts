import { describe, expect, it } from 'vitest';
import { SEED } from '../storage/random.ts';
import { forRows } from './kernel-pair.ts';

describe(`dictionary codes and their twins (SEED=${SEED})`, () => {
  it('of two columns become one, and those that occur are listed once', () => {
    forRows((pair, n, draw) => {
      const counts = [1 + draw.below(9), 1 + draw.below(9)];
      const [a, b] = counts.map((count) => Uint32Array.from({ length: n }, () => draw.below(count)));
      const combined = { address: pair.room(n * 4), bytes: n * 4 };
      const [left, right] = [pair.put(a), pair.put(b)];
      pair.run((k) => k.combineCodes(left, right, counts[1], n, combined.address), combined);
      const codes = Uint32Array.from(a, (code, at) => code * counts[1] + b[at]);
      expect(new Uint32Array(pair.read(combined.address, n * 4).buffer)).toEqual(codes);

      const distinct = [...new Set(codes)];
      const table = pair.put(new Uint32Array(counts[0] * counts[1]));
      const used = pair.room(distinct.length * 4);
      const found = pair.run(
        (k) => k.usedCodes(combined.address, n, table, used),
        { address: used, bytes: distinct.length * 4 },
        {
          address: table,
          bytes: counts[0] * counts[1] * 4,
        },
      );
      expect(found).toBe(distinct.length);
      expect([...new Uint32Array(pair.read(used, distinct.length * 4).buffer)]).toEqual(distinct);
    });
  });
});
