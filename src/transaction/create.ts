import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { unreachable } from '../base/assert.ts';
import { hexOf } from '../base/bytes.ts';
import { slot } from '../storage/tree.ts';
import { StoreError, type CreateOutcome, type ObjectStore } from '../../vfs/object-store.ts';
import { backoffMs } from './backoff.ts';
import { EMPTY_CHECKPOINT } from './checkpoint.ts';
import type { DatabaseOptions } from './database-options.ts';
import { openDatabase, type Database } from './database.ts';
import { ROOT_NAME } from './names.ts';
import { readObject, storeFailure } from './reading.ts';
import { freshId, type DatabaseId } from './record.ts';
import { decodeFence, encodeRoot, FENCE_BYTES_MAX, LEAST_WRITER_VERSION, READER_VERSION, type Root } from './root-codec.ts';

const ATTEMPTS_MAX = 16;

/**
 * Makes an empty database in `store` and opens it. Whether the store keeps the promises it must is asked beforehand
 * (vfs/probe.ts). Throws SQLSTATE 42P04 when the bucket has one already, 08007 when that cannot be learned.
 */
export async function createDatabase(store: ObjectStore, runtime: Runtime, options: DatabaseOptions = {}): Promise<Database> {
  await createRoot(store, runtime, emptyRoot(runtime));
  return openDatabase(store, runtime, options);
}

/** Writes the first root of a database. SQLSTATE 42P04 when there is another one already, 08007 when that cannot be learned. */
export async function createRoot(store: ObjectStore, runtime: Runtime, root: Root): Promise<void> {
  const bytes = encodeRoot(root, runtime.crypto);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const outcome = await store.createIfAbsent(ROOT_NAME, bytes).catch(refused);
    switch (outcome.kind) {
      case 'created':
        return;
      case 'exists':
        if (await ours(store, runtime, root.databaseId)) return;
        throw duplicate();
      case 'undecided':
      case 'unknown':
        break;
      default:
        unreachable(outcome);
    }
    await runtime.clock.sleep(backoffMs(attempt, runtime.random));
  }
  throw new SqlError('transaction_resolution_unknown', 'whether the database was created could not be learned');
}

function refused(error: unknown): CreateOutcome {
  throw error instanceof StoreError ? storeFailure(error) : error;
}

/** Whether the root in the bucket is the one made here: an earlier attempt may have landed unheard. */
async function ours(store: ObjectStore, runtime: Runtime, databaseId: DatabaseId): Promise<boolean> {
  const answer = await readObject(store, runtime, ROOT_NAME, { range: { offset: 0, length: FENCE_BYTES_MAX } });
  return answer.kind === 'found' && decodeFence(answer.bytes, runtime.crypto).databaseId === databaseId;
}

function duplicate(): SqlError {
  return new SqlError('duplicate_database', 'there is a database at this URL already');
}

function emptyRoot(runtime: Runtime): Root {
  return {
    databaseId: freshId<DatabaseId>(runtime.random),
    generation: 1,
    writeId: hexOf(runtime.random.bytes(16)),
    minReaderVersion: READER_VERSION,
    minWriterVersion: LEAST_WRITER_VERSION,
    checkpoint: EMPTY_CHECKPOINT,
    boundary: slot(0),
    boundaryAtMs: undefined,
    doomEpoch: 0,
    newestSlot: slot(0),
    manifest: new Uint8Array(0),
    pages: new Uint8Array(0),
    tail: [],
    retained: [],
    pins: [],
    unknown: [],
  };
}
