import type { Crypto } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { HASH_BYTES } from './page-reference.ts';

/** The hash of stored bytes: SHA-256, first 16 bytes. */
export function pageHash(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  return crypto.sha256(bytes).slice(0, HASH_BYTES);
}

/** Throws SQLSTATE XX001 naming `object` unless `bytes` hash to `hash`. */
export function verifyHash(crypto: Crypto, bytes: Uint8Array, hash: Uint8Array, object: string): void {
  const found = crypto.sha256(bytes);
  for (let at = 0; at < HASH_BYTES; at++)
    if (found[at] !== hash[at]) throw new SqlError('data_corrupted', `${object} is damaged: its bytes are not those that were written`);
}
