import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { StoreError, type CreateOutcome, type ObjectStore, type ReplaceOutcome } from '../../vfs/object-store.ts';
import type { Fault } from '../fakes/fake-server.ts';
import { startS3Server, type S3Server } from '../fakes/s3-server.ts';
import { textAt } from '../contract/object-store-contract.ts';

let server: S3Server;
let count = 0;
const fresh = () => `object/${++count}`;

beforeAll(async () => {
  server = await startS3Server();
});
afterEach(() => {
  server.fault = undefined;
});
afterAll(async () => {
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

describe.each(['sdk', 'http'])('S3 through %s:', (transport) => {
  let store: ObjectStore;
  beforeAll(async () => {
    store = await openStore(`${server.storeUrl('answers')}&timeoutMs=400&transport=${transport}`, nodeRuntime());
  });
  afterAll(() => store.close());

  describe('a conditional write', () => {
    const table: readonly [string, Fault, CreateOutcome['kind'] | 'denied' | 'permanent', boolean][] = [
      ['a connection that drops before', { kind: 'drop-before' }, 'unknown', false],
      ['a connection that drops after', { kind: 'drop-after' }, 'unknown', true],
      ['an answer that never comes', { kind: 'hang' }, 'unknown', true],
      ['500 before', { kind: 'error-before', status: 500, code: 'InternalError' }, 'unknown', false],
      ['500 after', { kind: 'error-after', status: 500, code: 'InternalError' }, 'unknown', true],
      ['503 ServiceUnavailable', { kind: 'error-before', status: 503, code: 'ServiceUnavailable' }, 'unknown', false],
      ['503 SlowDown', { kind: 'error-before', status: 503, code: 'SlowDown' }, 'undecided', false],
      ['429', { kind: 'error-before', status: 429, code: 'TooManyRequests' }, 'undecided', false],
      ['409 ConditionalRequestConflict', { kind: 'error-before', status: 409, code: 'ConditionalRequestConflict' }, 'undecided', false],
      ['200 with PreconditionFailed in the body', { kind: 'ok-with-error', code: 'PreconditionFailed', applied: false }, 'exists', false],
      ['200 with InternalError in the body', { kind: 'ok-with-error', code: 'InternalError', applied: true }, 'unknown', true],
      ['403', { kind: 'error-before', status: 403, code: 'AccessDenied' }, 'denied', false],
      ['404 NoSuchBucket', { kind: 'error-before', status: 404, code: 'NoSuchBucket' }, 'permanent', false],
      ['400', { kind: 'error-before', status: 400, code: 'InvalidRequest' }, 'permanent', false],
      ['501', { kind: 'error-before', status: 501, code: 'NotImplemented' }, 'permanent', false],
    ];

    test.each(table)('answered with %s is one attempt, and its outcome %o is %s', async (_case, fault, expected, landed) => {
      const name = fresh();
      const { sent } = failNext('PUT', fault);
      const outcome = await outcomeOf(store.createIfAbsent(name, utf8('x')));
      expect(outcome).toBe(expected);
      expect(sent()).toBe(1);
      server.fault = undefined;
      expect((await store.get(name)).kind).toBe(landed ? 'found' : 'absent');
    });

    test.each(table.filter(([, , expected]) => expected !== 'exists'))(
      'that replaces and is answered with %s has the outcome of a create',
      async (_case, fault, expected) => {
        const name = fresh();
        const created = await store.createIfAbsent(name, utf8('old'));
        if (created.kind !== 'created') throw new Error(created.kind);
        const { sent } = failNext('PUT', fault);
        expect(await outcomeOf(store.replaceIfMatch(name, utf8('new'), created.validator))).toBe(expected);
        expect(sent()).toBe(1);
      },
    );

    test('that replaces what is not there is a mismatch', async () => {
      const { sent } = failNext('PUT', { kind: 'error-before', status: 404, code: 'NoSuchKey' });
      expect((await store.replaceIfMatch(fresh(), utf8('x'), '"0"')).kind).toBe('mismatch');
      expect(sent()).toBe(1);
    });

    test('that lands after its connection dropped is found by the next read', async () => {
      const name = fresh();
      failNext('PUT', { kind: 'late', ms: 1500 });
      expect((await store.createIfAbsent(name, utf8('late'))).kind).toBe('unknown');
      expect((await store.get(name)).kind).toBe('absent');
      await expect.poll(async () => (await store.get(name)).kind, { timeout: 10_000 }).toBe('found');
    });

    test('sends If-None-Match: * or If-Match, never both, and its body as it is', async () => {
      const name = fresh();
      const before = server.requests.length;
      const created = await store.createIfAbsent(name, utf8('body'));
      if (created.kind !== 'created') throw new Error(created.kind);
      await store.replaceIfMatch(name, utf8('body 2'), created.validator);
      const [first, second] = server.requests.slice(before);
      expect([first.headers['if-none-match'], first.headers['if-match']]).toEqual(['*', undefined]);
      expect([second.headers['if-none-match'], second.headers['if-match']]).toEqual([undefined, created.validator]);
      expect(first.headers['content-encoding']).toBeUndefined();
      expect(first.key).toBe(`answers/${name}`);
    });

    test('to a server that is not there was never sent: undecided', async () => {
      const gone = await startS3Server();
      const orphan = await openStore(`${gone.storeUrl('x')}&transport=${transport}`, nodeRuntime());
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

  describe('a read', () => {
    test.each([
      ['a dropped connection', { kind: 'drop-before' }],
      ['500', { kind: 'error-before', status: 500, code: 'InternalError' }],
      ['SlowDown', { kind: 'error-before', status: 503, code: 'SlowDown' }],
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
      failNext('GET', { kind: 'error-before', status: 403, code: 'AccessDenied' });
      await expect(store.get(fresh())).rejects.toMatchObject({ name: 'StoreError', kind: 'denied' });
    });

    test('from a bucket that does not exist is an error, never absent', async () => {
      const elsewhere = await openStore(`s3://no-such-bucket?endpoint=${server.url}&transport=${transport}`, nodeRuntime());
      await expect(elsewhere.get('a')).rejects.toMatchObject({ name: 'StoreError', kind: 'permanent' });
      await expect(elsewhere.list('')).rejects.toMatchObject({ kind: 'permanent' });
      await expect(elsewhere.createIfAbsent('a', utf8('x'))).rejects.toMatchObject({ kind: 'permanent' });
      await elsewhere.close();
    });

    test('gives up after a bounded number of attempts', async () => {
      const before = server.requests.length;
      server.fault = () => ({ kind: 'error-before', status: 500, code: 'InternalError' });
      await expect(store.get(fresh())).rejects.toMatchObject({ kind: 'transient' });
      expect(server.requests.length - before).toBe(5);
    });
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
