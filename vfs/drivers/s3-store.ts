import { checkedName, checkedPrefix } from '../names.ts';
import { StoreError } from '../object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
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
import { unshared } from './http.ts';
import { isEmptyRange, rangeHeader, wholeSize } from './range-header.ts';
import { answerOf, readError, reasonOf } from './s3-answers.ts';
import { S3Failure, type S3Transport, type WriteCondition } from './s3-transport.ts';

/**
 * A bucket of S3, or of anything that speaks its protocol and honours If-Match and If-None-Match. Each call is one request,
 * except a read of an empty range, which asks for the object's size besides.
 *
 * Validators are ETags, and S3 derives them from the bytes: writing the bytes of an earlier version again brings its validator
 * back. Whoever replaces objects puts something unique into every version.
 */
export class S3Store implements ObjectStore {
  readonly #transport: S3Transport;
  readonly #prefix: string;

  /** `prefix` is '' or ends with '/'. */
  constructor(transport: S3Transport, prefix: string) {
    this.#transport = transport;
    this.#prefix = prefix;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const { range, unlessMatch, signal } = options;
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    if (range !== undefined) checkRange(range);
    if (range !== undefined && isEmptyRange(range)) return this.#head(name, unlessMatch, signal);
    try {
      const headers = { range: range === undefined ? undefined : rangeHeader(range), ifNoneMatch: unlessMatch };
      const { bytes, etag, contentLength, contentRange, modifiedMs, dateMs } = await this.#transport.get(key, headers, signal);
      const size = wholeSize(name, bytes, range, contentLength, contentRange);
      if (etag === undefined) throw new StoreError('permanent', name, 'the answer has no ETag');
      return { kind: 'found', bytes, validator: etag, size, modifiedMs, dateMs };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof S3Failure)) throw error;
      const answer = answerOf(error);
      if (answer === 'absent') return { kind: 'absent', dateMs: error.dateMs };
      if (answer === 'unmodified') return { kind: 'unmodified', dateMs: error.dateMs };
      if (answer === 'range') return this.#head(name, unlessMatch, signal);
      throw readError(name, error);
    }
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    const written = await this.#put(name, bytes, { ifNoneMatch: '*' }, options);
    if (written.kind === 'written') return { kind: 'created', validator: written.validator, dateMs: written.dateMs };
    if (written.kind === 'condition-failed') return { kind: 'exists', dateMs: written.dateMs };
    if (written.kind === 'absent') return { kind: 'unknown', reason: 'a create was answered with "no such key"' };
    return written;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    const written = await this.#put(name, bytes, { ifMatch: validator }, options);
    if (written.kind === 'written') return { kind: 'replaced', validator: written.validator, dateMs: written.dateMs };
    if (written.kind === 'condition-failed' || written.kind === 'absent') return { kind: 'mismatch', dateMs: written.dateMs };
    return written;
  }

  async delete(name: string): Promise<void> {
    const key = this.#prefix + checkedName(name);
    try {
      await this.#transport.delete(key);
    } catch (error) {
      if (!(error instanceof S3Failure) || answerOf(error) !== 'absent') throw readError(name, error);
    }
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const after = options.after === undefined ? undefined : this.#prefix + options.after;
    try {
      const listing = await this.#transport.list(this.#prefix + checkedPrefix(prefix), after, limitOf(options.limit));
      const objects = listing.objects.map(({ key, size, modifiedMs }) => ({ name: key.slice(this.#prefix.length), size, modifiedMs }));
      if (objects.some((object, index) => index > 0 && object.name <= objects[index - 1].name))
        throw new StoreError('permanent', prefix, 'the bucket lists names out of order');
      return { objects, next: listing.isTruncated ? objects.at(-1)?.name : undefined, dateMs: listing.dateMs };
    } catch (error) {
      throw readError(prefix, error);
    }
  }

  async close(): Promise<void> {
    this.#transport.close();
  }

  /** What a read of no bytes answers: S3 refuses empty ranges without saying the object's validator. */
  async #head(name: string, unlessMatch: Validator | undefined, signal: AbortSignal | undefined): Promise<GetOutcome> {
    try {
      const { etag, contentLength, modifiedMs, dateMs } = await this.#transport.head(this.#prefix + name, signal);
      if (etag === undefined || contentLength === undefined) throw new StoreError('permanent', name, 'the answer has no ETag or length');
      if (etag === unlessMatch) return { kind: 'unmodified', dateMs };
      return { kind: 'found', bytes: new Uint8Array(0), validator: etag, size: contentLength, modifiedMs, dateMs };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof S3Failure && answerOf(error) === 'absent') return { kind: 'absent', dateMs: error.dateMs };
      throw readError(name, error);
    }
  }

  async #put(name: string, bytes: Uint8Array, condition: WriteCondition, { signal }: WriteOptions): Promise<Written> {
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    try {
      const { etag, dateMs } = await this.#transport.put(key, unshared(bytes), condition, signal);
      if (etag === undefined) return { kind: 'unknown', reason: 'the answer has no ETag' };
      return { kind: 'written', validator: etag, dateMs };
    } catch (error) {
      if (!(error instanceof S3Failure)) throw error;
      const answer = answerOf(error);
      switch (answer) {
        case 'condition-failed':
        case 'absent':
          return { kind: answer, dateMs: error.dateMs };
        case 'undecided':
        case 'unknown':
          return { kind: answer, reason: reasonOf(error) };
        case 'denied':
          throw new StoreError('denied', name, reasonOf(error), error);
        case 'permanent':
        case 'range':
        case 'unmodified':
          throw new StoreError('permanent', name, reasonOf(error), error);
      }
    }
  }
}

type Written =
  | { readonly kind: 'written'; readonly validator: Validator; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'condition-failed'; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'absent'; readonly dateMs: StoreTimeMs }
  | Undecided
  | Unknown;
