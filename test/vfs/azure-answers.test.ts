/**
 * What the Azure driver makes of every answer, over the real SDK. The server here says what a test tells it to, in Azure's words; what Azure
 * does with blobs is Azurite's to say, in the contract.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { StoreError, type CreateOutcome, type ObjectStore, type ReplaceOutcome } from '../../vfs/object-store.ts';
import { textAt } from '../contract/object-store-contract.ts';
import { startFakeServer, type FakeServer, type Fault, type HttpRequest } from '../fakes/fake-server.ts';

const BYTES = utf8('0123456789');
const HEADERS = { etag: '"0x8DE"', 'last-modified': new Date().toUTCString(), 'x-ms-version': '2026-04-06', 'x-ms-request-id': 'fake' };

let server: FakeServer<HttpRequest>;
let store: ObjectStore;
let sas: string | undefined;

beforeAll(async () => {
  sas = process.env['AZURE_STORAGE_SAS_TOKEN'];
  process.env['AZURE_STORAGE_SAS_TOKEN'] = 'sig=any';
  server = await startFakeServer<HttpRequest>({
    requestOf: (request) => request,
    answer: ({ method }) =>
      method === 'PUT'
        ? { status: 201, headers: HEADERS, body: new Uint8Array(0) }
        : { status: 200, headers: { ...HEADERS, 'content-type': 'application/octet-stream' }, body: BYTES },
    failure: (status, code) => ({
      status,
      headers: { ...HEADERS, 'x-ms-error-code': code, 'content-type': 'application/xml' },
      body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`),
    }),
  });
  store = await open('answers');
});
afterEach(() => {
  server.fault = undefined;
});
afterAll(async () => {
  if (sas === undefined) delete process.env['AZURE_STORAGE_SAS_TOKEN'];
  else process.env['AZURE_STORAGE_SAS_TOKEN'] = sas;
  await store.close();
  await server.close();
});

/** Without the account's key, which another test may have set: a SAS is enough here. */
async function open(container: string): Promise<ObjectStore> {
  const key = process.env['AZURE_STORAGE_KEY'];
  delete process.env['AZURE_STORAGE_KEY'];
  try {
    return await openStore(`az://${container}?endpoint=${encodeURIComponent(server.url)}&timeoutMs=400`, nodeRuntime());
  } finally {
    if (key !== undefined) process.env['AZURE_STORAGE_KEY'] = key;
  }
}

/** Applies a fault to the next request of a method, and counts the requests of that method. */
function failNext(method: string, fault: Fault): { readonly sent: () => number } {
  const before = server.requests.length;
  let pending: Fault | undefined = fault;
  server.fault = (request) => {
    if (request.method !== method) return undefined;
    const now = pending;
    pending = undefined;
    return now;
  };
  return { sent: () => server.requests.slice(before).filter((request) => request.method === method).length };
}

describe('a conditional write to Azure', () => {
  const before = (status: number, code: string): Fault => ({ kind: 'error-before', status, code });
  const table: readonly [
    string,
    Fault,
    CreateOutcome['kind'] | 'denied' | 'permanent',
    (ReplaceOutcome['kind'] | 'denied' | 'permanent')?,
  ][] = [
    ['a connection that drops before', { kind: 'drop-before' }, 'unknown'],
    ['a connection that drops after', { kind: 'drop-after' }, 'unknown'],
    ['an answer that never comes', { kind: 'hang' }, 'unknown'],
    ['500 InternalError', before(500, 'InternalError'), 'unknown'],
    ['500 OperationTimedOut', before(500, 'OperationTimedOut'), 'unknown'],
    ['503 ServerBusy', before(503, 'ServerBusy'), 'unknown'],
    ['429', before(429, 'TooManyRequests'), 'undecided'],
    ['409 BlobAlreadyExists', before(409, 'BlobAlreadyExists'), 'exists', 'mismatch'],
    ['412 ConditionNotMet', before(412, 'ConditionNotMet'), 'exists', 'mismatch'],
    ['409 of another kind', before(409, 'PendingCopyOperation'), 'undecided'],
    ['409 BlobImmutableDueToPolicy', before(409, 'BlobImmutableDueToPolicy'), 'denied'],
    ['412 LeaseIdMissing', before(412, 'LeaseIdMissing'), 'denied'],
    ['403', before(403, 'AuthorizationFailure'), 'denied'],
    ['404 ContainerNotFound', before(404, 'ContainerNotFound'), 'permanent'],
    ['404 BlobNotFound', before(404, 'BlobNotFound'), 'unknown', 'mismatch'],
    ['400', before(400, 'InvalidHeaderValue'), 'permanent'],
  ];

  test.each(table)('answered with %s is one attempt, and its outcome %o is %s', async (_case, fault, created, replaced) => {
    const create = failNext('PUT', fault);
    expect(await outcomeOf(store.createIfAbsent('a', utf8('x')))).toBe(created);
    expect(create.sent()).toBe(1);
    const replace = failNext('PUT', fault);
    expect(await outcomeOf(store.replaceIfMatch('a', utf8('x'), '"0x1"'))).toBe(replaced ?? created);
    expect(replace.sent()).toBe(1);
  });

  test('sends If-None-Match: * or If-Match, never both', async () => {
    const from = server.requests.length;
    await store.createIfAbsent('a', utf8('x'));
    await store.replaceIfMatch('a', utf8('x'), '"0x1"');
    const conditions = server.requests.slice(from).map(({ headers }) => [headers['if-none-match'], headers['if-match']]);
    expect(conditions).toEqual([
      ['*', undefined],
      [undefined, '"0x1"'],
    ]);
  });

  test('takes bytes that lie in shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    shared.set(utf8('heap'));
    const from = server.requests.length;
    expect((await store.createIfAbsent('a', shared)).kind).toBe('created');
    expect(Buffer.from(server.requests[from].body).toString()).toBe('heap');
  });
});

describe('a read from Azure', () => {
  test.each([
    ['a dropped connection', { kind: 'drop-before' }],
    ['500', { kind: 'error-before', status: 500, code: 'InternalError' }],
    ['503 ServerBusy', { kind: 'error-before', status: 503, code: 'ServerBusy' }],
    ['a body that ends early', { kind: 'truncate', bytes: 3 }],
    ['no answer', { kind: 'hang' }],
  ] as const)('that meets %s is sent again', async (_case, fault) => {
    const { sent } = failNext('GET', fault);
    expect(await textAt(store, 'a')).toBe('0123456789');
    expect(sent()).toBe(2);
  });

  test('unless unchanged, answered with 304 ConditionNotMet, is unmodified', async () => {
    failNext('GET', { kind: 'error-before', status: 304, code: 'ConditionNotMet' });
    expect((await store.get('a', { unlessMatch: '"0x8DE"' })).kind).toBe('unmodified');
    failNext('HEAD', { kind: 'error-before', status: 304, code: 'ConditionNotMet' });
    expect((await store.get('a', { unlessMatch: '"0x8DE"', range: { suffix: 0 } })).kind).toBe('unmodified');
  });

  test('that is not allowed, or finds no container, is an error, never absent', async () => {
    failNext('GET', { kind: 'error-before', status: 403, code: 'AuthorizationPermissionMismatch' });
    await expect(store.get('a')).rejects.toMatchObject({ name: 'StoreError', kind: 'denied' });
    failNext('GET', { kind: 'error-before', status: 404, code: 'ContainerNotFound' });
    await expect(store.get('a')).rejects.toMatchObject({ name: 'StoreError', kind: 'permanent' });
    failNext('HEAD', { kind: 'error-before', status: 404, code: 'ContainerNotFound' });
    await expect(store.get('a', { range: { offset: 0, length: 0 } })).rejects.toMatchObject({ kind: 'permanent' });
    failNext('GET', { kind: 'error-before', status: 404, code: 'BlobNotFound' });
    expect((await store.get('a')).kind).toBe('absent');
  });
});

async function outcomeOf(sending: Promise<CreateOutcome | ReplaceOutcome>): Promise<string> {
  try {
    return (await sending).kind;
  } catch (error) {
    if (error instanceof StoreError) return error.kind;
    throw error;
  }
}
