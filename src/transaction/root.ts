/**
 * Root, as one process knows it: read whole when opening, by its first bytes when fencing, and changed only by
 * replace-if-match. It is never on the commit path.
 *
 * Invariants
 *   O1  `update` applies its change to the version it replaces: between the two nobody else changed anything.
 *   O2  A write whose outcome is unknown is recognised by its write id, never assumed.
 *   O3  What this process saw never goes back: an older generation than one seen before the request was sent is damage.
 */
import { assert, unreachable } from '../base/assert.ts';
import { hexOf } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { StoreError, type ObjectStore, type ReplaceOutcome, type StoreTimeMs, type Validator } from '../../vfs/object-store.ts';
import { backoffMs } from './backoff.ts';
import { ROOT_NAME } from './names.ts';
import { readDecoded, storeFailure } from './reading.ts';
import { checkVersions, decodeFence, decodeRoot, encodeRoot, FENCE_BYTES_MAX, type FenceHeader, type Root } from './root-codec.ts';

const UPDATE_ATTEMPTS_MAX = 64;

/** A version of root and what the store said about it. */
export interface RootVersion {
  readonly root: Root;
  readonly validator: Validator;
  readonly modifiedMs: StoreTimeMs;
  /** Store time of the answer. */
  readonly dateMs: StoreTimeMs;
}

/** A fence header and the store time of the answer that brought it. */
export interface FenceReading {
  readonly fence: FenceHeader;
  readonly dateMs: StoreTimeMs;
}

export class RootFile {
  readonly #store: ObjectStore;
  readonly #runtime: Runtime;
  #fence: FenceHeader | undefined;
  #validator: Validator | undefined;

  constructor(store: ObjectStore, runtime: Runtime) {
    this.#store = store;
    this.#runtime = runtime;
  }

  /** The newest fence header this process saw; undefined before the first read. */
  get fence(): FenceHeader | undefined {
    return this.#fence;
  }

  /** Reads the whole object. Throws SQLSTATE 3D000 when there is none, 0A000 when it asks for a newer program. */
  async read(): Promise<RootVersion> {
    const seen = this.#fence;
    const answer = await readDecoded(this.#store, this.#runtime, ROOT_NAME, (bytes) => decodeRoot(bytes, this.#runtime.crypto));
    if (answer.kind !== 'found') throw noDatabase();
    const root = answer.value;
    this.#remember(root, answer.validator, seen);
    return { root, validator: answer.validator, modifiedMs: answer.modifiedMs, dateMs: answer.dateMs };
  }

  /** Reads the fence header, by range, and only when it changed. */
  async confirm(): Promise<FenceReading> {
    const seen = this.#fence;
    const range = { offset: 0, length: FENCE_BYTES_MAX };
    const decode = (bytes: Uint8Array): FenceHeader => decodeFence(bytes, this.#runtime.crypto);
    const answer = await readDecoded(this.#store, this.#runtime, ROOT_NAME, decode, { range, unlessMatch: this.#validator });
    if (answer.kind === 'absent') throw noDatabase();
    if (answer.kind === 'unmodified') {
      assert(seen !== undefined, 'only a version seen before is unmodified');
      return { fence: seen, dateMs: answer.dateMs };
    }
    const fence = answer.value;
    this.#remember(fence, answer.validator, seen);
    return { fence, dateMs: answer.dateMs };
  }

  /**
   * Replaces root by `change(root)`, called again for each version that somebody else put in between; undefined leaves it as
   * it is. `change` must be idempotent: it may meet its own effect. Answers the version that stands.
   */
  async update(change: (current: Root) => Root | undefined | Promise<Root | undefined>): Promise<Root> {
    let sentWriteId: string | undefined;
    for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
      const current = await this.read();
      if (sentWriteId !== undefined && current.root.writeId === sentWriteId) return current.root;
      checkVersions(current.root, 'write');
      const changed = await change(current.root);
      if (changed === undefined) return current.root;
      const next: Root = {
        ...changed,
        generation: current.root.generation + 1,
        writeId: hexOf(this.#runtime.random.bytes(16)),
        boundaryAtMs: boundaryTime(current, changed),
      };
      const outcome = await this.#store
        .replaceIfMatch(ROOT_NAME, encodeRoot(next, this.#runtime.crypto), current.validator)
        .catch(ofFailure);
      switch (outcome.kind) {
        case 'replaced':
          this.#remember(next, outcome.validator, undefined);
          return next;
        case 'mismatch':
          break;
        case 'undecided':
          break;
        case 'unknown':
          sentWriteId = next.writeId; // O2: if it landed, the next read finds this id, or a change on top of it
          break;
        default:
          unreachable(outcome);
      }
      await this.#runtime.clock.sleep(backoffMs(attempt, this.#runtime.random));
    }
    throw new SqlError('io_error', 'could not update root', { detail: `${UPDATE_ATTEMPTS_MAX} attempts lost to other writers or failed.` });
  }

  #remember(fence: FenceHeader, validator: Validator, seenBefore: FenceHeader | undefined): void {
    if (seenBefore !== undefined && fence.databaseId !== seenBefore.databaseId) {
      throw new SqlError('data_corrupted', 'root now belongs to another database', { hint: 'Open the database again.' });
    }
    if (seenBefore !== undefined && fence.generation < seenBefore.generation) {
      throw new SqlError('data_corrupted', 'root went back in time', {
        detail: `Generation ${seenBefore.generation} was seen before ${fence.generation}.`,
        hint: 'The bucket may have been restored; open the database again.',
      });
    }
    checkVersions(fence, 'read');
    if (this.#fence !== undefined && fence.generation < this.#fence.generation) return; // an answer overtaken by a later one
    this.#fence = fence;
    this.#validator = validator;
  }
}

/** A write that failed otherwise than by an outcome: in passing, it may have landed; for good, it is the client's to know. */
function ofFailure(error: unknown): ReplaceOutcome {
  if (!(error instanceof StoreError)) throw error;
  if (error.kind === 'transient' || error.kind === 'damaged') return { kind: 'unknown', reason: error.message };
  throw storeFailure(error);
}

/** See `FenceHeader.boundaryAtMs`: the version being replaced had the boundary when it was written, at its LastModified. */
function boundaryTime(current: RootVersion, next: Root): number | undefined {
  if (next.boundary !== current.root.boundary) return undefined;
  return current.root.boundaryAtMs ?? current.modifiedMs;
}

function noDatabase(): SqlError {
  return new SqlError('invalid_catalog_name', 'there is no database at this URL', { hint: 'Create one first.' });
}
