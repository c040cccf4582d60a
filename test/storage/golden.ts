/**
 * Small, fixed examples of every storage format, for the golden files under test/golden/storage. `UPDATE_GOLDEN=1` with the
 * golden test writes them anew: do that only together with a new format version.
 */
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { encodeInner } from '../../src/storage/inner-page.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { LeafWriter } from '../../src/storage/leaf-writer.ts';
import { External } from '../../src/storage/chunk/stored-cell.ts';
import { encodeManifest } from '../../src/storage/manifest-codec.ts';
import { manifestOf } from '../../src/storage/manifest.ts';
import { encodeOverflow } from '../../src/storage/overflow-page.ts';
import type { PageReference, SegmentName } from '../../src/storage/page-reference.ts';
import { encodeRow } from '../../src/storage/row-codec.ts';
import { encodeRun } from '../../src/storage/run-codec.ts';
import type { RunDescriptor } from '../../src/storage/run.ts';
import { SegmentWriter } from '../../src/storage/segment.ts';
import { encodeStatisticsPage } from '../../src/storage/statistics-page.ts';
import { slot } from '../../src/storage/tree.ts';
import { Numeric, type Row } from '../../src/types/value.ts';
import { EVERY_TYPE, schemaOf } from './schemas.ts';

export const goldenSchema = schemaOf(EVERY_TYPE, [1]);

export const goldenRows: readonly Row[] = [
  [true, -7, 9007199254740993n, 1.5, -0.25, new Numeric(12_345, 2), 'abc', Uint8Array.of(0, 1, 255)],
  [false, 0, -1, null, Number.NaN, new Numeric(5, 1), 'abc', null],
  [null, 300, 4, -2, Infinity, new Numeric(0, 0, 'nan'), 'é漢😀', Uint8Array.of()],
];

const crypto = nodeRuntime().crypto;
const segment = 'segment/000000000007-000102030405060708090a0b0c0d0e0f' as SegmentName;
const reference = (offset: number, byte: number): PageReference => ({
  segment,
  offset,
  length: 1000,
  headBytes: 500,
  hash: new Uint8Array(16).fill(byte),
});

/** File name to bytes. */
export async function goldenFiles(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const keys = goldenRows.map((row) => encodeKey(goldenSchema, row));
  const rows = goldenRows.map((row) => encodeRow(goldenSchema, row));
  for (const [at, row] of rows.entries()) {
    files.set(`key-${at + 1}.hex`, keys[at]);
    files.set(`row-${at + 1}.hex`, row);
  }
  const overflow = encodeOverflow(new TextEncoder().encode('long '.repeat(500)));
  files.set('overflow-1.hex', overflow);
  const leaf = new LeafWriter(crypto, (physical, bytes) => new External(physical, reference(6400, 9), bytes.length));
  for (const [at, row] of rows.entries()) {
    leaf.begin(keys[at]);
    leaf.addRow(row);
  }
  leaf.begin(encodeKey(goldenSchema, [null, 301, null, null, null, null, null, null]));
  leaf.tombstone();
  leaf.position({ segment, offset: 64, row: 3 });
  const encodedLeaf = leaf.finish();
  files.set('leaf-1.hex', encodedLeaf.bytes);
  files.set(
    'statistics-1.hex',
    encodeStatisticsPage([encodedLeaf.statistics, { rows: 3, tombstones: 0, leaves: 1, bytes: 4000, columns: [] }]),
  );
  const children = keys.map((key, at) => ({
    reference: reference(64 * (at + 1), at + 1),
    low: at === 0 ? new Uint8Array(0) : key,
    lowEndsWithRowId: false,
  }));
  files.set('inner-1.hex', encodeInner(1, children, reference(9600, 7)));
  const run: RunDescriptor = {
    id: '000102030405060708090a0b0c0d0e0f',
    tree: goldenSchema.id,
    kind: 'delta',
    slot: slot(42),
    firstOrdinal: undefined,
    root: reference(640, 5),
    level: 1,
    rows: 3,
    tombstones: 1,
    leaves: 1,
    first: keys[0],
    last: keys[2],
    base: 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
    filters: [],
    segments: [{ name: segment, bytes: 2000 }],
  };
  files.set('run-1.hex', encodeRun(run));
  files.set('manifest-1.hex', encodeManifest(manifestOf(slot(43), new Map([[run.tree, [run]]]), new Map([[segment, 4096]])), crypto));
  const writer = new SegmentWriter({
    crypto,
    random: { bytes: (length) => Uint8Array.from({ length }, (_, at) => at) },
    epoch: 7,
    writeObject: async (_name, bytes) => void files.set('segment-1.hex', bytes),
  });
  writer.add(encodedLeaf.bytes);
  writer.add(overflow);
  await writer.finish();
  return files;
}
