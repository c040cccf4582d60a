/**
 * S3 over plain HTTP: `node:http`, and `aws4` to sign. A hundredth of the AWS SDK's size, which is what a cold start waits for; credentials
 * come from where functions and containers find theirs (`s3-credentials.ts`), not from everywhere.
 */
import { hash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { URL } from 'node:url';
import type { Aws4, Credentials, SignedRequest } from 'aws4';
import { headersPastCaches, httpDateMs, loadPeer, plain, systemCodeOf } from './http.ts';
import { S3Credentials } from './s3-credentials.ts';
import { S3Failure, type S3Object, type S3Transport } from './s3-transport.ts';
import type { S3Location } from './s3-url.ts';
import { errorCodeOf, errorMessageOf, isErrorBody, parseListing } from './s3-xml.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

const SOCKETS_MAX = 256;
const NOTHING = new Uint8Array(0);
const DEFAULT_REGION = 'us-east-1';

/** A transport that signs with `aws4`, an optional peer. */
export async function httpTransport(location: S3Location): Promise<S3Transport> {
  const { default: aws4 } = await loadPeer('s3:', 'aws4', () => import('aws4'));
  return new HttpTransport(aws4, location);
}

class HttpTransport implements S3Transport {
  readonly #aws4: Aws4;
  readonly #credentials: S3Credentials;
  readonly #region: string;
  readonly #timeoutMs: number;
  readonly #base: URL;
  /** What stands before a key in a request's path. */
  readonly #root: string;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(aws4: Aws4, location: S3Location) {
    this.#aws4 = aws4;
    this.#region = location.region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? DEFAULT_REGION;
    this.#timeoutMs = location.timeoutMs;
    this.#credentials = new S3Credentials({ isEmulator: location.endpoint !== undefined });
    const isPathStyle = location.endpoint === undefined ? location.bucket.includes('.') : location.pathStyle; // certificates know one label only
    const base = new URL(location.endpoint ?? `https://s3.${this.#region}.amazonaws.com${this.#region.startsWith('cn-') ? '.cn' : ''}`);
    if (!isPathStyle) base.hostname = `${location.bucket}.${base.hostname}`;
    this.#base = base;
    this.#root = `${base.pathname.replace(/\/$/, '')}${isPathStyle ? `/${location.bucket}` : ''}`;
    const options = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.#agent = base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async get(
    key: string,
    { range, ifNoneMatch }: { readonly range?: string | undefined; readonly ifNoneMatch?: string | undefined },
    signal?: AbortSignal,
  ): Promise<S3Object> {
    const headers = { ...(range !== undefined && { range }), ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }) };
    return objectOf(await this.#send('GET', key, '', headers, NOTHING, signal));
  }

  async head(key: string, signal?: AbortSignal): Promise<S3Object> {
    return objectOf(await this.#send('HEAD', key, '', {}, NOTHING, signal));
  }

  async put(
    key: string,
    bytes: Uint8Array,
    condition: { readonly ifNoneMatch: '*' } | { readonly ifMatch: string },
    signal?: AbortSignal,
  ): Promise<{ readonly etag: string | undefined; readonly dateMs: number | undefined }> {
    const conditional = 'ifMatch' in condition ? { 'if-match': condition.ifMatch } : { 'if-none-match': condition.ifNoneMatch };
    const headers = { ...conditional, 'content-length': String(bytes.length), 'content-type': 'application/octet-stream' };
    const answer = await this.#send('PUT', key, '', headers, bytes, signal);
    if (isErrorBody(answer.body)) throw failureOf(answer); // status 200, and an error all the same
    return { etag: answer.headers.etag, dateMs: httpDateMs(answer.headers.date) };
  }

  async delete(key: string): Promise<void> {
    await this.#send('DELETE', key, '', {}, NOTHING, undefined);
  }

  async list(prefix: string, after: string | undefined, limit: number): ReturnType<S3Transport['list']> {
    const parameters: readonly (readonly [string, string])[] = [
      ['list-type', '2'],
      ['max-keys', String(limit)],
      ['prefix', prefix],
      ...(after === undefined ? [] : [['start-after', after] as const]),
    ];
    const query = parameters.map(([name, value]) => `${name}=${encoded(value)}`).join('&');
    const answer = await this.#send('GET', undefined, `?${query}`, {}, NOTHING, undefined);
    if (isErrorBody(answer.body)) throw failureOf(answer);
    return { ...parseListing(answer.body), dateMs: httpDateMs(answer.headers.date) };
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Sends one signed request; an answer other than 2xx is an S3Failure. */
  async #send(
    method: string,
    key: string | undefined,
    query: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const path = `${this.#root}${key === undefined ? '' : `/${key.split('/').map(encoded).join('/')}`}`;
    const request: SignedRequest = {
      service: 's3',
      region: this.#region,
      method,
      host: this.#base.host,
      path: `${path === '' ? '/' : path}${query}`,
      headers: { ...headers, 'x-amz-content-sha256': hash('sha256', body, 'hex') },
    };
    this.#aws4.sign(request, await this.#currentCredentials());
    const answer = await this.#exchange(request, body, signal);
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer, method);
    return answer;
  }

  #currentCredentials(): Promise<Credentials> {
    return this.#credentials.current().catch((error: unknown) => {
      const facts = { code: 'CredentialsProviderError', systemCode: '', status: 0, message: textOf(error) };
      throw new S3Failure(facts, undefined, error);
    });
  }

  #exchange({ method, path, headers }: SignedRequest, body: Uint8Array, signal: AbortSignal | undefined): Promise<Answer> {
    const { protocol, hostname, port } = this.#base;
    return new Promise<Answer>((resolve, reject) => {
      const fail = (error: unknown) =>
        reject(new S3Failure({ code: '', systemCode: systemCodeOf(error), status: 0, message: textOf(error) }, undefined, error));
      const send = protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(
        {
          method,
          path,
          headers: { ...headers, ...headersPastCaches(method) }, // not signed: a proxy on the way may change it
          hostname: hostname.replace(/^\[|\]$/g, ''),
          port: port === '' ? undefined : Number(port),
          agent: this.#agent,
          ...(signal !== undefined && { signal: signal as globalThis.AbortSignal }),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', fail);
          incoming.on('end', () => {
            if (!incoming.complete) return fail(new Error('the answer ends early'));
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: plain(joined(chunks)) });
          });
        },
      );
      request.setTimeout(this.#timeoutMs, () => request.destroy(new Error(`no answer within ${this.#timeoutMs} ms`)));
      request.on('error', fail);
      request.end(body.length === 0 ? undefined : body);
    });
  }
}

function objectOf({ headers, body }: Answer): S3Object {
  const length = headers['content-length'];
  return {
    bytes: body,
    etag: headers.etag,
    contentLength: length === undefined ? undefined : Number(length),
    contentRange: headers['content-range'],
    modifiedMs: httpDateMs(headers['last-modified']),
    dateMs: httpDateMs(headers.date),
  };
}

/** What an answer that is no success says: its body's code, or for HEAD, which has no body, what its status stands for. */
function failureOf({ status, headers, body }: Answer, method?: string): S3Failure {
  const code = errorCodeOf(body) ?? (method === 'HEAD' && status === 404 ? 'NotFound' : '');
  return new S3Failure({ code, systemCode: '', status, message: errorMessageOf(body) ?? '' }, httpDateMs(headers.date));
}

/** One chunk, which most answers are, is not copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** RFC 3986, as S3's signature wants it. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
