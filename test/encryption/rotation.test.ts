import { beforeEach, describe, expect, it } from 'vitest';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { rewriteEverything, rotateDataKey } from '../../src/maintenance/rotate.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import type { OpenedEngine } from '../../src/platform/open-engine.ts';
import { baseOf } from '../../src/transaction/checkpoint.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { readHead } from '../../vfs/encryption/chunks.ts';
import type { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { FaultyStore } from '../../vfs/wrappers/faults.ts';
import { KEY, openSealed, OTHER_KEY, rowsOf, run, sealedStore } from './database.ts';

const runtime = nodeRuntime();

let store: MemoryStore;
let opened: OpenedEngine;

beforeEach(async () => {
  store = new MemoryStore({ clock: Date });
  opened = await openSealed(store);
  await run(opened, 'create table t (id int primary key, b text)', "insert into t select g, 'value ' || g from generate_series(1, 5000) g");
  await checkpoint(opened.database);
});

function keyringOf({ keyring }: OpenedEngine): KeyringFile {
  if (keyring === undefined) throw new Error('the database is sealed');
  return keyring;
}

/** The number of the data key that an object is sealed with. */
function keyNumberOf(name: string): number {
  const head = readHead(store.peek(name) ?? new Uint8Array());
  if (head === undefined || 'version' in head) throw new Error(`${name} is sealed`);
  return head.keyNumber;
}

describe('a new data key', () => {
  it('seals what is written afterwards, by those who had the database open too, and what was there stays readable', async () => {
    const other = await openSealed(store);
    await run(other, 'insert into t values (6001)');
    const old = new Set(store.names());
    const keyring = await rotateDataKey(opened.database, keyringOf(opened));
    expect(keyring.keys.map(({ number }) => number)).toEqual([1, 2]);
    await run(other, 'insert into t values (6002)');
    await run(opened, 'insert into t values (6003)');
    await checkpoint(other.database);
    const written = store.names().filter((name) => !old.has(name));
    expect(written.map((name) => name.split('/')[0])).toEqual(expect.arrayContaining(['checkpoint', 'log', 'segment']));
    for (const name of [...written, 'root']) expect(keyNumberOf(name), name).toBe(2);
    for (const one of [opened, other, await openSealed(store)]) {
      expect(await rowsOf(one, 'select count(*), max(id) from t')).toEqual(['5003|6003']);
      expect((await verifyStore(one.database)).damage).toEqual([]);
      await one.close();
    }
  });

  it('comes while writers commit, and nothing is lost', async () => {
    const writers = await Promise.all(Array.from({ length: 3 }, () => openSealed(store)));
    let isRotating = true;
    const writing = writers.map(async (one, writer) => {
      const session = one.engine.session();
      let rows = 0;
      for (; isRotating || rows < 20; rows++) {
        await session.query(`insert into t values (${10_000 + writer * 10_000 + rows}, 'w')`);
        await runtime.clock.sleep(2);
      }
      await session.close();
      return rows;
    });
    for (let time = 0; time < 5; time++) {
      await rotateDataKey(opened.database, keyringOf(opened));
      await checkpoint(opened.database);
    }
    isRotating = false;
    const rows = (await Promise.all(writing)).reduce((sum, count) => sum + count, 0);
    const fresh = await openSealed(store);
    expect(await rowsOf(fresh, 'select count(*) from t where id >= 10000')).toEqual([String(rows)]);
    expect((await verifyStore(fresh.database)).damage).toEqual([]);
    expect((await keyringOf(fresh).current())?.keys).toHaveLength(6);
    for (const one of [...writers, opened, fresh]) await one.close();
  });

  it('is whole or not there, wherever its maker dies', async () => {
    for (const point of ['rotate:keyring-written', 'rotate:announced']) {
      const dying = rotateDataKey(opened.database, keyringOf(opened), (at) => {
        if (at === point) throw new Error('died');
      });
      await expect(dying).rejects.toThrow('died');
      const fresh = await openSealed(store);
      await run(fresh, `insert into t values (${point.length + 6000})`);
      expect(await rowsOf(fresh, 'select count(*) from t where id <= 5000')).toEqual(['5000']);
      await rotateDataKey(fresh.database, keyringOf(fresh));
      await fresh.close();
      expect(await rowsOf(opened, 'select count(*) from t where id <= 5000')).toEqual(['5000']);
    }
    expect((await keyringOf(opened).reload())?.keys).toHaveLength(5);
  });

  it('is added once by each of several who rotate at once, and none is lost', async () => {
    const others = await Promise.all(Array.from({ length: 4 }, () => openSealed(store)));
    const rotated = await Promise.all(others.map((one) => keyringOf(one).rotate()));
    expect(new Set(rotated.map(({ keys }) => keys.length))).toEqual(new Set([2, 3, 4, 5]));
    const last = await keyringOf(opened).reload();
    expect(last?.keys.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    for (const { keys } of rotated) expect(last?.keys.slice(0, keys.length)).toEqual(keys);
  });

  it('takes the place of the old one everywhere when everything is rewritten', async () => {
    await rotateDataKey(opened.database, keyringOf(opened));
    expect(await rewriteEverything(opened.database)).toBeGreaterThan(0);
    const { root } = await opened.database.root.read();
    const { manifest } = await baseOf(root, opened.database.store, opened.database.runtime);
    expect(manifest.segments.size).toBeGreaterThan(0);
    for (const name of ['root', root.checkpoint.name, ...manifest.segments.keys()]) expect(keyNumberOf(name), name).toBe(2);
    expect(await rowsOf(opened, 'select count(*), sum(id) from t')).toEqual(['5000|12502500']);
  });
});

describe('a new key-encryption key', () => {
  it('rewraps the keyring and writes nothing else', async () => {
    const before = new Map(store.names().map((name) => [name, store.peek(name)]));
    await sealedStore(store, OTHER_KEY, KEY).keyring.rewrap();
    for (const [name, bytes] of before) if (name !== 'keyring') expect(store.peek(name), name).toEqual(bytes);
    await expect(openSealed(store)).rejects.toMatchObject({ code: '28000' });
    const fresh = await openSealed(store, { encryption: OTHER_KEY });
    expect(await rowsOf(fresh, 'select count(*) from t')).toEqual(['5000']);
    expect(await rowsOf(opened, 'select count(*) from t')).toEqual(['5000']); // who had it open has its keys
    await run(opened, 'insert into t values (7000)');
    expect(await rowsOf(fresh, 'select count(*) from t')).toEqual(['5001']);
  });

  it('is not put back by who has the bucket alone: a process that has seen it refuses the older keyring', async () => {
    const old = store.peek('keyring') ?? new Uint8Array();
    await rotateDataKey(opened.database, keyringOf(opened));
    store.plant('keyring', old);
    await expect(keyringOf(opened).reload()).rejects.toMatchObject({ code: 'XX001' });
    // One that has not cannot read what the newer key sealed.
    await expect(openSealed(store).then((one) => rowsOf(one, 'select count(*) from t'))).rejects.toMatchObject({ code: 'XX001' });
  });

  it('is in place once when the answer to its maker is lost', async () => {
    const faulty = new FaultyStore(store, runtime.clock, runtime.random, [{ kind: 'lost-after', on: ['replace'], nth: 1 }]);
    const rotated = await sealedStore(faulty).keyring.rotate();
    expect(faulty.injected.get('lost-after')).toBe(1);
    expect(rotated.keys).toHaveLength(2);
    expect(await keyringOf(opened).reload()).toEqual(rotated);
  });
});
