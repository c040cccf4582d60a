import { describe, expect, it } from 'vitest';
import { GROUP_TABLE, GROUP_TABLE_BYTES, GROUP_WANTS } from '../../src/kernels/group-table.ts';
import { SEED, type Draw } from '../storage/random.ts';
import { keyText, layoutOf, putHashes, putKeys, type DrawnColumn } from './draw-keys.ts';
import { drawMask } from './draw-vectors.ts';
import { forRows, type KernelPair } from './kernel-pair.ts';
import { putTuples } from './put-tuples.ts';

/** Integers from `least` on, most of them nearer than `spread`, some with nulls. */
function column(pair: KernelPair, draw: Draw, n: number, type: 'i32' | 'i64', least: bigint, spread: number): DrawnColumn {
  const isNull = draw.chance(0.5) ? drawMask(draw, n) : undefined;
  const numbers = Array.from({ length: n }, () => BigInt.asIntN(64, least + BigInt(draw.below(spread))));
  return {
    type,
    data: pair.put(type === 'i32' ? Int32Array.from(numbers, Number) : BigInt64Array.from(numbers)),
    nulls: isNull === undefined ? 0 : pair.put(isNull),
    values: numbers.map((number, row) => (isNull?.[row] === 1 ? null : String(number))),
  };
}

const leastOf = (draw: Draw, type: 'i32' | 'i64'): bigint =>
  type === 'i32' ? draw.of([0n, -64n, 2n ** 31n - 5000n]) : draw.of([0n, -640n, 2n ** 63n - 2000n, -(2n ** 63n)]);

describe(`places in a small range and their twins (SEED=${SEED})`, () => {
  it('bits are set for what lies inside, and list the values in order', () => {
    let [inside, outside] = [0, 0];
    forRows((pair, n, draw) => {
      const type = draw.of(['i32', 'i64'] as const);
      const least = leastOf(draw, type);
      const bits = 64 * (1 + draw.below(30));
      const { data, values } = column(pair, draw, n, type, least, 2100);
      const words = pair.put(new Uint8Array(bits / 8));
      const cell = pair.put(BigInt64Array.of(least));
      const name = type === 'i32' ? 'denseSetI32' : 'denseSetI64';
      const all = Array.from(
        type === 'i32' ? new Int32Array(pair.read(data, n * 4).buffer) : new BigInt64Array(pair.read(data, n * 8).buffer),
        BigInt,
      );
      const left = all.filter((value) => BigInt.asUintN(64, value - least) >= BigInt(bits)).length;
      expect(pair.run((k) => k[name](words, bits, cell, data, n), { address: words, bytes: bits / 8 })).toBe(left);
      const dst = pair.room(2048 * 8);
      const count = pair.run((k) => k.denseList(words, 0, bits / 64, cell, dst), { address: dst, bytes: bits * 8 });
      const found = [...new BigInt64Array(pair.read(dst, count * 8).buffer)];
      const wanted = [...new Set(all)].filter((value) => BigInt.asUintN(64, value - least) < BigInt(bits));
      expect(found).toEqual(wanted.toSorted((a, b) => (BigInt.asUintN(64, a - least) < BigInt.asUintN(64, b - least) ? -1 : 1)));
      expect(values.length).toBe(n);
      inside += n - left;
      outside += left;
    });
    expect(Math.min(inside, outside)).toBeGreaterThan(500);
  });

  it('rows have the same tuple exactly when their keys are equal, null being one of them', () => {
    const wanted = new Map<number, number>();
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 400);
      const type = draw.of(['i32', 'i64'] as const);
      const least = leastOf(draw, type);
      const range = 64 * (1 + draw.below(4));
      const key = column(pair, draw, n, type, least, draw.of([range, range + 1]));
      const layout = layoutOf([key], ['count']);
      const keys = putKeys(pair, layout, [key]);
      const cell = pair.put(BigInt64Array.of(least));
      const slots = pair.put(new Uint32Array(range + 1));
      const scratch = pair.room(n * 4);
      const room = pair.room(300 * layout.stride);
      const header = new Uint32Array(GROUP_TABLE_BYTES / 4);
      const table = pair.room(GROUP_TABLE_BYTES);
      header[GROUP_TABLE.limit] = 0xffff_ffff;
      header[GROUP_TABLE.stride] = layout.stride;
      header[GROUP_TABLE.scratch] = scratch;
      header[GROUP_TABLE.tuples] = room;
      header[GROUP_TABLE.tuplesEnd] = room + draw.of([5, 300]) * layout.stride;
      pair.write(table, header);
      const dst = pair.room(n * 4);
      const found = (): number =>
        pair.run(
          (k) => k.groupDirect(table, slots, range, cell, keys, n, 0, dst),
          { address: dst, bytes: n * 4, isScratch: true },
          { address: scratch, bytes: n * 4, isScratch: true },
          { address: table, bytes: GROUP_TABLE_BYTES },
          { address: slots, bytes: (range + 1) * 4 },
          { address: room, bytes: 300 * layout.stride },
        );
      const done = found();
      const after = new Uint32Array(pair.read(table, GROUP_TABLE_BYTES).buffer);
      const wants = after[GROUP_TABLE.wants];
      wanted.set(wants, (wanted.get(wants) ?? 0) + 1);
      const isOutside = key.values.some((value) => value !== null && BigInt(value) >= least + BigInt(range));
      if (isOutside) {
        expect([done, wants, after[GROUP_TABLE.count]]).toEqual([0, GROUP_WANTS.range, 0]);
        return;
      }
      expect(done < n).toBe(wants === GROUP_WANTS.tuples);
      const tuples = new Uint32Array(pair.read(dst, n * 4).buffer);
      const byKey = new Map<string, number>();
      for (let row = 0; row < done; row++) {
        const text = keyText([key], row);
        if (!byKey.has(text)) byKey.set(text, room + byKey.size * layout.stride);
        expect(tuples[row]).toBe(byKey.get(text));
      }
      expect(after[GROUP_TABLE.count]).toBe(byKey.size);
    }, 200);
    expect(Math.min(...[GROUP_WANTS.nothing, GROUP_WANTS.tuples, GROUP_WANTS.range].map((one) => wanted.get(one) ?? 0))).toBeGreaterThan(5);
  });

  it('tuples of different keys are hung where their hashes look for them', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 100);
      const key: DrawnColumn = { type: 'i32', data: pair.put(Int32Array.from({ length: n }, (_, row) => row)), nulls: 0, values: [] };
      const build = putTuples(pair, [key], n, draw.chance(0.3));
      const entries = pair.put(new Uint8Array(256 * 8));
      pair.run((k) => k.groupPlace(entries, 255, build.tuples, n), { address: entries, bytes: 256 * 8 });
      const table = new Uint32Array(GROUP_TABLE_BYTES / 4);
      table.set([entries, 255, n, 256]);
      table[GROUP_TABLE.scratch] = pair.room(n * 4);
      const header = pair.put(table);
      const hashes = putHashes(pair, [key], n);
      const stored = pair.room(n * 4);
      pair.run((k) => k.readHashes(build.tuples, n, stored), { address: stored, bytes: n * 4 });
      const dst = pair.room(n * 4);
      const same = Buffer.compare(pair.read(hashes, n * 4), pair.read(stored, n * 4)) === 0;
      if (!same) return;
      const keys = putKeys(pair, build.layout, [key]);
      const done = pair.run(
        (k) => k.groupFind(header, keys, 1, hashes, n, 0, dst),
        { address: dst, bytes: n * 4 },
        { address: table[GROUP_TABLE.scratch], bytes: n * 4, isScratch: true },
        { address: header, bytes: GROUP_TABLE_BYTES },
      );
      expect(done).toBe(n);
      expect([...new Uint32Array(pair.read(dst, n * 4).buffer)]).toEqual([...build.addresses]);
    });
  });

  it('places tell which rows have a partner, and whether keys come twice', () => {
    const seen = { unique: 0, twice: 0, matches: 0 };
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 300);
      const type = draw.of(['i32', 'i64'] as const);
      const least = leastOf(draw, type);
      const range = 64 + draw.below(200);
      const buildRows = draw.of([3, 60]);
      const key = column(pair, draw, buildRows, type, least, draw.of([range + 10, 100_000].slice(0, type === 'i32' ? 1 : 2)));
      const build = putTuples(pair, [key], buildRows);
      const present = pair.put(new Uint8Array(Math.ceil(range / 64) * 8));
      const presentBytes = { address: present, bytes: Math.ceil(range / 64) * 8 };
      const cell = pair.put(BigInt64Array.of(least));
      const places = pair.room(buildRows * 4);
      const { layout, tuples } = build;
      const again = pair.run(
        (k) => k.densePlaces(present, cell, range, layout.fieldOffset(0), layout.flagOffset(0), tuples, buildRows, places),
        presentBytes,
        { address: places, bytes: buildRows * 4 },
      );
      const placeOf = (value: string | null | undefined): number => {
        const place = typeof value === 'string' ? BigInt.asUintN(64, BigInt(value) - least) : BigInt(range);
        return place < BigInt(range) ? Number(place) + 1 : 0;
      };
      const wanted = key.values.map(placeOf);
      expect([...new Uint32Array(pair.read(places, buildRows * 4).buffer)]).toEqual(wanted);
      const inside = wanted.filter((place) => place > 0);
      expect(again).toBe(inside.length - new Set(inside).size);
      seen[again === 0 ? 'unique' : 'twice']++;

      const probe = column(pair, draw, n, type, least, range + 10);
      const keys = putKeys(pair, layout, [probe]);
      const [dstRows, dstPlaces] = [pair.room(n * 4), pair.room(n * 4)];
      for (const words of [present, 0]) {
        const count = pair.run(
          (k) => k.denseCandidates(words, cell, range, keys, n, dstRows, dstPlaces),
          { address: dstRows, bytes: n * 4, isScratch: true },
          { address: dstPlaces, bytes: n * 4, isScratch: true },
        );
        const found = [dstRows, dstPlaces].map((at) => [...new Uint32Array(pair.read(at, count * 4).buffer)]);
        const partners = probe.values
          .map((value, row) => [row, placeOf(value)])
          .filter(([, place]) => place > 0 && (words === 0 || inside.includes(place)));
        expect(found).toEqual([partners.map(([row]) => row), partners.map(([, place]) => place)]);
        seen.matches += words === 0 ? 0 : count;
      }
    }, 150);
    expect(Math.min(seen.unique, seen.twice)).toBeGreaterThan(10);
    expect(seen.matches).toBeGreaterThan(500);
  });
});
