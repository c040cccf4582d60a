import { describe, expect, it } from 'vitest';
import { SEED } from '../storage/random.ts';
import { drawColumn, drawType, keyText, putHashes, type DrawnColumn } from './draw-keys.ts';
import { forRows } from './kernel-pair.ts';
import { putTuples } from './put-tuples.ts';

describe(`spilling and its twins (SEED=${SEED})`, () => {
  it('parts rows by bits of their hashes', () => {
    forRows((pair, n, draw) => {
      const values = Uint32Array.from({ length: n }, () => draw.below(2 ** 32));
      const hashes = pair.put(values);
      const bits = 1 + draw.below(8);
      const shift = draw.of([0, 32 - bits, 10]);
      const parts = 2 ** bits;
      const [rows, counts] = [pair.room(n * 4), pair.room(parts * 4)];
      pair.run(
        (k) => k.partition(hashes, n, shift, bits, rows, counts),
        { address: rows, bytes: n * 4 },
        { address: counts, bytes: parts * 4 },
      );
      const found = new Uint32Array(pair.read(rows, n * 4).buffer);
      let at = 0;
      for (const [part, count] of new Uint32Array(pair.read(counts, parts * 4).buffer).entries()) {
        for (const row of found.subarray(at, at + count)) expect((values[row] >>> shift) % parts).toBe(part);
        at += count;
      }
      expect(at).toBe(n);
    });
  });

  it('keeps rows by part over several vectors, and says which parts are full', () => {
    forRows((pair, n, draw) => {
      const bits = 1 + draw.below(4);
      const parts = 2 ** bits;
      const capacity = 2048 + draw.below(n + 10);
      const fills = pair.put(new Uint32Array(parts));
      const places = pair.room(n * 4);
      const seen = new Set<number>();
      const counts = new Uint32Array(parts);
      for (let round = 0; round < 2; round++) {
        const values = Uint32Array.from({ length: n }, () => draw.below(2 ** 32));
        const hashes = pair.put(values);
        const full = pair.run(
          (k) => k.partitionPlaces(hashes, n, 32 - bits, bits, capacity, fills, places),
          { address: places, bytes: n * 4 },
          { address: fills, bytes: parts * 4 },
        );
        for (const [row, place] of new Uint32Array(pair.read(places, n * 4).buffer).entries()) {
          const part = values[row] >>> (32 - bits);
          expect(place).toBe(part * capacity + counts[part]++);
          expect(seen.has(place)).toBe(false);
          seen.add(place);
        }
        expect(full).toBe(counts.filter((count) => count + 2048 > capacity).length);
        if (full > 0) break;
      }
      const tuples = pair.room(n * 4);
      pair.run((k) => k.tuplesAt(places, n, 1000, 24, tuples), { address: tuples, bytes: n * 4 });
      expect(new Uint32Array(pair.read(tuples, n * 4).buffer)).toEqual(
        new Uint32Array(pair.read(places, n * 4).buffer).map((place) => 1000 + place * 24),
      );
    });
  });

  it('tuples and their texts, packed, moved and shifted, say what they said', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 300);
      const columns = [drawColumn(pair, draw, n, 'str', 30), drawColumn(pair, draw, n, drawType(draw), 30)];
      const { layout, tuples } = putTuples(pair, columns, n);
      const bytes = n * layout.stride;
      const copies = pair.room(bytes);
      pair.run((k) => k.copyTuples(tuples, n, layout.stride, copies), { address: copies, bytes });
      const copied = pair.put(Uint32Array.from({ length: n }, (_, row) => copies + row * layout.stride));
      const texts = columns.filter(({ type }) => type === 'str').length;
      const arenaBytes = 16 * 1024 * texts;
      const arena = pair.room(arenaBytes);
      let used = 0;
      for (const [at, { type }] of columns.entries()) {
        if (type !== 'str') continue;
        const field = layout.fieldOffset(at);
        const start = arena + used;
        const needed = pair.run(
          (k) => k.packTexts(copied, n, field, 0, start, arena + arenaBytes, arena),
          { address: copies, bytes },
          { address: start, bytes: arenaBytes - used },
        );
        expect(needed).toBeGreaterThanOrEqual(0);
        used += needed;
      }
      // To another place, as from a file.
      const block = pair.read(copies, bytes);
      const heap = pair.read(arena, used);
      const [home, words] = [pair.put(block), pair.put(heap)];
      const moved = pair.put(Uint32Array.from({ length: n }, (_, row) => home + row * layout.stride));
      const back = columns.map((column, at): DrawnColumn => {
        const field = layout.fieldOffset(at);
        if (column.type === 'str') pair.run((k) => k.shiftTexts(moved, n, field, words), { address: home, bytes });
        const [data, nulls] = [pair.room(n * 8), pair.room(n)];
        const read = ({ i32: 'readFieldI32', i64: 'readField64', f64: 'readField64', bool: 'readFieldBool', str: 'readField64' } as const)[
          column.type
        ];
        pair.run(
          (k) => k[read](moved, n, field, layout.flagOffset(at), data, nulls),
          { address: data, bytes: n * 8, isScratch: true },
          { address: nulls, bytes: n },
        );
        if (column.type === 'str') {
          const refs = new Uint32Array(pair.read(data, n * 8).buffer);
          for (let row = 0; row < n; row++) {
            const text = new TextDecoder().decode(pair.read(refs[row * 2], refs[row * 2 + 1]));
            expect(text, keyText(columns, row)).toBe(column.values[row] ?? '');
            if (text.length > 0) expect(refs[row * 2]).toBeGreaterThanOrEqual(words);
          }
        }
        return { ...column, data, nulls };
      });
      expect(pair.read(putHashes(pair, back, n), n * 4)).toEqual(pair.read(putHashes(pair, columns, n), n * 4));
    });
  });

  it('a state that keeps a text goes with its room, and nothing goes where there is not the room', () => {
    forRows((pair, rows) => {
      const n = Math.min(rows, 100);
      const text = pair.put(new Uint8Array(40).fill(98));
      const states = pair.put(
        Uint32Array.from({ length: n * 4 }, (_, word) => {
          const length = (word >> 2) % 40;
          return length === 0 ? 0 : [text, length, 1, 64][word & 3];
        }),
      );
      const tuples = pair.put(Uint32Array.from({ length: n }, (_, row) => states + row * 16));
      const needed = Array.from({ length: n }, (_, row) => Math.ceil((row % 40) / 16) * 16).reduce((sum, room) => sum + room, 0);
      const arena = pair.room(needed);
      if (needed > 0) expect(pair.run((k) => k.packTexts(tuples, n, 0, 1, arena, arena + needed - 1, arena))).toBe(-1);
      const used = pair.run(
        (k) => k.packTexts(tuples, n, 0, 1, arena, arena + needed, 0),
        { address: states, bytes: n * 16 },
        { address: arena, bytes: needed },
      );
      expect(used).toBe(needed);
      const packed = new Uint32Array(pair.read(states, n * 16).buffer);
      for (let row = 0; row < n; row++) {
        const [at, length, has, room] = packed.subarray(row * 4, row * 4 + 4);
        if (row % 40 === 0) expect([at, length, has, room]).toEqual([0, 0, 0, 0]);
        else
          expect([length, has, room, at >= arena && at + room <= arena + needed]).toEqual([
            row % 40,
            1,
            Math.ceil((row % 40) / 16) * 16,
            true,
          ]);
      }
    });
  });
});
