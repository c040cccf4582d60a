/** Reads of the bucket that belong to the protocol: tried again a bounded number of times, and never "absent" for "failed". */
import type { Runtime } from '../base/runtime.ts';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { isSealed } from '../../vfs/encryption/chunks.ts';
import { StoreError, type GetOptions, type GetOutcome, type ObjectStore } from '../../vfs/object-store.ts';
import { backoffMs } from './backoff.ts';

const ATTEMPTS_MAX = 6;
const DECODE_ATTEMPTS_MAX = 3;

/**
 * The object, understood by `decode`; undefined when it is absent. Bytes that are not understood are fetched once more, since a
 * transfer may be damaged where the object is not.
 */
export async function readDecoded<T>(
  store: ObjectStore,
  runtime: Runtime,
  name: string,
  decode: (bytes: Uint8Array) => T,
  options?: GetOptions,
): Promise<Decoded<T>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await readObject(store, runtime, name, options);
    if (answer.kind !== 'found') return answer;
    try {
      return { ...answer, value: decode(answer.bytes) };
    } catch (error) {
      if (!isSqlError(error, 'data_corrupted') || attempt >= DECODE_ATTEMPTS_MAX) throw error;
    }
  }
}

/** An answer whose bytes were understood. */
export type Decoded<T> = (Extract<GetOutcome, { kind: 'found' }> & { readonly value: T }) | Exclude<GetOutcome, { kind: 'found' }>;

/** `store.get`, sent again while it fails in passing. What remains failed is an `SqlError`: 58030, 42501 or XX001; 28000 for what is sealed. */
export async function readObject(store: ObjectStore, runtime: Runtime, name: string, options?: GetOptions): Promise<GetOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await store.get(name, options);
      if (answer.kind === 'found' && isSealed(answer.bytes)) throw encrypted();
      return answer;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.kind !== 'transient' || attempt >= ATTEMPTS_MAX) throw storeFailure(error);
      await runtime.clock.sleep(backoffMs(attempt, runtime.random));
    }
  }
}

/** The client's words for a store that failed. */
export function storeFailure(error: StoreError): SqlError {
  const fields = { detail: error.message, cause: error };
  switch (error.kind) {
    case 'denied':
      return new SqlError('insufficient_privilege', `permission denied by the object store for ${error.object}`, fields);
    case 'damaged':
      return new SqlError('data_corrupted', `object ${error.object} is damaged`, fields);
    default:
      return new SqlError('io_error', `could not read object ${error.object}`, fields);
  }
}

function encrypted(): SqlError {
  return new SqlError('invalid_authorization_specification', 'the database is encrypted, and no key was given', {
    hint: 'Set VELOCIDB_KEY, or add encryption=file:PATH or encryption=aws-kms:KEY to the URL.',
  });
}
