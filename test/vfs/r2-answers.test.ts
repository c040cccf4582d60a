/** What the R2 driver makes of the errors that a Worker's binding throws. What R2 does with objects is workerd's to say, in the contract. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { StoreError, type ObjectStore } from '../../vfs/object-store.ts';
import type { R2Bucket } from '../../vfs/drivers/r2-binding.ts';

/** A binding whose every call ends in this error, or never. */
function failing(message: string | undefined): R2Bucket & { calls: number } {
  const fail = (): Promise<never> => {
    bucket.calls++;
    return message === undefined ? new Promise(() => {}) : Promise.reject(new Error(message));
  };
  const bucket = { calls: 0, head: fail, get: fail, put: fail, delete: fail, list: fail };
  return bucket;
}

async function over(bucket: R2Bucket): Promise<ObjectStore> {
  return openStore(
    'r2://BUCKET',
    { ...nodeRuntime(), clock: { ...nodeRuntime().clock, sleep: async () => {} } },
    { buckets: { BUCKET: bucket } },
  );
}

describe('a conditional write to R2', () => {
  test.each([
    ['put: We encountered an internal error. Please try again. (10001)', 'unknown'],
    ['put: Service unavailable (10043)', 'unknown'],
    ['Network connection lost.', 'unknown'],
    ['put: Reduce your concurrent request rate for the same object. (10058)', 'undecided'],
    ['put: At least one of the pre-conditions you specified did not hold. (10031)', 'exists'],
    ['put: Access Denied (10003)', 'denied'],
    ['put: The specified bucket does not exist. (10006)', 'permanent'],
  ])('that throws "%s" is one attempt, and its outcome is %s', async (message, expected) => {
    const bucket = failing(message);
    const store = await over(bucket);
    const outcome = await store.createIfAbsent('a', utf8('x')).catch((error: unknown) => error);
    expect(outcome instanceof StoreError ? outcome.kind : (outcome as { readonly kind: string }).kind).toBe(expected);
    expect(bucket.calls).toBe(1);
  });

  test('that nobody waits for any more is unknown', async () => {
    const store = await over(failing(undefined));
    const cancel = new AbortController();
    const writing = store.createIfAbsent('a', utf8('x'), { signal: cancel.signal });
    cancel.abort();
    expect((await writing).kind).toBe('unknown');
  });
});

describe('a read from R2', () => {
  test('that fails is sent again, a bounded number of times', async () => {
    const bucket = failing('get: We encountered an internal error. (10001)');
    await expect((await over(bucket)).get('a')).rejects.toMatchObject({ kind: 'transient' });
    expect(bucket.calls).toBe(5);
  });

  test('that is not allowed is denied, never absent', async () => {
    await expect((await over(failing('get: Access Denied (10003)'))).get('a')).rejects.toMatchObject({ kind: 'denied' });
    await expect((await over(failing('list: Unauthorized (10002)'))).list('')).rejects.toMatchObject({ kind: 'denied' });
  });
});
