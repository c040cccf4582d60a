import type { Runtime } from '../../src/base/runtime.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import { checkedName, checkedPrefix } from '../names.ts';
import { StoreError } from '../object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListOptions,
  ListPage,
  ObjectStore,
  Range,
  ReplaceOutcome,
  Undecided,
  Unknown,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { boundsOf, checkRange, limitOf } from '../ranges.ts';
import { RetryingStore } from '../wrappers/retrying.ts';
import { parseBucketUrl } from './bucket-url.ts';
import { unshared } from './http.ts';
import { isEmptyRange } from './range-header.ts';
import { r2AnswerOf, r2ReadError, r2ReasonOf } from './r2-answers.ts';
import type { R2Bucket, R2Conditional, R2Object } from './r2-binding.ts';

/**
 * The store an `r2:` URL names, reads retried: `r2://BINDING/prefix` is the bucket bound to this Worker under that name, of `buckets`;
 * `r2://bucket/prefix?account=ID` is a bucket from anywhere, by R2's S3 protocol and credentials. SQLSTATE 22023 for a binding that is not there.
 */
export async function openR2Store(url: string, runtime: Runtime, buckets: Readonly<Record<string, R2Bucket>>): Promise<ObjectStore> {
  const { bucket: name, prefix, timeoutMs, endpoint, parameters } = parseBucketUrl('r2', url, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, ['account']);
  const account = parameters.get('account');
  if (account !== null) {
    const { openS3Store } = await import('./s3.ts');
    const at = encodeURIComponent(endpoint ?? `https://${account}.r2.cloudflarestorage.com`);
    return openS3Store(`s3://${name}/${prefix}?endpoint=${at}&region=auto&timeoutMs=${timeoutMs}`, runtime, 'http');
  }
  const bucket = Object.hasOwn(buckets, name) ? buckets[name] : undefined;
  if (bucket === undefined)
    throw new SqlError('invalid_parameter_value', `no R2 bucket is bound as "${name}"`, {
      hint: 'In a Worker give its bindings in `buckets`; elsewhere add account=… to the URL, to speak to R2 by its S3 protocol.',
    });
  return new RetryingStore(new R2Store(bucket, prefix), runtime);
}

/**
 * A bucket of Cloudflare R2 through a Worker's binding. Each call is one operation, except a read of an empty range, which asks for the size.
 *
 * Answers bear no clock. Validators are MD5s of the bytes: writing the bytes of an earlier version again brings its validator back.
 * Cancelling a call cannot reach the binding; whoever waits stops waiting, and a write's outcome is then unknown.
 */
class R2Store implements ObjectStore {
  readonly #bucket: R2Bucket;
  readonly #prefix: string;

  /** `prefix` is '' or ends with '/'. */
  constructor(bucket: R2Bucket, prefix: string) {
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const { range, unlessMatch, signal } = options;
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    if (range !== undefined) checkRange(range);
    try {
      if (range !== undefined && isEmptyRange(range)) return await this.#head(key, unlessMatch);
      const object = await this.#bucket.get(key, {
        ...(range !== undefined && { range }),
        ...(unlessMatch !== undefined && { onlyIf: { etagDoesNotMatch: bare(unlessMatch) } }),
      });
      if (object === null) return { kind: 'absent', dateMs: undefined };
      if (object.etag === unlessMatch || object.arrayBuffer === undefined) return { kind: 'unmodified', dateMs: undefined };
      const bytes = new Uint8Array(await object.arrayBuffer());
      const { start, end } = boundsOf(range, object.size);
      if (bytes.length !== end - start)
        throw new StoreError('transient', name, `the body has ${bytes.length} bytes instead of ${end - start}`);
      return foundOf(object, bytes);
    } catch (error) {
      signal?.throwIfAborted();
      const answer = r2AnswerOf(error);
      if (answer === 'absent') return { kind: 'absent', dateMs: undefined };
      const nothing = range === undefined ? undefined : await this.#pastEnd(key, range, unlessMatch);
      if (nothing !== undefined) return nothing;
      throw r2ReadError(name, error);
    }
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    const written = await this.#put(name, bytes, { etagDoesNotMatch: '*' }, options);
    if (written.kind === 'written') return { kind: 'created', validator: written.validator, dateMs: undefined };
    return written.kind === 'condition-failed' ? { kind: 'exists', dateMs: undefined } : written;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    const written = await this.#put(name, bytes, { etagMatches: bare(validator) }, options);
    if (written.kind === 'written') return { kind: 'replaced', validator: written.validator, dateMs: undefined };
    return written.kind === 'condition-failed' ? { kind: 'mismatch', dateMs: undefined } : written;
  }

  async delete(name: string): Promise<void> {
    const key = this.#prefix + checkedName(name);
    try {
      await this.#bucket.delete(key);
    } catch (error) {
      if (r2AnswerOf(error) !== 'absent') throw r2ReadError(name, error);
    }
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const whole = this.#prefix + checkedPrefix(prefix);
    const { after } = options;
    try {
      const listing = await this.#bucket.list({
        limit: limitOf(options.limit),
        ...(whole !== '' && { prefix: whole }),
        ...(after !== undefined && { startAfter: this.#prefix + after }),
      });
      const objects = listing.objects.map(({ key, size, uploaded }) => ({
        name: key.slice(this.#prefix.length),
        size,
        modifiedMs: uploaded.getTime(),
      }));
      if (objects.some((object, index) => index > 0 && object.name <= objects[index - 1].name))
        throw new StoreError('permanent', prefix, 'the bucket lists names out of order');
      return { objects, next: listing.truncated ? objects.at(-1)?.name : undefined, dateMs: undefined };
    } catch (error) {
      throw r2ReadError(prefix, error);
    }
  }

  async close(): Promise<void> {}

  /** What a range that failed answers if it asked for nothing but bytes past the end, which R2 has more than one error for. */
  async #pastEnd(key: string, range: Range, unlessMatch: Validator | undefined): Promise<GetOutcome | undefined> {
    const whole = await this.#head(key, unlessMatch).catch(() => undefined);
    if (whole?.kind !== 'found') return whole;
    const { start, end } = boundsOf(range, whole.size);
    return start === end ? whole : undefined;
  }

  /** What a read of no bytes answers. */
  async #head(key: string, unlessMatch: Validator | undefined): Promise<GetOutcome> {
    const object = await this.#bucket.head(key);
    if (object === null) return { kind: 'absent', dateMs: undefined };
    return object.etag === unlessMatch ? { kind: 'unmodified', dateMs: undefined } : foundOf(object, new Uint8Array(0));
  }

  async #put(name: string, bytes: Uint8Array, onlyIf: R2Conditional, { signal }: WriteOptions): Promise<Written> {
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    try {
      const object = await raced(this.#bucket.put(key, unshared(bytes), { onlyIf }), signal);
      return object === null ? { kind: 'condition-failed' } : { kind: 'written', validator: object.etag };
    } catch (error) {
      const answer = r2AnswerOf(error);
      switch (answer) {
        case 'condition-failed':
          return { kind: answer };
        case 'undecided':
        case 'unknown':
          return { kind: answer, reason: r2ReasonOf(error) };
        case 'denied':
          throw new StoreError('denied', name, r2ReasonOf(error), error);
        case 'absent':
        case 'permanent':
        case 'range':
          throw new StoreError('permanent', name, r2ReasonOf(error), error);
      }
    }
  }
}

type Written = { readonly kind: 'written'; readonly validator: Validator } | { readonly kind: 'condition-failed' } | Undecided | Unknown;

function foundOf({ etag, size, uploaded }: R2Object, bytes: Uint8Array): GetOutcome {
  return { kind: 'found', bytes, validator: etag, size, modifiedMs: uploaded.getTime(), dateMs: undefined };
}

/** Conditions of the binding take ETags without the quotes of HTTP. */
function bare(validator: Validator): string {
  return validator.replaceAll('"', '');
}

/** What comes first: the answer, or that nobody waits for it any more. */
async function raced<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  const watched = signal as globalThis.AbortSignal;
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new Error('cancelled'));
    watched.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    watched.removeEventListener('abort', onAbort);
  }
}
