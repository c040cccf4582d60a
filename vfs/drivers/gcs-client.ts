/** Requests to one bucket of Google Cloud Storage through `@google-cloud/storage`: each one wire attempt, with its answer's headers. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Bucket, File } from '@google-cloud/storage';
import type { StoreTimeMs } from '../object-store.ts';
import { GcsFailure } from './gcs-answers.ts';
import { httpDateMs, limited, loadPeer, systemCodeOf } from './http.ts';

export interface GcsAnswered {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Uint8Array;
  readonly dateMs: StoreTimeMs;
}

/** Query parameters of Google's JSON API. */
export type GcsQuery = Readonly<Record<string, string | number>>;

/** As much of the SDK's response as is used. */
interface Response {
  readonly statusCode?: number | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

export class GcsClient {
  readonly #bucket: Bucket;
  readonly #timeoutMs: number;

  constructor(bucket: Bucket, timeoutMs: number) {
    this.#bucket = bucket;
    this.#timeoutMs = timeoutMs;
  }

  /** The bytes of an object, or with another `alt` what is known of it. */
  async read(key: string, query: GcsQuery, range: string | undefined, signal?: AbortSignal): Promise<GcsAnswered> {
    const file = this.#bucket.file(key) as File & { requestStream(options: object): Readable };
    return this.#streamed(() => file.requestStream({ uri: '', qs: query, headers: range === undefined ? {} : { Range: range } }), signal);
  }

  async delete(key: string): Promise<void> {
    await this.#called({ method: 'DELETE', uri: `/o/${encodeURIComponent(key)}` });
  }

  /** A listing as JSON. */
  async list(query: GcsQuery): Promise<{ readonly body: unknown; readonly dateMs: StoreTimeMs }> {
    return this.#called({ method: 'GET', uri: '/o', qs: query });
  }

  /** Writes an object if its generation is `generation`, 0 if there is none; answers the new generation. */
  async write(
    key: string,
    bytes: Uint8Array,
    generation: string,
    signal?: AbortSignal,
  ): Promise<{ readonly generation: string | undefined; readonly dateMs: StoreTimeMs }> {
    const file = this.#bucket.file(key);
    const stream = file.createWriteStream({
      resumable: false, // one request, whatever the size
      validation: false, // the SDK would delete what does not match; Google refuses it by the MD5 instead
      metadata: {
        contentType: 'application/octet-stream',
        cacheControl: 'no-store', // objects of public buckets are otherwise cached for an hour
        md5Hash: createHash('md5').update(bytes).digest('base64'),
      },
      preconditionOpts: { ifGenerationMatch: generation as unknown as number }, // wider than a number is exact
    });
    const abort = limited(signal, this.#timeoutMs);
    return new Promise((resolve, reject) => {
      const onAbort = () => stream.destroy(new Error('no answer in time'));
      const fail = (error: unknown) => {
        abort.removeEventListener('abort', onAbort);
        reject(failureOf(error));
      };
      abort.addEventListener('abort', onAbort, { once: true });
      stream.on('error', fail);
      stream.on('response', (response: Response) => {
        abort.removeEventListener('abort', onAbort);
        const written: unknown = file.metadata.generation;
        resolve({
          generation: typeof written === 'string' || typeof written === 'number' ? String(written) : undefined,
          dateMs: httpDateMs(response.headers?.['date']),
        });
      });
      stream.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    });
  }

  #called(options: { readonly method: string; readonly uri: string; readonly qs?: GcsQuery }): Promise<{
    readonly body: unknown;
    readonly dateMs: StoreTimeMs;
  }> {
    return new Promise((resolve, reject) => {
      const abort = limited(undefined, this.#timeoutMs);
      const onAbort = () => reject(new GcsFailure(0, '', `no answer within ${this.#timeoutMs} ms`, undefined));
      abort.addEventListener('abort', onAbort, { once: true });
      this.#bucket.request(options, (error, body, response) => {
        abort.removeEventListener('abort', onAbort);
        if (error === null || error === undefined) resolve({ body, dateMs: httpDateMs(headersOf(response)['date']) });
        else reject(failureOf(error));
      });
    });
  }

  /** The whole of a streamed answer; one of an error's status is a GcsFailure with what its body says. */
  #streamed(send: () => Readable, signal: AbortSignal | undefined): Promise<GcsAnswered> {
    const abort = limited(signal, this.#timeoutMs);
    return new Promise((resolve, reject) => {
      const stream = send();
      const chunks: Buffer[] = [];
      let response: Response = {};
      const onAbort = () => stream.destroy(new Error('no answer in time'));
      abort.addEventListener('abort', onAbort, { once: true });
      stream.on('response', (answer: Response) => (response = answer));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (error: unknown) => {
        abort.removeEventListener('abort', onAbort);
        reject(failureOf(error));
      });
      stream.on('end', () => {
        abort.removeEventListener('abort', onAbort);
        const status = response.statusCode ?? 0;
        const headers = headersOf(response);
        const dateMs = httpDateMs(headers['date']);
        const body = Buffer.concat(chunks);
        if (status >= 200 && status <= 299) return resolve({ headers, bytes: new Uint8Array(body), dateMs });
        const { reason, message } = describedBy(body.toString('utf8'));
        reject(new GcsFailure(status, reason, message, dateMs));
      });
    });
  }
}

/** The bucket as the SDK knows it: nothing retried, an emulator spoken to without credentials. */
export async function gcsBucket(name: string, endpoint: string | undefined): Promise<Bucket> {
  const sdk = await loadPeer('gs:', '@google-cloud/storage', () => import('@google-cloud/storage'));
  const storage = new sdk.Storage({
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(endpoint !== undefined && { apiEndpoint: endpoint.replace(/\/$/, ''), projectId: 'emulated' }),
  });
  return storage.bucket(name);
}

/** Names of headers in lower case, whatever kind of object they lie in. */
function headersOf(response: unknown): Readonly<Record<string, string | undefined>> {
  const headers: unknown = (response as { readonly headers?: unknown } | undefined)?.headers;
  if (headers instanceof Headers) return Object.fromEntries(headers.entries());
  return (headers ?? {}) as Readonly<Record<string, string | undefined>>;
}

/** What an error's body says: Google's JSON, or words. */
function describedBy(body: string): { readonly reason: string; readonly message: string } {
  try {
    const { error } = JSON.parse(body) as {
      readonly error?: { readonly message?: string; readonly errors?: readonly { reason?: string }[] };
    };
    return { reason: error?.errors?.[0]?.reason ?? '', message: error?.message ?? '' };
  } catch {
    return { reason: '', message: body.slice(0, 300) };
  }
}

/** What the SDK threw, which puts statuses and system's codes into one field. */
function failureOf(error: unknown): GcsFailure {
  if (!(error instanceof Error)) return new GcsFailure(0, '', String(error), undefined, error);
  const { code, errors, response } = error as Error & {
    readonly code?: unknown;
    readonly errors?: readonly { readonly reason?: string }[];
    readonly response?: unknown;
  };
  const isStatus = typeof code === 'number' || (typeof code === 'string' && /^\d{3}$/.test(code));
  const reason = isStatus ? (errors?.[0]?.reason ?? '') : systemCodeOf(error);
  return new GcsFailure(isStatus ? Number(code) : 0, reason, error.message, httpDateMs(headersOf(response)['date']), error);
}
