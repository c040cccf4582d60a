import { createHash } from 'node:crypto';
import type { FakeResponse, HttpRequest } from './fake-server.ts';

export interface FakeRequest extends HttpRequest {
  readonly bucket: string;
  /** '' for requests about the bucket itself. */
  readonly key: string;
}

interface StoredObject {
  readonly bytes: Uint8Array;
  /** Quoted MD5, as S3's is for single PUTs without KMS. */
  readonly etag: string;
  readonly modifiedMs: number;
}

/** The objects of the fake's buckets and S3's documented answers about them. Each request takes effect at once. */
export class S3Buckets {
  readonly #buckets = new Map<string, Map<string, StoredObject>>();
  /** Answers writes as a store that has never heard of If-Match and If-None-Match. */
  ignoreConditions = false;
  now: () => number = Date.now;

  constructor(buckets: readonly string[]) {
    for (const bucket of buckets) this.#buckets.set(bucket, new Map());
  }

  /** The bytes of an object, undefined when absent. */
  peek(bucket: string, key: string): Uint8Array | undefined {
    return this.#buckets.get(bucket)?.get(key)?.bytes;
  }

  /** Puts bytes whatever is there. */
  plant(bucket: string, key: string, bytes: Uint8Array): void {
    this.#buckets.get(bucket)?.set(key, this.#stored(bytes));
  }

  keys(bucket: string): readonly string[] {
    return [...(this.#buckets.get(bucket)?.keys() ?? [])].sort();
  }

  answer(request: FakeRequest): FakeResponse {
    const { method, bucket, key } = request;
    if (bucket.length < 3) return failure(400, 'InvalidBucketName', 'The specified bucket is not valid.', request);
    if (key === '' && method === 'PUT') {
      if (!this.#buckets.has(bucket)) this.#buckets.set(bucket, new Map());
      return { status: 200, headers: { location: `/${bucket}` }, body: none };
    }
    const objects = this.#buckets.get(bucket);
    if (objects === undefined) return failure(404, 'NoSuchBucket', 'The specified bucket does not exist', request);
    if (key === '')
      return method === 'GET'
        ? list(objects, request)
        : method === 'HEAD'
          ? { status: 200, headers: {}, body: none }
          : unimplemented(request);
    if (request.query.has('uploads') || request.query.has('uploadId')) return unimplemented(request);
    if (method === 'PUT') return this.#put(objects, request);
    if (method === 'GET' || method === 'HEAD') return read(objects, request);
    if (method === 'DELETE') return this.#delete(objects, request);
    return unimplemented(request);
  }

  #put(objects: Map<string, StoredObject>, request: FakeRequest): FakeResponse {
    const ifMatch = request.headers['if-match'];
    const ifNoneMatch = request.headers['if-none-match'];
    const current = objects.get(request.key);
    if (!this.ignoreConditions) {
      if (ifMatch !== undefined && ifNoneMatch !== undefined) return unimplemented(request);
      if (ifNoneMatch !== undefined && ifNoneMatch !== '*') return unimplemented(request);
      if (ifNoneMatch !== undefined && current !== undefined) return failedPrecondition('If-None-Match', request);
      if (ifMatch !== undefined && current === undefined) return failure(404, 'NoSuchKey', 'The specified key does not exist.', request);
      if (ifMatch !== undefined && current !== undefined && !sameTag(ifMatch, current.etag)) return failedPrecondition('If-Match', request);
    }
    const stored = this.#stored(request.body);
    objects.set(request.key, stored);
    return { status: 200, headers: { etag: stored.etag }, body: none };
  }

  #delete(objects: Map<string, StoredObject>, request: FakeRequest): FakeResponse {
    const ifMatch = request.headers['if-match'];
    const current = objects.get(request.key);
    if (ifMatch !== undefined && !this.ignoreConditions && current !== undefined && !sameTag(ifMatch, current.etag))
      return failedPrecondition('If-Match', request);
    objects.delete(request.key);
    return { status: 204, headers: {}, body: none };
  }

  #stored(bytes: Uint8Array): StoredObject {
    return { bytes: bytes.slice(), etag: `"${createHash('md5').update(bytes).digest('hex')}"`, modifiedMs: this.now() };
  }
}

/** An S3 error answer. */
export function failure(status: number, code: string, message: string, request: FakeRequest, fields = ''): FakeResponse {
  const resource = escapeXml(`/${request.bucket}/${request.key}`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${fields}<Resource>${resource}</Resource><RequestId>fake</RequestId></Error>`;
  const body = request.method === 'HEAD' ? none : Buffer.from(text);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

const none = new Uint8Array(0);

function read(objects: Map<string, StoredObject>, request: FakeRequest): FakeResponse {
  const object = objects.get(request.key);
  if (object === undefined) return failure(404, 'NoSuchKey', 'The specified key does not exist.', request);
  const headers = {
    etag: object.etag,
    'last-modified': new Date(object.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  };
  const ifMatch = request.headers['if-match'];
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifMatch !== undefined && !sameTag(ifMatch, object.etag)) return failedPrecondition('If-Match', request);
  if (ifNoneMatch !== undefined && (ifNoneMatch === '*' || sameTag(ifNoneMatch, object.etag))) return { status: 304, headers, body: none };
  const size = object.bytes.length;
  const range = parseRange(request.headers['range'], size);
  if (range === undefined) return { status: 200, headers, body: object.bytes };
  if (range.start >= range.end) {
    const answer = failure(
      416,
      'InvalidRange',
      'The requested range is not satisfiable',
      request,
      `<ActualObjectSize>${size}</ActualObjectSize>`,
    );
    return { ...answer, headers: { ...answer.headers, 'content-range': `bytes */${size}` } };
  }
  const body = object.bytes.subarray(range.start, range.end);
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` }, body };
}

/** The bytes a Range header asks for; undefined when there is none that S3 honours, empty when unsatisfiable. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') return { start: Math.max(0, size - Number(match[2])), end: size };
  const start = Number(match[1]);
  const end = match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  return { start, end: start >= size ? start : end };
}

function list(objects: Map<string, StoredObject>, request: FakeRequest): FakeResponse {
  const { query } = request;
  if (query.get('list-type') !== '2') return unimplemented(request);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64').toString();
  const limit = Math.min(1000, Number(query.get('max-keys') ?? 1000));
  const rows: string[] = [];
  let last = '';
  let truncated = false;
  for (const key of [...objects.keys()].sort()) {
    if (!key.startsWith(prefix) || key <= after || (last !== '' && delimiter !== '' && last.endsWith(delimiter) && key.startsWith(last)))
      continue;
    if (rows.length === limit) {
      truncated = true;
      break;
    }
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const object = objects.get(key);
    if (object === undefined) continue;
    last = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    rows.push(cut < 0 ? listedRow(key, object) : `<CommonPrefixes><Prefix>${escapeXml(last)}</Prefix></CommonPrefixes>`);
  }
  const next = truncated ? `<NextContinuationToken>${Buffer.from(last).toString('base64')}</NextContinuationToken>` : '';
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${request.bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${rows.length}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${rows.join('')}${next}</ListBucketResult>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

function listedRow(key: string, object: StoredObject): string {
  const modified = new Date(Math.floor(object.modifiedMs / 1000) * 1000).toISOString();
  return `<Contents><Key>${escapeXml(key)}</Key><LastModified>${modified}</LastModified><ETag>${escapeXml(object.etag)}</ETag><Size>${object.bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

function failedPrecondition(condition: string, request: FakeRequest): FakeResponse {
  return failure(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    request,
    `<Condition>${condition}</Condition>`,
  );
}

function unimplemented(request: FakeRequest): FakeResponse {
  return failure(501, 'NotImplemented', 'A header or query you provided implies functionality that is not implemented', request);
}

function sameTag(header: string, etag: string): boolean {
  return header.split(',').some((tag) => tag.trim().replaceAll('"', '') === etag.replaceAll('"', ''));
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
