/** Reads of the bucket that belong to the protocol: tried again a bounded number of times, and never "absent" for "failed". */
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { StoreError, type GetOptions, type GetOutcome, type ObjectStore } from '../../vfs/object-store.ts';
import { backoffMs } from './backoff.ts';

const ATTEMPTS_MAX = 6;

/** `store.get`, sent again while it fails in passing. What remains failed is an `SqlError`: 58030, 42501 or XX001. */
export async function readObject(store: ObjectStore, runtime: Runtime, name: string, options?: GetOptions): Promise<GetOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.get(name, options);
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
