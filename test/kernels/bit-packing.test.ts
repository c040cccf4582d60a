import { describe, expect, it } from 'vitest';
import { packBits, unpackAt, unpackBits, widthOf } from '../../src/kernels/bit-packing.ts';
import { Draw, SEED } from '../storage/random.ts';

describe(`bit packing (SEED=${SEED})`, () => {
  it('gives back every value at every width', () => {
    const draw = new Draw(SEED + 12);
    for (let width = 0; width <= 32; width++) {
      const count = 1 + draw.below(300);
      const values = Uint32Array.from({ length: count }, () => (width === 0 ? 0 : draw.below(2 ** width)));
      if (width > 0) values[draw.below(count)] = 2 ** width - 1;
      const words = new Uint32Array(packBits(values, count, width).buffer);
      const out = new Uint32Array(count);
      const from = draw.below(count);
      unpackBits(words, from, count, width, out);
      expect([...out.subarray(0, count - from)]).toEqual([...values.subarray(from)]);
      expect(Array.from(values, (_, at) => unpackAt(words, at, width))).toEqual([...values]);
    }
  });

  it('takes the least width', () => {
    expect([0, 1, 2, 3, 4, 255, 256, 0x7fffffff, 0xffffffff].map(widthOf)).toEqual([0, 1, 2, 2, 3, 8, 9, 31, 32]);
  });
});
