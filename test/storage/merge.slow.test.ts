import { describe, expect, it } from 'vitest';
import { compareBytes, hexOf } from '../../src/base/bytes.ts';
import { BulkWriter } from '../../src/storage/bulk/bulk-writer.ts';
import { applyEdit } from '../../src/storage/edit.ts';
import { packInlinePages, unpackInlinePages } from '../../src/storage/inline-pages.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { decodeManifest, encodeManifest } from '../../src/storage/manifest-codec.ts';
import { EMPTY_MANIFEST, runsOf, type Manifest } from '../../src/storage/manifest.ts';
import { Memtable } from '../../src/storage/memtable.ts';
import { STACK_RUNS_MAX, buildCheckpoint, buildCompaction, mostlyDeadSegments } from '../../src/storage/merge.ts';
import { encodeRow } from '../../src/storage/row-codec.ts';
import { placeholderRowId, rowIdOf } from '../../src/storage/row-id.ts';
import { RowReader } from '../../src/storage/row-reader.ts';
import { decodeRun, encodeRun } from '../../src/storage/run-codec.ts';
import { openCursor, readRow, type Snapshot } from '../../src/storage/storage-state.ts';
import { slot, type Key, type KeyRange, type TreeSchema } from '../../src/storage/tree.ts';
import type { PageStore } from '../../src/storage/page-store.ts';
import { OID } from '../../src/types/oid.ts';
import type { Row } from '../../src/types/value.ts';
import { TestBucket } from './bucket.ts';
import { Draw, SEED } from './random.ts';
import { schemaOf } from './schemas.ts';

const schema = schemaOf([OID.int4, OID.text, OID.int8], [0]);
const all = [0, 1, 2];

/** `ROUNDS=n` for longer runs. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 4);

/** A database at the storage level: what maintenance and transactions do, and a sorted map that is the truth. */
class Machine {
  readonly bucket: TestBucket;
  readonly draw: Draw;
  readonly reader = new RowReader(schema, all);
  pages: PageStore;
  manifest: Manifest = EMPTY_MANIFEST;
  memtable = new Memtable();
  at = 0;
  epoch = 1;
  truth = new Map<string, { key: Key; row: Row }>();
  readonly #kept: { snapshot: Snapshot; truth: Map<string, { key: Key; row: Row }> }[] = [];

  constructor(seed: number) {
    this.bucket = new TestBucket(seed);
    this.bucket.asynchronous = 0.3;
    this.draw = new Draw(seed);
    this.pages = this.bucket.pages(500_000);
  }

  snapshot(): Snapshot {
    return { manifest: this.manifest, memtable: this.memtable, slot: slot(this.at), pages: this.pages };
  }

  row(id: number): Row {
    const draw = this.draw;
    return [
      id,
      draw.nullable(() => (draw.chance(0.01) ? 'x'.repeat(3000) + draw.below(99) : draw.text())),
      draw.nullable(() => draw.int64()),
    ];
  }

  put(id: number): void {
    const row = this.row(id);
    const key = encodeKey(schema, row);
    this.memtable.apply(schema.id, key, encodeRow(schema, row), slot(this.at));
    this.truth.set(hexOf(key), { key, row });
  }

  delete(id: number): void {
    const key = encodeKey(schema, [id, null, null]);
    this.memtable.apply(schema.id, key, null, slot(this.at));
    this.truth.delete(hexOf(key));
  }

  clear(): void {
    this.memtable.clear(schema.id, slot(this.at));
    this.truth.clear();
  }

  async bulk(ids: readonly number[]): Promise<void> {
    const writer = new BulkWriter(schema, this.bucket.writer(this.epoch++, 200_000));
    for (const id of ids) {
      const row = this.row(id);
      await writer.add(row);
      const key = encodeKey(schema, row);
      this.truth.set(hexOf(key), { key, row });
    }
    const parts = await writer.finish();
    expect(writer.duplicate).toBeUndefined();
    for (const { run } of parts) this.memtable.attach(decodeRun(encodeRun(run), 'a run'), slot(this.at));
    writer.release();
  }

  keep(): void {
    this.#kept.push({ snapshot: this.snapshot(), truth: new Map(this.truth) });
    if (this.#kept.length > 4) this.#kept.splice(this.draw.below(4), 1);
  }

  async checkpoint(): Promise<void> {
    const edit = await buildCheckpoint(this.snapshot(), this.bucket.writer(this.epoch++, 200_000));
    // The world moves on while a checkpoint is built.
    const later = this.draw.chance(0.5);
    if (later) {
      this.at++;
      for (let count = 0; count < 5; count++) this.put(this.draw.below(3000));
    }
    const manifest = applyEdit(this.manifest, edit);
    if (manifest === undefined) throw new Error('nobody else published');
    this.manifest = decodeManifest(encodeManifest(manifest, this.bucket.crypto), 'a manifest', this.bucket.crypto);
    this.memtable = this.memtable.trimThrough(this.manifest.slot);
    expect(runsOf(this.manifest, schema.id).length).toBeLessThanOrEqual(STACK_RUNS_MAX + 3);
    for (const use of this.manifest.segments.values()) {
      expect(use.liveBytes).toBeGreaterThan(0);
      expect(use.liveBytes).toBeLessThanOrEqual(use.totalBytes);
    }
    if (this.draw.chance(0.3)) this.pages = this.bucket.pages(500_000);
  }

  async compact(): Promise<void> {
    const edit = await buildCompaction(
      this.manifest,
      this.pages,
      this.bucket.writer(this.epoch++, 200_000),
      schema.id,
      mostlyDeadSegments(this.manifest, 0.5),
    );
    if (edit === undefined) return;
    const manifest = applyEdit(this.manifest, edit);
    if (manifest === undefined) throw new Error('nobody else published');
    this.manifest = manifest;
    expect(runsOf(this.manifest, schema.id).length).toBeLessThanOrEqual(1);
  }

  /** Objects of segments that the manifest does not name go; kept snapshots go with them. */
  collect(): void {
    this.#kept.length = 0;
    const attached = new Set(
      [...(this.memtable.tree(schema.id)?.runs ?? [])].flatMap((run) => run.segments.map((share) => String(share.name))),
    );
    for (const name of this.bucket.objects.keys())
      if (![...this.manifest.segments.keys()].some((one) => one === name) && !attached.has(name)) this.bucket.objects.delete(name);
    this.pages = this.bucket.pages(500_000);
  }

  async check(): Promise<void> {
    await this.#compare(this.snapshot(), this.truth);
    for (const { snapshot, truth } of this.#kept) await this.#compare(snapshot, truth);
  }

  /** A short range through the row reader, which may have to wait. */
  #compareWalk(snapshot: Snapshot, entries: readonly { key: Key; row: Row }[]): void {
    const first = this.draw.below(3200) - 100;
    const from = encodeKey(schema, [first, null, null]);
    const to = this.draw.chance(0.2) ? undefined : encodeKey(schema, [first + this.draw.of([1, 30, 400]), null, null]);
    const inside = entries.filter(({ key }) => compareBytes(key, from) >= 0 && (to === undefined || compareBytes(key, to) < 0));
    if (!this.reader.open(snapshot, from, to)) return;
    const rows: Row[] = [];
    const into: Row = [];
    let outcome = this.reader.next(into);
    for (; outcome === 'found'; outcome = this.reader.next(into)) rows.push(into.slice());
    this.reader.close();
    expectBeginning(
      rows,
      inside.map((entry) => entry.row),
      outcome === 'absent',
    );
  }

  async #compare(snapshot: Snapshot, truth: ReadonlyMap<string, { key: Key; row: Row }>): Promise<void> {
    const entries = [...truth.values()].sort((a, b) => compareBytes(a.key, b.key));
    const draw = this.draw;
    const bound = (): Key | undefined => (draw.chance(0.5) ? undefined : encodeKey(schema, [draw.below(3200) - 100, null, null]));
    const range: KeyRange = draw.chance(0.3) ? { from: undefined, to: undefined } : { from: bound(), to: bound() };
    const inside = entries.filter(
      ({ key }) =>
        (range.from === undefined || compareBytes(key, range.from) >= 0) && (range.to === undefined || compareBytes(key, range.to) < 0),
    );
    for (const reverse of [false, true]) {
      const cursor = openCursor(snapshot, schema, range, { columns: all, reverse, keys: true, rowsWanted: draw.of([undefined, 3, 3000]) });
      const rows: Row[] = [];
      const keys: string[] = [];
      for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
        rows.push(...batch.rows);
        keys.push(...batch.keys.map(hexOf));
      }
      if (reverse) {
        rows.reverse();
        keys.reverse();
      }
      expect(keys).toEqual(inside.map((entry) => hexOf(entry.key)));
      expect(rows).toEqual(inside.map((entry) => entry.row));
    }
    for (let round = 0; round < 20; round++) {
      const key = encodeKey(schema, [draw.below(3200) - 100, null, null]);
      expect(await readRow(snapshot, schema, key, all)).toEqual(truth.get(hexOf(key))?.row ?? null);
      const into: Row = [];
      const outcome = this.reader.read(snapshot, key, into);
      if (outcome !== 'waits') expect(outcome === 'absent' ? null : into).toEqual(truth.get(hexOf(key))?.row ?? null);
    }
    this.#compareWalk(snapshot, entries);
    const bounded = openCursor(
      snapshot,
      schema,
      { from: undefined, to: undefined },
      { columns: all, bounds: [{ column: 0, min: 500, max: 700 }] },
    );
    const found = new Set<number>();
    for (let batch = await bounded.next(); batch !== null; batch = await bounded.next()) {
      for (const row of batch.rows) {
        const id = Number(row[0]);
        found.add(id);
        expect(row).toEqual(truth.get(hexOf(encodeKey(schema, [id, null, null])))?.row);
      }
    }
    for (const { row } of entries) if (Number(row[0]) >= 500 && Number(row[0]) <= 700) expect(found.has(Number(row[0]))).toBe(true);
  }
}

/** Whether rows a reader found are those of the truth from `from` on; it may stop anywhere to wait. */
function expectBeginning(rows: readonly Row[], truth: readonly Row[], isDone: boolean): void {
  expect(rows).toEqual(truth.slice(0, rows.length));
  if (isDone) expect(rows).toHaveLength(truth.length);
}

describe(`storage against a sorted map (SEED=${SEED})`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    it(`through checkpoints, bulk loads, clears, compactions and collections, round ${round}`, { timeout: 60_000 }, async () => {
      const machine = new Machine(SEED + 100 + round);
      const draw = machine.draw;
      const spread = draw.of([100, 3000]);
      for (let step = 0; step < 40; step++) {
        machine.at++;
        const action = draw.next();
        if (action < 0.5) {
          for (let count = draw.of([1, 5, 200]); count > 0; count--) {
            const id = draw.below(spread);
            if (draw.chance(0.3)) machine.delete(id);
            else machine.put(id);
          }
        } else if (action < 0.55) for (let id = 0, from = draw.below(3000); id < 1500; id++) machine.put((from + id) % 3000);
        else if (action < 0.6) for (let id = 0, from = draw.below(3000); id < 1000; id++) machine.delete(from + id);
        else if (action < 0.63) machine.clear();
        else if (action < 0.7) {
          const ids = new Set<number>();
          const from = draw.below(2500);
          for (let count = draw.of([3, 400, 2600]); count > 0; count--) ids.add(from + draw.below(2600));
          await machine.bulk([...ids].filter((id) => !machine.truth.has(hexOf(encodeKey(schema, [id, null, null])))));
        } else if (action < 0.9) await machine.checkpoint();
        else if (action < 0.95) await machine.compact();
        else machine.collect();
        if (draw.chance(0.3)) machine.keep();
        if (step % 4 === 3) await machine.check();
      }
      await machine.checkpoint();
      await machine.check();
    });
  }
});

describe('a checkpoint', () => {
  async function large(rows: number): Promise<Machine> {
    const machine = new Machine(SEED + 200);
    machine.bucket.asynchronous = 0;
    machine.at = 1;
    await machine.bulk(Array.from({ length: rows }, (_, id) => id * 2));
    machine.at = 2;
    await machine.checkpoint();
    return machine;
  }

  it('of one changed row writes one leaf and the pages above it', async () => {
    const machine = await large(60_000);
    machine.memtable = new Memtable();
    const before = machine.bucket.objects.size;
    machine.at = 10;
    machine.memtable = machine.memtable.trimThrough(slot(9));
    machine.put(31);
    const edit = await buildCheckpoint(machine.snapshot(), machine.bucket.writer(50));
    expect(machine.bucket.objects.size).toBe(before + 1);
    const [run] = edit.trees[0].added;
    const fresh = run.segments.filter((share) => edit.sizes.has(share.name));
    expect(fresh.reduce((sum, share) => sum + share.bytes, 0)).toBeLessThan(150_000);
    expect(run.kind).toBe('base');
  });

  it('of rows scattered over a large run writes a delta that knows what it overrides', async () => {
    const machine = await large(60_000);
    machine.memtable = new Memtable();
    machine.at = 10;
    for (let id = 0; id < 120_000; id += 3001) machine.put(id);
    const cursor = openCursor(
      { ...machine.snapshot(), memtable: new Memtable() },
      schema,
      { from: undefined, to: undefined },
      { columns: [0] },
    );
    while ((await cursor.next()) !== null);
    const edit = await buildCheckpoint(machine.snapshot(), machine.bucket.writer(50));
    const [run] = edit.trees[0].added;
    expect(run.kind).toBe('delta');
    expect(run.base).toBe(runsOf(machine.manifest, schema.id)[0].id);
    expect(edit.trees[0].removed).toEqual([]);
  });

  it('that lost the race for root gives its work up, a compaction goes on', async () => {
    const machine = await large(5000);
    machine.at = 10;
    machine.put(1);
    const first = await buildCheckpoint(machine.snapshot(), machine.bucket.writer(50));
    machine.at = 11;
    machine.put(3);
    const second = await buildCheckpoint(machine.snapshot(), machine.bucket.writer(51));
    const published = applyEdit(machine.manifest, first);
    if (published === undefined) throw new Error('the first applies');
    expect(applyEdit(published, second)).toBeUndefined();
  });

  it('packs the pages a cold reader needs, and a damaged one is refused', async () => {
    const machine = await large(60_000);
    const packed = await packInlinePages(machine.manifest, machine.pages, 256 * 1024, () => false);
    expect(packed.length).toBeLessThan(20_000);
    const cold = machine.bucket.pages();
    unpackInlinePages(packed, cold, 'root');
    machine.bucket.reads = 0;
    const key = encodeKey(schema, [30_000, null, null]);
    expect(await readRow({ ...machine.snapshot(), pages: cold }, schema, key, all)).toEqual(machine.truth.get(hexOf(key))?.row);
    expect(machine.bucket.reads).toBe(1);
    const damaged = packed.slice();
    damaged[packed.length >> 1] ^= 4;
    expect(() => unpackInlinePages(damaged, machine.bucket.pages(), 'root')).toThrow(expect.objectContaining({ code: 'XX001' }));
  });
});

describe('a bulk load', () => {
  it('of rows without a key reads with the row ids of its record, before and after checkpoints', async () => {
    const keyless: TreeSchema = schemaOf([OID.int8, OID.text], [0], { ids: [0, 1], rowId: 0 });
    const bucket = new TestBucket(SEED);
    const writer = new BulkWriter(keyless, bucket.writer(1));
    for (let ordinal = 0; ordinal < 5000; ordinal++) await writer.add([placeholderRowId(ordinal), `row ${ordinal}`]);
    const [part] = await writer.finish();
    if (part === undefined) throw new Error('there are rows');
    const memtable = new Memtable();
    memtable.attach(part.run, slot(7), 10);
    let snapshot: Snapshot = { manifest: EMPTY_MANIFEST, memtable, slot: slot(7), pages: bucket.pages() };
    const expected: Row[] = Array.from({ length: 5000 }, (_, ordinal) => [rowIdOf(slot(7), ordinal + 10), `row ${ordinal}`]);
    const rowsOf = async (of: Snapshot): Promise<Row[]> => {
      const rows: Row[] = [];
      const cursor = openCursor(of, keyless, { from: undefined, to: undefined }, { columns: [0, 1] });
      for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) rows.push(...batch.rows);
      return rows;
    };
    for (const _ of ['attached', 'in the manifest', 'merged with a later row']) {
      expect(await rowsOf(snapshot)).toEqual(expected);
      for (const row of [expected[0], expected[2500], expected[4999]])
        expect(await readRow(snapshot, keyless, encodeKey(keyless, row), [1])).toEqual([row[1]]);
      expect(await readRow(snapshot, keyless, encodeKey(keyless, [placeholderRowId(3), '']), [1])).toBeNull();
      const edit = await buildCheckpoint(snapshot, bucket.writer(2));
      const manifest = applyEdit(snapshot.manifest, edit);
      if (manifest === undefined) throw new Error('nobody else published');
      const next = snapshot.memtable.trimThrough(manifest.slot);
      const late: Row = [rowIdOf(slot(snapshot.slot + 1), 0), 'late'];
      next.apply(keyless.id, encodeKey(keyless, late), encodeRow(keyless, late), slot(snapshot.slot + 1));
      expected.push(late);
      snapshot = { manifest, memtable: next, slot: slot(snapshot.slot + 1), pages: bucket.pages() };
    }
  });

  it('finds the first duplicate', async () => {
    const bucket = new TestBucket(SEED);
    const writer = new BulkWriter(schema, bucket.writer(1));
    for (const id of [5, 3, 9, 3, 5]) await writer.add([id, `n${id}`, null]);
    expect(await writer.finish()).toEqual([]);
    expect(writer.duplicate).toEqual([3, 'n3', null]);
    expect(bucket.objects.size).toBe(0);
  });
});
