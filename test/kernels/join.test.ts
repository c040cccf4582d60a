import { describe, expect, it } from 'vitest';
import type { VectorType } from '../../src/kernels/tuple-layout.ts';
import { Draw, SEED } from '../storage/random.ts';
import { drawColumn, drawType, keyText, putHashes, putKeys, type DrawnColumn } from './draw-keys.ts';
import { drawMask } from './draw-vectors.ts';
import { type KernelPair, forRows } from './kernel-pair.ts';
import { putTuples, type PutTuples } from './put-tuples.ts';

/** All pairs that joinProbe gives, in its order, as row and tuple. */
function probed(
  pair: KernelPair,
  keys: number,
  keyCount: number,
  rows: number,
  heads: number,
  m: number,
  capacity: number,
): [number, number][] {
  const state = pair.put(new Uint8Array(8));
  const [dstRows, dstTuples] = [pair.room(capacity * 4), pair.room(capacity * 4)];
  const pairs: [number, number][] = [];
  for (;;) {
    const count = pair.run(
      (k) => k.joinProbe(keys, keyCount, rows, heads, m, state, dstRows, dstTuples, capacity),
      { address: state, bytes: 8 },
      { address: dstRows, bytes: capacity * 4, isScratch: true },
      { address: dstTuples, bytes: capacity * 4, isScratch: true },
    );
    expect(count).toBeLessThanOrEqual(capacity);
    const found = [dstRows, dstTuples].map((at) => new Uint32Array(pair.read(at, count * 4).buffer));
    for (let at = 0; at < count; at++) pairs.push([found[0][at], found[1][at]]);
    if (new Uint32Array(pair.read(state, 8).buffer)[0] === m) return pairs;
    expect(count).toBe(capacity);
  }
}

/** What a nested loop over rows and tuples gives. */
function expected(probe: readonly DrawnColumn[], build: PutTuples, n: number, nullsEqual: boolean): [number, number][] {
  const byKey = new Map<string, number[]>();
  const hasNull = (columns: readonly DrawnColumn[], row: number): boolean => columns.some((column) => column.values[row] === null);
  for (const [row, address] of build.addresses.entries()) {
    const key = keyText(build.columns, row);
    if (nullsEqual || !hasNull(build.columns, row)) byKey.set(key, [...(byKey.get(key) ?? []), address]);
  }
  const pairs: [number, number][] = [];
  for (let row = 0; row < n; row++) {
    if (!nullsEqual && hasNull(probe, row)) continue;
    for (const address of byKey.get(keyText(probe, row)) ?? []) pairs.push([row, address]);
  }
  return pairs;
}

function sorted(pairs: readonly [number, number][]): [number, number][] {
  return pairs.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** Both sides' columns, drawn from the same values, so that they meet. */
function drawSides(
  pair: KernelPair,
  draw: Draw,
  n: number,
  buildRows: number,
  types: readonly VectorType[],
): [DrawnColumn[], DrawnColumn[]] {
  const seed = draw.below(2 ** 31);
  const distinct = 1 + draw.below(40);
  const side = (rows: number): DrawnColumn[] => types.map((type, at) => drawColumn(pair, new Draw(seed + at), rows, type, distinct));
  return [side(n), side(buildRows)];
}

describe(`joins and their twins (SEED=${SEED})`, () => {
  it('probes give exactly the pairs of equal keys, in the order of rows and of tuples, however small the room', () => {
    let [matches, withDuplicates] = [0, 0];
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 200);
      const buildRows = 1 + draw.below(150);
      const types = Array.from({ length: draw.of([1, 1, 2, 3]) }, () => drawType(draw));
      const [probe, columns] = drawSides(pair, draw, n, buildRows, types);
      const areFew = draw.chance(0.3);
      const build = putTuples(pair, columns, buildRows, areFew);
      const nullsEqual = draw.chance(0.4);
      const capacity = 512;
      const entries = pair.put(new Uint8Array(capacity * 8));
      const buildKeys = putKeys(pair, build.layout, columns, nullsEqual);
      // In two calls, the last vector first.
      const split = draw.below(buildRows + 1);
      for (const [from, count] of [
        [split, buildRows - split],
        [0, split],
      ]) {
        pair.run(
          (k) => k.joinInsert(entries, capacity - 1, buildKeys, types.length, build.tuples + from * 4, count),
          { address: entries, bytes: capacity * 8 },
          build.all,
        );
      }
      const keys = putKeys(pair, build.layout, probe, nullsEqual);
      const hashes = putHashes(pair, probe, n, areFew);
      const [candidates, heads] = [pair.room(n * 4), pair.room(n * 4)];
      const m = pair.run(
        (k) => k.joinCandidates(entries, capacity - 1, hashes, n, candidates, heads),
        { address: candidates, bytes: n * 4, isScratch: true },
        { address: heads, bytes: n * 4, isScratch: true },
      );
      const pairs = probed(pair, keys, types.length, candidates, heads, m, draw.of([1, 3, 100, 2048]));
      const all = expected(probe, build, n, nullsEqual);
      expect(pairs).toEqual(all);
      matches += all.length;
      withDuplicates += Number(new Set(all.map(([row]) => row)).size < all.length);

      const mask = pair.room(n);
      const exist = pair.run((k) => k.joinExists(keys, types.length, candidates, heads, m, n, mask), { address: mask, bytes: n });
      const matched = new Set(all.map(([row]) => row));
      expect(exist).toBe(matched.size);
      expect([...pair.read(mask, n)]).toEqual(Array.from({ length: n }, (_, row) => Number(matched.has(row))));

      const marked = pair.put(Uint32Array.from([0, ...pairs.slice(0, 500).map(([, tuple]) => tuple)]));
      pair.run((k) => k.markTuples(marked, Math.min(pairs.length, 500) + 1, build.layout.matchedOffset), build.all);
      const flags = pair.room(buildRows);
      pair.run((k) => k.readMatched(build.tuples, buildRows, build.layout.matchedOffset, flags), { address: flags, bytes: buildRows });
      const seen = new Set(pairs.slice(0, 500).map(([, tuple]) => tuple));
      expect([...pair.read(flags, buildRows)]).toEqual(Array.from(build.addresses, (address) => Number(seen.has(address))));
    }, 100);
    expect(matches).toBeGreaterThan(1000);
    expect(withDuplicates).toBeGreaterThan(20);
  });

  it('slots of a small range give the same pairs', () => {
    let matches = 0;
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 200);
      const buildRows = 1 + draw.below(150);
      const least = draw.of([0n, -5n, 2n ** 63n - 300n, -(2n ** 63n)]);
      const range = 200;
      const column = (count: number, spread: number): DrawnColumn => {
        const isNull = drawMask(draw, count);
        const numbers = BigInt64Array.from({ length: count }, () => least + BigInt(draw.below(spread)));
        return {
          type: 'i64',
          data: pair.put(numbers),
          nulls: pair.put(isNull),
          values: Array.from(numbers, (number, row) => (isNull[row] === 1 ? null : String(number))),
        };
      };
      const build = putTuples(pair, [column(buildRows, 250)], buildRows);
      const probe = [column(n, 300)];
      const inRange = {
        ...build,
        columns: [
          {
            ...build.columns[0],
            values: build.columns[0].values.map((value) => (value !== null && BigInt(value) - least < BigInt(range) ? value : null)),
          },
        ],
      };
      const cell = pair.put(BigInt64Array.of(least));
      const slots = pair.put(new Uint8Array(range * 4));
      const { layout } = build;
      pair.run(
        (k) => k.directInsert(slots, cell, range, layout.fieldOffset(0), layout.flagOffset(0), build.tuples, buildRows),
        { address: slots, bytes: range * 4 },
        build.all,
      );
      const key = putKeys(pair, layout, probe);
      const [candidates, heads] = [pair.room(n * 4), pair.room(n * 4)];
      const m = pair.run(
        (k) => k.directCandidates(slots, cell, range, key, n, candidates, heads),
        { address: candidates, bytes: n * 4, isScratch: true },
        { address: heads, bytes: n * 4, isScratch: true },
      );
      const pairs = probed(pair, 0, 0, candidates, heads, m, draw.of([1, 7, 2048]));
      expect(sorted(pairs)).toEqual(sorted(expected(probe, inRange, n, false)));
      matches += pairs.length;
      const mask = pair.room(n);
      pair.run((k) => k.joinExists(0, 0, candidates, heads, m, n, mask), { address: mask, bytes: n });
      const marked = pair.put(new Uint8Array(n));
      pair.run((k) => k.markRows(candidates, m, marked), { address: marked, bytes: n });
      expect(pair.read(marked, n)).toEqual(pair.read(mask, n));
    }, 100);
    expect(matches).toBeGreaterThan(100);
  });

  it('a Bloom filter never forgets, and seldom errs', () => {
    let [strangers, errors] = [0, 0];
    forRows((pair, n, draw) => {
      const words = 2 ** Math.max(1, Math.ceil(Math.log2(n / 4)));
      const filter = pair.put(new Uint8Array(words * 8));
      const hashed = (): Uint32Array<ArrayBuffer> => Uint32Array.from({ length: n }, () => draw.below(2 ** 32));
      const [added, others] = [pair.put(hashed()), pair.put(hashed())];
      const mask = pair.room(n);
      pair.run((k) => k.bloomInsert(filter, words - 1, added, n), { address: filter, bytes: words * 8 });
      expect(pair.run((k) => k.bloomTest(filter, words - 1, added, n, mask), { address: mask, bytes: n })).toBe(n);
      errors += pair.run((k) => k.bloomTest(filter, words - 1, others, n, mask), { address: mask, bytes: n });
      strangers += n;
    });
    expect(errors / strangers).toBeLessThan(1 / 100);
  });
});
