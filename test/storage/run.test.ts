import { describe, expect, it } from 'vitest';
import { compareBytes, hexOf } from '../../src/base/bytes.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { manifestOf } from '../../src/storage/manifest.ts';
import { Memtable } from '../../src/storage/memtable.ts';
import { encodeRow } from '../../src/storage/row-codec.ts';
import { RunBuilder } from '../../src/storage/run-builder.ts';
import { RowReader } from '../../src/storage/row-reader.ts';
import { openCursor, readRow, treeStatistics, type Snapshot } from '../../src/storage/storage-state.ts';
import { slot, type Key, type KeyRange, type TreeSchema } from '../../src/storage/tree.ts';
import { OID } from '../../src/types/oid.ts';
import { Numeric, type Row } from '../../src/types/value.ts';
import { TestBucket } from './bucket.ts';
import { Draw, SEED } from './random.ts';
import { EVERY_TYPE, schemaOf } from './schemas.ts';

async function scanned(
  snapshot: Snapshot,
  schema: TreeSchema,
  range: KeyRange,
  options: { columns: readonly number[]; reverse?: boolean; rowsWanted?: number },
): Promise<{ rows: Row[]; keys: Key[] }> {
  const cursor = openCursor(snapshot, schema, range, { ...options, keys: true });
  const rows: Row[] = [];
  const keys: Key[] = [];
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
    expect(batch.rows.length).toBeGreaterThan(0);
    rows.push(...batch.rows);
    keys.push(...batch.keys);
  }
  return { rows, keys };
}

/** A snapshot over one base run of these rows, sorted here. */
async function snapshotOf(
  bucket: TestBucket,
  schema: TreeSchema,
  rows: readonly Row[],
  cacheBytesMax?: number,
): Promise<{ snapshot: Snapshot; entries: { key: Key; row: Row }[] }> {
  const entries = rows.map((row) => ({ key: encodeKey(schema, row), row })).sort((a, b) => compareBytes(a.key, b.key));
  const writer = bucket.writer(1, 300_000);
  const builder = new RunBuilder(writer, { tree: schema.id, kind: 'base', slot: slot(1), firstOrdinal: undefined, base: undefined });
  for (const { key, row } of entries) builder.rows.row(key, encodeRow(schema, row));
  const run = builder.finish();
  const sizes = await writer.finish();
  if (run === undefined) throw new Error('there are rows');
  const manifest = manifestOf(slot(1), new Map([[schema.id, [run]]]), sizes);
  return { snapshot: { manifest, memtable: new Memtable(), slot: slot(1), pages: bucket.pages(cacheBytesMax) }, entries };
}

function wideRow(draw: Draw, id: number): Row {
  return [
    draw.nullable(() => draw.chance(0.5)),
    id,
    draw.nullable(() => draw.int64()),
    draw.nullable(() => Math.fround(draw.float64())),
    draw.nullable(() => draw.float64()),
    draw.nullable(() => (draw.chance(0.98) ? new Numeric(draw.below(100_000), 2) : draw.numeric())),
    draw.nullable(() => (draw.chance(0.003) ? 'long é '.repeat(draw.of([290, 500, 5000])) : draw.text())),
    draw.nullable(() => (draw.chance(0.003) ? new Uint8Array(5000).fill(draw.below(256)) : draw.bytes())),
  ];
}

describe(`runs (SEED=${SEED})`, () => {
  it('give back every row, by key and by scan, in both directions and in parts', async () => {
    const draw = new Draw(SEED + 20);
    const schema = schemaOf(EVERY_TYPE, [1]);
    const all = EVERY_TYPE.map((_, at) => at);
    for (const count of [1, 7, 2048, 2049, 9000]) {
      const bucket = new TestBucket(SEED);
      bucket.asynchronous = 0.5;
      const rows = Array.from({ length: count }, (_, at) => wideRow(draw, at * 3 - 5));
      const { snapshot, entries } = await snapshotOf(bucket, schema, rows, 2_000_000);
      const whole = await scanned(snapshot, schema, { from: undefined, to: undefined }, { columns: all });
      expect(whole.rows).toEqual(entries.map((entry) => entry.row));
      expect(whole.keys).toEqual(entries.map((entry) => entry.key));
      const back = await scanned(snapshot, schema, { from: undefined, to: undefined }, { columns: [5, 1], reverse: true });
      expect(back.rows).toEqual(entries.map((entry) => [entry.row[5], entry.row[1]]).reverse());
      for (let round = 0; round < 30; round++) {
        const entry = draw.of(entries);
        expect(await readRow(snapshot, schema, entry.key, [6, 0, 7, 1])).toEqual([entry.row[6], entry.row[0], entry.row[7], entry.row[1]]);
        expect(
          await readRow(snapshot, schema, encodeKey(schema, [null, draw.below(count) * 3, null, null, null, null, null, null]), [0]),
        ).toBeNull();
        const bound = (): Key | undefined =>
          draw.chance(0.2) ? undefined : encodeKey(schema, [null, draw.below(count * 3 + 10) - 8, null, null, null, null, null, null]);
        const range = { from: bound(), to: bound() };
        const inside = entries.filter(
          ({ key }) =>
            (range.from === undefined || compareBytes(key, range.from) >= 0) && (range.to === undefined || compareBytes(key, range.to) < 0),
        );
        const reverse = draw.chance(0.5);
        const found = await scanned(snapshot, schema, range, { columns: [1], reverse, rowsWanted: draw.of([1, 5, 3000]) });
        const expected = inside.map((one) => [one.row[1]]);
        expect(found.rows).toEqual(reverse ? expected.reverse() : expected);
      }
    }
  });

  it('find text keys of any length by their heads, prefixes and tails', async () => {
    const draw = new Draw(SEED + 21);
    const schema = schemaOf([OID.text, OID.int4], [0, 1]);
    const bucket = new TestBucket(SEED);
    const stems = ['', 'customer-', 'customer-000', 'z'.repeat(40)];
    const seen = new Set<string>();
    const rows: Row[] = [];
    while (rows.length < 5000) {
      const row = [draw.of(stems) + draw.text(), draw.below(50)];
      if (seen.has(JSON.stringify(row))) continue;
      seen.add(JSON.stringify(row));
      rows.push(row);
    }
    const { snapshot, entries } = await snapshotOf(bucket, schema, rows);
    expect((await scanned(snapshot, schema, { from: undefined, to: undefined }, { columns: [0, 1] })).rows).toEqual(
      entries.map((entry) => entry.row),
    );
    for (const { key, row } of entries) expect(await readRow(snapshot, schema, key, [0, 1])).toEqual(row);
    for (let round = 0; round < 500; round++) {
      const row = [draw.of(stems) + draw.text(), 100];
      expect(await readRow(snapshot, schema, encodeKey(schema, row), [0])).toBeNull();
    }
  });

  it('know their columns without being read', async () => {
    const schema = schemaOf([OID.int4, OID.int8, OID.text], [0]);
    const bucket = new TestBucket(SEED);
    const { snapshot } = await snapshotOf(
      bucket,
      schema,
      Array.from({ length: 6000 }, (_, at) => [at, at % 2 === 0 ? null : at * 10, 'abc']),
    );
    const statistics = await treeStatistics(snapshot, schema.id);
    expect(statistics.rows).toBe(6000);
    expect(statistics.columns.map(({ column, nulls, min, max }) => ({ column, nulls, min, max }))).toEqual([
      { column: 1, nulls: 0, min: 0, max: 5999 },
      { column: 2, nulls: 3000, min: 10, max: 59_990 },
      { column: 3, nulls: 0, min: 'abc', max: 'abc' },
    ]);
  });

  it('pass over leaves outside column bounds and still find every row inside', async () => {
    const schema = schemaOf([OID.int4, OID.int8], [0]);
    const bucket = new TestBucket(SEED);
    const { snapshot } = await snapshotOf(
      bucket,
      schema,
      Array.from({ length: 40_000 }, (_, at) => [at, at]),
    );
    const cursor = openCursor(
      snapshot,
      schema,
      { from: undefined, to: undefined },
      { columns: [0], bounds: [{ column: 1, min: 20_000, max: 20_010 }] },
    );
    const found: number[] = [];
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next())
      found.push(...batch.rows.map((row) => Number(row[0])));
    for (let at = 20_000; at <= 20_010; at++) expect(found).toContain(at);
    expect(found.length).toBeLessThan(5000);
  });
});

describe(`a row reader (SEED=${SEED})`, () => {
  const wide = schemaOf(EVERY_TYPE, [1]);

  it.each([[[0, 1, 2, 3, 4, 5, 6, 7]], [[6]], [[5, 1, 5]], [[]]])(
    'reads columns %j as readRow does, of new leaves and of known ones',
    async (columns) => {
      const draw = new Draw(SEED);
      const bucket = new TestBucket(SEED);
      const rows = Array.from({ length: 5000 }, (_, at) => wideRow(draw, at * 3 - 700));
      const { snapshot, entries } = await snapshotOf(bucket, wide, rows);
      const reader = new RowReader(wide, columns);
      const into: Row = [];
      let waits = 0;
      for (let round = 0; round < 1500; round++) {
        const key = draw.chance(0.8) ? draw.of(entries).key : encodeKey(wide, wideRow(draw, draw.below(16_000) - 1000));
        const expected = await readRow(snapshot, wide, key, columns);
        const outcome = reader.read(snapshot, key, into);
        if (outcome === 'waits') waits++;
        else expect(outcome === 'absent' ? null : into.slice(0, columns.length)).toEqual(expected);
      }
      expect(waits).toBeLessThan(columns.length === 0 ? 1 : 200); // values out of line
    },
  );

  it('reads keys of every shape', async () => {
    const draw = new Draw(SEED);
    for (const [types, key] of [
      [[OID.int8], [0]],
      [[OID.text, OID.int4], [0]],
      [
        [OID.int4, OID.int4],
        [0, 1],
      ],
      [
        [OID.bool, OID.int4],
        [0, { column: 1, descending: true, nullsFirst: true }],
      ],
      [[OID.uuid], [0]],
    ] as const) {
      const schema = schemaOf(types, key);
      const uuid = (): string =>
        Array.from({ length: 32 }, () => draw.below(16).toString(16))
          .join('')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      const make = (at: number): Row =>
        types.map((type, place) =>
          type === OID.text
            ? 'same '.repeat(at % 7) + draw.text()
            : type === OID.bool
              ? at % 2 === 0
              : type === OID.uuid
                ? uuid()
                : place === 0
                  ? type === OID.int8
                    ? draw.int32() * 7
                    : draw.int32()
                  : at,
        );
      const distinct = new Map(Array.from({ length: 3000 }, (_, at) => make(at)).map((row) => [hexOf(encodeKey(schema, row)), row]));
      const { snapshot, entries } = await snapshotOf(new TestBucket(SEED), schema, [...distinct.values()]);
      const all = types.map((_, at) => at);
      const reader = new RowReader(schema, all);
      const into: Row = [];
      for (let round = 0; round < 1000; round++) {
        const at = draw.below(entries.length);
        const sought = draw.chance(0.8) ? entries[at].key : encodeKey(schema, make(round));
        expect(reader.read(snapshot, sought, into) === 'absent' ? null : into.slice()).toEqual(distinct.get(hexOf(sought)) ?? null);
        if (round % 50 !== 0) continue;
        const to = draw.chance(0.05) ? undefined : entries[Math.min(entries.length - 1, at + draw.below(300))].key;
        expect(reader.open(snapshot, sought, to)).toBe(true);
        const found: Row[] = [];
        while (reader.next(into) === 'found') found.push(into.slice());
        const inside = entries.filter(
          (entry) => compareBytes(entry.key, sought) >= 0 && (to === undefined || compareBytes(entry.key, to) < 0),
        );
        expect(found).toEqual(inside.map((entry) => entry.row));
      }
    }
  });

  it('reads as missing what was written before a column was', async () => {
    const old = schemaOf([OID.int4, OID.text], [0]);
    const { snapshot, entries } = await snapshotOf(
      new TestBucket(SEED),
      old,
      Array.from({ length: 300 }, (_, at) => [at, `n${at}`]),
    );
    const grown = schemaOf([OID.int4, OID.text, OID.numeric, OID.date], [0], { missing: [null, null, new Numeric(150, 2), null] });
    const reader = new RowReader(grown, [2, 0, 3]);
    const into: Row = [];
    for (let round = 0; round < 200; round++) {
      expect(reader.read(snapshot, entries[round].key, into)).toBe('found');
      expect(into).toEqual([new Numeric(150, 2), round, null]);
    }
  });
});
