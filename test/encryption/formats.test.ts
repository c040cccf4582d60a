import { createHmac, createDecipheriv, hkdfSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hexOf, utf8 } from '../../src/base/bytes.ts';
import {
  CHUNK_BYTES,
  openChunks,
  openSealed,
  objectKey,
  plainSize,
  readHead,
  sealObject,
  storedSize,
} from '../../vfs/encryption/chunks.ts';
import { decodeKeyring, encodeKeyring, newKeyring, withNewKey } from '../../vfs/encryption/keyring.ts';
import { LocalKey } from '../../vfs/encryption/local-key.ts';
import { seededRuntime } from '../transaction/harness.ts';
import { KEY, OTHER_KEY } from './database.ts';

const runtime = seededRuntime(1);
const { crypto } = runtime;
const keyring = { id: '00112233445566778899aabbccddeeff', keys: [{ number: 1, createdMs: 0, key: new Uint8Array(32).fill(3) }] };
const SIZES = [0, 1, 63, 64, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769, 50_000];

function sealed(bytes: Uint8Array, name = 'segment/a', random = runtime.random): Uint8Array {
  return sealObject(name, bytes, keyring.keys[0], keyring.id, { random, crypto });
}

describe('a sealed object', () => {
  it('opens to what was sealed, of any length, and its length is arithmetic', () => {
    for (const size of SIZES) {
      const bytes = runtime.random.bytes(size);
      const stored = sealed(bytes);
      expect([stored.length, plainSize(stored.length)]).toEqual([storedSize(size), size]);
      expect(hexOf(openSealed('segment/a', stored, keyring, crypto) ?? new Uint8Array())).toBe(hexOf(bytes));
    }
  });

  it('has no length but those that sealing gives', () => {
    const sizes = new Set(Array.from({ length: 40_000 }, (_, size) => storedSize(size)));
    for (let stored = 0; stored < 40_000; stored++) expect(plainSize(stored) !== undefined, String(stored)).toBe(sizes.has(stored));
  });

  it('opens nothing with any bit flipped, cut anywhere, or under another name', () => {
    const stored = sealed(utf8('forty-two'));
    for (let bit = 0; bit < stored.length * 8; bit++) {
      const damaged = stored.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expect(openSealed('segment/a', damaged, keyring, crypto), `bit ${bit}`).toBeUndefined();
    }
    for (let length = 0; length < stored.length; length++)
      expect(openSealed('segment/a', stored.subarray(0, length), keyring, crypto)).toBeUndefined();
    expect(openSealed('segment/b', stored, keyring, crypto)).toBeUndefined();
    expect(openSealed('segment/a', stored, { ...keyring, id: 'f'.repeat(32) }, crypto)).toBeUndefined();
  });

  it('opens no range whose chunks are not all there, in their order, of one attempt', () => {
    const bytes = runtime.random.bytes(3 * CHUNK_BYTES);
    const [one, two] = [sealed(bytes), sealed(bytes)];
    const chunk = storedSize(CHUNK_BYTES);
    const head = readHead(one);
    if (head === undefined || 'version' in head) throw new Error('it has a head');
    const key = objectKey(keyring.keys[0].key, head.salt, keyring.id, 'segment/a', crypto);
    const open = (stored: Uint8Array, first: number) =>
      openChunks(stored, first, { start: 20_000, end: 40_000 }, bytes.length, key, crypto);
    expect(hexOf(open(one.subarray(chunk), 1) ?? new Uint8Array())).toBe(hexOf(bytes.subarray(20_000, 40_000)));
    expect(open(one.subarray(chunk, 2 * chunk), 1)).toBeUndefined();
    expect(open(one.subarray(2 * chunk), 2)).toBeUndefined();
    expect(open(one.subarray(chunk), 0)).toBeUndefined();
    expect(open(new Uint8Array([...one.subarray(chunk, 2 * chunk), ...two.subarray(2 * chunk)]), 1)).toBeUndefined();
  });

  it('is never the same twice, also where chance repeats itself: then other contents have other salts', () => {
    expect(hexOf(sealed(utf8('same')))).not.toBe(hexOf(sealed(utf8('same'))));
    const stuck = { bytes: (length: number) => new Uint8Array(length) };
    const [one, two] = [sealed(utf8('one'), 'log/1', stuck), sealed(utf8('two'), 'log/1', stuck)].map((stored) => readHead(stored));
    if (one === undefined || two === undefined || 'version' in one || 'version' in two) throw new Error('they have heads');
    expect(hexOf(one.salt)).not.toBe(hexOf(two.salt));
  });

  it('opens by HKDF and AES-GCM as anybody has them', () => {
    const stored = sealed(utf8('forty-two'));
    const info = `velocidb object 1|${keyring.id}|segment/a`;
    const key = new Uint8Array(hkdfSync('sha256', keyring.keys[0].key, stored.subarray(16, 48), info, 32));
    const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(12));
    decipher.setAAD(new Uint8Array([...stored.subarray(0, 48), 9, 0, 0, 0, 0, 0, 0, 0]));
    decipher.setAuthTag(stored.subarray(stored.length - 16));
    expect(decipher.update(stored.subarray(48, -16)).toString()).toBe('forty-two');
    decipher.final();
  });

  it('has the bytes of its golden file', () => {
    const { random } = seededRuntime(7);
    expectGolden('sealed-1.hex', sealed(utf8('the bytes of an object'), 'segment/000000000001-00', random));
  });
});

describe('a keyring', () => {
  const local = new LocalKey(KEY, runtime);
  const other = new LocalKey(OTHER_KEY, runtime);
  const two = withNewKey({ ...newKeyring(runtime), wrapped: { provider: '', keyId: '' } }, runtime);

  it('reads back as what was written, with whichever key is the right one', async () => {
    const { bytes, wrapped } = await encodeKeyring(two, local, runtime);
    for (const keys of [[local], [other, local]]) {
      const decoded = await decodeKeyring(bytes, keys, crypto);
      expect(decoded).toMatchObject({ ...two, wrapped: { provider: 'local', keyId: wrapped.keyId } });
    }
    expect(wrapped.keyId).toBe(createHmac('sha256', KEY).update('velocidb key id').digest('hex').slice(0, 16));
    await expect(decodeKeyring(bytes, [other], crypto)).rejects.toMatchObject({ code: '28000' });
  });

  it('shows no key, and is never the same twice', async () => {
    const [one, again] = [await encodeKeyring(two, local, runtime), await encodeKeyring(two, local, runtime)];
    expect(hexOf(one.bytes)).not.toBe(hexOf(again.bytes));
    for (const { key } of [...two.keys, { key: KEY }]) expect(hexOf(one.bytes)).not.toContain(hexOf(key));
  });

  it('is XX001 with any byte changed or missing, also by somebody who can count', async () => {
    const { bytes } = await encodeKeyring(two, local, runtime);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      await expect(decodeKeyring(damaged, [local], crypto), `byte ${at}`).rejects.toMatchObject({ code: 'XX001' });
      await expect(decodeKeyring(bytes.subarray(0, at), [local], crypto)).rejects.toMatchObject({ code: 'XX001' });
      if (at < 16 || at >= bytes.length - 32) continue;
      damaged.set(crypto.sha256(damaged.subarray(0, -32)), damaged.length - 32); // the hash is nobody's secret
      const outcome = await decodeKeyring(damaged, [local], crypto).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      );
      expect(['XX001', '28000'], `byte ${at} and the hash`).toContain(outcome);
    }
  });

  it('of a newer version is refused with 0A000', async () => {
    const { bytes } = await encodeKeyring(two, local, runtime);
    bytes[4] = 2;
    bytes.set(crypto.sha256(bytes.subarray(0, -32)), bytes.length - 32);
    await expect(decodeKeyring(bytes, [local], crypto)).rejects.toMatchObject({ code: '0A000' });
  });

  it('has the bytes of its golden file', async () => {
    const seeded = seededRuntime(7);
    const { bytes } = await encodeKeyring({ ...two, keys: keyring.keys, id: keyring.id }, new LocalKey(KEY, seeded), seeded);
    expectGolden('keyring-1.hex', bytes);
    expect((await decodeKeyring(bytes, [local], crypto)).keys).toEqual(keyring.keys);
  });
});

function expectGolden(name: string, bytes: Uint8Array): void {
  const file = fileURLToPath(new URL(`../golden/encryption/${name}`, import.meta.url).href);
  const text = hexOf(bytes).replace(/.{1,128}/g, '$&\n');
  if (process.env.GOLDEN === 'write' && !existsSync(file)) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}
