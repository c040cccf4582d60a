import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { InnerPage } from '../../src/storage/inner-page.ts';
import { Leaf } from '../../src/storage/leaf-reader.ts';
import { decodeManifest } from '../../src/storage/manifest-codec.ts';
import { decodeOverflow } from '../../src/storage/overflow-page.ts';
import { pageHash } from '../../src/storage/page-hash.ts';
import type { SegmentName } from '../../src/storage/page-reference.ts';
import { decodeRow } from '../../src/storage/row-codec.ts';
import { decodeRun } from '../../src/storage/run-codec.ts';
import { readSegmentDirectory } from '../../src/storage/segment.ts';
import { decodeStatisticsPage } from '../../src/storage/statistics-page.ts';
import { goldenFiles, goldenRows, goldenSchema } from './golden.ts';

const folder = new URL('../golden/storage/', import.meta.url);
const { crypto } = nodeRuntime();

/** Hexadecimal, 32 bytes a line. */
function hexLines(bytes: Uint8Array): string {
  return `${(hexOf(bytes).match(/.{1,64}/g) ?? []).join('\n')}\n`;
}

function committed(name: string): Uint8Array {
  const bytes = bytesOfHex(readFileSync(new URL(name, folder), 'utf8').replaceAll('\n', ''));
  if (bytes === undefined) throw new Error(`${name} is not hexadecimal`);
  return bytes;
}

describe('storage formats', async () => {
  const files = await goldenFiles();
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(folder, { recursive: true });
    for (const [name, bytes] of files) writeFileSync(new URL(name, folder), hexLines(bytes));
  }

  for (const [name, bytes] of files) {
    it(`write ${name} as it was always written`, () => {
      expect(existsSync(new URL(name, folder))).toBe(true);
      expect(hexLines(bytes)).toBe(hexLines(committed(name)));
    });
  }

  it('read the committed leaf', () => {
    const bytes = committed('leaf-1.hex');
    const headBytes = new DataView(bytes.buffer).getUint32(8, true);
    const segment = 'segment/000000000001-00000000000000000000000000000000' as SegmentName;
    const leaf = new Leaf(
      { segment, offset: 64, length: bytes.length, headBytes, hash: pageHash(crypto, bytes.subarray(0, headBytes)) },
      bytes,
      crypto,
      undefined,
    );
    expect(leaf.rows).toBe(4);
    for (const [at, row] of goldenRows.entries()) {
      expect(leaf.keys.keyAt(at)).toEqual(committed(`key-${at + 1}.hex`));
      expect(goldenSchema.columns.map((column) => leaf.column(column.id)?.valueAt(at))).toEqual(row);
    }
    expect(leaf.isTombstone(3)).toBe(true);
    expect(leaf.isTombstone(0)).toBe(false);
  });

  it('read the committed rest', () => {
    const all = goldenSchema.columns.map((_, at) => at);
    for (const [at, row] of goldenRows.entries()) expect(decodeRow(goldenSchema, committed(`row-${at + 1}.hex`), all)).toEqual(row);
    const inner = new InnerPage(committed('inner-1.hex'), 'an inner page', undefined);
    expect(inner.children.length).toBe(3);
    expect(inner.childFor(committed('key-3.hex'))).toBe(2);
    expect(decodeStatisticsPage(committed('statistics-1.hex'), 'a statistics page')[0].rows).toBe(3);
    expect(decodeOverflow(committed('overflow-1.hex'), 'an overflow page').length).toBe(2500);
    expect(decodeRun(committed('run-1.hex'), 'a run').slot).toBe(42);
    expect(decodeManifest(committed('manifest-1.hex'), 'a manifest', crypto).trees.size).toBe(1);
    expect(readSegmentDirectory('a segment', committed('segment-1.hex'), crypto).length).toBe(2);
  });
});
