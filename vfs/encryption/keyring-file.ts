/**
 * The keyring as one process knows it: read once, and again when an object names a data key that is not known here.
 *
 * Invariants
 *   F1  It never goes back: an older generation than one seen before is damage.
 *   F2  It is created only in an empty place: where there is anything else, a missing keyring is somebody's doing.
 *   F3  It is replaced only by replace-if-match, so that no data key is ever lost to a concurrent rotation.
 */
import { unreachable } from '../../src/base/assert.ts';
import { equalBytes } from '../../src/base/bytes.ts';
import type { Runtime } from '../../src/base/runtime.ts';
import { isSqlError, SqlError } from '../../src/base/sql-error.ts';
import { StoreError, type ObjectStore, type Undecided, type Validator } from '../object-store.ts';
import type { KeyProvider } from './key-provider.ts';
import { decodeKeyring, encodeKeyring, KEYRING_NAME, newKeyring, withNewKey, type Keyring } from './keyring.ts';

const ATTEMPTS_MAX = 8;
const PAUSE_MS = 50;
/** How often it is read while it comes damaged: the damage may be of the way here. */
const READS_MAX = 3;

interface Reading {
  readonly keyring: Keyring;
  readonly bytes: Uint8Array;
  readonly validator: Validator;
}

export class KeyringFile {
  readonly #store: ObjectStore;
  readonly #runtime: Runtime;
  readonly #providers: readonly KeyProvider[];
  #generation = 0;
  #reading: Promise<Keyring | undefined> | undefined;
  #creating: Promise<Keyring | Undecided> | undefined;

  /** `providers`: any of them may hold the key; the first one wraps what is written. Sends no request. */
  constructor(store: ObjectStore, runtime: Runtime, providers: readonly KeyProvider[]) {
    this.#store = store;
    this.#runtime = runtime;
    this.#providers = providers;
  }

  /** The keyring as it was last read; undefined where there is none. Errors as of `decodeKeyring`, and StoreErrors. */
  current(): Promise<Keyring | undefined> {
    return this.#reading ?? this.reload();
  }

  /** Reads it anew. */
  reload(): Promise<Keyring | undefined> {
    const reading = this.#read().then((found) => found?.keyring);
    this.#reading = reading;
    reading.catch(() => {
      if (this.#reading === reading) this.#reading = undefined; // whoever asks next tries again
    });
    return reading;
  }

  /** The keyring, created when there is none. `undecided`: it is not known yet whether there is one now. SQLSTATE 55000 by F2. */
  async ensure(): Promise<Keyring | Undecided> {
    const known = await this.current();
    if (known !== undefined) return known;
    this.#creating ??= this.#create().finally(() => {
      this.#creating = undefined;
    });
    return this.#creating;
  }

  /** Adds a data key, which seals everything written from now on by whoever knows of it, and wraps all anew with the first provider. */
  rotate(): Promise<Keyring> {
    return this.#replace((keyring) => withNewKey(keyring, this.#runtime));
  }

  /** Wraps the same data keys anew with the first provider: nothing else is written. */
  rewrap(): Promise<Keyring> {
    return this.#replace((keyring) => keyring);
  }

  async #read(): Promise<Reading | undefined> {
    const seen = this.#generation;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#store.get(KEYRING_NAME);
      if (answer.kind !== 'found') {
        if (seen === 0) return undefined;
        throw new SqlError('data_corrupted', 'the keyring is missing', { detail: `Generation ${seen} was seen before.` });
      }
      try {
        const keyring = await decodeKeyring(answer.bytes, this.#providers, this.#runtime.crypto);
        if (keyring.generation < seen) throw wentBack(seen, keyring.generation); // F1
        this.#generation = Math.max(this.#generation, keyring.generation);
        return { keyring, bytes: answer.bytes, validator: answer.validator };
      } catch (error) {
        if (!isSqlError(error, 'data_corrupted') || attempt === READS_MAX) throw error;
      }
    }
  }

  async #create(): Promise<Keyring | Undecided> {
    const { objects } = await this.#store.list('', { limit: 1 });
    if (objects.length > 0) {
      const created = await this.reload(); // by another process, a moment ago
      if (created !== undefined) return created;
      throw notEmpty(objects[0].name);
    }
    const { bytes } = await encodeKeyring(newKeyring(this.#runtime), this.#providers[0], this.#runtime);
    const outcome = await this.#store.createIfAbsent(KEYRING_NAME, bytes);
    if (outcome.kind === 'undecided') return outcome;
    // Whatever was heard, what is there now decides.
    return (await this.reload()) ?? { kind: 'undecided', reason: `${KEYRING_NAME}: ${outcome.kind}` };
  }

  async #replace(change: (keyring: Keyring) => Keyring): Promise<Keyring> {
    let sent: Uint8Array | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const current = await this.#read();
      if (current === undefined) throw new SqlError('object_not_in_prerequisite_state', 'the database is not encrypted');
      if (sent !== undefined && equalBytes(current.bytes, sent)) return this.#adopt(current.keyring);
      const next = { ...change(current.keyring), generation: current.keyring.generation + 1 };
      const { bytes, wrapped } = await encodeKeyring(next, this.#providers[0], this.#runtime);
      const outcome = await this.#store.replaceIfMatch(KEYRING_NAME, bytes, current.validator).catch(unknownOf);
      switch (outcome.kind) {
        case 'replaced':
          return this.#adopt({ ...next, wrapped });
        case 'mismatch':
        case 'undecided':
          break;
        case 'unknown':
          sent = bytes;
          break;
        default:
          unreachable(outcome);
      }
      await this.#runtime.clock.sleep(PAUSE_MS * attempt);
    }
    throw new SqlError('io_error', 'could not replace the keyring', { detail: `${ATTEMPTS_MAX} attempts lost to others or failed.` });
  }

  #adopt(keyring: Keyring): Keyring {
    this.#generation = Math.max(this.#generation, keyring.generation);
    this.#reading = Promise.resolve(keyring);
    return keyring;
  }
}

function unknownOf(error: unknown): { readonly kind: 'unknown'; readonly reason: string } {
  if (error instanceof StoreError && (error.kind === 'transient' || error.kind === 'damaged'))
    return { kind: 'unknown', reason: error.message };
  throw error;
}

function wentBack(seen: number, now: number): SqlError {
  return new SqlError('data_corrupted', 'the keyring went back in time', { detail: `Generation ${seen} was seen before ${now}.` });
}

function notEmpty(name: string): SqlError {
  return new SqlError('object_not_in_prerequisite_state', 'a key was given, but the place has unencrypted objects and no keyring', {
    detail: `It has "${name}".`,
    hint: 'Encrypt into an empty place: back up and restore, or say encryption=off.',
  });
}
