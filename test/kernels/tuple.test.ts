import { describe, expect, it } from 'vitest';
import { TupleLayout } from '../../src/kernels/tuple-layout.ts';
import { SEED } from '../storage/random.ts';
import { drawColumn, drawType, keyText, layoutOf, putHashes, type DrawnColumn } from './draw-keys.ts';
import { drawF64, drawI64, drawMask, drawTexts, putNulls, putTexts } from './draw-vectors.ts';
import { forRows } from './kernel-pair.ts';

const WIDTH = { i32: 4, i64: 8, f64: 8, bool: 1, str: 8 } as const;
const WRITE = { i32: 'writeFieldI32', i64: 'writeField64', f64: 'writeField64', bool: 'writeFieldBool', str: 'writeField64' } as const;
const READ = { i32: 'readFieldI32', i64: 'readField64', f64: 'readField64', bool: 'readFieldBool', str: 'readField64' } as const;

describe(`tuples and their twins (SEED=${SEED})`, () => {
  it('fields come back as they went in, and rows without a tuple as null', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 700);
      const columns = Array.from({ length: 1 + draw.below(4) }, () => drawColumn(pair, draw, n, drawType(draw), 1 + draw.below(60)));
      const layout = layoutOf(columns);
      const [tuples, room] = [pair.room(n * 4), pair.room(n * layout.stride)];
      pair.run((k) => k.tupleAddresses(room, layout.stride, n, tuples), { address: tuples, bytes: n * 4 });
      const hashes = putHashes(pair, columns, n);
      const back = pair.room(n * 4);
      const all = { address: room, bytes: n * layout.stride };
      pair.run((k) => k.writeHashes(hashes, n, tuples), all);
      for (const [at, { type, data, nulls }] of columns.entries()) {
        pair.run((k) => k[WRITE[type]](data, nulls, n, tuples, layout.fieldOffset(at), layout.flagOffset(at)), all);
      }
      pair.run((k) => k.readHashes(tuples, n, back), { address: back, bytes: n * 4 });
      expect(pair.read(back, n * 4)).toEqual(pair.read(hashes, n * 4));

      const addresses = new Uint32Array(pair.read(tuples, n * 4).buffer);
      const order = Array.from({ length: n }, () => (draw.chance(0.1) ? -1 : draw.below(n)));
      const picked = pair.put(Uint32Array.from(order, (row) => (row < 0 ? 0 : addresses[row])));
      const read = columns.map((column, at): DrawnColumn => {
        const bytes = n * WIDTH[column.type];
        const [data, nulls] = [pair.room(bytes), pair.room(n)];
        const any = pair.run(
          (k) => k[READ[column.type]](picked, n, layout.fieldOffset(at), layout.flagOffset(at), data, nulls),
          { address: data, bytes },
          { address: nulls, bytes: n },
        );
        const values = order.map((row) => (row < 0 ? null : column.values[row]));
        expect([...pair.read(nulls, n)]).toEqual(values.map((value) => Number(value === null)));
        expect(any).toBe(Number(values.includes(null)));
        return { ...column, data, nulls, values };
      });
      // The rows read are the rows written: so say their hashes.
      const again = new Uint32Array(pair.read(putHashes(pair, read, n), n * 4).buffer);
      const first = new Uint32Array(pair.read(hashes, n * 4).buffer);
      for (let row = 0; row < n; row++) if (order[row] >= 0) expect(again[row], keyText(read, row)).toBe(first[order[row]]);
    });
  });

  it('states are read with nulls where nothing was counted', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 700);
      const layout = new TupleLayout([], ['sumInt', 'sumF64']);
      const states = new BigInt64Array((n * layout.stride) / 8);
      const counted = drawMask(draw, n);
      const floats = new BigInt64Array(drawF64(draw, n).buffer);
      const ints = drawI64(draw, n);
      let unfit = 0;
      for (let row = 0; row < n; row++) {
        const word = (row * layout.stride) / 8;
        const isWide = draw.chance(0.1);
        if (isWide && counted[row] === 1) unfit++;
        const at = word + layout.stateOffset(0) / 8;
        states.set([ints[row], (ints[row] < 0n ? -1n : 0n) + (isWide ? 1n : 0n), BigInt(counted[row])], at);
        states.set([floats[row], BigInt(counted[row]) << 32n], word + layout.stateOffset(1) / 8);
      }
      const room = pair.put(states);
      const tuples = pair.put(Uint32Array.from({ length: n }, (_, row) => room + row * layout.stride));
      const [dst, nulls] = [pair.room(n * 8), pair.room(n)];
      const written = [
        { address: dst, bytes: n * 8 },
        { address: nulls, bytes: n },
      ] as const;
      expect(pair.run((k) => k.readSumInt(tuples, n, layout.stateOffset(0), dst, nulls), ...written)).toBe(unfit);
      expect([...new BigInt64Array(pair.read(dst, n * 8).buffer)]).toEqual(Array.from(ints, (sum, row) => (counted[row] === 1 ? sum : 0n)));
      const offset = layout.stateOffset(1);
      const any = pair.run((k) => k.readState64(tuples, n, offset, offset + 8, dst, nulls), ...written);
      expect(any).toBe(Number(counted.includes(0)));
      expect([...pair.read(nulls, n)]).toEqual(Array.from(counted, (count) => 1 - count));
      pair.run((k) => k.readStateI32(tuples, n, offset, offset + 8, dst, nulls), { address: dst, bytes: n * 4 }, written[1]);
      const small = pair.put(BigInt64Array.from({ length: n * 2 }, () => BigInt(draw.below(2))));
      const smallTuples = pair.put(Uint32Array.from({ length: n }, (_, row) => small + row * 16));
      pair.run((k) => k.readStateBool(smallTuples, n, 0, 8, dst, nulls), { address: dst, bytes: n }, written[1]);
    });
  });

  it('texts are copied end to end when there is the room, and not at all when there is not', () => {
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 300);
      const texts = drawTexts(draw, n);
      if (draw.chance(0.3)) texts[draw.below(n)] = new Uint8Array(300 + draw.below(300)).fill(97);
      const refs = putTexts(pair, draw, texts);
      const nullAt = putNulls(pair, draw, n);
      const nulls = nullAt === 0 ? new Uint8Array(n) : pair.read(nullAt, n);
      const needed = texts.reduce((sum, text, row) => sum + (nulls[row] === 1 ? 0 : text.length), 0);
      expect(pair.run((k) => k.stringBytes(refs, nullAt, n))).toBe(needed);
      const room = needed + draw.of([0, 0, 5]);
      const [arena, dst] = [pair.room(room), pair.room(n * 8)];
      const written = [
        { address: arena, bytes: needed },
        { address: dst, bytes: n * 8 },
      ] as const;
      if (needed > 0) expect(pair.run((k) => k.copyStrings(refs, nullAt, n, arena, arena + needed - 1, dst))).toBe(-1);
      expect(pair.run((k) => k.copyStrings(refs, nullAt, n, arena, arena + room, dst), ...written)).toBe(needed);
      const copies = new Uint32Array(pair.read(dst, n * 8).buffer);
      for (let row = 0; row < n; row++) {
        const copy = pair.read(copies[row * 2], copies[row * 2 + 1]);
        expect(Buffer.compare(copy, nulls[row] === 1 ? new Uint8Array() : texts[row])).toBe(0);
      }
    });
  });
});
