import { describe, expect, it } from 'vitest';
import { COMPARE, type CompareOp } from '../../src/kernels/interface/compare.ts';
import { Draw, SEED } from '../storage/random.ts';
import { drawF64, drawI32, drawI64, drawTexts, putTexts } from './draw-vectors.ts';
import { KernelPair, forRows } from './kernel-pair.ts';

const OPS: readonly CompareOp[] = Object.values(COMPARE);

describe(`comparisons and their twins (SEED=${SEED})`, () => {
  for (const [type, draws] of [
    ['I32', drawI32],
    ['I64', drawI64],
    ['F64', drawF64],
  ] as const) {
    it(`${type}: vectors, constants, bounds`, () => {
      forRows((pair, n, draw) => {
        const a = pair.put(draws(draw, n));
        const b = pair.put(draws(draw, n));
        const cells = draws(draw, 2);
        const [low, high] = [pair.put(cells.subarray(0, 1)), pair.put(cells.subarray(1, 2))];
        const mask = { address: pair.room(n), bytes: n };
        for (const op of OPS) {
          pair.run((kernels) => kernels[`compare${type}`](op, a, b, n, mask.address), mask);
          pair.run((kernels) => kernels[`compareConstant${type}`](op, a, low, n, mask.address), mask);
        }
        pair.run((kernels) => kernels[`between${type}`](a, low, high, n, mask.address), mask);
      });
    });
  }

  for (const [type, draws] of [
    ['I32', drawI32],
    ['I64', drawI64],
  ] as const) {
    it(`${type}: membership of short and long lists`, () => {
      forRows((pair, n, draw) => {
        const a = pair.put(draws(draw, n));
        const count = draw.of([0, 1, 2, 7, 24, 25, 100]);
        const items = draws(draw, count);
        items.sort();
        const list = pair.put(items);
        const mask = { address: pair.room(n), bytes: n };
        pair.run((kernels) => kernels[`inList${type}`](a, list, count, n, mask.address), mask);
      });
    });
  }

  it('Str: vectors, constants, membership', () => {
    forRows((pair, n, draw) => {
      const a = putTexts(pair, draw, drawTexts(draw, n));
      const b = putTexts(pair, draw, drawTexts(draw, n));
      const constant = putTexts(pair, draw, drawTexts(draw, 1));
      const items = drawTexts(draw, draw.below(6)).sort(Buffer.compare);
      const list = putTexts(pair, draw, items);
      const mask = { address: pair.room(n), bytes: n };
      for (const op of OPS) {
        pair.run((kernels) => kernels.compareStr(op, a, b, n, mask.address), mask);
        pair.run((kernels) => kernels.compareConstantStr(op, a, constant, n, mask.address), mask);
      }
      pair.run((kernels) => kernels.inListStr(a, list, items.length, n, mask.address), mask);
    });
  });

  it('floats order as in PostgreSQL', () => {
    const pair = new KernelPair();
    pair.reset(new Draw(1));
    const ascending = [-Infinity, -1, -0, 0, 1, Infinity, Number.NaN, Number.NaN];
    const a = pair.put(Float64Array.from(ascending));
    const b = pair.put(Float64Array.from([...ascending.slice(1), Number.NaN]));
    const mask = { address: pair.room(8), bytes: 8 };
    const asked = (op: CompareOp): number[] => {
      pair.run((kernels) => kernels.compareF64(op, a, b, 8, mask.address), mask);
      return [...pair.read(mask.address, 8)];
    };
    expect(asked(COMPARE.lt)).toEqual([1, 1, 0, 1, 1, 1, 0, 0]);
    expect(asked(COMPARE.eq)).toEqual([0, 0, 1, 0, 0, 0, 1, 1]);
    expect(asked(COMPARE.ge)).toEqual([0, 0, 1, 0, 0, 0, 1, 1]);
  });
});
