/** What somebody with the bucket and no key can do to a database: break it, never bend it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { backUp, restoreBackup } from '../../src/maintenance/backup.ts';
import { createBranch } from '../../src/maintenance/branch.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openSealable } from '../../src/platform/store-url.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { StoreError } from '../../vfs/object-store.ts';
import { KEY, openSealed, rowsOf, run, sealedStore } from './database.ts';

type Objects = ReadonlyMap<string, Uint8Array>;

const runtime = nodeRuntime();
const QUERY = 'select count(*), sum(id), min(b), max(b) from t where id > 0';
const EXPECTED = ['3001|4507500|tail|value 999'];

/** The same database before its last commits, now, and another one that is sealed with the same key; a backup of the one of now. */
let before: Objects;
let now: Objects;
let other: Objects;
let backup: Objects;

beforeAll(async () => {
  const store = new MemoryStore({ clock: Date });
  const opened = await openSealed(store);
  await run(opened, 'create table t (id int primary key, b text)');
  await run(opened, "insert into t select g, 'value ' || g from generate_series(1, 3000) g");
  await checkpoint(opened.database);
  before = objectsOf(store);
  await run(opened, "insert into t values (6000, 'tail')");
  await createBranch(opened.database, 'b', { kind: 'slot', slot: opened.database.slot });
  await run(opened, 'delete from t where id = 6000');
  await checkpoint(opened.database);
  await run(opened, "insert into t values (6000, 'tail')");
  const target = new MemoryStore({ clock: Date });
  await backUp(opened.database, sealedStore(target));
  await opened.close();
  now = objectsOf(store);
  backup = objectsOf(target);
  const another = new MemoryStore({ clock: Date });
  const stranger = await openSealed(another);
  await run(stranger, 'create table t (id int primary key, b text)');
  await run(stranger, "insert into t select g, 'other ' || g from generate_series(1, 3000) g");
  await checkpoint(stranger.database);
  await run(stranger, "insert into t values (7000, 'other')");
  await stranger.close();
  other = objectsOf(another);
});

function objectsOf(store: MemoryStore): Objects {
  return new Map(store.names().map((name) => [name, store.peek(name) ?? new Uint8Array(0)]));
}

function bucketOf(objects: Objects, changes: Iterable<readonly [string, Uint8Array]>): MemoryStore {
  const store = new MemoryStore({ clock: Date });
  for (const [name, bytes] of new Map([...objects, ...changes])) store.plant(name, bytes);
  return store;
}

/** What a process that knows nothing is told: rows, or a code. Anything but an SqlError fails the test. */
async function told(store: MemoryStore, branch = ''): Promise<readonly string[] | string> {
  try {
    const { store: view } = await openSealable(`memory:${branch}`, runtime, { encryption: KEY }, store);
    const opened = await openSealed(view, { encryption: false, create: false });
    try {
      return await rowsOf(opened, QUERY);
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return error.code;
  }
}

/** Asserts that every change of the objects of now is told of, or does no harm. Answers how many were told of. */
async function refused(changes: Iterable<readonly (readonly [string, Uint8Array])[]>, branch = ''): Promise<number> {
  let errors = 0;
  for (const change of changes) {
    const answer = await told(bucketOf(now, change), branch);
    const what = change.map(([name]) => name).join(', ');
    if (typeof answer === 'string') {
      expect(['XX001', '28000', '72000', '3D000', '0A000'], what).toContain(answer);
      errors++;
    } else expect(answer, what).toEqual(EXPECTED);
  }
  return errors;
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= 1 << (at % 8);
  return copy;
}

describe('a bucket in strange hands', () => {
  it('has its rows when nobody touched it', async () => {
    expect(await told(bucketOf(now, []))).toEqual(EXPECTED);
    expect(await told(bucketOf(now, []), '?branch=b')).toEqual(EXPECTED);
    expect([...now.keys()].map((name) => name.split('/')[0])).toEqual(
      expect.arrayContaining(['branch', 'checkpoint', 'keyring', 'log', 'root', 'segment']),
    );
  });

  it('is an error or the same rows wherever a bit is flipped', async () => {
    const changes = [...now].flatMap(([name, bytes]) =>
      [0, 4, 6, 9, 13, 20, 47, 48, bytes.length >> 1, bytes.length - 17, bytes.length - 1].map(
        (at) => [[name, flipped(bytes, at)]] as const,
      ),
    );
    expect(await refused(changes)).toBeGreaterThan(changes.length / 4); // objects of the branch and older ones are not read
    expect(
      await refused(
        changes.filter(([[name]]) => name.startsWith('branch/')),
        '?branch=b',
      ),
    ).toBeGreaterThan(10);
  });

  it('is an error or the same rows where an object is cut, lengthened or emptied', async () => {
    const changes = [...now].flatMap(([name, bytes]) =>
      [
        bytes.subarray(0, bytes.length - 1),
        bytes.subarray(0, bytes.length - 64),
        bytes.subarray(0, 16_448),
        bytes.subarray(0, 64),
        bytes.subarray(0, 0),
        new Uint8Array([...bytes, 0]),
        new Uint8Array([...bytes, ...bytes]),
      ]
        .filter((cut) => cut.length !== bytes.length)
        .map((cut) => [[name, cut]] as const),
    );
    expect(await refused(changes)).toBeGreaterThan(10);
  });

  it('is an error or the same rows where two objects change places', async () => {
    const names = [...now.keys()];
    const swap = (a: string, b: string) =>
      [
        [a, now.get(b) ?? new Uint8Array()],
        [b, now.get(a) ?? new Uint8Array()],
      ] as const;
    const changes = names.flatMap((a, at) => names.slice(at + 1).map((b) => swap(a, b)));
    expect(await refused(changes)).toBeGreaterThan(20);
  });

  it('is an error or the same rows where chunks of an object change places, or one is left out', async () => {
    const CHUNK = 16_448;
    const changes: (readonly (readonly [string, Uint8Array])[])[] = [];
    for (const [name, bytes] of now) {
      if (bytes.length < 2 * CHUNK) continue;
      const exchanged = bytes.slice();
      exchanged.set(bytes.subarray(CHUNK, 2 * CHUNK), 0);
      exchanged.set(bytes.subarray(0, CHUNK), CHUNK);
      changes.push([[name, exchanged]]);
      const dropped = new Uint8Array(bytes.length - CHUNK);
      dropped.set(bytes.subarray(CHUNK));
      changes.push([[name, dropped]]);
    }
    expect(changes.length).toBeGreaterThan(0);
    expect(await refused(changes)).toBeGreaterThan(1); // those that are still read
  });

  it('is an error or the same rows where an object is what it was before', async () => {
    const changes = [...before].filter(([name, bytes]) => !Buffer.from(now.get(name) ?? []).equals(bytes)).map((change) => [change]);
    expect(changes.map(([[name]]) => name)).toContain('root');
    await refused(changes);
  });

  it('is an error or the same rows where an object is that of another database with the same key', async () => {
    const changes = [...other].filter(([name]) => now.has(name) && name !== 'keyring').map((change) => [change]);
    expect(await refused(changes)).toBeGreaterThan(0);
    expect(await refused([[...other].filter(([name]) => name === 'keyring' || name === 'root')])).toBe(1);
  });

  it('is an error or the same rows where an object is missing', async () => {
    for (const name of now.keys()) {
      const without = new Map(now);
      without.delete(name);
      const answer = await told(bucketOf(without, []));
      if (typeof answer !== 'string' && !name.startsWith('log/')) expect(answer, name).toEqual(EXPECTED);
    }
  });

  it('restores no backup that was altered', async () => {
    for (const [name, bytes] of backup) {
      const changed = new Map([...backup, [name, flipped(bytes, bytes.length >> 1)] as const]);
      const restoring = restoreBackup(sealedStore(bucketOf(changed, [])), sealedStore(new MemoryStore({ clock: Date })), runtime);
      const failure: unknown = await restoring.then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(isSqlError(failure, 'data_corrupted') || failure instanceof StoreError, name).toBe(true);
    }
  });
});
