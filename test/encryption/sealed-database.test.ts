import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, restoreBackup } from '../../src/maintenance/backup.ts';
import { createBranch } from '../../src/maintenance/branch.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openEngine } from '../../src/platform/open-engine.ts';
import { openSealable } from '../../src/platform/store-url.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { KEY, openSealed, OTHER_KEY, rowsOf, run, sealedStore } from './database.ts';

const runtime = nodeRuntime();
/** Words that stand in names, rows and statements, and nowhere else. */
const WORDS = ['zanzibar', 'quixotic', 'heliotrope', 'marzipan', 'windlass'];

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore({ clock: Date });
});

async function fill(): Promise<void> {
  const opened = await openSealed(store);
  await run(
    opened,
    'create table zanzibar (id int primary key, quixotic text)',
    "insert into zanzibar select g, 'heliotrope ' || g from generate_series(1, 5000) g",
  );
  await checkpoint(opened.database);
  await run(opened, "insert into zanzibar values (9001, 'marzipan')", 'create view windlass as select quixotic from zanzibar');
  await createBranch(opened.database, 'heliotrope', { kind: 'slot', slot: opened.database.slot });
  await opened.close();
}

describe('a sealed database', () => {
  it('reads back what was written, in a process that knows nothing', async () => {
    await fill();
    const opened = await openSealed(store, { create: false });
    expect(await rowsOf(opened, 'select count(*), max(id) from zanzibar')).toEqual(['5001|9001']);
    expect(await rowsOf(opened, 'select quixotic from zanzibar where id = 4242')).toEqual(['heliotrope 4242']);
    expect((await verifyStore(opened.database)).damage).toEqual([]);
    await opened.close();
  });

  it('shows nothing of its rows, names and statements in the bucket, its branches and its backups', async () => {
    await fill();
    const target = new MemoryStore({ clock: Date });
    const opened = await openSealed(store);
    await backUp(opened.database, sealedStore(target));
    await opened.close();
    for (const bucket of [store, target]) {
      expect(bucket.names().length).toBeGreaterThan(4);
      for (const name of bucket.names()) {
        const bytes = Buffer.from(bucket.peek(name) ?? []).toString('latin1');
        for (const word of WORDS) expect(`${name} ${bytes}`.includes(word), `${word} in ${name}`).toBe(false);
        for (const magic of ['ROOT', 'VLOG', 'VELM', 'VELSEGM', 'VELB']) expect(bytes.startsWith(magic)).toBe(false);
      }
    }
  });

  it('is found to show its rows when it is not sealed: the search sees', async () => {
    const opened = await openEngine('memory:', { store, checkpoints: 'manual' });
    await run(opened, "create table zanzibar as select 'heliotrope' as quixotic");
    await opened.close();
    const everything = store.names().map((name) => Buffer.from(store.peek(name) ?? []).toString('latin1'));
    for (const word of ['zanzibar', 'heliotrope', 'quixotic']) expect(everything.some((bytes) => bytes.includes(word))).toBe(true);
  });

  it('is backed up sealed, and restored under another key', async () => {
    await fill();
    const target = new MemoryStore({ clock: Date });
    const opened = await openSealed(store);
    await backUp(opened.database, sealedStore(target, OTHER_KEY));
    await opened.close();
    const third = new MemoryStore({ clock: Date });
    await restoreBackup(sealedStore(target, OTHER_KEY), sealedStore(third), runtime);
    const copy = await openSealed(third, { create: false });
    expect(await rowsOf(copy, 'select count(*) from windlass')).toEqual(['5001']);
    await copy.close();
    await expect(restoreBackup(target, new MemoryStore(), runtime)).rejects.toMatchObject({ code: '28000' });
  });

  it('has branches that are sealed with the same keys', async () => {
    await fill();
    const { store: branch } = await openSealable('memory:?branch=heliotrope', runtime, { encryption: KEY }, store);
    const opened = await openEngine('memory:', { store: branch, checkpoints: 'manual' });
    await run(opened, "insert into zanzibar values (9002, 'windlass')");
    await checkpoint(opened.database);
    expect(await rowsOf(opened, 'select count(*) from zanzibar')).toEqual(['5002']);
    await opened.close();
  });

  it('costs a cold point read no round trip, and one request more: the keyring', async () => {
    const coldRead = async (encryption: Uint8Array | false) => {
      const bucket = new MemoryStore({ clock: Date });
      const filled = await openSealed(bucket, { encryption });
      await run(
        filled,
        'create table big (id int primary key, b text)',
        "insert into big select g, 'value ' || g from generate_series(1, 20000) g",
      );
      await checkpoint(filled.database);
      await filled.close();
      const counting = new CountingStore(bucket);
      const cold = await openSealed(counting, { encryption, create: false });
      expect(await rowsOf(cold, 'select * from big where id = 4242')).toEqual(['4242|value 4242']);
      await cold.close();
      return counting.total;
    };
    const [sealed, plain] = [await coldRead(KEY), await coldRead(false)];
    expect([plain.depth, sealed.depth]).toEqual([2, 2]);
    expect(sealed.requests).toBe(plain.requests + 1);
    expect(sealed.readBytes).toBeLessThan(plain.readBytes + 2 * 16_448 + 4_096);
  });
});

describe('a key', () => {
  const opening = (encryption: Parameters<typeof openSealed>[1]) => openSealed(store, { create: false, ...encryption });

  it('that is another says so: 28000', async () => {
    await fill();
    await expect(opening({ encryption: OTHER_KEY })).rejects.toMatchObject({
      code: '28000',
      message: expect.stringContaining('not the one'),
    });
  });

  it('that is not given says so: 28000', async () => {
    await fill();
    await expect(opening({ encryption: false })).rejects.toMatchObject({ code: '28000', message: expect.stringContaining('no key') });
  });

  it('may be any of several', async () => {
    await fill();
    const opened = await opening({ encryption: [OTHER_KEY, KEY] });
    expect(await rowsOf(opened, 'select count(*) from zanzibar')).toEqual(['5001']);
    await opened.close();
  });

  it('opens no database that is not sealed, and seals none in a place that has objects: 55000', async () => {
    const plain = await openEngine('memory:', { store, checkpoints: 'manual' });
    await run(plain, 'create table t (a int)');
    await plain.close();
    await expect(opening({})).rejects.toMatchObject({ code: '55000' });
    await expect(opening({ create: true })).rejects.toMatchObject({ code: '55000' });
    const other = new MemoryStore();
    other.plant('log/9007199254740990', new Uint8Array(100));
    await expect(openSealed(other)).rejects.toMatchObject({ code: '55000' });
    expect(other.names()).toEqual(['log/9007199254740990']);
  });

  it('leaves nothing where it may not create a database: 3D000', async () => {
    await expect(opening({})).rejects.toMatchObject({ code: '3D000' });
    expect(store.names()).toEqual([]);
  });

  it('is one keyring for all who create at once', async () => {
    const opened = await Promise.all([openSealed(store), openSealed(store), openSealed(store)]);
    await run(opened[0], 'create table t (a int)', 'insert into t values (1)');
    for (const one of opened) expect(await rowsOf(one, 'select * from t')).toEqual(['1']);
    for (const one of opened) await one.close();
  });
});

describe('where a key comes from', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'velocidb-key-'));
  });
  afterEach(async () => {
    delete process.env['VELOCIDB_KEY'];
    await rm(folder, { recursive: true });
  });

  it('is the option, the URL, the environment, in this order', async () => {
    await fill();
    const raw = join(folder, 'raw');
    const text = join(folder, 'text');
    await writeFile(raw, KEY);
    await writeFile(text, `${Buffer.from(KEY).toString('base64')}\n`);
    const opens = async (url: string, encryption?: string | false) => {
      const opened = await openEngine(url, { store, create: false, checkpoints: 'manual', encryption });
      await opened.close();
    };
    await opens('memory:', Buffer.from(KEY).toString('hex'));
    await opens('memory:', `file:${raw}`);
    await opens(`memory:?encryption=${encodeURIComponent(`file:${text}`)}`);
    process.env['VELOCIDB_KEY'] = Buffer.from(KEY).toString('base64');
    await opens('memory:');
    await expect(opens('memory:?encryption=off')).rejects.toMatchObject({ code: '28000' });
    await expect(opens('memory:', false)).rejects.toMatchObject({ code: '28000' });
    process.env['VELOCIDB_KEY'] = Buffer.from(OTHER_KEY).toString('hex');
    await expect(opens('memory:')).rejects.toMatchObject({ code: '28000' });
    await opens(`memory:?encryption=file:${raw}`);
  });

  it('is never a URL by itself, nor anything that is not 32 bytes: 22023', async () => {
    const opening = (url: string, encryption?: string | Uint8Array) => openEngine(url, { store, encryption });
    await expect(opening(`memory:?encryption=${Buffer.from(KEY).toString('hex')}`)).rejects.toMatchObject({ code: '22023' });
    await expect(opening('memory:', 'short')).rejects.toMatchObject({ code: '22023' });
    await expect(opening('memory:', new Uint8Array(31))).rejects.toMatchObject({ code: '22023' });
    await expect(opening('memory:', `file:${join(folder, 'none')}`)).rejects.toMatchObject({ code: '22023' });
    expect(store.names()).toEqual([]);
  });
});
