import { unreachable } from '../base/assert.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import type { WriteObject } from '../storage/segment.ts';
import { StoreError, type CreateOutcome, type ObjectStore } from '../../vfs/object-store.ts';
import { backoffMs } from './backoff.ts';
import { storeFailure } from './reading.ts';

const ATTEMPTS_MAX = 8;

/**
 * Uploads immutable objects under names with 128 random bits: since nobody else chooses such a name, one that exists already is
 * an earlier attempt of one's own. SQLSTATE 58030 when the store does not take it; what may have landed is left to the collector.
 */
export function objectWriter(store: ObjectStore, runtime: Runtime): WriteObject {
  return async (name, bytes) => {
    let reason = '';
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const outcome = await store.createIfAbsent(name, bytes).catch(refused);
      switch (outcome.kind) {
        case 'created':
        case 'exists':
          return;
        case 'undecided':
        case 'unknown':
          reason = outcome.reason;
          break;
        default:
          unreachable(outcome);
      }
      await runtime.clock.sleep(backoffMs(attempt, runtime.random));
    }
    throw new SqlError('io_error', `could not write object ${name}`, { detail: reason });
  };
}

function refused(error: unknown): CreateOutcome {
  throw error instanceof StoreError ? storeFailure(error) : error;
}
