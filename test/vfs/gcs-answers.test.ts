/** What the GCS driver makes of every answer, over the real SDK. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { StoreError, type CreateOutcome, type ObjectStore, type ReplaceOutcome } from '../../vfs/object-store.ts';
import { textAt } from '../contract/object-store-contract.ts';
import type { Fault } from '../fakes/fake-server.ts';
import { startGcsServer, type GcsServer } from '../fakes/gcs-server.ts';

let server: GcsServer;
let store: ObjectStore;
let count = 0;
const fresh = () => `object/${++count}`;

beforeAll(async () => {
  server = await startGcsServer();
  store = await openStore(`${server.storeUrl('answers')}&timeoutMs=400`, nodeRuntime());
});
afterEach(() => {
  server.fault = undefined;
});
afterAll(async () => {
  await store.close();
  await server.close();
});

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

describe('a conditional write to GCS', () => {
  const table: readonly [string, Fault, CreateOutcome['kind'] | 'denied' | 'permanent', boolean][] = [
    ['a connection that drops before', { kind: 'drop-before' }, 'unknown', false],
    ['a connection that drops after', { kind: 'drop-after' }, 'unknown', true],
    ['an answer that never comes', { kind: 'hang' }, 'unknown', true],
    ['500 before', { kind: 'error-before', status: 500, code: 'backendError' }, 'unknown', false],
    ['500 after', { kind: 'error-after', status: 500, code: 'backendError' }, 'unknown', true],
    ['503', { kind: 'error-after', status: 503, code: 'backendError' }, 'unknown', true],
    ['408', { kind: 'error-after', status: 408, code: 'uploadBrokenConnection' }, 'unknown', true],
    ['429', { kind: 'error-before', status: 429, code: 'rateLimitExceeded' }, 'undecided', false],
    ['403 rateLimitExceeded', { kind: 'error-before', status: 403, code: 'rateLimitExceeded' }, 'undecided', false],
    ['409', { kind: 'error-before', status: 409, code: 'conflict' }, 'undecided', false],
    ['412 conditionNotMet', { kind: 'error-before', status: 412, code: 'conditionNotMet' }, 'exists', false],
    ['401', { kind: 'error-before', status: 401, code: 'required' }, 'denied', false],
    ['403', { kind: 'error-before', status: 403, code: 'forbidden' }, 'denied', false],
    ['404', { kind: 'error-before', status: 404, code: 'notFound' }, 'permanent', false],
    ['400', { kind: 'error-before', status: 400, code: 'invalid' }, 'permanent', false],
  ];

  test.each(table)('answered with %s is one attempt, and its outcome %o is %s', async (_case, fault, expected, landed) => {
    const name = fresh();
    const { sent } = failNext('POST', fault);
    expect(await outcomeOf(store.createIfAbsent(name, utf8('x')))).toBe(expected);
    expect(sent()).toBe(1);
    server.fault = undefined;
    expect((await store.get(name)).kind).toBe(landed ? 'found' : 'absent');
  });

  test.each(table)('that replaces and is answered with %s has the outcome of a create', async (_case, fault, expected) => {
    const name = fresh();
    const created = await store.createIfAbsent(name, utf8('old'));
    if (created.kind !== 'created') throw new Error(created.kind);
    const { sent } = failNext('POST', fault);
    expect(await outcomeOf(store.replaceIfMatch(name, utf8('new'), created.validator))).toBe(expected === 'exists' ? 'mismatch' : expected);
    expect(sent()).toBe(1);
  });

  test('sends ifGenerationMatch and the MD5 of its body, in one request of any size', async () => {
    const name = fresh();
    const before = server.requests.length;
    const created = await store.createIfAbsent(name, new Uint8Array(6 * 1024 * 1024));
    if (created.kind !== 'created') throw new Error(created.kind);
    await store.replaceIfMatch(name, utf8('body 2'), created.validator);
    const requests = server.requests.slice(before);
    expect(requests.map((request) => [request.query.get('uploadType'), request.query.get('ifGenerationMatch')])).toEqual([
      ['multipart', '0'],
      ['multipart', created.validator],
    ]);
    expect(Buffer.from(requests[1].body).toString()).toContain('"md5Hash"');
  });

  test('with a validator that is no generation matches nothing, and never what is absent', async () => {
    const name = fresh();
    for (const validator of ['"etag"', '0', '*', '']) {
      expect((await store.replaceIfMatch(name, utf8('x'), validator)).kind).toBe('mismatch');
      expect((await store.get(name)).kind).toBe('absent');
    }
  });

  test('to a server that is not there was never sent: undecided', async () => {
    const gone = await startGcsServer();
    const orphan = await openStore(gone.storeUrl('x'), nodeRuntime());
    await gone.close();
    expect((await orphan.createIfAbsent('a', utf8('x'))).kind).toBe('undecided');
    await orphan.close();
  });

  test('takes bytes that lie in shared memory', async () => {
    const name = fresh();
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    shared.set(utf8('heap'));
    expect((await store.createIfAbsent(name, shared)).kind).toBe('created');
    expect(await textAt(store, name)).toBe('heap');
  });
});

describe('a read from GCS', () => {
  test.each([
    ['a dropped connection', { kind: 'drop-before' }],
    ['500', { kind: 'error-before', status: 500, code: 'backendError' }],
    ['429', { kind: 'error-before', status: 429, code: 'rateLimitExceeded' }],
    ['a body that ends early', { kind: 'truncate', bytes: 3 }],
    ['no answer', { kind: 'hang' }],
  ] as const)('that meets %s is sent again', async (_case, fault) => {
    const name = fresh();
    await store.createIfAbsent(name, utf8('0123456789'));
    const { sent } = failNext('GET', fault);
    expect(await textAt(store, name)).toBe('0123456789');
    expect(sent()).toBe(2);
  });

  test('that is not allowed is denied, never absent', async () => {
    failNext('GET', { kind: 'error-before', status: 403, code: 'forbidden' });
    await expect(store.get(fresh())).rejects.toMatchObject({ name: 'StoreError', kind: 'denied' });
    failNext('GET', { kind: 'error-before', status: 401, code: 'required' });
    await expect(store.list('')).rejects.toMatchObject({ kind: 'denied' });
  });

  test('from a bucket that does not exist is an error, never absent', async () => {
    const elsewhere = await openStore(`gs://no-such-bucket?endpoint=${server.url}`, nodeRuntime());
    await expect(elsewhere.get('a')).rejects.toMatchObject({ name: 'StoreError', kind: 'permanent' });
    await expect(elsewhere.get('a', { range: { offset: 0, length: 0 } })).rejects.toMatchObject({ kind: 'permanent' });
    await expect(elsewhere.list('')).rejects.toMatchObject({ kind: 'permanent' });
    await expect(elsewhere.delete('a')).rejects.toMatchObject({ kind: 'permanent' });
    await expect(elsewhere.createIfAbsent('a', utf8('x'))).rejects.toMatchObject({ kind: 'permanent' });
    await elsewhere.close();
  });

  test('gives up after a bounded number of attempts', async () => {
    const before = server.requests.length;
    server.fault = () => ({ kind: 'error-before', status: 500, code: 'backendError' });
    await expect(store.get(fresh())).rejects.toMatchObject({ kind: 'transient' });
    expect(server.requests.length - before).toBe(5);
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
