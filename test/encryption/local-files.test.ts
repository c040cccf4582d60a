/** What lies on the machine's own disks: cached blocks and spilled rows. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { sealedSpills } from '../../src/platform/sealed-spills.ts';
import { spillFiles } from '../../src/platform/spill-files.ts';
import type { SpillFile, SpillPlace } from '../../src/executor/vector/spill/spill-file.ts';
import { DirectoryTier } from '../../vfs/drivers/directory-tier.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { SealedTier } from '../../vfs/encryption/sealed-tier.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { openSealed, rowsOf, run, sealedStore } from './database.ts';

const runtime = nodeRuntime();
const BLOCK = Buffer.from('zanzibar '.repeat(1_000));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'velocidb-sealed-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a sealed cache tier', () => {
  let store: MemoryStore;

  beforeEach(async () => {
    store = new MemoryStore();
    await sealedStore(store).keyring.ensure();
  });
  const tier = (bucket = store) =>
    new SealedTier(new DirectoryTier(folder, { namespace: 'db', bytesMax: 1 << 20 }), sealedStore(bucket).keyring, runtime);

  it('gives back what it was given, to other processes too, and keeps nothing of it in the clear', async () => {
    const mine = tier();
    mine.put('segment/a', 64, BLOCK);
    await mine.close();
    for (const one of [mine, tier()]) expect(Buffer.from((await one.get('segment/a', 64, BLOCK.length)) ?? [])).toEqual(BLOCK);
    const [file] = await readdir(folder);
    expect((await readFile(join(folder, file))).includes('zanzibar')).toBe(false);
  });

  it('has nothing for another database, for another place, for what was altered, or once it is dropped', async () => {
    const mine = tier();
    mine.put('segment/a', 64, BLOCK);
    await mine.close();
    const other = new MemoryStore();
    await sealedStore(other).keyring.ensure();
    expect(await tier(other).get('segment/a', 64, BLOCK.length)).toBeUndefined();
    expect(await mine.get('segment/a', 128, BLOCK.length)).toBeUndefined();
    const [file] = await readdir(folder);
    const bytes = await readFile(join(folder, file));
    bytes[100] ^= 1;
    await writeFile(join(folder, file), bytes);
    expect(await mine.get('segment/a', 64, BLOCK.length)).toBeUndefined();
    mine.drop('segment/a', 64, BLOCK.length);
    await runtime.clock.sleep(50);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is what a sealed database keeps on disk', async () => {
    const bucket = new MemoryStore({ clock: Date });
    const diskCache = { path: folder };
    const filled = await openSealed(bucket, { diskCache });
    await run(
      filled,
      'create table t (id int primary key, b text)',
      "insert into t select g, 'zanzibar ' || g from generate_series(1, 20000) g",
    );
    await checkpoint(filled.database);
    await filled.close();
    const cold = await openSealed(bucket, { diskCache });
    expect(await rowsOf(cold, 'select count(*), min(b) from t')).toEqual(['20000|zanzibar 1']);
    await cold.close();
    const files = await readdir(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect((await readFile(join(folder, file))).includes('zanzibar')).toBe(false);
  });
});

describe('a sealed spill file', () => {
  it('gives back every range of what was appended, in pieces of every length', () => {
    const file = sealedSpills(spillFiles(folder)).open(1 << 20);
    const parts = Array.from({ length: 200 }, (_, at) => BLOCK.subarray(0, (at * 7) % 61));
    const whole = Buffer.concat(parts);
    for (const part of parts) file.append(part);
    for (const [from, to] of [
      [0, whole.length],
      [1, 2],
      [15, 17],
      [16, 32],
      [333, 1_000],
      [whole.length - 1, whole.length],
    ]) {
      const into = new Uint8Array(to - from);
      file.read(from, into);
      expect(Buffer.from(into)).toEqual(whole.subarray(from, to));
    }
    file.close();
  });

  it('holds ciphertext, another one in each file', () => {
    const seen: Buffer[] = [];
    const place: SpillPlace = { open: (bytesMax) => watched(spillFiles(folder).open(bytesMax), seen) };
    for (let time = 0; time < 2; time++) {
      const file = sealedSpills(place).open(1 << 20);
      file.append(BLOCK);
      file.close();
    }
    expect(seen).toHaveLength(2);
    for (const bytes of seen) expect(bytes.includes('zanzibar')).toBe(false);
    expect(seen[0].equals(seen[1])).toBe(false);
    expect(readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes('zanzibar'))).toBe(false);
  });
});

function watched(file: SpillFile, seen: Buffer[]): SpillFile {
  return {
    append(bytes) {
      seen.push(Buffer.from(bytes));
      return file.append(bytes);
    },
    read: (position, into) => file.read(position, into),
    close: () => file.close(),
  };
}
