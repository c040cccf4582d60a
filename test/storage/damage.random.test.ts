import { describe, expect, it } from 'vitest';
import type { Crypto } from '../../src/base/runtime.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { decodeManifest, encodeManifest } from '../../src/storage/manifest-codec.ts';
import { manifestOf } from '../../src/storage/manifest.ts';
import { Memtable } from '../../src/storage/memtable.ts';
import { encodeRow } from '../../src/storage/row-codec.ts';
import { RunBuilder } from '../../src/storage/run-builder.ts';
import { readSegmentDirectory } from '../../src/storage/segment.ts';
import { openCursor, readRow, treeStatistics, type Snapshot } from '../../src/storage/storage-state.ts';
import { slot } from '../../src/storage/tree.ts';
import { Numeric, type Row } from '../../src/types/value.ts';
import { TestBucket } from './bucket.ts';
import { Draw, SEED } from './random.ts';
import { EVERY_TYPE, schemaOf } from './schemas.ts';
import { often } from '../support/often.ts';

const schema = schemaOf(EVERY_TYPE, [1]);
const all = EVERY_TYPE.map((_, at) => at);

/** Two leaves, their inner page, statistics and an overflow page, in one small segment. */
async function smallTree(crypto?: Crypto): Promise<{ bucket: TestBucket; snapshot: Snapshot; rows: Row[] }> {
  const bucket = new TestBucket(SEED, crypto);
  const writer = bucket.writer();
  const builder = new RunBuilder(writer, { tree: schema.id, kind: 'base', slot: slot(1), firstOrdinal: undefined, base: undefined });
  const rows: Row[] = [];
  for (let id = 0; id < 140; id++) {
    const text = id === 5 ? 'outside '.repeat(400) : 'inside '.repeat(285) + (id % 3);
    rows.push([id % 2 === 0, id, id * 1_000_000_007, null, id / 4, new Numeric(id * 5, id % 3), text, Uint8Array.of(id)]);
  }
  for (const row of rows) builder.rows.row(encodeKey(schema, row), encodeRow(schema, row));
  const run = builder.finish();
  const sizes = await writer.finish();
  if (run === undefined) throw new Error('there are rows');
  expect(run.level).toBe(1);
  const manifest = manifestOf(slot(1), new Map([[schema.id, [run]]]), sizes);
  return { bucket, snapshot: { manifest, memtable: new Memtable(), slot: slot(1), pages: bucket.pages() }, rows };
}

/** Everything a reader may see of the tree; damage throws. */
async function everything(snapshot: Snapshot): Promise<Row[]> {
  const rows: Row[] = [];
  const cursor = openCursor(snapshot, schema, { from: undefined, to: undefined }, { columns: all });
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) rows.push(...batch.rows);
  await treeStatistics(snapshot, schema.id);
  return rows;
}

describe('a flipped bit', () => {
  it('in any byte of any page is XX001 naming the segment, and elsewhere in a segment changes no row', { timeout: 120_000 }, async () => {
    const { bucket, snapshot, rows } = await smallTree();
    expect(await everything(snapshot)).toEqual(rows);
    const [[name, whole]] = [...bucket.objects];
    const pages = readSegmentDirectory(name, whole, bucket.crypto);
    expect(pages.length).toBe(5);
    const isInPage = (at: number): boolean => pages.some((page) => at >= page.offset && at < page.offset + page.length);
    for (let at = 0; at < whole.length; at += often(4, 1)) {
      const damaged = whole.slice();
      damaged[at] ^= 1 << (at % 8);
      bucket.objects.set(name, damaged);
      let outcome: unknown;
      try {
        outcome = await everything({ ...snapshot, pages: bucket.pages() });
      } catch (failure) {
        outcome = failure;
      }
      if (isInPage(at)) {
        expect(isSqlError(outcome, 'data_corrupted'), `byte ${at}: ${String(outcome)}`).toBe(true);
        expect(String(outcome)).toContain(name);
      } else expect(outcome, `byte ${at}`).toEqual(rows);
    }
  });

  it('in any byte of a manifest is XX001', async () => {
    const { bucket, snapshot } = await smallTree();
    const bytes = encodeManifest(snapshot.manifest, bucket.crypto);
    expect(decodeManifest(bytes, 'checkpoint/1', bucket.crypto)).toEqual(snapshot.manifest);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      expect(() => decodeManifest(damaged, 'checkpoint/1', bucket.crypto), `byte ${at}`).toThrow(
        expect.objectContaining({ code: 'XX001' }),
      );
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeManifest(bytes.subarray(0, length), 'checkpoint/1', bucket.crypto)).toThrow(
        expect.objectContaining({ code: 'XX001' }),
      );
    }
  });
});

describe('a segment', () => {
  it('cut short is XX001, and one that is gone is 72000', async () => {
    const { bucket, snapshot } = await smallTree();
    const [[name, whole]] = [...bucket.objects];
    bucket.objects.set(name, whole.subarray(0, 3000));
    await expect(everything({ ...snapshot, pages: bucket.pages() })).rejects.toMatchObject({ code: 'XX001' });
    bucket.objects.delete(name);
    await expect(everything({ ...snapshot, pages: bucket.pages() })).rejects.toMatchObject({ code: '72000' });
  });

  it('with bytes that only pretend to hash right never makes a reader read outside, whatever they say', { timeout: 120_000 }, async () => {
    // A hash that accepts everything: what is left are the readers' own checks.
    const { bucket, snapshot, rows } = await smallTree({ ...nodeRuntime().crypto, sha256: () => new Uint8Array(32) });
    const draw = new Draw(SEED + 30);
    const [[name, whole]] = [...bucket.objects];
    const rounds = often(300, 1000);
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const damaged = whole.slice();
      for (let flips = draw.below(3); flips >= 0; flips--) damaged[draw.below(damaged.length)] ^= 1 << draw.below(8);
      bucket.objects.set(name, damaged);
      const pages = bucket.pages();
      try {
        const found = await everything({ ...snapshot, pages });
        expect(found.length).toBeLessThanOrEqual(rows.length * 40);
        await readRow({ ...snapshot, pages }, schema, encodeKey(schema, rows[3]), all);
      } catch (failure) {
        if (
          !isSqlError(failure, 'data_corrupted') &&
          !isSqlError(failure, 'feature_not_supported') &&
          !isSqlError(failure, 'snapshot_too_old')
        )
          throw failure;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(rounds / 5);
  });
});
