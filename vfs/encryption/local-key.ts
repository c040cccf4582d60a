/** A key-encryption key of 32 bytes in this process's memory, from a file, the environment, or the caller. */
import { assert } from '../../src/base/assert.ts';
import { concatBytes, hexOf, utf8 } from '../../src/base/bytes.ts';
import type { Runtime } from '../../src/base/runtime.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import type { KeyProvider, WrappedKey } from './key-provider.ts';

export const KEY_BYTES = 32;

const PROVIDER = 'local';
const NONCE_BYTES = 12;
/** Enough to tell keys apart, and nothing of the key. */
const ID_BYTES = 8;

/** Wraps by AES-256-GCM under a random nonce: far fewer keys are wrapped than random nonces stay apart for. */
export class LocalKey implements KeyProvider {
  readonly label: string;
  readonly #key: Uint8Array;
  readonly #id: string;
  readonly #runtime: Pick<Runtime, 'random' | 'crypto'>;

  constructor(key: Uint8Array, runtime: Pick<Runtime, 'random' | 'crypto'>) {
    assert(key.length === KEY_BYTES, 'a local key has 32 bytes', { bytes: key.length });
    this.#key = key.slice();
    this.#runtime = runtime;
    this.#id = hexOf(runtime.crypto.hmacSha256(this.#key, utf8('velocidb key id')).subarray(0, ID_BYTES));
    this.label = `local key ${this.#id}`;
  }

  async wrap(key: Uint8Array, context: string): Promise<WrappedKey> {
    const { crypto, random } = this.#runtime;
    const nonce = random.bytes(NONCE_BYTES);
    const bytes = concatBytes([nonce, crypto.sealGcm(this.#key, nonce, key, additional(context))]);
    return { provider: PROVIDER, keyId: this.#id, bytes };
  }

  async unwrap(wrapped: WrappedKey, context: string): Promise<Uint8Array | undefined> {
    if (wrapped.provider !== PROVIDER || wrapped.keyId !== this.#id) return undefined;
    const nonce = wrapped.bytes.subarray(0, NONCE_BYTES);
    const key = this.#runtime.crypto.openGcm(this.#key, nonce, wrapped.bytes.subarray(NONCE_BYTES), additional(context));
    if (key === undefined) throw new SqlError('data_corrupted', 'the keyring is damaged', { detail: `${this.label} does not open it.` });
    return key;
  }
}

function additional(context: string): Uint8Array {
  return utf8(`velocidb wrapped key 1|${context}`);
}
