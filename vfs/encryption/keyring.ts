/**
 * The keys of a database, as they lie in its bucket in the object `keyring`: data keys, encrypted by an envelope key of this version alone, which a
 * `KeyProvider` has encrypted. Opening asks the provider once, however many data keys there are; replacing the provider's key rewrites this object
 * and nothing else.
 *
 *     offset     size  meaning
 *      0         4     'VELK'
 *      4         2     format version, 1
 *      6         2     must-understand flags, 0
 *      8         4     bytes of the object
 *     12         4     0
 *     16         16    keyring id
 *     32         8     generation: how many times it was written
 *     40         …     text provider, text key id, sized wrapped envelope key, sized data keys
 *     end - 32   32    SHA-256 of all bytes before
 *
 * Data keys, sealed by AES-256-GCM with the envelope key, a nonce of zeros (the key is used once), and all bytes before them as additional data:
 * varint keys, ascending; per key varint number, 8 bytes creation time (ms since 1970, the maker's clock), 32 bytes.
 *
 * Invariants
 *   K1  A data key's number is given once, from 1 on; what a key sealed can be opened as long as the key is in the keyring.
 *   K2  Whoever can write to the bucket, but cannot ask the provider, can only put a keyring back that was there before.
 */
import { assert } from '../../src/base/assert.ts';
import { ByteReader, ByteWriter, equalBytes, hexOf } from '../../src/base/bytes.ts';
import type { Crypto, Runtime } from '../../src/base/runtime.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import type { KeyProvider, WrappedKey } from './key-provider.ts';

/** The one object that is not sealed. */
export const KEYRING_NAME = 'keyring';

export interface DataKey {
  readonly number: number;
  readonly createdMs: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface Keyring {
  /** 32 hexadecimal digits, drawn when the database is created. */
  readonly id: string;
  readonly generation: number;
  /** Ascending; the last one seals what is written from now on. */
  readonly keys: readonly DataKey[];
  /** Who holds the key that this version is encrypted with. */
  readonly wrapped: Pick<WrappedKey, 'provider' | 'keyId'>;
}

const MAGIC = 0x4b4c4556; // 'VELK' in file order
const VERSION = 1;
const ID_BYTES = 16;
const KEY_BYTES = 32;
const HASH_BYTES = 32;
const NONCE = new Uint8Array(12);

/** A keyring of one new data key, not yet wrapped. */
export function newKeyring({ clock, random }: Pick<Runtime, 'clock' | 'random'>): Omit<Keyring, 'wrapped'> {
  const first: DataKey = { number: 1, createdMs: Math.floor(clock.now()), key: random.bytes(KEY_BYTES) };
  return { id: hexOf(random.bytes(ID_BYTES)), generation: 1, keys: [first] };
}

/** The same with one more data key. */
export function withNewKey(keyring: Keyring, { clock, random }: Pick<Runtime, 'clock' | 'random'>): Keyring {
  const key: DataKey = { number: newestKey(keyring).number + 1, createdMs: Math.floor(clock.now()), key: random.bytes(KEY_BYTES) };
  return { ...keyring, keys: [...keyring.keys, key] };
}

/** The key that seals what is written now. */
export function newestKey(keyring: Pick<Keyring, 'keys'>): DataKey {
  const newest = keyring.keys.at(-1);
  assert(newest !== undefined, 'K1: a keyring has a key');
  return newest;
}

/** The object's bytes, with a new envelope key wrapped by `provider`; and who wrapped it. */
export async function encodeKeyring(
  { id, generation, keys }: Pick<Keyring, 'id' | 'generation' | 'keys'>,
  provider: KeyProvider,
  { random, crypto }: Pick<Runtime, 'random' | 'crypto'>,
): Promise<{ readonly bytes: Uint8Array; readonly wrapped: WrappedKey }> {
  const envelopeKey = random.bytes(KEY_BYTES);
  const wrapped = await provider.wrap(envelopeKey, id);
  const plain = new ByteWriter().varint(keys.length);
  for (const { number, createdMs, key } of keys) plain.varint(number).u64(createdMs).raw(key);
  const out = new ByteWriter(1024).u32(MAGIC).u16(VERSION).u16(0).u32(0).u32(0).raw(idBytes(id)).u64(generation);
  out.text(wrapped.provider).text(wrapped.keyId).sized(wrapped.bytes);
  const sealedLength = plain.length + 16;
  out.patchU32(8, out.length + varintLength(sealedLength) + sealedLength + HASH_BYTES);
  out.sized(crypto.sealGcm(envelopeKey, NONCE, plain.view(), out.view()));
  return { bytes: out.raw(crypto.sha256(out.view())).bytes(), wrapped };
}

/**
 * The keyring in `bytes`, opened by whichever of `providers` holds its key. SQLSTATE 28000 when none does, XX001 when it is not what was written,
 * 0A000 for a later format version.
 */
export async function decodeKeyring(bytes: Uint8Array, providers: readonly KeyProvider[], crypto: Crypto): Promise<Keyring> {
  const reader = new ByteReader(bytes, KEYRING_NAME);
  if (reader.u32() !== MAGIC) reader.damaged('it does not begin as a keyring');
  const version = reader.u16();
  const flags = reader.u16();
  if (reader.u32() !== bytes.length) reader.damaged('it has a wrong length');
  const end = Math.max(0, bytes.length - HASH_BYTES);
  if (!equalBytes(crypto.sha256(bytes.subarray(0, end)), bytes.subarray(end))) reader.damaged('its hash does not match');
  if (version !== VERSION || flags !== 0) {
    throw new SqlError('feature_not_supported', 'the keyring was written by a newer version', {
      detail: `It has format ${version}, flags ${flags}.`,
    });
  }
  reader.u32();
  const id = hexOf(reader.raw(ID_BYTES));
  const generation = reader.u64();
  const wrapped: WrappedKey = { provider: reader.text(), keyId: reader.text(), bytes: reader.sized().slice() };
  const additional = bytes.subarray(0, reader.position);
  const sealed = reader.sized();
  const envelopeKey = await unwrapped(wrapped, id, providers);
  const plain = envelopeKey.length === KEY_BYTES ? crypto.openGcm(envelopeKey, NONCE, sealed, additional) : undefined;
  return { id, generation, keys: decodeKeys(plain ?? reader.damaged('it was altered')), wrapped };
}

async function unwrapped(wrapped: WrappedKey, id: string, providers: readonly KeyProvider[]): Promise<Uint8Array> {
  for (const provider of providers) {
    const key = await provider.unwrap(wrapped, id);
    if (key !== undefined) return key;
  }
  throw new SqlError('invalid_authorization_specification', 'the key given is not the one that the database is encrypted with', {
    detail: `It is encrypted with ${wrapped.provider} key ${wrapped.keyId}; given: ${providers.map(({ label }) => label).join(', ')}.`,
  });
}

function decodeKeys(plain: Uint8Array): readonly DataKey[] {
  const reader = new ByteReader(plain, KEYRING_NAME);
  const keys: DataKey[] = [];
  for (let left = reader.varint(); left > 0; left--)
    keys.push({ number: reader.varint(), createdMs: reader.u64(), key: reader.raw(KEY_BYTES).slice() });
  if (keys.length === 0 || reader.remaining !== 0) reader.damaged('its keys have a wrong length');
  return keys;
}

function idBytes(id: string): Uint8Array {
  assert(/^[0-9a-f]{32}$/.test(id), 'a keyring id is 32 hexadecimal digits', { id });
  return Uint8Array.from({ length: ID_BYTES }, (_, at) => Number.parseInt(id.slice(at * 2, at * 2 + 2), 16));
}

function varintLength(value: number): number {
  return new ByteWriter(8).varint(value).length;
}
