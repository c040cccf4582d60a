import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../src/kernels/kernels.ts';
import { SORT_KEY_BYTES, sortFlags, sortScratchBytes, writeSortKeys, type SortKey } from '../../src/kernels/sort-descriptor.ts';
import { TupleLayout, type VectorType } from '../../src/kernels/tuple-layout.ts';
import { Draw, SEED } from '../storage/random.ts';
import { drawColumn, drawType, keyText, type DrawnColumn } from './draw-keys.ts';
import { putTexts } from './draw-vectors.ts';
import { putTuples } from './put-tuples.ts';
import { type KernelPair, forRows } from './kernel-pair.ts';

const SORT_KEY = { i32: 'sortKeyI32', i64: 'sortKeyI64', f64: 'sortKeyF64', bool: 'sortKeyBool', str: 'sortKeyStr' } as const;

/** Texts with long beginnings in common, and bytes 0. */
function likeTexts(pair: KernelPair, draw: Draw, n: number): DrawnColumn {
  const beginning = new Uint8Array(draw.of([0, 7, 8, 30, 100])).fill(97);
  const texts = Array.from({ length: n }, () =>
    Uint8Array.from([
      ...beginning.subarray(0, draw.chance(0.2) ? draw.below(beginning.length + 1) : beginning.length),
      ...Array.from({ length: draw.below(4) }, () => draw.below(3)),
    ]),
  );
  return { type: 'str', data: putTexts(pair, draw, texts), nulls: 0, values: texts.map((text) => Buffer.from(text).toString('hex')) };
}

function drawKeys(draw: Draw, columns: readonly DrawnColumn[], layout: TupleLayout): SortKey[] {
  return columns.map(({ type }, at) => ({
    type,
    fieldOffset: layout.fieldOffset(at),
    flagOffset: layout.flagOffset(at),
    isDescending: draw.chance(0.5),
    nullsFirst: draw.chance(0.5),
  }));
}

function putSortKeys(pair: KernelPair, keys: readonly SortKey[]): number {
  const words = new Uint32Array((keys.length * SORT_KEY_BYTES) / 4);
  writeSortKeys(words, 0, keys);
  return pair.put(words);
}

describe(`sorting and its twins (SEED=${SEED})`, () => {
  it('puts tuples in order, keeps equal ones in theirs, and merges', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 500);
      const distinct = draw.of([1, 3, 60, 500]);
      const columns = Array.from({ length: draw.of([1, 1, 2, 3]) }, () =>
        draw.chance(0.25) ? likeTexts(pair, draw, n) : drawColumn(pair, draw, n, drawType(draw), distinct),
      );
      const { layout, tuples, addresses } = putTuples(pair, columns, n);
      const keys = drawKeys(draw, columns, layout);
      const at = putSortKeys(pair, keys);
      const scratch = pair.room(sortScratchBytes(n));
      // Two halves and their merge, then the whole.
      const half = draw.below(n + 1);
      const parts = pair.put(addresses);
      for (const [start, count] of [
        [0, half],
        [half, n - half],
      ]) {
        pair.run(
          (k) => k.sortTuples(parts + start * 4, count, at, keys.length, scratch),
          { address: parts + start * 4, bytes: count * 4 },
          { address: scratch, bytes: sortScratchBytes(n), isScratch: true },
        );
      }
      const merged = pair.room(n * 4);
      pair.run((k) => k.mergeSorted(parts, half, parts + half * 4, n - half, at, keys.length, merged), { address: merged, bytes: n * 4 });
      pair.run(
        (k) => k.sortTuples(tuples, n, at, keys.length, scratch),
        { address: tuples, bytes: n * 4 },
        { address: scratch, bytes: sortScratchBytes(n), isScratch: true },
      );
      expect(pair.read(merged, n * 4)).toEqual(pair.read(tuples, n * 4));
      const rowOf = new Map(Array.from(addresses, (address, row) => [address, row]));
      const order = Array.from(new Uint32Array(pair.read(tuples, n * 4).buffer), (address) => rowOf.get(address) ?? -1);
      expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, row) => row));

      const mask = pair.room(n);
      const starts = pair.run((k) => k.sortedStarts(tuples, n, at, keys.length, 0, mask), { address: mask, bytes: n });
      const texts = order.map((row) => keyText(columns, row));
      expect(starts).toBe(new Set(texts).size);
      const flags = pair.read(mask, n);
      for (let row = 1; row < n; row++) {
        expect(flags[row]).toBe(Number(texts[row] !== texts[row - 1]));
        if (flags[row] === 0) expect(order[row]).toBeGreaterThan(order[row - 1]);
      }
      pair.run((k) => k.sortedStarts(tuples + 4, n - 1, at, keys.length, addresses[order[0]], mask), { address: mask, bytes: n - 1 });
      expect(pair.read(mask, n - 1)).toEqual(flags.subarray(1));
    }, 100);
  });

  it('keys of vectors are those of tuples, never against the order, and a bound lets through what it must', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 500);
      const column = draw.chance(0.3) ? likeTexts(pair, draw, n) : drawColumn(pair, draw, n, drawType(draw), 50);
      const { layout, tuples, addresses } = putTuples(pair, [column], n);
      const [key] = drawKeys(draw, [column], layout);
      const at = putSortKeys(pair, [key]);
      const [words, again] = [pair.room(n * 8), pair.room(n * 8)];
      pair.run((k) => k[SORT_KEY[column.type]](column.data, column.nulls, n, sortFlags(key), words), { address: words, bytes: n * 8 });
      pair.run((k) => k.tupleSortKeys(tuples, n, at, again), { address: again, bytes: n * 8 });
      expect(pair.read(again, n * 8)).toEqual(pair.read(words, n * 8));

      const all = new BigUint64Array(pair.read(words, n * 8).buffer);
      const scratch = pair.room(sortScratchBytes(n));
      pair.run(
        (k) => k.sortTuples(tuples, n, at, 1, scratch),
        { address: tuples, bytes: n * 4 },
        { address: scratch, bytes: sortScratchBytes(n), isScratch: true },
      );
      const sorted = Array.from(new Uint32Array(pair.read(tuples, n * 4).buffer), (address) => all[addresses.indexOf(address)]);
      for (let row = 1; row < n; row++) expect(sorted[row] >= sorted[row - 1]).toBe(true);
      const bound = pair.put(BigUint64Array.of(all[draw.below(n)]));
      const limit = new BigUint64Array(pair.read(bound, 8).buffer)[0];
      const mask = pair.room(n);
      for (const orEqual of [0, 1]) {
        const count = pair.run((k) => k.topMask(words, bound, orEqual, n, mask), { address: mask, bytes: n });
        expect(count).toBe(sorted.filter((word) => word < limit || (orEqual === 1 && word === limit)).length);
      }
    });
  });

  it('sorts many tuples of every distribution', { timeout: 60_000 }, () => {
    const n = 70_000;
    const layout = new TupleLayout(['f64', 'i64']);
    const memory = new WebAssembly.Memory({ initial: 128, maximum: 128 });
    const kernels = loadKernels(memory, false);
    if (kernels === undefined) throw new Error('this host compiles WebAssembly');
    const draw = new Draw(SEED);
    const [words, floats, longs] = [new Uint32Array(memory.buffer), new Float64Array(memory.buffer), new BigInt64Array(memory.buffer)];
    const keysAt = 64;
    const tuples = 1024;
    const room = tuples + n * 4 + 1024;
    const scratch = Math.ceil((room + n * layout.stride) / 16) * 16;
    const type = (at: number): VectorType => layout.fields[at];
    const distributions: readonly ((row: number) => [number, bigint])[] = [
      (row) => [draw.next() * 1e9, BigInt(row)],
      () => [draw.next() * 2 - 1, 0n],
      (row) => [row, BigInt(n - row)],
      (row) => [-row, 0n],
      () => [draw.below(3), BigInt(draw.int64())],
      () => [draw.float64(), BigInt(draw.int64())],
      () => [0, BigInt(draw.below(2 ** 32)) * 1_000_000_007n],
      (row) => [row % 1000 === 0 ? draw.next() * 1e300 : draw.below(10), BigInt(draw.below(5))],
    ];
    for (const [number, drawn] of distributions.entries()) {
      const values = Array.from({ length: n }, (_, row) => drawn(row));
      new Uint8Array(memory.buffer).fill(0, room, room + n * layout.stride);
      for (const [row, [float, long]] of values.entries()) {
        const tuple = room + row * layout.stride;
        words[tuples / 4 + row] = tuple;
        floats[(tuple + layout.fieldOffset(0)) / 8] = float;
        longs[(tuple + layout.fieldOffset(1)) / 8] = long;
      }
      const keys = [0, 1].map((at): SortKey => ({
        type: type(at),
        fieldOffset: layout.fieldOffset(at),
        flagOffset: layout.flagOffset(at),
        isDescending: at === 1,
        nullsFirst: false,
      }));
      writeSortKeys(words, keysAt, keys);
      kernels.sortTuples(tuples, n, keysAt, 2, scratch);
      const rank = (value: number): number => (Number.isNaN(value) ? Infinity : value === Infinity ? Number.MAX_VALUE : value);
      const expected = values
        .map((value, row) => ({ value, row }))
        .toSorted((a, b) => {
          const [x, y] = [rank(a.value[0]), rank(b.value[0])];
          if (x !== y) return x - y;
          return a.value[1] === b.value[1] ? a.row - b.row : a.value[1] > b.value[1] ? -1 : 1;
        })
        .map(({ row }) => row);
      const found = Array.from(words.subarray(tuples / 4, tuples / 4 + n), (tuple) => (tuple - room) / layout.stride);
      expect(
        found.findIndex((row, at) => row !== expected[at]),
        `distribution ${number}`,
      ).toBe(-1);
    }
  });
});
