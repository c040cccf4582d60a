/**
 * An object store over an object store that sees nothing but sealed objects: what it is asked to write it seals, what it reads it opens, and what
 * does not open is an error. Names, validators and outcomes pass through; sizes and ranges are those of the objects in the clear.
 *
 * A conditional write is sealed anew each time it is sent. Sending the same bytes again therefore puts other bytes on the wire, and that is
 * as good: whoever asks who owns a name reads what was sealed, not how.
 *
 * Invariants
 *   X5  Nothing is returned that was not authenticated, but absence, validators, dates and names; an empty range past the end is answered only
 *       after a chunk has vouched for the object's length.
 *   X6  A read takes one request, beside the keyring's own first one; it takes more only where damage, a key not known yet or a range past the
 *       end makes it.
 */
import { assert } from '../../src/base/assert.ts';
import { equalBytes } from '../../src/base/bytes.ts';
import type { Runtime } from '../../src/base/runtime.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import {
  StoreError,
  type CreateOutcome,
  type GetOptions,
  type GetOutcome,
  type ListOptions,
  type ListPage,
  type ObjectStore,
  type Range,
  type ReplaceOutcome,
  type Undecided,
  type Validator,
  type WriteOptions,
} from '../object-store.ts';
import { boundsOf, checkRange } from '../ranges.ts';
import {
  CHUNK_BYTES,
  isSealed,
  objectKey,
  openChunks,
  plainSize,
  readHead,
  sealObject,
  STORED_CHUNK_BYTES,
  type ChunkHead,
} from './chunks.ts';
import { KEYRING_NAME, newestKey, type DataKey, type Keyring } from './keyring.ts';
import type { KeyringFile } from './keyring-file.ts';

/** How often a read is sent that brings damage: it may be of the way here. */
const READS_MAX = 3;
/** Keys of objects that are kept: deriving one takes as long as opening a chunk. */
const OBJECT_KEYS_MAX = 4_096;

type Found = Extract<GetOutcome, { kind: 'found' }>;

export class SealedStore implements ObjectStore {
  readonly keyring: KeyringFile;
  readonly #inner: ObjectStore;
  readonly #runtime: Pick<Runtime, 'random' | 'crypto'>;
  /** By name: keys derived, with the heads that they are for. */
  readonly #objectKeys = new Map<string, { readonly head: ChunkHead; readonly key: Uint8Array }>();

  /** `keyring`: of the same store, `inner`. Closing it closes `inner`. */
  constructor(inner: ObjectStore, keyring: KeyringFile, runtime: Pick<Runtime, 'random' | 'crypto'>) {
    this.#inner = inner;
    this.keyring = keyring;
    this.#runtime = runtime;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    assertNotKeyring(name);
    const { range } = options;
    if (range !== undefined) checkRange(range);
    for (let attempt = 1; ; attempt++) {
      const [answer, keyring] = await Promise.all([
        this.#inner.get(name, { ...options, range: coveringRange(range) }),
        this.keyring.current(),
      ]);
      if (answer.kind !== 'found') return answer;
      try {
        return await this.#opened(name, answer, range, keyring, options);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'damaged' || attempt === READS_MAX) throw error;
      }
    }
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome> {
    const sealed = await this.#sealed(name, bytes);
    return sealed instanceof Uint8Array ? this.#inner.createIfAbsent(name, sealed, options) : sealed;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome> {
    const sealed = await this.#sealed(name, bytes);
    return sealed instanceof Uint8Array ? this.#inner.replaceIfMatch(name, sealed, validator, options) : sealed;
  }

  delete(name: string): Promise<void> {
    assertNotKeyring(name);
    return this.#inner.delete(name);
  }

  async list(prefix: string, options?: ListOptions): Promise<ListPage> {
    const page = await this.#inner.list(prefix, options);
    const objects = page.objects
      .filter(({ name }) => name !== KEYRING_NAME)
      .map((object) => ({ ...object, size: plainSize(object.size) ?? object.size }));
    return { ...page, objects };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** The bytes to store; `undecided` while it cannot be told with which key: nothing was sent. */
  async #sealed(name: string, bytes: Uint8Array): Promise<Uint8Array | Undecided> {
    assertNotKeyring(name);
    try {
      const keyring = await this.keyring.ensure();
      return 'kind' in keyring ? keyring : sealObject(name, bytes, newestKey(keyring), keyring.id, this.#runtime);
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'transient') return { kind: 'undecided', reason: error.message };
      throw error;
    }
  }

  async #opened(
    name: string,
    answer: Found,
    range: Range | undefined,
    known: Keyring | undefined,
    options: GetOptions,
  ): Promise<GetOutcome> {
    if (known === undefined && !isSealed(answer.bytes) && (await this.keyring.reload()) === undefined) throw notEncrypted(name);
    const size = plainSize(answer.size);
    if (size === undefined) throw new StoreError('damaged', name, 'its length is not that of a sealed object');
    const bounds = boundsOf(range, size);
    const { bytes, first } = wholeChunks(answer, range);
    if (bytes.length === 0 && bounds.start === bounds.end) {
      const end = await this.get(name, { ...options, range: { suffix: 0 }, unlessMatch: undefined }); // X5
      return end.kind === 'found' && end.validator !== answer.validator ? this.get(name, options) : end;
    }
    const key = await this.#objectKey(name, headOf(name, bytes), known);
    const opened = openChunks(bytes, first, bounds, size, key, this.#runtime.crypto);
    if (opened === undefined) throw new StoreError('damaged', name, 'it is not what was sealed there');
    return { ...answer, bytes: opened, size };
  }

  async #objectKey(name: string, head: ChunkHead, known: Keyring | undefined): Promise<Uint8Array> {
    const cached = this.#objectKeys.get(name);
    if (cached !== undefined && cached.head.keyNumber === head.keyNumber && equalBytes(cached.head.salt, head.salt)) return cached.key;
    const keyring = known !== undefined && dataKeyOf(known, head) !== undefined ? known : await this.keyring.reload();
    if (keyring === undefined) throw new SqlError('data_corrupted', 'the keyring is missing', { detail: `${name} is sealed.` });
    const dataKey = dataKeyOf(keyring, head);
    if (dataKey === undefined) {
      throw new StoreError('damaged', name, `it is sealed with data key ${head.keyNumber}, which the keyring does not have`);
    }
    const key = objectKey(dataKey.key, head.salt, keyring.id, name, this.#runtime.crypto);
    if (this.#objectKeys.size >= OBJECT_KEYS_MAX) this.#objectKeys.clear();
    this.#objectKeys.set(name, { head, key });
    return key;
  }
}

function dataKeyOf({ keys }: Keyring, { keyNumber }: ChunkHead): DataKey | undefined {
  return keys.find(({ number }) => number === keyNumber);
}

/** SQLSTATE 0A000 when a newer program sealed it. */
function headOf(name: string, bytes: Uint8Array): ChunkHead {
  const head = readHead(bytes);
  if (head === undefined) throw new StoreError('damaged', name, 'it is not sealed');
  if (!('version' in head)) return head;
  throw new SqlError('feature_not_supported', `${name} was sealed by a newer version`, { detail: `It has ${head.version}.` });
}

/** What must be asked for to have the chunks that `range` touches: at least one. */
function coveringRange(range: Range | undefined): Range | undefined {
  if (range === undefined) return undefined;
  if ('suffix' in range) return { suffix: (Math.ceil(range.suffix / CHUNK_BYTES) + 1) * STORED_CHUNK_BYTES };
  const first = Math.floor(range.offset / CHUNK_BYTES);
  const last = Math.floor((range.offset + Math.max(range.length, 1) - 1) / CHUNK_BYTES);
  return { offset: first * STORED_CHUNK_BYTES, length: (last - first + 1) * STORED_CHUNK_BYTES };
}

/** The whole chunks in an answer to the covering range, and the number of the first; a suffix may begin inside of one. */
function wholeChunks({ bytes, size }: Found, range: Range | undefined): { readonly bytes: Uint8Array; readonly first: number } {
  if (range === undefined) return { bytes, first: 0 };
  if (!('suffix' in range)) return { bytes, first: Math.floor(range.offset / CHUNK_BYTES) };
  const start = size - bytes.length;
  const first = Math.ceil(start / STORED_CHUNK_BYTES);
  return { bytes: bytes.subarray(first * STORED_CHUNK_BYTES - start), first };
}

function assertNotKeyring(name: string): void {
  assert(name !== KEYRING_NAME, 'the keyring is no object of the engine', { name });
}

function notEncrypted(name: string): SqlError {
  return new SqlError('object_not_in_prerequisite_state', 'a key was given, but the database is not encrypted', {
    detail: `Object "${name}" is not sealed, and there is no keyring.`,
    hint: 'If it never was, say encryption=off; to encrypt it, back it up into an encrypted place and restore it.',
  });
}
