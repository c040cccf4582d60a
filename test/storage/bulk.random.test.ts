import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import { LoadingMemory } from '../../src/kernels/loading-memory.ts';
import { BatchKeys } from '../../src/storage/bulk/batch-keys.ts';
import { BatchLeafWriter } from '../../src/storage/bulk/batch-leaf.ts';
import { BulkWriter } from '../../src/storage/bulk/bulk-writer.ts';
import { ColumnBatch } from '../../src/storage/bulk/column-batch.ts';
import { External } from '../../src/storage/chunk/stored-cell.ts';
import { encodeKey, isWholeKey } from '../../src/storage/key-codec.ts';
import { LeafWriter, type WriteOverflow } from '../../src/storage/leaf-writer.ts';
import type { PageReference, SegmentName } from '../../src/storage/page-reference.ts';
import { encodeRow } from '../../src/storage/row-codec.ts';
import { Memtable } from '../../src/storage/memtable.ts';
import { openCursor } from '../../src/storage/storage-state.ts';
import { slot, WHOLE_TREE, type TreeSchema } from '../../src/storage/tree.ts';
import { OID } from '../../src/types/oid.ts';
import { Numeric, type Row, type Value } from '../../src/types/value.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { TestBucket } from './bucket.ts';
import { Draw, SEED } from './random.ts';
import { EVERY_TYPE, schemaOf } from './schemas.ts';
import { often } from '../support/often.ts';

const { crypto } = nodeRuntime();

/** How a column's values are drawn: what calls for each encoding, and what has no room in a typed column. */
const MOODS = ['any', 'few', 'one', 'narrow', 'sorted', 'distinct', 'nulls'] as const;

function valueOf(draw: Draw, oid: number, mood: (typeof MOODS)[number], row: number): Value {
  if (mood === 'nulls' || (mood !== 'one' && draw.chance(0.05))) return null;
  const small = mood === 'one' ? 7 : mood === 'few' ? draw.below(3) : mood === 'narrow' ? draw.below(1000) : row >> 3;
  const isAny = mood === 'any';
  switch (oid) {
    case OID.bool:
      return isAny ? draw.chance(0.5) : small % 2 === 0;
    case OID.int4:
      return isAny ? draw.int32() : small;
    case OID.int8:
      return isAny ? draw.int64() : small;
    case OID.float4:
      return Math.fround(isAny ? draw.float64() : small / 4);
    case OID.float8:
      return isAny ? draw.float64() : small / 4;
    case OID.numeric:
      return isAny && draw.chance(0.3) ? draw.numeric() : new Numeric(small, 2);
    case OID.text:
      if (isAny && draw.chance(0.01)) return 'long é '.repeat(draw.of([290, 500, 5000]));
      return isAny ? draw.text() : mood === 'distinct' ? `a value of its own ${row}` : `value ${small}`;
    default:
      if (isAny && draw.chance(0.01)) return new Uint8Array(5000).fill(draw.below(256));
      return isAny ? draw.bytes() : Uint8Array.of(small & 255, small >> 8);
  }
}

function batchOf(schema: TreeSchema, rows: readonly Row[], withKernels: boolean): { batch: ColumnBatch; keys: BatchKeys } {
  const memory = new LoadingMemory(withKernels);
  memory.u8.fill(0xee, 1024); // what was there before must not show
  const batch = new ColumnBatch(schema, memory);
  for (const row of rows) batch.add(row);
  const keys = new BatchKeys(schema, memory);
  keys.make(batch);
  return { batch, keys };
}

/** Overflow pages that are numbered in the order of their values, whoever writes them first. */
function overflow(): WriteOverflow {
  return (physical, bytes) => {
    const reference: PageReference = {
      segment: 'segment/1' as SegmentName,
      offset: bytes.length * 64,
      length: bytes.length,
      headBytes: bytes.length,
      hash: new Uint8Array(16).fill(bytes[0]),
    };
    return new External(physical, reference, bytes.length);
  };
}

describe(`batches (SEED=${SEED})`, () => {
  it('give their rows back, and make the keys and the leaf that the plain writer makes', () => {
    const draw = new Draw(SEED + 80);
    const schema = schemaOf([OID.int4, ...EVERY_TYPE, ...EVERY_TYPE], [0, 6, 13]);
    for (let round = 0; round < often(12, 40); round++) {
      const moods = schema.columns.map(() => draw.of(MOODS));
      const count = draw.of([1, 2, 9, 300, 1000, 2048]);
      const rows = Array.from({ length: count }, (_, row): Row => {
        return [row, ...schema.columns.slice(1).map(({ type }, at) => valueOf(draw, type.oid, moods[at + 1], row))];
      });
      const plain = new LeafWriter(crypto, overflow());
      for (const row of rows) {
        plain.begin(encodeKey(schema, row));
        plain.addRow(encodeRow(schema, row));
      }
      const wanted = plain.finish();
      for (const withKernels of [true, false]) {
        const { batch, keys } = batchOf(schema, rows, withKernels);
        const at = draw.below(count);
        expect(batch.rowAt(at)).toEqual(rows[at]);
        expect(keys.keyAt(at)).toEqual(encodeKey(schema, rows[at]));
        const leaf = new BatchLeafWriter(batch.memory, crypto, overflow()).finish(batch, keys, undefined);
        expect(Buffer.compare(leaf.bytes, wanted.bytes), `round ${round}, ${String(withKernels)}`).toBe(0);
        expect(Buffer.compare(leaf.hash, wanted.hash)).toBe(0);
        expect({ ...leaf, bytes: 0, hash: 0 }).toEqual({ ...wanted, bytes: 0, hash: 0 });
      }
    }
  });

  it('make the keys of every type, direction and place of nulls, and find where they are out of order', () => {
    const draw = new Draw(SEED + 81);
    const types = [...EVERY_TYPE, OID.bpchar, OID.date, OID.timestamptz, OID.interval, OID.uuid];
    for (let round = 0; round < often(50, 150); round++) {
      const chosen = [draw.of(types), draw.of(types), draw.of(types)];
      const key = [0, 1, 2].map((column) => ({ column, descending: draw.chance(0.5), nullsFirst: draw.chance(0.5) }));
      const schema = schemaOf(chosen, key, { uniqueParts: draw.of([undefined, 1, 2, 3]) });
      const rows = Array.from({ length: 1 + draw.below(60) }, (_, row): Row => chosen.map((oid) => keyValue(draw, oid, row)));
      for (const withKernels of [true, false]) {
        const { batch, keys } = batchOf(schema, rows, withKernels);
        const wanted = rows.map((row) => encodeKey(schema, row));
        expect(rows.map((_, row) => keys.keyAt(row))).toEqual(wanted);
        expect(rows.map((_, row) => batch.memory.u8[keys.whole + row] === 1)).toEqual(rows.map((row) => isWholeKey(schema, row)));
        const previous = draw.chance(0.5) ? undefined : wanted[draw.below(wanted.length)];
        const disorder = wanted.findIndex((one, at) => {
          const before = at === 0 ? previous : wanted[at - 1];
          return before !== undefined && compareBytes(before, one) >= 0;
        });
        expect(keys.firstDisorder(previous)).toBe(disorder < 0 ? rows.length : disorder);
        let shared = wanted[0];
        while (!wanted.every((one) => compareBytes(one.subarray(0, shared.length), shared) === 0)) shared = shared.subarray(0, -1);
        expect(keys.sharedBytes(wanted[0])).toBe(shared.length);
      }
    }
  });
});

function keyValue(draw: Draw, oid: number, row: number): Value {
  if (draw.chance(0.15)) return null;
  switch (oid) {
    case OID.bpchar:
      return draw.of(['a  ', 'a b ', '', '  ', 'é ']);
    case OID.date:
      return draw.of([draw.int32() >> 8, Infinity, -Infinity]);
    case OID.timestamptz:
      return draw.of([draw.below(2 ** 40), Infinity, -Infinity]);
    case OID.interval:
      return null;
    case OID.uuid:
      return `00000000-0000-0000-0000-${String(draw.below(1000)).padStart(12, '0')}`;
    default:
      return valueOf(draw, oid, draw.of(['any', 'any', 'few', 'narrow']), row);
  }
}

describe(`a bulk writer (SEED=${SEED})`, () => {
  const schema = schemaOf([OID.int4, OID.text, OID.numeric, OID.bool, OID.float8], [0]);
  const rowOf = (id: number): Row => [id, `row ${id}`.repeat((id % 3) + 1), new Numeric(id * 3, 2), id % 2 === 0, id / 7];

  async function written(
    ids: readonly number[],
    partBytes: number,
    withKernels: boolean,
  ): Promise<{ readonly runs: number; readonly ids: Value[]; readonly duplicate: Row | undefined }> {
    const bucket = new TestBucket(SEED);
    const memory = new LoadingMemory(withKernels);
    const writer = new BulkWriter(schema, bucket.writer(1, 100_000), { partBytes, memory });
    for (const id of ids) await writer.add(rowOf(id));
    const parts = await writer.finish();
    expect(writer.rows).toBe(ids.length);
    const memtable = new Memtable();
    for (const { run } of parts) memtable.attach(run, slot(1));
    const snapshot = { manifest: { slot: slot(0), trees: new Map(), segments: new Map() }, memtable, slot: slot(1), pages: bucket.pages() };
    const cursor = openCursor(snapshot, schema, WHOLE_TREE, { columns: [0, 1, 2, 3, 4] });
    const rows: Row[] = [];
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) rows.push(...batch.rows);
    for (const row of rows) expect(row).toEqual(rowOf(Number(row[0])));
    return { runs: parts.length, ids: rows.map((row) => row[0]), duplicate: writer.duplicate };
  }

  const ROWS = often(4000, 12_000);
  const ascending = Array.from({ length: ROWS }, (_, id) => id * 2);

  for (const withKernels of [true, false]) {
    it(`makes one run of rows that come in order, and a run a part of others, ${withKernels ? 'with' : 'without'} kernels`, async () => {
      expect(await written(ascending, 1, withKernels)).toEqual({ runs: 1, ids: ascending, duplicate: undefined });
      const late = [...ascending, 5, 1, 3];
      expect(await written(late, 2 ** 30, withKernels)).toEqual({
        runs: 2,
        ids: late.toSorted((a, b) => a - b),
        duplicate: undefined,
      });
      const shuffled = new Draw(SEED + 82);
      const mixed = ascending.map((id) => ({ id, at: shuffled.next() })).sort((a, b) => a.at - b.at);
      const ids = mixed.map(({ id }) => id);
      expect(await written(ids, 2 ** 30, withKernels)).toEqual({ runs: 1, ids: ascending, duplicate: undefined });
      const parts = await written(ids, ROWS * 40, withKernels);
      expect(parts.runs).toBeGreaterThan(1);
      expect(parts.ids).toEqual(ascending);
    });

    it(`finds rows with one key, in order and not, ${withKernels ? 'with' : 'without'} kernels`, async () => {
      for (const ids of [
        [1, 2, 2, 3],
        [3, 1, 2, 1],
        [...ascending, ...ascending.slice(-1)],
        [...ascending.toReversed(), 400],
      ])
        expect((await written(ids, 2 ** 30, withKernels)).duplicate?.[0]).toBe(ids.find((id, at) => ids.indexOf(id) !== at));
    });
  }

  it('holds memory for a part and no more, however many rows come', async () => {
    const bucket = new TestBucket(SEED);
    const memory = new LoadingMemory();
    const writer = new BulkWriter(schema, bucket.writer(1), { partBytes: 4_000_000, memory });
    for (let id = 0; id < 200_000; id++) await writer.add(rowOf((id * 7919) % 200_000));
    await writer.finish();
    expect(memory.bytes).toBeLessThan(16_000_000);
  });
});
