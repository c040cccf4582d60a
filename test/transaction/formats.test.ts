import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../../src/base/bytes.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import { slot } from '../../src/storage/tree.ts';
import { decodeCore, decodeObject, encodeCore, encodeTransaction, openCore } from '../../src/transaction/record-codec.ts';
import { decodeFence, decodeRoot, encodeRoot, FENCE_BYTES_MAX } from '../../src/transaction/root-codec.ts';
import { seededRuntime } from './harness.ts';
import { coreOf, SAMPLE_RECORD, sampleObject, sampleRoot } from './samples.ts';

const { crypto } = seededRuntime(1);

describe('a log record', () => {
  it('reads back as what was written, copies included', () => {
    const cores = decodeObject(sampleObject(crypto), slot(42), crypto);
    expect(cores.map((core) => core.slot)).toEqual([42, 41, 40]);
    expect(decodeCore(cores[0])).toEqual(SAMPLE_RECORD);
    expect(decodeCore(cores[1]).transactions).toEqual(SAMPLE_RECORD.transactions.slice(1));
  });

  it('has one encoding: what is decoded encodes to the same bytes', () => {
    const core = coreOf(SAMPLE_RECORD, crypto);
    const record = decodeCore(core);
    expect(hexOf(encodeCore(record, record.transactions.map(encodeTransaction), crypto).bytes)).toBe(hexOf(core.bytes));
  });

  it('has the bytes of its golden file', () => expectGolden('record-1.hex', sampleObject(crypto)));

  it('is XX001 with any bit flipped, and when it is cut short anywhere', () => {
    const object = sampleObject(crypto);
    for (let bit = 0; bit < object.length * 8; bit++) {
      const damaged = object.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expectDamaged(() => decodeObject(damaged, slot(42), crypto), `bit ${bit}`);
    }
    for (let length = 0; length < object.length; length++)
      expectDamaged(() => decodeObject(object.subarray(0, length), slot(42), crypto), `length ${length}`);
  });

  it('is XX001 under the name of another slot', () => {
    expectDamaged(() => decodeObject(sampleObject(crypto), slot(41), crypto), 'slot 41');
  });

  it('of a newer version, or with a flag that must be understood, is refused with 0A000', () => {
    for (const [offset, value] of [
      [4, 2],
      [6, 1],
      [7, 128],
    ]) {
      const { bytes } = coreOf(SAMPLE_RECORD, crypto);
      bytes[offset] = value;
      bytes.set(crypto.sha256(bytes.subarray(0, bytes.length - 32)), bytes.length - 32);
      expect(() => openCore(bytes, 'log record 42', crypto)).toThrow(
        expect.objectContaining({ code: '0A000', message: 'log record 42 was written by a newer version of VelociDB' }),
      );
    }
  });
});

describe('root', () => {
  it('reads back as what was written', () => {
    const root = sampleRoot(crypto);
    expect(decodeRoot(encodeRoot(root, crypto), crypto)).toEqual(root);
  });

  it('has a fence header that is understood from the first 4 KB alone', () => {
    const root = { ...sampleRoot(crypto), manifest: new Uint8Array(100_000) };
    const { manifest, pages, tail, retained, pins, unknown, ...fence } = root;
    expect([manifest.length, pages.length, tail.length, retained.length, pins.length, unknown.length]).toEqual([100_000, 6, 1, 1, 1, 1]);
    expect(decodeFence(encodeRoot(root, crypto).subarray(0, FENCE_BYTES_MAX), crypto)).toEqual(fence);
  });

  it('has the bytes of its golden file', () => expectGolden('root-1.hex', encodeRoot(sampleRoot(crypto), crypto)));

  it('is XX001 with any bit flipped, and when it is cut short anywhere', () => {
    const bytes = encodeRoot(sampleRoot(crypto), crypto);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expectDamaged(() => decodeRoot(damaged, crypto), `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++)
      expectDamaged(() => decodeRoot(bytes.subarray(0, length), crypto), `length ${length}`);
  });
});

function expectDamaged(run: () => unknown, where: string): void {
  try {
    run();
  } catch (error) {
    if (isSqlError(error, 'data_corrupted')) return;
    throw error;
  }
  throw new Error(`damage at ${where} went unnoticed`);
}

/** Compares with a golden file; `GOLDEN=write` makes one that is missing. */
function expectGolden(name: string, bytes: Uint8Array): void {
  const file = fileURLToPath(new URL(`../golden/transaction/${name}`, import.meta.url).href);
  const text = hexOf(bytes).replace(/.{1,128}/g, '$&\n');
  if (process.env.GOLDEN === 'write' && !existsSync(file)) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}
