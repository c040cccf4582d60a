import type { Runtime } from '../../src/base/runtime.ts';
import { textOf } from '../../src/base/bytes.ts';
import { checkedName, checkedPrefix } from '../names.ts';
import { StoreError } from '../object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListedObject,
  ListOptions,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  StoreTimeMs,
  Undecided,
  Unknown,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { checkRange, limitOf } from '../ranges.ts';
import { RetryingStore } from '../wrappers/retrying.ts';
import { parseBucketUrl } from './bucket-url.ts';
import { GcsFailure, gcsAnswerOf, gcsReadError, gcsReasonOf } from './gcs-answers.ts';
import { gcsBucket, GcsClient } from './gcs-client.ts';
import { httpDateMs, unshared } from './http.ts';
import { isEmptyRange, rangeHeader, wholeSize } from './range-header.ts';

/**
 * The store a `gs:` URL names (`gs://bucket/prefix?endpoint=…&timeoutMs=…`), reads retried. Loads `@google-cloud/storage`, an optional peer,
 * with Google's default credentials: SQLSTATE 0A000 says how to get it.
 */
export async function openGcsStore(url: string, runtime: Runtime): Promise<ObjectStore> {
  const { bucket, prefix, endpoint, timeoutMs } = parseBucketUrl('gs', url, /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, []);
  return new RetryingStore(new GcsStore(new GcsClient(await gcsBucket(bucket, endpoint), timeoutMs), prefix), runtime);
}

/** A generation that no object has: they are times in microseconds. */
const NO_GENERATION = '1';

/**
 * A bucket of Google Cloud Storage. Validators are generations, which are never used twice. Each call is one request, except a read of
 * an empty range, which asks for the object's size besides.
 */
class GcsStore implements ObjectStore {
  readonly #client: GcsClient;
  readonly #prefix: string;

  /** `prefix` is '' or ends with '/'. */
  constructor(client: GcsClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const { range, unlessMatch, signal } = options;
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    if (range !== undefined) checkRange(range);
    if (range !== undefined && isEmptyRange(range)) return this.#metadata(name, unlessMatch, signal);
    try {
      const query = { alt: 'media', ...(unlessMatch !== undefined && { ifGenerationNotMatch: generationOf(unlessMatch) }) };
      const { headers, bytes, dateMs } = await this.#client.read(key, query, range && rangeHeader(range), signal);
      const length = headers['content-length'];
      const size = wholeSize(name, bytes, range, length === undefined ? undefined : Number(length), headers['content-range']);
      const stored = headers['x-goog-stored-content-length'];
      if (stored !== undefined && Number(stored) !== size)
        throw new StoreError('transient', name, `the body ends after ${size} of ${stored} bytes`);
      const validator = headers['x-goog-generation'];
      if (validator === undefined) throw new StoreError('permanent', name, 'the answer has no generation');
      return { kind: 'found', bytes, validator, size, modifiedMs: httpDateMs(headers['last-modified']), dateMs };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GcsFailure)) throw error;
      const answer = gcsAnswerOf(error);
      if (answer === 'absent') return { kind: 'absent', dateMs: error.dateMs };
      if (answer === 'unmodified') return { kind: 'unmodified', dateMs: error.dateMs };
      if (answer === 'range') return this.#metadata(name, unlessMatch, signal);
      throw gcsReadError(name, error);
    }
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    const written = await this.#write(name, bytes, '0', options);
    if (written.kind === 'written') return { kind: 'created', validator: written.validator, dateMs: written.dateMs };
    return written.kind === 'condition-failed' ? { kind: 'exists', dateMs: written.dateMs } : written;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    const written = await this.#write(name, bytes, generationOf(validator), options);
    if (written.kind === 'written') return { kind: 'replaced', validator: written.validator, dateMs: written.dateMs };
    return written.kind === 'condition-failed' ? { kind: 'mismatch', dateMs: written.dateMs } : written;
  }

  async delete(name: string): Promise<void> {
    const key = this.#prefix + checkedName(name);
    try {
      await this.#client.delete(key);
    } catch (error) {
      if (!(error instanceof GcsFailure) || gcsAnswerOf(error) !== 'absent') throw gcsReadError(name, error);
    }
  }

  /** Google lists from a name on, that name included, and may give fewer than asked for with more to come. */
  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const whole = this.#prefix + checkedPrefix(prefix);
    const { after } = options;
    const limit = limitOf(options.limit);
    const objects: ListedObject[] = [];
    let dateMs: StoreTimeMs;
    let pageToken: string | undefined;
    try {
      do {
        const { body, dateMs: now } = await this.#client.list({
          maxResults: Math.min(limit + 1, 1_000),
          fields: 'items(name,size,updated),nextPageToken',
          ...(whole !== '' && { prefix: whole }),
          ...(after !== undefined && { startOffset: this.#prefix + after }),
          ...(pageToken !== undefined && { pageToken }),
        });
        dateMs ??= now;
        const page = body as Listing;
        pageToken = page.nextPageToken;
        for (const item of page.items ?? []) {
          const name = item.name.slice(this.#prefix.length);
          if (after === undefined || name > after) objects.push({ name, size: Number(item.size), modifiedMs: secondsOf(item.updated) });
        }
      } while (pageToken !== undefined && objects.length < limit);
    } catch (error) {
      throw gcsReadError(prefix, error);
    }
    if (objects.some((object, index) => index > 0 && object.name <= objects[index - 1].name))
      throw new StoreError('permanent', prefix, 'the bucket lists names out of order');
    const hasMore = pageToken !== undefined || objects.length > limit;
    return { objects: objects.slice(0, limit), next: hasMore ? objects[limit - 1].name : undefined, dateMs };
  }

  async close(): Promise<void> {}

  /** What a read of no bytes answers. */
  async #metadata(name: string, unlessMatch: Validator | undefined, signal: AbortSignal | undefined): Promise<GetOutcome> {
    const query = {
      fields: 'generation,size,updated',
      ...(unlessMatch !== undefined && { ifGenerationNotMatch: generationOf(unlessMatch) }),
    };
    try {
      const { bytes, dateMs } = await this.#client.read(this.#prefix + name, query, undefined, signal);
      const { generation, size, updated } = JSON.parse(textOf(bytes)) as Metadata;
      const found = { kind: 'found', bytes: new Uint8Array(0), validator: String(generation), size: Number(size) } as const;
      return { ...found, modifiedMs: secondsOf(updated), dateMs };
    } catch (error) {
      signal?.throwIfAborted();
      const answer = error instanceof GcsFailure ? gcsAnswerOf(error) : undefined;
      if (error instanceof GcsFailure && (answer === 'absent' || answer === 'unmodified')) return { kind: answer, dateMs: error.dateMs };
      throw gcsReadError(name, error);
    }
  }

  async #write(name: string, bytes: Uint8Array, generation: string, { signal }: WriteOptions): Promise<Written> {
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    try {
      const written = await this.#client.write(key, unshared(bytes), generation, signal);
      if (written.generation === undefined) return { kind: 'unknown', reason: 'the answer has no generation' };
      return { kind: 'written', validator: written.generation, dateMs: written.dateMs };
    } catch (error) {
      if (!(error instanceof GcsFailure)) throw error;
      const answer = gcsAnswerOf(error);
      switch (answer) {
        case 'condition-failed':
          return { kind: answer, dateMs: error.dateMs };
        case 'undecided':
        case 'unknown':
          return { kind: answer, reason: gcsReasonOf(error) };
        case 'denied':
          throw new StoreError('denied', name, gcsReasonOf(error), error);
        case 'absent': // of a write, it is the bucket that is not there
        case 'permanent':
        case 'range':
        case 'unmodified':
          throw new StoreError('permanent', name, gcsReasonOf(error), error);
      }
    }
  }
}

type Written =
  | { readonly kind: 'written'; readonly validator: Validator; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'condition-failed'; readonly dateMs: StoreTimeMs }
  | Undecided
  | Unknown;

interface Listing {
  readonly items?: readonly { readonly name: string; readonly size: string; readonly updated: string }[];
  readonly nextPageToken?: string;
}

interface Metadata {
  readonly generation: string | number;
  readonly size: string | number;
  readonly updated: string;
}

function generationOf(validator: Validator): string {
  return /^[1-9]\d{0,18}$/.test(validator) ? validator : NO_GENERATION;
}

/** A time of Google's JSON in whole seconds, as its headers say it. */
function secondsOf(time: string): StoreTimeMs {
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? undefined : Math.floor(parsed / 1000) * 1000;
}
