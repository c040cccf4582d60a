import { describe, expect, it } from 'vitest';
import { SEED, type Draw } from '../storage/random.ts';
import { drawMask, putNulls } from './draw-vectors.ts';
import { forRows } from './kernel-pair.ts';

function drawBytes(draw: Draw, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => draw.below(256));
}

describe(`selections and their twins (SEED=${SEED})`, () => {
  it('select the rows that are true and not null', () => {
    forRows((pair, n, draw) => {
      const mask = pair.put(drawMask(draw, n));
      const nulls = putNulls(pair, draw, n);
      const dst = pair.room(n * 4);
      const count = pair.run((k) => (k.maskAndNot(mask, nulls, n, dst), k.countMask(dst, n)), { address: dst, bytes: n });
      // What is past the selection is not told, up to n.
      const m = pair.run(
        (k) => {
          const answer = k.select(mask, nulls, n, dst);
          k.iota(0, n - answer, dst + answer * 4);
          return answer;
        },
        { address: dst, bytes: n * 4 },
      );
      expect(m).toBe(count);
    });
  });

  for (const bits of [8, 32, 64] as const) {
    it(`rows of ${bits} bits are gathered, scattered, looked up, blended, filled`, () => {
      forRows((pair, n, draw) => {
        const size = bits / 8;
        const src = pair.put(drawBytes(draw, n * size));
        const other = pair.put(drawBytes(draw, n * size));
        const rows = Uint32Array.from({ length: n }, (_, at) => at).filter(() => draw.chance(0.7));
        const selection = pair.put(rows);
        const codes = pair.put(Uint32Array.from({ length: n }, () => draw.below(n)));
        const mask = pair.put(drawMask(draw, n));
        const dst = { address: pair.room(n * size), bytes: n * size };
        const m = rows.length;
        pair.run((k) => k[`scatter${bits}`](src, selection, m, dst.address), dst);
        pair.run((k) => k[`gather${bits}`](src, selection, m, dst.address), { ...dst, bytes: m * size });
        pair.run((k) => k[`lookup${bits}`](codes, src, n, dst.address), dst);
        pair.run((k) => k[`blend${bits}`](mask, src, other, n, dst.address), dst);
        pair.run((k) => k[`fill${bits}`](src, n, dst.address), dst);
        pair.run((k) => k[`gather${bits}`](src, selection, m, src), { address: src, bytes: m * size });
        pair.run((k) => k[`blend${bits}`](mask, src, other, n, other), { address: other, bytes: n * size });
      });
    });
  }

  it('iota counts on', () => {
    forRows((pair, n, draw) => {
      const dst = { address: pair.room(n * 4), bytes: n * 4 };
      const start = draw.below(1000);
      pair.run((k) => k.iota(start, n, dst.address), dst);
    }, 20);
  });
});
