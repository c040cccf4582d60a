import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/base/bytes.ts';
import { DirectoryTier } from '../../vfs/drivers/directory-tier.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { MissingObjectError } from '../../vfs/tiers/block-reader.ts';
import { MemoryTier } from '../../vfs/tiers/memory-tier.ts';
import { TieredReader } from '../../vfs/tiers/tiered-reader.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { FaultyStore } from '../../vfs/wrappers/faults.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';

const BLOCK = 1024;
const BLOCKS = 256;
const content = new SeededRandom(1).bytes(BLOCK * BLOCKS);
const blockAt = (index: number) => content.subarray(index * BLOCK, (index + 1) * BLOCK);
/** Reads a block, verified as the storage engine does from its checksums. */
const readAt = (reader: TieredReader, offset: number, length = BLOCK) =>
  reader.read('segment/a', offset, length, (bytes) => equalBytes(bytes, content.subarray(offset, offset + length)));

let folder: string;
let bucket: MemoryStore;
let store: CountingStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'velocidb-tier-'));
  bucket = new MemoryStore();
  await bucket.createIfAbsent('segment/a', content);
  store = new CountingStore(bucket);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a tiered reader', () => {
  test('answers with a value, not a promise, what is in memory', async () => {
    const reader = new TieredReader({ store, tiers: [new MemoryTier(1 << 20)] });
    const first = readAt(reader, BLOCK);
    expect(first).toBeInstanceOf(Promise);
    expect(equalBytes(await first, blockAt(1))).toBe(true);
    const second = readAt(reader, BLOCK);
    expect(second).toBeInstanceOf(Uint8Array);
    expect(store.total.get).toBe(1);
  });

  test('fetches once what many ask for at once', async () => {
    const reader = new TieredReader({ store, tiers: [new MemoryTier(1 << 20)] });
    const blocks = await Promise.all(Array.from({ length: 20 }, async () => readAt(reader, 5 * BLOCK)));
    expect(blocks.every((block) => equalBytes(block, blockAt(5)))).toBe(true);
    expect(store.total.get).toBe(1);
  });

  test('finds in a file what another reader left there', async () => {
    const tier = () => new DirectoryTier(folder, { namespace: 'db', bytesMax: 1 << 20 });
    const writing = tier();
    await readAt(new TieredReader({ store, tiers: [new MemoryTier(1 << 20), writing] }), 0);
    await writing.close();
    const reader = new TieredReader({ store, tiers: [new MemoryTier(1 << 20), tier()] });
    expect(equalBytes(await readAt(reader, 0), blockAt(0))).toBe(true);
    expect(readAt(reader, 0)).toBeInstanceOf(Uint8Array);
    expect(reader.counts).toMatchObject({ reads: 2, hits: [1, 1], fetched: 0 });
    expect(store.total.get).toBe(1);
  });

  test('never believes a file of another database', async () => {
    const mine = new DirectoryTier(folder, { namespace: 'mine', bytesMax: 1 << 20 });
    mine.put('segment/a', 0, blockAt(0));
    await mine.close();
    expect(await new DirectoryTier(folder, { namespace: 'theirs', bytesMax: 1 << 20 }).get('segment/a', 0, BLOCK)).toBeUndefined();
  });

  test.each(['flipped', 'cut', 'swapped', 'emptied'] as const)(
    'a %s file is dropped and the block read from the bucket',
    async (damage) => {
      const tier = new DirectoryTier(folder, { namespace: 'db', bytesMax: 1 << 20 });
      tier.put('segment/a', 0, blockAt(0));
      await tier.close();
      const [file] = await readdir(folder);
      const bytes = await readFile(join(folder, file));
      if (damage === 'flipped') bytes[100] ^= 4;
      await writeFile(
        join(folder, file),
        damage === 'cut' ? bytes.subarray(0, 500) : damage === 'swapped' ? blockAt(7) : damage === 'emptied' ? '' : bytes,
      );
      const reader = new TieredReader({ store, tiers: [tier] });
      expect(equalBytes(await readAt(reader, 0), blockAt(0))).toBe(true);
      expect(reader.counts).toMatchObject({ damaged: 1, fetched: 1 });
      await tier.close();
      expect(equalBytes(await readAt(reader, 0), blockAt(0))).toBe(true);
    },
  );

  test('a block damaged in the bucket is an error and is kept nowhere', async () => {
    const damaged = content.slice();
    damaged[10] ^= 1;
    bucket.plant('segment/a', damaged);
    const reader = new TieredReader({ store, tiers: [new MemoryTier(1 << 20)] });
    for (let round = 0; round < 2; round++)
      await expect(readAt(reader, 0)).rejects.toMatchObject({ name: 'StoreError', kind: 'damaged', object: 'segment/a' });
    bucket.plant('segment/a', content);
    await readAt(reader, 3 * BLOCK);
    expect(equalBytes(await readAt(reader, 0), blockAt(0))).toBe(true);
  });

  test('a bit that flips on the way is read again', async () => {
    const faulty = new FaultyStore(bucket, { now: Date.now, monotonic: Date.now, sleep: async () => {} }, new SeededRandom(1), [
      { kind: 'flipped-bit', nth: 1 },
    ]);
    const reader = new TieredReader({ store: faulty, tiers: [new MemoryTier(1 << 20)] });
    expect(equalBytes(await readAt(reader, 0), blockAt(0))).toBe(true);
    expect(reader.counts.fetched).toBe(2);
  });

  test('an object that is not there is a MissingObjectError, one that ends early is damaged', async () => {
    const reader = new TieredReader({ store, tiers: [] });
    await expect(reader.read('segment/none', 0, BLOCK, () => true)).rejects.toBeInstanceOf(MissingObjectError);
    await expect(readAt(reader, content.length - 10, 20)).rejects.toMatchObject({ kind: 'damaged' });
    await expect(readAt(reader, content.length + 10, 20)).rejects.toMatchObject({ kind: 'damaged' });
  });

  test('reading in sequence takes few requests, each byte fetched once', async () => {
    const reader = new TieredReader({
      store,
      tiers: [],
      readAhead: { firstBytes: 4 * BLOCK, bytesMax: 64 * BLOCK, streamsMax: 2 },
    });
    for (let index = 0; index < BLOCKS; index++) expect(equalBytes(await readAt(reader, index * BLOCK), blockAt(index))).toBe(true);
    expect(store.total.get).toBeLessThan(12);
    expect(store.total.readBytes).toBe(content.length);
  });

  test('reading here and there fetches what is asked for and no more', async () => {
    const reader = new TieredReader({ store, tiers: [] });
    const random = new SeededRandom(3);
    for (let n = 0; n < 50; n++) {
      const index = (random.uint32() % (BLOCKS / 2)) * 2;
      expect(equalBytes(await readAt(reader, index * BLOCK), blockAt(index))).toBe(true);
    }
    expect(store.total.readBytes).toBeLessThanOrEqual(50 * BLOCK);
  });

  test('random reads through small tiers are always right', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
    const random = new SeededRandom(seed);
    const disk = new DirectoryTier(folder, { namespace: 'db', bytesMax: 64 * BLOCK });
    const memory = new MemoryTier(16 * BLOCK);
    const reader = new TieredReader({
      store,
      tiers: [memory, disk],
      readAhead: { firstBytes: 2 * BLOCK, bytesMax: 8 * BLOCK, streamsMax: 2 },
    });
    for (let n = 0; n < 400; n++) {
      const index = random.uint32() % BLOCKS;
      const run = Math.min(BLOCKS - index, random.uint32() % 4);
      for (let next = 0; next <= run && index + next < BLOCKS; next++) {
        expect(equalBytes(await readAt(reader, (index + next) * BLOCK), blockAt(index + next)), `SEED=${seed}`).toBe(true);
      }
      expect(memory.bytes).toBeLessThanOrEqual(16 * BLOCK);
    }
    await disk.close();
    expect((await readdir(folder)).length).toBeLessThanOrEqual(64);
    expect(reader.counts.hits[0]).toBeGreaterThan(0);
    expect(reader.counts.damaged).toBe(0);
  });
});

describe('the memory tier', () => {
  test('spares what was used since the hand last passed', () => {
    const tier = new MemoryTier(8 * BLOCK);
    for (let index = 0; index < 8; index++) tier.put('a', index * BLOCK, blockAt(index));
    for (let index = 8; index < 40; index++) {
      expect(tier.get('a', 0, BLOCK)).toBeDefined();
      tier.put('a', index * BLOCK, blockAt(index));
    }
    expect(tier.get('a', 0, BLOCK)).toBeDefined();
    expect(tier.get('a', BLOCK, BLOCK)).toBeUndefined();
    expect(tier.bytes).toBe(8 * BLOCK);
  });

  test('a block too large for it is not kept', () => {
    const tier = new MemoryTier(8 * BLOCK);
    tier.put('a', 0, content.subarray(0, 3 * BLOCK));
    expect(tier.bytes).toBe(0);
  });

  test('an offset asked for with another length is a miss', () => {
    const tier = new MemoryTier(8 * BLOCK);
    tier.put('a', 0, blockAt(0));
    expect(tier.get('a', 0, BLOCK - 1)).toBeUndefined();
    tier.put('a', 0, content.subarray(0, 10));
    expect(tier.bytes).toBe(10);
  });
});
