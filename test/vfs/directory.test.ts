import { readdirSync, unlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { DirectoryStore } from '../../vfs/drivers/directory.ts';
import { textAt } from '../contract/object-store-contract.ts';

const DAY_MS = 24 * 3_600_000;

describe('a directory store', () => {
  let path: string;
  let store: DirectoryStore;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'velocidb-directory-'));
    store = new DirectoryStore(path, { durable: false });
  });
  afterEach(async () => {
    await store.close();
    await rm(path, { recursive: true, force: true });
  });

  const replaced = async (name: string, text: string) => {
    const found = await store.get(name);
    if (found.kind !== 'found') throw new Error(found.kind);
    const outcome = await store.replaceIfMatch(name, utf8(text), found.validator);
    if (outcome.kind !== 'replaced') throw new Error(outcome.kind);
    return outcome.validator;
  };

  test('reads, replaces and deletes a plain file that was put under a name', async () => {
    await mkdir(join(path, 'log'));
    await writeFile(join(path, 'log/1'), 'restored');
    expect(await textAt(store, 'log/1')).toBe('restored');
    expect((await store.createIfAbsent('log/1', utf8('x'))).kind).toBe('exists');
    await replaced('log/1', 'second');
    await replaced('log/1', 'third');
    expect(await textAt(store, 'log/1')).toBe('third');
    expect((await store.list('log/')).objects).toMatchObject([{ name: 'log/1', size: 5 }]);
    await store.delete('log/1');
    expect((await store.get('log/1')).kind).toBe('absent');
  });

  test('keeps at most two versions of a replaced object', async () => {
    await store.createIfAbsent('root', utf8('0'));
    for (let n = 1; n <= 100; n++) await replaced('root', String(n));
    expect(await textAt(store, 'root')).toBe('100');
    const [incarnation] = await readdir(join(path, '.chains'));
    expect((await readdir(join(path, '.chains', incarnation))).length).toBeLessThanOrEqual(32);
    expect((await readdir(join(path, '.objects'))).length).toBeLessThanOrEqual(2);
    await store.delete('root');
    expect(await readdir(join(path, '.objects'))).toEqual([]);
    expect(await readdir(join(path, '.chains'))).toEqual([]);
  });

  test('a link made late under an old number changes nothing', async () => {
    // What a writer leaves that checked, slept while others replaced and cleaned up, and then made its link.
    await store.createIfAbsent('root', utf8('0'));
    for (let n = 1; n <= 50; n++) await replaced('root', String(n));
    const [incarnation] = await readdir(join(path, '.chains'));
    await writeFile(join(path, '.objects', 'late~before'), 'late');
    await symlink('../../.objects/late~before', join(path, '.chains', incarnation, '2'));
    expect(await textAt(store, 'root')).toBe('50');
    await replaced('root', '51');
    expect(await textAt(store, 'root')).toBe('51');
    expect(await readdir(join(path, '.chains', incarnation))).not.toContain('2');
  });

  test('a path cannot be both an object and a folder', async () => {
    await store.createIfAbsent('a/b', utf8('x'));
    await expect(store.createIfAbsent('a', utf8('x'))).rejects.toMatchObject({ kind: 'permanent' });
    await expect(store.createIfAbsent('a/b/c', utf8('x'))).rejects.toMatchObject({ name: 'StoreError' });
    expect((await store.get('a')).kind).toBe('absent');
    expect((await store.get('a/b/c')).kind).toBe('absent');
    await store.delete('a');
    expect(await textAt(store, 'a/b')).toBe('x');
  });

  test('an object whose bytes are gone is damaged, not absent', async () => {
    await store.createIfAbsent('a', utf8('x'));
    await rm(join(path, 'a', '..', '.objects', (await readlink(join(path, 'a'))).slice('.objects/'.length)));
    await expect(store.get('a')).rejects.toMatchObject({ name: 'StoreError', kind: 'damaged' });
  });

  test('a sweep removes what no name reaches once it is old, and nothing else', async () => {
    await store.createIfAbsent('kept', utf8('kept'));
    await store.createIfAbsent('root', utf8('0'));
    for (let n = 1; n <= 3; n++) await replaced('root', String(n));
    await writeFile(join(path, '.objects', 'orphan-old'), 'x');
    await writeFile(join(path, '.objects', 'orphan-young'), 'x');
    await mkdir(join(path, '.chains', 'unreachable'));
    const longAgo = new Date(Date.now() - 2 * DAY_MS);
    for (const file of await readdir(join(path, '.objects')))
      if (file !== 'orphan-young') await utimes(join(path, '.objects', file), longAgo, longAgo);
    await utimes(join(path, '.chains', 'unreachable'), longAgo, longAgo);
    const { removed } = await store.sweep();
    expect(removed).toBe(3); // the orphan, the chain, and the version of root that was kept for slow readers
    expect(await readdir(join(path, '.objects'))).toContain('orphan-young');
    expect(await textAt(store, 'kept')).toBe('kept');
    expect(await textAt(store, 'root')).toBe('3');
    await replaced('root', '4');
    expect(await textAt(store, 'root')).toBe('4');
  });

  test('a writer whose bytes are swept before its link writes them again', async () => {
    const durable = new DirectoryStore(path);
    const created = await durable.createIfAbsent('kept', utf8('1'));
    if (created.kind !== 'created') throw new Error(created.kind);
    /** Sweeps what a write has written before it is linked; false when the write was not caught between the two, as when the store takes a breath. */
    const sweptMeanwhile = async (writing: Promise<{ readonly kind: string }>, expected: string): Promise<boolean> => {
      const known = new Set(readdirSync(join(path, '.objects')));
      let swept = false;
      for (let turn = 0; turn < 1_000 && !swept; turn++) {
        await Promise.resolve();
        const fresh = readdirSync(join(path, '.objects')).filter((file) => !known.has(file));
        for (const file of fresh) unlinkSync(join(path, '.objects', file));
        swept = fresh.length > 0;
      }
      expect((await writing).kind).toBe(expected);
      return swept;
    };
    for (let attempt = 0; ; attempt++) {
      const isSwept = await sweptMeanwhile(durable.createIfAbsent(`a${attempt}`, utf8('created')), 'created');
      expect(await textAt(store, `a${attempt}`)).toBe('created');
      if (isSwept) break;
      expect(attempt).toBeLessThan(20);
    }
    for (let attempt = 0; ; attempt++) {
      const found = await durable.get('kept');
      if (found.kind !== 'found') throw new Error(found.kind);
      const isSwept = await sweptMeanwhile(durable.replaceIfMatch('kept', utf8(`replaced ${attempt}`), found.validator), 'replaced');
      expect(await textAt(store, 'kept')).toBe(`replaced ${attempt}`);
      if (isSwept) break;
      expect(attempt).toBeLessThan(20);
    }
    await durable.close();
  });

  test('a read during which much time passed is made again, so that its date is near', async () => {
    let nowMs = Date.UTC(2030, 0, 1);
    let jumps = 3;
    const paused = new DirectoryStore(path, {
      durable: false,
      clock: {
        now: () => {
          if (jumps-- > 0) nowMs += 3_600_000;
          return nowMs;
        },
      },
    });
    const absent = await paused.get('a');
    expect(absent).toEqual({ kind: 'absent', dateMs: nowMs });
  });

  test('a loop of reads lets timers in', async () => {
    await store.createIfAbsent('a', utf8('x'));
    let rang = false;
    setTimeout(() => {
      rang = true;
    }, 10);
    const startMs = performance.now();
    while (!rang && performance.now() - startMs < 5_000) await store.get('a');
    expect(rang).toBe(true);
  });

  test('names in a listing are objects only', async () => {
    await store.createIfAbsent('a/b', utf8('x'));
    await writeFile(join(path, '.DS_Store'), '');
    await mkdir(join(path, 'empty'));
    expect((await store.list('')).objects.map((object) => object.name)).toEqual(['a/b']);
  });

  test.skipIf(process.getuid?.() === 0)('a directory that may not be written is denied', async () => {
    await chmod(path, 0o500);
    await expect(store.createIfAbsent('a', utf8('x'))).rejects.toMatchObject({ kind: 'denied' });
    await chmod(path, 0o700);
  });

  test('bytes in shared memory are written as they are', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    shared.set(utf8('the heap'));
    await store.createIfAbsent('a', shared);
    const found = await store.get('a');
    expect(found.kind === 'found' && textOf(found.bytes)).toBe('the heap');
  });
});
