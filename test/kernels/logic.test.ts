import { describe, expect, it } from 'vitest';
import { Draw, SEED } from '../storage/random.ts';
import { drawMask, putNulls } from './draw-vectors.ts';
import { KernelPair, forRows } from './kernel-pair.ts';

describe(`logic and its twins (SEED=${SEED})`, () => {
  it('connectives with nulls, masks, counts', () => {
    forRows((pair, n, draw) => {
      const a = pair.put(drawMask(draw, n));
      const b = pair.put(drawMask(draw, n));
      const [aNulls, bNulls] = [putNulls(pair, draw, n), putNulls(pair, draw, n)];
      const mask = { address: pair.room(n), bytes: n };
      const dst = mask.address;
      const nulls = { address: pair.room(n), bytes: n };
      const written = aNulls + bNulls === 0 ? [mask] : [mask, nulls];
      const dstNulls = aNulls + bNulls === 0 ? 0 : nulls.address;
      for (const op of ['andBool', 'orBool'] as const) pair.run((k) => k[op](a, aNulls, b, bNulls, n, dst, dstNulls), ...written);
      for (const op of ['maskAnd', 'maskOr', 'maskXor'] as const) pair.run((k) => k[op](a, b, n, dst), mask);
      pair.run((k) => k.maskAndNot(a, bNulls, n, dst), mask);
      pair.run((k) => k.notBool(a, n, dst), mask);
      pair.run((k) => k.orNulls(dst, aNulls, bNulls, n), mask);
      pair.run((k) => k.isNull(aNulls, n, dst), mask);
      pair.run((k) => k.isNotNull(aNulls, n, dst), mask);
      pair.run((k) => k.countMask(a, n));
      pair.run((k) => k.maskAnyAll(a, n));
      // In place.
      if (aNulls !== 0)
        pair.run((k) => k.andBool(a, aNulls, b, bNulls, n, a, aNulls), { ...mask, address: a }, { ...mask, address: aNulls });
    });
  });

  it('the truth tables are those of SQL', () => {
    const pair = new KernelPair();
    pair.reset(new Draw(1));
    const [F, T, N] = [0, 1, 2];
    const left = [F, F, F, T, T, T, N, N, N];
    const right = [F, T, N, F, T, N, F, T, N];
    const put = (values: number[]): [number, number] => [
      // The value of a null is arbitrary.
      pair.put(Uint8Array.from(values, (value, at) => (value === N ? at & 1 : value))),
      pair.put(Uint8Array.from(values, (value) => Number(value === N))),
    ];
    const [a, aNulls] = put(left);
    const [b, bNulls] = put(right);
    const [dst, dstNulls] = [pair.room(9), pair.room(9)];
    const table = (op: 'andBool' | 'orBool'): number[] => {
      pair.run((k) => k[op](a, aNulls, b, bNulls, 9, dst, dstNulls), { address: dst, bytes: 9 }, { address: dstNulls, bytes: 9 });
      const [values, nulls] = [pair.read(dst, 9), pair.read(dstNulls, 9)];
      return [...values].map((value, at) => (nulls[at] === 1 ? N : value));
    };
    expect(table('andBool')).toEqual([F, F, F, F, T, N, F, N, N]);
    expect(table('orBool')).toEqual([F, T, N, T, T, T, N, T, N]);
  });
});
