import { describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { TupleLayout, type StateKind, type VectorType } from '../../src/kernels/tuple-layout.ts';
import { Draw, SEED } from '../storage/random.ts';
import { drawF64, drawI32, drawI64, drawMask, drawTexts, putNulls, putTexts } from './draw-vectors.ts';
import { KernelPair, forRows } from './kernel-pair.ts';

type Name<Suffix extends string> = Suffix extends keyof Kernels ? Suffix : never;

interface Case {
  readonly type: VectorType;
  readonly state: StateKind;
  readonly group: keyof Kernels;
  readonly total: keyof Kernels;
  readonly merge: keyof Kernels;
}

function cases(type: VectorType, state: StateKind, names: readonly string[], mergeSuffix: string): Case[] {
  const suffix = { i32: 'I32', i64: 'I64', f64: 'F64', str: 'Str', bool: '' }[type];
  return names.map((name) => ({
    type,
    state,
    group: `group${name}${suffix}` as Name<keyof Kernels>,
    total: `total${name}${suffix}` as Name<keyof Kernels>,
    merge: `merge${name}${mergeSuffix}` as Name<keyof Kernels>,
  }));
}

const CASES: readonly Case[] = [
  ...cases('i32', 'sumInt', ['Sum'], 'Int'),
  ...cases('i64', 'sumInt', ['Sum'], 'Int'),
  ...cases('f64', 'sumF64', ['Sum'], 'F64'),
  ...cases('f64', 'variance', ['Var'], 'F64'),
  ...cases('i32', 'extreme', ['Min', 'Max'], 'Int'),
  ...cases('i64', 'extreme', ['Min', 'Max'], 'Int'),
  ...cases('f64', 'extreme', ['Min', 'Max'], 'F64'),
  ...cases('bool', 'logic', ['And', 'Or'], ''),
];

type Kernel = (...given: number[]) => number;

function putColumn(pair: KernelPair, draw: Draw, type: VectorType, n: number): number {
  switch (type) {
    case 'i32':
      return pair.put(drawI32(draw, n));
    case 'i64':
      return pair.put(drawI64(draw, n));
    case 'f64':
      return pair.put(draw.chance(0.5) ? drawF64(draw, n) : Float64Array.from({ length: n }, () => draw.next() * 1000));
    case 'bool':
      return pair.put(drawMask(draw, n));
    case 'str':
      return putTexts(pair, draw, drawTexts(draw, n));
  }
}

describe(`aggregates and their twins (SEED=${SEED})`, () => {
  for (const { type, state, group, total, merge } of CASES) {
    it(`${group}, ${total}, ${merge}`, () => {
      forRows((pair, n, draw) => {
        const layout = new TupleLayout(['i32'], [state]);
        const offset = layout.stateOffset(0);
        const groups = draw.of([1, 2, 7, 300]);
        const bytes = groups * layout.stride;
        const [a, b] = [pair.put(new Uint8Array(bytes)), pair.put(new Uint8Array(bytes))];
        const isFloat = type === 'f64';
        const mask = putNulls(pair, draw, n);
        const nulls = putNulls(pair, draw, n);
        const src = putColumn(pair, draw, type, n);
        for (const side of [a, b]) {
          const tuples = pair.put(Uint32Array.from({ length: n }, () => side + draw.below(groups) * layout.stride));
          pair.run((k) => (k[group] as Kernel)(tuples, offset, src, nulls, mask, n), { address: side, bytes, isFloat });
        }
        const [into, from] = [a, b].map((side) => pair.put(Uint32Array.from({ length: groups }, (_, at) => side + at * layout.stride)));
        pair.run((k) => (k[merge] as Kernel)(into, from, offset, groups), { address: a, bytes, isFloat });
        const one = pair.put(new Uint8Array(32));
        for (let round = 0; round < 2; round++) {
          pair.run((k) => (k[total] as Kernel)(one, src, nulls, mask, n), { address: one, bytes: 24, isFloat });
        }
      });
    });
  }

  it('counts, by group and in all', () => {
    forRows((pair, n, draw) => {
      const room = pair.put(new Uint8Array(8 * 5));
      const picks = Array.from({ length: n }, () => draw.below(5));
      const tuples = pair.put(Uint32Array.from(picks, (pick) => room + pick * 8));
      const [nulls, mask] = [putNulls(pair, draw, n), putNulls(pair, draw, n)];
      const written = { address: room, bytes: 40 };
      pair.run((k) => k.groupCount(tuples, 0, nulls, mask, n), written);
      const counts = [...new BigInt64Array(pair.read(room, 40).buffer)];
      pair.run((k) => k.mergeCount(tuples, tuples, 0, 1), written);
      const one = pair.put(new Uint8Array(8));
      pair.run((k) => k.totalCount(one, nulls, mask, n), { address: one, bytes: 8 });
      const total = new BigInt64Array(pair.read(one, 8).buffer)[0];
      expect(total).toBe(counts.reduce((sum, count) => sum + count, 0n));
      const isCounted = Array.from(
        { length: n },
        (_, row) => (nulls === 0 || pair.read(nulls + row, 1)[0] === 0) && (mask === 0 || pair.read(mask + row, 1)[0] === 1),
      );
      expect(counts.map(Number)).toEqual([0, 1, 2, 3, 4].map((at) => picks.filter((pick, row) => pick === at && isCounted[row]).length));
    });
  });

  it('least and greatest texts, through an arena that runs out', () => {
    let stops = 0;
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 400);
      const groups = draw.of([1, 3, 20]);
      const bytes = groups * 16;
      const texts = drawTexts(draw, n);
      const src = putTexts(pair, draw, texts);
      const nullAt = putNulls(pair, draw, n);
      const picks = Array.from({ length: n }, () => draw.below(groups));
      const arenaBytes = 160;
      const arena = pair.put(Uint32Array.of(0, 0));
      const regions: { address: number; bytes: number }[] = [];
      for (const isMin of [true, false]) {
        const [a, b, one] = [pair.put(new Uint8Array(bytes)), pair.put(new Uint8Array(bytes)), pair.put(new Uint8Array(16))];
        const through = (count: number, state: { address: number; bytes: number }, call: (k: Kernels, from: number) => number): void => {
          for (let from = 0; from < count;) {
            const before = from;
            from = pair.run((k) => call(k, before), state, { address: arena, bytes: 8 }, ...regions);
            if (from === count) break;
            stops++;
            const room = pair.room(arenaBytes);
            regions.push({ address: room, bytes: arenaBytes });
            pair.write(arena, Uint32Array.of(room, room + arenaBytes));
          }
        };
        const tuplesOf = (side: number): number => pair.put(Uint32Array.from(picks, (pick) => side + pick * 16));
        const [tuplesA, tuplesB] = [tuplesOf(a), tuplesOf(b)];
        const group = isMin ? 'groupMinStr' : 'groupMaxStr';
        const half = n >> 1;
        if (half > 0) through(half, { address: a, bytes }, (k, from) => k[group](tuplesA, 0, src, nullAt, 0, half, from, arena));
        const rest = nullAt === 0 ? 0 : nullAt + half;
        through(n - half, { address: b, bytes }, (k, from) =>
          k[group](tuplesB + half * 4, 0, src + half * 8, rest, 0, n - half, from, arena),
        );
        const [into, from] = [a, b].map((side) => pair.put(Uint32Array.from({ length: groups }, (_, at) => side + at * 16)));
        through(groups, { address: a, bytes }, (k, start) => k[isMin ? 'mergeMinStr' : 'mergeMaxStr'](into, from, 0, groups, start, arena));
        through(n, { address: one, bytes: 16 }, (k, start) =>
          k[isMin ? 'totalMinStr' : 'totalMaxStr'](one, src, nullAt, 0, n, start, arena),
        );
        const best = (rowsOf: (row: number) => boolean): Buffer | undefined =>
          texts
            .filter((_, row) => rowsOf(row) && (nullAt === 0 || pair.read(nullAt + row, 1)[0] === 0))
            .map((text) => Buffer.from(text))
            .toSorted((x, y) => Buffer.compare(x, y) * (isMin ? 1 : -1))[0];
        const kept = (state: number): Buffer | undefined => {
          const [at, length, has] = new Uint32Array(pair.read(state, 16).buffer);
          return has === 0 ? undefined : Buffer.from(pair.read(at, length));
        };
        for (let at = 0; at < groups; at++) expect(kept(a + at * 16)).toEqual(best((row) => picks[row] === at));
        expect(kept(one)).toEqual(best(() => true));
      }
    });
    expect(stops).toBeGreaterThan(20);
  });

  it('sums are exact past 64 bits, in every order', () => {
    const pair = new KernelPair();
    pair.reset(new Draw(SEED));
    const [most, least] = [2n ** 63n - 1n, -(2n ** 63n)];
    const values = [most, most, most, least, 5n, -1n, least, least, least];
    const src = pair.put(BigInt64Array.from(values));
    const state = pair.put(new Uint8Array(24));
    let sum = 0n;
    for (const n of [9, 3, 4, 1]) {
      pair.run((k) => k.totalSumI64(state, src, 0, 0, n), { address: state, bytes: 24 });
      for (const value of values.slice(0, n)) sum += value;
      const [low, high] = new BigInt64Array(pair.read(state, 24).buffer);
      expect((high << 64n) + BigInt.asUintN(64, low)).toBe(sum);
    }
  });

  it('sums are exact where many values of less than 64 bits pass them', () => {
    const pair = new KernelPair();
    for (const bits of [50n, 51n, 52n, 55n, 62n]) {
      pair.reset(new Draw(SEED));
      for (const value of [2n ** bits, -(2n ** bits)]) {
        const src = pair.put(new BigInt64Array(2048).fill(value));
        const state = pair.put(new Uint8Array(24));
        pair.run((k) => k.totalSumI64(state, src, 0, 0, 2048), { address: state, bytes: 24 });
        const [low, high] = new BigInt64Array(pair.read(state, 24).buffer);
        expect((high << 64n) + BigInt.asUintN(64, low)).toBe(value * 2048n);
      }
    }
  });

  it('extremes of floats have NaN above everything, and an overflow of finite numbers is told', () => {
    const pair = new KernelPair();
    pair.reset(new Draw(SEED));
    const float = (state: number): number => new Float64Array(pair.read(state, 8).buffer)[0];
    const run = (kernel: 'totalMinF64' | 'totalMaxF64' | 'totalSumF64' | 'totalVarF64', values: number[]): [number, number | void] => {
      const src = pair.put(Float64Array.from(values));
      const state = pair.put(new Uint8Array(24));
      const answer = pair.run((k) => k[kernel](state, src, 0, 0, values.length), { address: state, bytes: 24, isFloat: true });
      return [float(state), answer];
    };
    expect(run('totalMinF64', [NaN, 3, NaN, 2, 7])[0]).toBe(2);
    expect(run('totalMaxF64', [1, 3, NaN, 2, 7])[0]).toBeNaN();
    expect(run('totalMaxF64', [-Infinity])[0]).toBe(-Infinity);
    expect(run('totalMinF64', [NaN])[0]).toBeNaN();
    expect(run('totalSumF64', [1e308, 1e308, 1, 1, 1, 1, 1, 1, 1e308])).toEqual([Infinity, 1]);
    expect(run('totalSumF64', [Infinity, 1])).toEqual([Infinity, 0]);
    expect(run('totalSumF64', [-0, -0])).toEqual([-0, 0]);
    expect(run('totalVarF64', [1e308, -1e308, 1e308])[1]).toBeGreaterThan(0);
  });
});
