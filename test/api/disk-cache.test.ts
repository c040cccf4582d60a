import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { open } from '../../src/index.ts';
import { diskCacheOf } from '../../src/platform/disk-cache.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';

const ROWS = 20_000;
const SUM = (ROWS * (ROWS - 1)) / 2;

let folder: string;
let bucket: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'velocidb-cache-'));
  bucket = new MemoryStore();
  const database = await open('memory:', { store: bucket });
  await database.query('CREATE TABLE t (id int PRIMARY KEY, padding text)');
  await database.query(`INSERT INTO t SELECT n, repeat(md5(n::text), 8) FROM generate_series(0, ${ROWS - 1}) AS s (n)`);
  await database.checkpoint();
  await database.close();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sums the table in a process that knows nothing yet; answers with the sum and the bytes that the bucket gave. */
async function sumAnew(path = folder): Promise<{ readonly sum: unknown; readonly bytes: number }> {
  const store = new CountingStore(bucket);
  const database = await open('memory:', { store, diskCache: { path, bytesMax: 64 * 1024 * 1024 } });
  try {
    const { rows } = await database.query<{ sum: unknown }>('SELECT sum(id + length(padding) - 256) FROM t');
    return { sum: rows[0].sum, bytes: store.total.readBytes };
  } finally {
    await database.close();
  }
}

const cachedFiles = async () => (await readdir(folder)).filter((name) => !name.startsWith('.'));

test('what one process fetched, the next one reads from the folder', async () => {
  const first = await sumAnew();
  const second = await sumAnew();
  expect([first.sum, second.sum]).toEqual([SUM, SUM]);
  expect((await cachedFiles()).length).toBeGreaterThan(0);
  expect(second.bytes).toBeLessThan(first.bytes / 4);
});

test('whatever happens to the folder, the rows are right', async () => {
  await sumAnew();
  for (const [at, name] of (await cachedFiles()).entries()) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    if (at % 4 === 0) bytes[(at * 7919) % bytes.length] ^= 16;
    if (at % 4 === 1) await writeFile(path, bytes.subarray(0, bytes.length >> 1));
    else if (at % 4 === 2) await rm(path);
    else await writeFile(path, bytes);
  }
  expect((await sumAnew()).sum).toBe(SUM);
  await rm(folder, { recursive: true });
  expect((await sumAnew()).sum).toBe(SUM);
  await writeFile(join(folder, 'file'), '');
  expect((await sumAnew(join(folder, 'file'))).sum).toBe(SUM); // no folder at all
});

test('the environment names the folder and its size, or says what it cannot mean', () => {
  expect(diskCacheOf({})).toBeUndefined();
  expect(diskCacheOf({ VELOCIDB_DISK_CACHE: 'off' })).toBe('off');
  expect(diskCacheOf({ VELOCIDB_DISK_CACHE: '/nvme', VELOCIDB_DISK_CACHE_MB: '200' })).toEqual({
    path: '/nvme',
    bytesMax: 200 * 1024 * 1024,
  });
  for (const size of ['0', '-1', 'much', ''])
    expect(() => diskCacheOf({ VELOCIDB_DISK_CACHE: '/nvme', VELOCIDB_DISK_CACHE_MB: size })).toThrow(
      expect.objectContaining({ code: '22023' }),
    );
});
