import { createCipheriv, createDecipheriv, createHmac, hash, pbkdf2, randomBytes } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Clock, Crypto, Random, Runtime } from '../base/runtime.ts';

const pbkdf2Async = promisify(pbkdf2);
const GCM = 'aes-256-gcm';
const GCM_TAG_BYTES = 16;

/** Time, chance and cryptography as Node provides them. Sleeping keeps the process alive. */
export function nodeRuntime(): Runtime {
  return { clock, random, crypto };
}

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) {
      await sleepFor(ms);
      return;
    }
    signal.throwIfAborted();
    await sleepFor(ms, undefined, { signal: signal as globalThis.AbortSignal }).catch(() => signal.throwIfAborted());
  },
};

/** Bytes drawn at a time: asking the system for a few is as dear as for many. */
const POOL_BYTES = 4096;
let pool: Uint8Array = new Uint8Array(0);
let poolAt = 0;

const random: Random = {
  bytes(length: number) {
    if (length > POOL_BYTES / 16) return plain(randomBytes(length));
    if (poolAt + length > pool.length) {
      pool = plain(randomBytes(POOL_BYTES));
      poolAt = 0;
    }
    const bytes = pool.slice(poolAt, poolAt + length);
    pool.fill(0, poolAt, poolAt + length); // nobody finds it here again
    poolAt += length;
    return bytes;
  },
};

const crypto: Crypto = {
  sha256: (bytes: Uint8Array) => plain(hash('sha256', bytes, 'buffer')),
  hmacSha256: (key: Uint8Array, bytes: Uint8Array) => plain(createHmac('sha256', key).update(bytes).digest()),
  async pbkdf2Sha256(password: Uint8Array, salt: Uint8Array, iterations: number, length: number): Promise<Uint8Array> {
    return plain(await pbkdf2Async(password, salt, iterations, length, 'sha256'));
  },
  sealGcm(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array, additional: Uint8Array): Uint8Array {
    const cipher = createCipheriv(GCM, key, nonce, { authTagLength: GCM_TAG_BYTES });
    cipher.setAAD(additional);
    const sealed = new Uint8Array(bytes.length + GCM_TAG_BYTES);
    sealed.set(cipher.update(bytes));
    cipher.final(); // a stream cipher: nothing is left
    sealed.set(cipher.getAuthTag(), bytes.length);
    return sealed;
  },
  openGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined {
    if (sealed.length < GCM_TAG_BYTES) return undefined;
    const decipher = createDecipheriv(GCM, key, nonce, { authTagLength: GCM_TAG_BYTES });
    const end = sealed.length - GCM_TAG_BYTES;
    decipher.setAAD(additional);
    decipher.setAuthTag(sealed.subarray(end));
    const bytes = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain(bytes);
  },
};

/** The same bytes without Buffer's differing methods (Buffer's `slice` shares memory). */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
