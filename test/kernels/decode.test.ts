import { describe, expect, it } from 'vitest';
import { packBits } from '../../src/kernels/bit-packing.ts';
import { SEED } from '../storage/random.ts';
import { drawI64 } from './draw-vectors.ts';
import { forRows } from './kernel-pair.ts';

describe(`decoding and its twins (SEED=${SEED})`, () => {
  it('unpack at every width, from any row, at the end of memory', () => {
    forRows((pair, n, draw) => {
      const from = draw.below(n + 1) % 70;
      const rows = n - from;
      if (rows <= 0) return;
      const base = pair.put(drawI64(draw, 1));
      const narrow = { address: pair.room(n * 4), bytes: rows * 4 };
      const wide = { address: pair.room(n * 8), bytes: rows * 8 };
      for (let width = 0; width <= 32; width++) {
        const values = Uint32Array.from({ length: n }, () => draw.below(2 ** width));
        pair.freeLast();
        const words = pair.putLast(packBits(values, n, width));
        pair.run((k) => k.unpack(words, from, rows, width, narrow.address), narrow);
        expect(pair.read(narrow.address, narrow.bytes)).toEqual(new Uint8Array(values.slice(from).buffer));
        pair.run((k) => k.unpackI32(words, from, rows, width, base, narrow.address), narrow);
        pair.run((k) => k.unpackI64(words, from, rows, width, base, wide.address), wide);
      }
    }, 25);
  });

  it('runs, whole and damaged', () => {
    let damaged = 0;
    forRows((pair, n, draw) => {
      const ends: number[] = [];
      for (let end = 0; end < n;) {
        end = Math.min(n, end + 1 + draw.below(9));
        ends.push(end);
      }
      const count = ends.length;
      if (draw.chance(0.3)) ends[draw.below(count)] = draw.below(n + 9);
      const values = drawI64(draw, count);
      const [endsAt, valuesAt] = [pair.put(Uint16Array.from(ends)), pair.put(values)];
      const from = draw.below(n);
      const rows = n - from;
      const dst = pair.room(n * 8);
      damaged += 1 - pair.run((k) => k.runsI32(endsAt, valuesAt, count, from, rows, dst), { address: dst, bytes: rows * 4 });
      pair.run((k) => k.runsI64(endsAt, valuesAt, count, from, rows, dst), { address: dst, bytes: rows * 8 });
    });
    expect(damaged).toBeGreaterThan(2);
  });

  it('bitmaps from any row', () => {
    forRows((pair, n, draw) => {
      const from = draw.of([0, 8, draw.below(n)]);
      const bits = pair.putLast(Uint8Array.from({ length: (from + n + 7) >> 3 }, () => draw.below(256)));
      const dst = { address: pair.room(n), bytes: n };
      pair.run((k) => k.bitsToBytes(bits, from, n, dst.address), dst);
    });
  });

  it('strings by their ends, of which none may lie out of order or range', () => {
    let damaged = 0;
    forRows((pair, n, draw) => {
      const ends = new Uint32Array(n);
      let end = 0;
      for (let at = 0; at < n; at++) ends[at] = end += draw.below(5);
      const isDamaged = draw.chance(0.4);
      if (isDamaged) ends[draw.below(n)] = draw.of([0, end + 1, 0xffffffff, end]);
      const from = draw.below(n);
      const dst = { address: pair.room(n * 8), bytes: (n - from) * 8 };
      const at = pair.put(ends);
      const isFine = pair.run((k) => k.stringRefs(at, 4096, end, from, n - from, dst.address), dst);
      damaged += 1 - isFine;
      if (isFine === 0) return;
      const refs = new Uint32Array(pair.read(dst.address, dst.bytes).buffer);
      for (let row = 0; row < n - from; row++) expect(refs[row * 2] - 4096 + refs[row * 2 + 1]).toBeLessThanOrEqual(end);
    });
    expect(damaged).toBeGreaterThan(2);
  });

  it('narrowing, code ranges, floats', () => {
    forRows((pair, n, draw) => {
      const isSmall = draw.chance(0.5);
      const wide = isSmall ? BigInt64Array.from({ length: n }, () => BigInt(draw.int32())) : drawI64(draw, n);
      const src = pair.put(wide);
      const dst = { address: pair.room(n * 8), bytes: n * 4 };
      expect(pair.run((k) => k.fitsI32(src, n))).toBe(Number(wide.every((value) => BigInt.asIntN(32, value) === value)));
      pair.run((k) => k.narrowI64(src, n, dst.address), dst);
      pair.run((k) => k.narrowI64(src, n, src), { address: src, bytes: n * 4 });
      const codes = Uint32Array.from({ length: n }, () => (draw.chance(0.01) ? draw.of([0x80000000, 9]) : draw.below(9)));
      const count = draw.of([9, 10, 0xffffffff]);
      const codesAt = pair.put(codes);
      expect(pair.run((k) => k.codesInRange(codesAt, n, count))).toBe(Number(codes.every((code) => code < count)));
      const floats = pair.put(Float32Array.from({ length: n }, () => draw.float64()));
      pair.run((k) => k.f32ToF64(floats, n, dst.address), { ...dst, bytes: n * 8, isFloat: true });
    });
  });
});
