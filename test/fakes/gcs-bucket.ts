/** One bucket of Google Cloud Storage: its JSON API's documented answers, generations included. Each request takes effect at once. */
import { createHash } from 'node:crypto';
import type { FakeResponse, HttpRequest } from './fake-server.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly generation: string;
  readonly modifiedMs: number;
}

const LISTED_MAX = 1_000;
const none = new Uint8Array(0);

export class GcsBucket {
  readonly name: string;
  readonly #objects = new Map<string, StoredObject>();
  /** Microseconds, as Google's generations are; only ever grows. */
  #lastGeneration = 0;
  /** Answers as an emulator that has never heard of generations. */
  ignoreConditions = false;

  constructor(name: string) {
    this.name = name;
  }

  names(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  answer(request: HttpRequest): FakeResponse {
    const { method, path } = request;
    const upload = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(path);
    if (upload !== null) return this.#isHere(upload[1]) ? this.#upload(request) : noBucket();
    const match = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(path);
    if (match === null) return gcsFailure(404, 'notFound', 'Not Found');
    if (!this.#isHere(match[1])) return noBucket();
    if (match[2] === undefined) return method === 'GET' ? this.#list(request) : gcsFailure(405, 'methodNotAllowed', 'Method Not Allowed');
    const name = decodeURIComponent(match[2]);
    if (method === 'GET') return this.#read(name, request);
    if (method === 'DELETE') return this.#delete(name, request);
    return gcsFailure(405, 'methodNotAllowed', 'Method Not Allowed');
  }

  #isHere(encoded: string): boolean {
    return decodeURIComponent(encoded) === this.name;
  }

  #upload(request: HttpRequest): FakeResponse {
    const kind = request.query.get('uploadType');
    if (kind !== 'multipart' && kind !== 'media') return gcsFailure(501, 'notImplemented', `no uploads of type ${kind ?? 'none'} here`);
    const { metadata, bytes } = kind === 'media' ? { metadata: {}, bytes: request.body } : partsOf(request);
    const name = request.query.get('name') ?? metadata.name ?? '';
    const failed = this.#conditionFailure(name, request);
    if (failed !== undefined) return failed;
    if (metadata.md5Hash !== undefined && metadata.md5Hash !== createHash('md5').update(bytes).digest('base64'))
      return gcsFailure(400, 'invalid', 'Provided MD5 hash does not match the calculated MD5 hash');
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, Date.now() * 1000);
    const object = { bytes: bytes.slice(), generation: String(this.#lastGeneration), modifiedMs: Date.now() };
    this.#objects.set(name, object);
    return json(200, this.#resource(name, object));
  }

  #read(name: string, request: HttpRequest): FakeResponse {
    const object = this.#objects.get(name);
    const isMedia = request.query.get('alt') === 'media';
    if (object === undefined) {
      const message = `No such object: ${this.name}/${name}`;
      return isMedia
        ? { status: 404, headers: { 'content-type': 'text/html' }, body: Buffer.from(message) }
        : gcsFailure(404, 'notFound', message);
    }
    const failed = this.#conditionFailure(name, request);
    if (failed !== undefined) return failed;
    if (!isMedia) return json(200, this.#resource(name, object));
    const headers = {
      'content-type': 'application/octet-stream',
      'x-goog-generation': object.generation,
      'x-goog-stored-content-length': String(object.bytes.length),
      'last-modified': new Date(object.modifiedMs).toUTCString(),
    };
    const size = object.bytes.length;
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers['range'] ?? '');
    if (range === null) return { status: 200, headers, body: object.bytes };
    const start = range[1] === '' ? Math.max(0, size - Number(range[2])) : Number(range[1]);
    const end = range[1] === '' || range[2] === '' ? size : Math.min(size, Number(range[2]) + 1);
    if (start >= size)
      return {
        status: 416,
        headers: { 'content-range': `bytes */${size}` },
        body: Buffer.from('The requested range cannot be satisfied.'),
      };
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${size}` },
      body: object.bytes.subarray(start, end),
    };
  }

  #delete(name: string, request: HttpRequest): FakeResponse {
    if (!this.#objects.has(name)) return gcsFailure(404, 'notFound', `No such object: ${this.name}/${name}`);
    const failed = this.#conditionFailure(name, request);
    if (failed !== undefined) return failed;
    this.#objects.delete(name);
    return { status: 204, headers: {}, body: none };
  }

  #list({ query }: HttpRequest): FakeResponse {
    const prefix = query.get('prefix') ?? '';
    const start = query.get('startOffset') ?? '';
    const token = query.get('pageToken');
    const after = token === null ? undefined : Buffer.from(token, 'base64').toString();
    const limit = Math.min(LISTED_MAX, Number(query.get('maxResults') ?? LISTED_MAX));
    const matching = this.names().filter((name) => name.startsWith(prefix) && name >= start && (after === undefined || name > after));
    const page = matching.slice(0, limit);
    const items = page.flatMap((name) => {
      const object = this.#objects.get(name);
      return object === undefined ? [] : [this.#resource(name, object)];
    });
    const nextPageToken = matching.length > limit ? Buffer.from(page.at(-1) ?? '').toString('base64') : undefined;
    return json(200, {
      kind: 'storage#objects',
      ...(items.length > 0 && { items }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    });
  }

  /** The answer to a request whose precondition does not hold. Generation 0 is an object that does not exist. */
  #conditionFailure(name: string, { method, query }: HttpRequest): FakeResponse | undefined {
    if (this.ignoreConditions) return undefined;
    const current = this.#objects.get(name)?.generation ?? '0';
    const wanted = query.get('ifGenerationMatch');
    if (wanted !== null && wanted !== current)
      return gcsFailure(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
    if (query.get('ifGenerationNotMatch') !== current) return undefined;
    return method === 'GET'
      ? { status: 304, headers: {}, body: none }
      : gcsFailure(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
  }

  #resource(name: string, { bytes, generation, modifiedMs }: StoredObject): object {
    return {
      kind: 'storage#object',
      name,
      bucket: this.name,
      generation,
      metageneration: '1',
      size: String(bytes.length),
      updated: new Date(modifiedMs).toISOString(),
      md5Hash: createHash('md5').update(bytes).digest('base64'),
    };
  }
}

/** An error as Google's JSON API words it. */
export function gcsFailure(status: number, reason: string, message: string): FakeResponse {
  return json(status, { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } });
}

function noBucket(): FakeResponse {
  return gcsFailure(404, 'notFound', 'The specified bucket does not exist.');
}

function json(status: number, value: object): FakeResponse {
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: Buffer.from(JSON.stringify(value)) };
}

/** The two parts of a multipart/related upload: metadata, then bytes. */
function partsOf({ headers, body }: HttpRequest): { metadata: { name?: string; md5Hash?: string }; bytes: Uint8Array } {
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const buffer = Buffer.from(body);
  const mark = Buffer.from(`--${boundary}`);
  const first = buffer.indexOf(mark);
  const second = buffer.indexOf(mark, first + mark.length);
  const last = buffer.lastIndexOf(mark);
  return {
    metadata: JSON.parse(contentOf(buffer.subarray(first + mark.length, second)).toString()) as { name?: string; md5Hash?: string },
    bytes: contentOf(buffer.subarray(second + mark.length, last)),
  };
}

/** A part without its headers and the line break before the next boundary. */
function contentOf(part: Buffer): Buffer {
  return part.subarray(part.indexOf('\r\n\r\n') + 4, part.length - 2);
}
