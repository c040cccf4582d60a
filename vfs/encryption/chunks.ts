/**
 * A sealed object: the object's bytes in chunks of 16 KiB, each encrypted and authenticated by itself, so that a range costs the chunks that it
 * touches and no other request.
 *
 *     plain   |-------- 16 KiB --------|-------- 16 KiB --------|-- rest --|
 *     stored  |head| ciphertext  |tag  |head| ciphertext  |tag  |head|…|tag|
 *
 * Every chunk begins with the same head, so that any of them can be opened alone:
 *
 *     offset  size  meaning
 *      0      4     'VELX'
 *      4      2     format version, 1
 *      6      2     must-understand flags, 0
 *      8      4     number of the data key
 *     12      4     0
 *     16      32    salt
 *     48      n     ciphertext
 *     48 + n  16    tag
 *
 * The object's key is HKDF-SHA-256 of the data key, with the salt, for the keyring's id and the object's name; it seals one attempt to write one
 * object. The nonce is the chunk's number; the additional data is the head, and the object's length in 8 bytes.
 *
 * Invariants
 *   X1  No nonce is used twice with a key: the salt hashes random bytes together with the content, so that equal salts mean equal content even
 *       where two processes draw the same random bytes (clones of one machine's memory).
 *   X2  A chunk opens only as what it was: this chunk of this attempt at this object, of this length, in this database.
 *   X3  The chunks of one answer are of one attempt: their heads are equal.
 *   X4  An object of no bytes has one chunk, so that it too is authenticated.
 */
import { assert } from '../../src/base/assert.ts';
import { ByteReader, ByteWriter, concatBytes, equalBytes, utf8 } from '../../src/base/bytes.ts';
import type { Crypto, Runtime } from '../../src/base/runtime.ts';
import type { DataKey, Keyring } from './keyring.ts';

/** Bytes of an object that are sealed together. */
export const CHUNK_BYTES = 16 * 1024;
/** What a chunk is larger stored than plain. */
export const CHUNK_OVERHEAD_BYTES = 64;
/** A whole chunk as it is stored. */
export const STORED_CHUNK_BYTES = CHUNK_BYTES + CHUNK_OVERHEAD_BYTES;

const MAGIC = 0x584c4556; // 'VELX' in file order
const VERSION = 1;
const HEAD_BYTES = 48;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;

/** Which key a chunk was sealed with. */
export interface ChunkHead {
  readonly keyNumber: number;
  readonly salt: Uint8Array;
}

/** Bytes that an object of `size` bytes takes when sealed. */
export function storedSize(size: number): number {
  return size + CHUNK_OVERHEAD_BYTES * Math.max(1, Math.ceil(size / CHUNK_BYTES));
}

/** The bytes of the object that was sealed to `stored` bytes; undefined when none is. */
export function plainSize(stored: number): number | undefined {
  const chunks = Math.ceil(stored / STORED_CHUNK_BYTES);
  const size = stored - chunks * CHUNK_OVERHEAD_BYTES;
  return size >= 0 && storedSize(size) === stored ? size : undefined;
}

/** Whether bytes begin as a sealed object does. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new ByteReader(bytes, 'object').u32() === MAGIC;
}

/** The key of one attempt to write one object (HKDF, RFC 5869; one block of output). */
export function objectKey(dataKey: Uint8Array, salt: Uint8Array, keyringId: string, name: string, crypto: Crypto): Uint8Array {
  return crypto.hmacSha256(crypto.hmacSha256(salt, dataKey), concatBytes([utf8(`velocidb object 1|${keyringId}|${name}`), ONE]));
}

/** The object as it is to be stored under `name`. */
export function sealObject(
  name: string,
  bytes: Uint8Array,
  { number, key: dataKey }: DataKey,
  keyringId: string,
  { random, crypto }: Pick<Runtime, 'random' | 'crypto'>,
): Uint8Array {
  const salt = crypto.sha256(concatBytes([random.bytes(SALT_BYTES), crypto.sha256(bytes)])); // X1
  const key = objectKey(dataKey, salt, keyringId, name, crypto);
  const head = new ByteWriter(HEAD_BYTES).u32(MAGIC).u16(VERSION).u16(0).u32(number).u32(0).raw(salt).view();
  assert(head.length === HEAD_BYTES, 'a head has its size', { length: head.length });
  const additional = additionalOf(head, bytes.length);
  const sealed = new Uint8Array(storedSize(bytes.length));
  for (let chunk = 0, at = 0; at < sealed.length; chunk++, at += STORED_CHUNK_BYTES) {
    sealed.set(head, at);
    const plain = bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    sealed.set(crypto.sealGcm(key, nonceOf(chunk), plain, additional), at + HEAD_BYTES);
  }
  return sealed;
}

/** The head of the chunk at the front of `bytes`; the version it has when that is not known here; undefined when there is none. */
export function readHead(bytes: Uint8Array): ChunkHead | { readonly version: string } | undefined {
  if (bytes.length < CHUNK_OVERHEAD_BYTES || !isSealed(bytes)) return undefined;
  const reader = new ByteReader(bytes, 'chunk');
  reader.u32();
  const version = reader.u16();
  const flags = reader.u16();
  if (version !== VERSION || flags !== 0) return { version: `format ${version}, flags ${flags}` };
  const keyNumber = reader.u32();
  reader.u32();
  return { keyNumber, salt: reader.raw(SALT_BYTES).slice() };
}

/**
 * The bytes [start, end) of an object of `size` bytes, out of `stored`, whole chunks from number `first` on that hold them all. Undefined when a
 * chunk is not what was sealed there.
 */
export function openChunks(
  stored: Uint8Array,
  first: number,
  { start, end }: { readonly start: number; readonly end: number },
  size: number,
  key: Uint8Array,
  crypto: Crypto,
): Uint8Array | undefined {
  const head = stored.subarray(0, HEAD_BYTES);
  const additional = additionalOf(head, size);
  const opened = new Uint8Array(end - start);
  let covered = first * CHUNK_BYTES; // the place of the chunk in the object
  if (covered > start) return undefined;
  for (let chunk = first, at = 0; at < stored.length; chunk++, at += STORED_CHUNK_BYTES) {
    if (!equalBytes(stored.subarray(at, at + HEAD_BYTES), head)) return undefined; // X3
    const plain = crypto.openGcm(key, nonceOf(chunk), stored.subarray(at + HEAD_BYTES, at + STORED_CHUNK_BYTES), additional);
    if (plain === undefined) return undefined;
    const wanted = plain.subarray(Math.max(0, start - covered), Math.max(0, end - covered));
    if (wanted.length > 0) opened.set(wanted, Math.max(0, covered - start));
    covered += plain.length;
  }
  return covered < end ? undefined : opened;
}

/** The whole of what `sealObject` sealed under `name`; undefined when it is anything else, or sealed with a key that is not in `keyring`. */
export function openSealed(
  name: string,
  stored: Uint8Array,
  { id, keys }: Pick<Keyring, 'id' | 'keys'>,
  crypto: Crypto,
): Uint8Array | undefined {
  const head = readHead(stored);
  const size = plainSize(stored.length);
  if (head === undefined || 'version' in head || size === undefined) return undefined;
  const dataKey = keys.find(({ number }) => number === head.keyNumber);
  if (dataKey === undefined) return undefined;
  return openChunks(stored, 0, { start: 0, end: size }, size, objectKey(dataKey.key, head.salt, id, name, crypto), crypto);
}

const ONE = new Uint8Array([1]);

function nonceOf(chunk: number): Uint8Array {
  return new ByteWriter(NONCE_BYTES).u64(chunk).u32(0).bytes();
}

function additionalOf(head: Uint8Array, size: number): Uint8Array {
  return new ByteWriter(HEAD_BYTES + 8).raw(head).u64(size).bytes();
}
