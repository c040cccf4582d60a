import type { BlobClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { Runtime } from '../../src/base/runtime.ts';
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
import { azureAnswerOf, azureHeader, azureReadError, azureReasonOf } from './azure-answers.ts';
import { containerClient } from './azure-client.ts';
import { httpDateMs, limited, unshared } from './http.ts';
import { isEmptyRange, wholeSize } from './range-header.ts';

/** Times a suffix is looked for while the object keeps changing. */
const SUFFIX_ATTEMPTS_MAX = 5;

/**
 * The store an `az:` URL names, reads retried. Loads `@azure/storage-blob`, an optional peer: SQLSTATE 0A000 says how to get it.
 * Credentials: see `azure-client.ts`.
 */
export async function openAzureStore(url: string, runtime: Runtime): Promise<ObjectStore> {
  const { client, prefix, timeoutMs } = await containerClient(url);
  return new RetryingStore(new AzureStore(client, prefix, timeoutMs), runtime);
}

/**
 * A container of Azure Blob Storage: block blobs, each written by one Put Blob. Validators are ETags, which Azure draws anew for every
 * write. Each call is one request, except the read of a suffix, which Azure does not have: it asks for the size first.
 */
class AzureStore implements ObjectStore {
  readonly #client: ContainerClient;
  readonly #prefix: string;
  readonly #timeoutMs: number;

  /** `prefix` is '' or ends with '/'. The client must not retry (`maxTries: 1`), or a write's outcome is not to be trusted. */
  constructor(client: ContainerClient, prefix: string, timeoutMs: number) {
    this.#client = client;
    this.#prefix = prefix;
    this.#timeoutMs = timeoutMs;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const { range, unlessMatch, signal } = options;
    signal?.throwIfAborted();
    const blob = this.#blob(name);
    if (range !== undefined) checkRange(range);
    try {
      if (range === undefined || (!isEmptyRange(range) && 'offset' in range)) {
        return await this.#download(name, blob, range, conditionsOf(unlessMatch), signal);
      }
      if ('suffix' in range && !isEmptyRange(range)) return await this.#suffix(name, blob, range.suffix, unlessMatch, signal);
      return await this.#properties(name, blob, unlessMatch, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const answer = azureAnswerOf(error);
      if (answer === 'absent') return { kind: 'absent', dateMs: dateOf(error) };
      if (answer === 'unmodified') return { kind: 'unmodified', dateMs: dateOf(error) };
      throw azureReadError(name, error);
    }
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    const written = await this.#upload(name, bytes, { ifNoneMatch: '*' }, options);
    if (written.kind === 'written') return { kind: 'created', validator: written.validator, dateMs: written.dateMs };
    if (written.kind === 'condition-failed') return { kind: 'exists', dateMs: written.dateMs };
    if (written.kind === 'absent') return { kind: 'unknown', reason: 'a create was answered with "no such blob"' };
    return written;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    const written = await this.#upload(name, bytes, { ifMatch: validator }, options);
    if (written.kind === 'written') return { kind: 'replaced', validator: written.validator, dateMs: written.dateMs };
    if (written.kind === 'condition-failed' || written.kind === 'absent') return { kind: 'mismatch', dateMs: written.dateMs };
    return written;
  }

  async delete(name: string): Promise<void> {
    const blob = this.#blob(name);
    try {
      await blob.delete({ abortSignal: limited(undefined, this.#timeoutMs) });
    } catch (error) {
      if (azureAnswerOf(error) !== 'absent') throw azureReadError(name, error);
    }
  }

  /** Azure lists from a name on, that name included; emulators that do not know `startFrom` list from the beginning, to be passed over. */
  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const whole = this.#prefix + checkedPrefix(prefix);
    const { after } = options;
    const limit = limitOf(options.limit);
    const objects: ListedObject[] = [];
    const startFrom = after === undefined ? {} : { startFrom: this.#prefix + after };
    let dateMs: StoreTimeMs;
    try {
      const pages = this.#client
        .listBlobsFlat({ prefix: whole, ...startFrom, abortSignal: limited(undefined, this.#timeoutMs) })
        .byPage({ maxPageSize: after === undefined ? limit : Math.min(limit + 1, PAGE_MAX) });
      for await (const page of pages) {
        dateMs ??= page.date?.getTime();
        for (const { name: key, properties } of page.segment.blobItems) {
          const name = key.slice(this.#prefix.length);
          if (after === undefined || name > after)
            objects.push({ name, size: properties.contentLength ?? 0, modifiedMs: properties.lastModified.getTime() });
        }
        if (objects.length > limit || (objects.length === limit && (page.continuationToken ?? '') !== '')) {
          return { objects: checkedOrder(prefix, objects).slice(0, limit), next: objects[limit - 1].name, dateMs };
        }
      }
      return { objects: checkedOrder(prefix, objects), next: undefined, dateMs };
    } catch (error) {
      throw azureReadError(prefix, error);
    }
  }

  async close(): Promise<void> {}

  #blob(name: string): BlockBlobClient {
    return this.#client.getBlockBlobClient(this.#prefix + checkedName(name));
  }

  async #download(
    name: string,
    blob: BlobClient,
    range: { readonly offset: number; readonly length: number } | undefined,
    conditions: Conditions,
    signal: AbortSignal | undefined,
  ): Promise<GetOutcome> {
    try {
      const options = { conditions, maxRetryRequests: 0, abortSignal: limited(signal, this.#timeoutMs) };
      const answer = await blob.download(range?.offset ?? 0, range?.length, options);
      const bytes = await collected(answer.readableStreamBody);
      const { etag, contentLength, lastModified, date } = answer;
      // Azure says a range's place in the whole only for parts; a whole object of no range begins at its beginning.
      const size = wholeSize(name, bytes, range, contentLength, answer.contentRange);
      if (etag === undefined) throw new StoreError('permanent', name, 'the answer has no ETag');
      return { kind: 'found', bytes, validator: etag, size, modifiedMs: lastModified?.getTime(), dateMs: date?.getTime() };
    } catch (error) {
      if (azureAnswerOf(error) !== 'range') throw error;
      return this.#properties(name, blob, conditions.ifNoneMatch, signal); // past the end: no bytes, and Azure does not say of which version
    }
  }

  /** What a read of no bytes answers. */
  async #properties(
    name: string,
    blob: BlobClient,
    unlessMatch: Validator | undefined,
    signal: AbortSignal | undefined,
  ): Promise<GetOutcome> {
    const answer = await blob.getProperties({ conditions: conditionsOf(unlessMatch), abortSignal: limited(signal, this.#timeoutMs) });
    const { etag, contentLength, lastModified, date } = answer;
    if (etag === undefined || contentLength === undefined) throw new StoreError('permanent', name, 'the answer has no ETag or length');
    const found = { kind: 'found', bytes: new Uint8Array(0), validator: etag, size: contentLength } as const;
    return { ...found, modifiedMs: lastModified?.getTime(), dateMs: date?.getTime() };
  }

  /** The last bytes of an object: its size, then the range, of the same version. */
  async #suffix(
    name: string,
    blob: BlobClient,
    suffix: number,
    unlessMatch: Validator | undefined,
    signal: AbortSignal | undefined,
  ): Promise<GetOutcome> {
    for (let attempt = 0; attempt < SUFFIX_ATTEMPTS_MAX; attempt++) {
      const whole = await this.#properties(name, blob, unlessMatch, signal);
      if (whole.kind !== 'found' || whole.size === 0) return whole;
      const offset = Math.max(0, whole.size - suffix);
      try {
        return await this.#download(name, blob, { offset, length: whole.size - offset }, { ifMatch: whole.validator }, signal);
      } catch (error) {
        if (azureAnswerOf(error) !== 'condition-failed') throw error;
      }
    }
    throw new StoreError('transient', name, 'it changes faster than it can be read');
  }

  async #upload(name: string, bytes: Uint8Array, conditions: Conditions, { signal }: WriteOptions): Promise<Written> {
    signal?.throwIfAborted();
    const blob = this.#blob(name);
    try {
      const options = { conditions, abortSignal: limited(signal, this.#timeoutMs) };
      const { etag, date } = await blob.upload(unshared(bytes), bytes.length, options);
      if (etag === undefined) return { kind: 'unknown', reason: 'the answer has no ETag' };
      return { kind: 'written', validator: etag, dateMs: date?.getTime() };
    } catch (error) {
      const answer = azureAnswerOf(error);
      switch (answer) {
        case 'condition-failed':
        case 'absent':
          return { kind: answer, dateMs: dateOf(error) };
        case 'undecided':
        case 'unknown':
          return { kind: answer, reason: azureReasonOf(error) };
        case 'denied':
          throw new StoreError('denied', name, azureReasonOf(error), error);
        case 'permanent':
        case 'range':
        case 'unmodified':
          throw new StoreError('permanent', name, azureReasonOf(error), error);
      }
    }
  }
}

type Conditions = { readonly ifNoneMatch?: string; readonly ifMatch?: string };

type Written =
  | { readonly kind: 'written'; readonly validator: Validator; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'condition-failed'; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'absent'; readonly dateMs: StoreTimeMs }
  | Undecided
  | Unknown;

/** The most blobs Azure lists at once. */
const PAGE_MAX = 5_000;

function conditionsOf(unlessMatch: Validator | undefined): Conditions {
  return unlessMatch === undefined ? {} : { ifNoneMatch: unlessMatch };
}

function checkedOrder(prefix: string, objects: readonly ListedObject[]): readonly ListedObject[] {
  if (objects.some((object, index) => index > 0 && object.name <= objects[index - 1].name))
    throw new StoreError('permanent', prefix, 'the container lists names out of order');
  return objects;
}

/** The store's time in an answer that is an error. */
function dateOf(error: unknown): StoreTimeMs {
  return httpDateMs(azureHeader(error, 'date'));
}

async function collected(body: AsyncIterable<Uint8Array | string> | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (body !== undefined) for await (const chunk of body) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
