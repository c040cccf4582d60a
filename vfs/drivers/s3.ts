import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Runtime } from '../../src/base/runtime.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import { checkedName, checkedPrefix } from '../names.ts';
import { StoreError } from '../object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListPage,
  ObjectStore,
  Range,
  ReplaceOutcome,
  StoreTimeMs,
  Undecided,
  Unknown,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { checkRange, limitOf } from '../ranges.ts';
import { RetryingStore } from '../wrappers/retrying.ts';
import { answerOf, readError, reasonOf } from './s3-answers.ts';
import { parseS3Url, type S3Location } from './s3-url.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

const CONNECT_TIMEOUT_MS = 5_000;
const SOCKETS_MAX = 256;

/**
 * The store an `s3:` URL names, reads retried (`vfs/wrappers/retrying.ts`). Loads `@aws-sdk/client-s3`, an optional peer:
 * where it is not installed, SQLSTATE 0A000 says how to get it.
 */
export async function openS3Store(url: string, runtime: Runtime): Promise<ObjectStore> {
  const location = parseS3Url(url);
  const sdk = await loadSdk();
  return new RetryingStore(new S3Store(sdk, new sdk.S3Client(clientConfig(location)), location.bucket, location.prefix), runtime);
}

/**
 * A bucket of S3, or of anything that speaks its protocol and honours If-Match and If-None-Match, through the AWS SDK. Each
 * call is one request, except a read of an empty range, which asks for the object's size besides.
 *
 * Validators are ETags, and S3 derives them from the bytes: writing the bytes of an earlier version again brings its validator
 * back. Whoever replaces objects puts something unique into every version.
 */
class S3Store implements ObjectStore {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** `prefix` is '' or ends with '/'. The client must not retry (`maxAttempts: 1`), or a write's outcome is not to be trusted. */
  constructor(sdk: Sdk, client: S3Client, bucket: string, prefix: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const { range, unlessMatch, signal } = options;
    signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    if (range !== undefined) checkRange(range);
    if (range !== undefined && ('suffix' in range ? range.suffix : range.length) === 0) return this.#head(name, unlessMatch, signal);
    const command = new this.#sdk.GetObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ...(range && { Range: rangeHeader(range) }),
      ...(unlessMatch !== undefined && { IfNoneMatch: unlessMatch }),
    });
    const date = dateOf(command);
    try {
      const output = await this.#client.send(command, { ...abortable(signal) });
      const bytes = (await output.Body?.transformToByteArray()) ?? new Uint8Array(0);
      const size = wholeSize(name, bytes, range, output.ContentLength, output.ContentRange);
      if (output.ETag === undefined) throw new StoreError('permanent', name, 'the answer has no ETag');
      return {
        kind: 'found',
        bytes: plain(bytes),
        validator: output.ETag,
        size,
        modifiedMs: output.LastModified?.getTime(),
        dateMs: date(),
      };
    } catch (error) {
      signal?.throwIfAborted();
      const answer = answerOf(error);
      if (answer === 'absent') return { kind: 'absent', dateMs: date() };
      if (answer === 'unmodified') return { kind: 'unmodified', dateMs: date() };
      if (answer === 'range') return this.#head(name, unlessMatch, signal);
      throw readError(name, error);
    }
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    const written = await this.#put(name, bytes, { IfNoneMatch: '*' }, options);
    if (written.kind === 'written') return { kind: 'created', validator: written.validator, dateMs: written.dateMs };
    if (written.kind === 'condition-failed') return { kind: 'exists', dateMs: written.dateMs };
    if (written.kind === 'absent') return { kind: 'unknown', reason: 'a create was answered with "no such key"' };
    return written;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    const written = await this.#put(name, bytes, { IfMatch: validator }, options);
    if (written.kind === 'written') return { kind: 'replaced', validator: written.validator, dateMs: written.dateMs };
    if (written.kind === 'condition-failed' || written.kind === 'absent') return { kind: 'mismatch', dateMs: written.dateMs };
    return written;
  }

  async delete(name: string): Promise<void> {
    const key = this.#prefix + checkedName(name);
    try {
      await this.#client.send(new this.#sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      if (answerOf(error) !== 'absent') throw readError(name, error);
    }
  }

  async list(
    prefix: string,
    options: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
  ): Promise<ListPage> {
    const { after } = options;
    const input = { Bucket: this.#bucket, Prefix: this.#prefix + checkedPrefix(prefix), MaxKeys: limitOf(options.limit) };
    const command = new this.#sdk.ListObjectsV2Command(after === undefined ? input : { ...input, StartAfter: this.#prefix + after });
    const date = dateOf(command);
    try {
      const output = await this.#client.send(command);
      const objects = (output.Contents ?? []).map((object) => ({
        name: (object.Key ?? '').slice(this.#prefix.length),
        size: object.Size ?? 0,
        modifiedMs: object.LastModified?.getTime(),
      }));
      if (objects.some((object, index) => index > 0 && object.name <= objects[index - 1].name))
        throw new StoreError('permanent', prefix, 'the bucket lists names out of order');
      return { objects, next: output.IsTruncated === true ? objects.at(-1)?.name : undefined, dateMs: date() };
    } catch (error) {
      throw readError(prefix, error);
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  /** What a read of no bytes answers: S3 refuses empty ranges without saying the object's validator. */
  async #head(name: string, unlessMatch: Validator | undefined, signal: AbortSignal | undefined): Promise<GetOutcome> {
    const command = new this.#sdk.HeadObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + name });
    const date = dateOf(command);
    try {
      const output = await this.#client.send(command, { ...abortable(signal) });
      if (output.ETag === undefined || output.ContentLength === undefined)
        throw new StoreError('permanent', name, 'the answer has no ETag or length');
      if (output.ETag === unlessMatch) return { kind: 'unmodified', dateMs: date() };
      return {
        kind: 'found',
        bytes: new Uint8Array(0),
        validator: output.ETag,
        size: output.ContentLength,
        modifiedMs: output.LastModified?.getTime(),
        dateMs: date(),
      };
    } catch (error) {
      signal?.throwIfAborted();
      if (answerOf(error) === 'absent') return { kind: 'absent', dateMs: date() };
      throw readError(name, error);
    }
  }

  async #put(
    name: string,
    bytes: Uint8Array,
    condition: { IfNoneMatch: '*' } | { IfMatch: string },
    options: WriteOptions,
  ): Promise<Written> {
    options.signal?.throwIfAborted();
    const key = this.#prefix + checkedName(name);
    const command = new this.#sdk.PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: unshared(bytes),
      ContentLength: bytes.length,
      ...condition,
    });
    const date = dateOf(command);
    try {
      const output = await this.#client.send(command, { ...abortable(options.signal) });
      if (output.ETag === undefined) return { kind: 'unknown', reason: 'the answer has no ETag' };
      return { kind: 'written', validator: output.ETag, dateMs: date() };
    } catch (error) {
      const answer = answerOf(error);
      switch (answer) {
        case 'condition-failed':
        case 'absent':
          return { kind: answer, dateMs: date() };
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

interface Watchable {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<{ response: unknown }>) => (args: never) => Promise<{ response: unknown }>,
      options: { step: 'deserialize'; priority: 'low'; name: string },
    ): void;
  };
}

/** Watches a command's answer for its Date header, which the SDK keeps to itself; also for answers that become errors. */
function dateOf(command: unknown): () => StoreTimeMs {
  let dateMs: StoreTimeMs;
  (command as Watchable).middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const headers = (result.response as { headers?: Record<string, string> } | undefined)?.headers;
      const parsed = Date.parse(headers?.['date'] ?? '');
      dateMs = Number.isNaN(parsed) ? undefined : parsed;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'storeDate' },
  );
  return () => dateMs;
}

function rangeHeader(range: Range): string {
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** The whole object's length, after checking that the body is what the headers say and what was asked for (O4). */
function wholeSize(
  name: string,
  bytes: Uint8Array,
  range: Range | undefined,
  contentLength: number | undefined,
  contentRange: string | undefined,
): number {
  if (contentLength !== undefined && contentLength !== bytes.length)
    throw new StoreError('transient', name, `the body ends after ${bytes.length} of ${contentLength} bytes`);
  if (range === undefined) return bytes.length;
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '');
  if (match === null) throw new StoreError('permanent', name, 'the bucket ignores ranges');
  const [start, last, size] = match.slice(1).map(Number);
  const wantedStart = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset;
  const wantedEnd = 'suffix' in range ? size : Math.min(size, range.offset + range.length);
  if (start !== wantedStart || last + 1 !== wantedEnd || bytes.length !== wantedEnd - wantedStart)
    throw new StoreError('transient', name, `asked for bytes ${wantedStart}-${wantedEnd - 1}, got ${start}-${last}`);
  return size;
}

function abortable(signal: AbortSignal | undefined): { abortSignal?: globalThis.AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal as globalThis.AbortSignal };
}

/** The same bytes without Buffer's differing methods. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** HTTP refuses views of shared memory, where the engine's heap lies: a copy then, else the bytes themselves. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes);
}

async function loadSdk(): Promise<Sdk> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'; // advice for developers, printed to users' terminals
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    throw new SqlError('feature_not_supported', 's3: URLs need the package @aws-sdk/client-s3', {
      hint: 'npm install @aws-sdk/client-s3',
      cause: error,
    });
  }
}

function clientConfig(location: S3Location): S3ClientConfig {
  return {
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: location.timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
    },
    ...(location.region !== undefined && { region: location.region }),
    ...(location.endpoint !== undefined && { endpoint: location.endpoint, forcePathStyle: location.pathStyle }),
    ...(location.endpoint !== undefined &&
      !hasCredentials() && { credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' } }),
  };
}

/** Whether the SDK's own chain would find credentials without asking the network: emulators behind an endpoint take any. */
function hasCredentials(): boolean {
  const sources = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ];
  if (sources.some((name) => (process.env[name] ?? '') !== '')) return true;
  return existsSync(process.env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials'));
}
