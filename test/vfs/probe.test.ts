import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { GetOptions, GetOutcome, ObjectStore } from '../../vfs/object-store.ts';
import { probeStore } from '../../vfs/probe.ts';
import { FaultyStore } from '../../vfs/wrappers/faults.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { startS3Server } from '../fakes/s3-server.ts';

const runtime = nodeRuntime();

describe('the probe', () => {
  test('accepts memory, a directory and S3, and leaves nothing behind', async () => {
    const path = await mkdtemp(join(tmpdir(), 'velocidb-probe-'));
    const server = await startS3Server();
    for (const url of ['memory:', `file:${path}/bucket?sync=off`, server.storeUrl('probed')]) {
      const store = await openStore(url, runtime);
      await probeStore(store, runtime);
      expect((await store.list('')).objects).toEqual([]);
      await store.close();
    }
    await server.close();
    await rm(path, { recursive: true });
  });

  test('refuses a bucket that ignores conditional writes, in words that name what it ignores', async () => {
    const server = await startS3Server({ ignoreConditions: true });
    const store = await openStore(server.storeUrl('probed'), runtime);
    const refusal = await probeStore(store, runtime).catch((error: unknown) => error);
    expect(isSqlError(refusal, 'feature_not_supported') && refusal.detail).toContain('If-None-Match');
    expect(server.buckets.keys('velocidb')).toEqual([]);
    await store.close();
    await server.close();
  });

  test('refuses a bucket that does not implement conditional writes', async () => {
    const server = await startS3Server();
    server.fault = (request) => (request.method === 'PUT' ? { kind: 'error-before', status: 501, code: 'NotImplemented' } : undefined);
    const store = await openStore(server.storeUrl('probed'), runtime);
    const refusal = await probeStore(store, runtime).catch((error: unknown) => error);
    expect(isSqlError(refusal, 'feature_not_supported') && refusal.detail).toContain('not implemented');
    await store.close();
    await server.close();
  });

  test('refuses a bucket that ignores ranges', async () => {
    class RangelessStore extends MemoryStore implements ObjectStore {
      override get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
        return super.get(name, { ...options, range: undefined });
      }
    }
    const refusal = await probeStore(new RangelessStore(), runtime).catch((error: unknown) => error);
    expect(isSqlError(refusal, 'feature_not_supported') && refusal.detail).toContain('Range');
  });

  test('sends again what was throttled', async () => {
    const store = new FaultyStore(new MemoryStore(), runtime.clock, new SeededRandom(1), [{ kind: 'throttle', on: ['create'], nth: 1 }]);
    await probeStore(store, { ...runtime, clock: { ...runtime.clock, sleep: async () => {} } });
    expect(store.injected.get('throttle')).toBe(1);
  });

  test('passes on that it may not write, as what it is', async () => {
    const store = new FaultyStore(new MemoryStore(), runtime.clock, new SeededRandom(1), [{ kind: 'denied', on: ['create'] }]);
    await expect(probeStore(store, runtime)).rejects.toMatchObject({ name: 'StoreError', kind: 'denied' });
  });
});
