/** The doctor, the probe and a database over the emulators that take their time to start. */
import { describe, expect, test } from 'vitest';
import { open } from '../../src/index.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore, type StoreOptions } from '../../src/platform/store-url.ts';
import { examine } from '../../vfs/doctor/examine.ts';
import { startAzurite } from '../fakes/azurite.ts';
import { startR2 } from '../fakes/r2.ts';

const runtime = nodeRuntime();

/** Examines the bucket at `url`, then makes a database in it, writes from one engine and reads from another. */
async function wholeRoad(url: string, options: StoreOptions, hasClock: boolean): Promise<void> {
  const [store, other] = await Promise.all([openStore(url, runtime, options), openStore(url, runtime, options)]);
  const examination = await examine(store, other, runtime, { racers: 16, rounds: 2, samples: 2 });
  expect(examination.trusted, JSON.stringify(examination.findings)).toBe(true);
  expect(examination.hasClock).toBe(hasClock);
  expect((await store.list('')).objects).toEqual([]);
  const writer = await open(url, options);
  await writer.query('CREATE TABLE t (a int PRIMARY KEY, b text)');
  await Promise.all(Array.from({ length: 8 }, (_, at) => writer.query('INSERT INTO t VALUES ($1, $2)', [at, `row ${at}`])));
  await writer.checkpoint();
  await writer.query('UPDATE t SET b = $1 WHERE a = 3', ['changed']);
  await writer.close();
  const reader = await open(url, options);
  expect((await reader.query('SELECT a, b FROM t WHERE a IN (2, 3) ORDER BY a')).rows).toEqual([
    { a: 2, b: 'row 2' },
    { a: 3, b: 'changed' },
  ]);
  await reader.close();
  await Promise.all([store.close(), other.close()]);
}

describe('a database', () => {
  test('lives in Azure, which the doctor trusts', async () => {
    const server = await startAzurite();
    await wholeRoad(server.storeUrl('db'), {}, true);
    await server.close();
  });

  test('lives in R2, which the doctor trusts although it has no clock', async () => {
    const { buckets, close } = await startR2();
    await wholeRoad('r2://BUCKET/db', { buckets }, false);
    await close();
  });
});
