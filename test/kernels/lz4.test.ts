import { describe, expect, it } from 'vitest';
import { compressBlock, decompressBlock } from '../../src/kernels/lz4.ts';
import { Draw, SEED } from '../storage/random.ts';

function compressible(draw: Draw, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const run = Math.min(length - at, 1 + draw.below(draw.of([4, 40, 600])));
    if (at > 0 && draw.chance(0.6)) {
      const from = draw.below(at);
      for (let step = 0; step < run; step++) bytes[at + step] = bytes[from + step];
    } else {
      for (let step = 0; step < run; step++) bytes[at + step] = draw.below(256);
    }
    at += run;
  }
  return bytes;
}

describe(`LZ4 blocks (SEED=${SEED})`, () => {
  it('give back what went in', () => {
    const draw = new Draw(SEED + 10);
    let shrunk = 0;
    for (let round = 0; round < 100; round++) {
      const raw = compressible(draw, draw.of([0, 1, 12, 13, 14, 20, 100, 1000, 70_000, 140_000]));
      const block = compressBlock(raw, raw.length);
      if (block === null) continue;
      shrunk++;
      expect(block.length).toBeLessThanOrEqual(raw.length);
      expect(Buffer.compare(Buffer.from(decompressBlock(block, raw.length) ?? []), Buffer.from(raw))).toBe(0);
    }
    expect(shrunk).toBeGreaterThan(20);
  });

  it('that are damaged give null or other bytes of the right length, never more', () => {
    const draw = new Draw(SEED + 11);
    for (let round = 0; round < 1000; round++) {
      const raw = compressible(draw, 300);
      const block = compressBlock(raw, 300) ?? new Uint8Array(draw.below(50));
      const damaged = block.slice(0, draw.chance(0.2) ? draw.below(block.length + 1) : block.length);
      for (let flips = draw.below(4); flips >= 0 && damaged.length > 0; flips--) damaged[draw.below(damaged.length)] = draw.below(256);
      const result = decompressBlock(damaged, 300);
      if (result !== null) expect(result.length).toBe(300);
    }
  });
});
