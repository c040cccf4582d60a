import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AssertionError } from '../../src/base/assert.ts';
import { equalBytes, textOf, utf8 } from '../../src/base/bytes.ts';
import { StoreError, type ObjectStore } from '../../vfs/object-store.ts';
import { often } from '../support/often.ts';
import { linearizabilityFailure, randomHistory } from './linearizability.ts';

export interface ContractStore {
  readonly store: ObjectStore;
  /** A second client of the same bucket: another instance, as another process would have. */
  readonly other: ObjectStore;
  close(): Promise<void>;
}

export interface ContractTraits {
  /** Whether answers carry the store's time. */
  readonly dates: boolean;
  /** Whether the store may answer a crowd at one name that it is too much (429, 409): losers are then `undecided`, never `unknown`. */
  readonly throttles?: boolean | undefined;
}

/** Runs the suite that every object store passes against the stores that `make` opens, empty. */
export function contract(name: string, make: () => Promise<ContractStore>, traits: ContractTraits = { dates: true }): void {
  describe(`${name} keeps the contract of an object store`, () => {
    let opened: ContractStore;
    let store: ObjectStore;
    let other: ObjectStore;
    let count = 0;
    const lost = (kind: string, expected: string) => kind === expected || (traits.throttles === true && kind === 'undecided');
    const fresh = (prefix = 'object') => `${prefix}/${String(++count).padStart(6, '0')}`;

    beforeAll(async () => {
      opened = await make();
      store = opened.store;
      other = opened.other;
    });
    afterAll(async () => {
      await opened.close();
    });

    test('an object that was never written is absent', async () => {
      expect((await store.get(fresh())).kind).toBe('absent');
    });

    test('a created object is read back whole by every client', async () => {
      const name = fresh();
      const bytes = new Uint8Array([0, 255, 10, 13, 0, 128]);
      const created = await store.createIfAbsent(name, bytes);
      expect(created.kind).toBe('created');
      for (const reader of [store, other]) {
        const found = await reader.get(name);
        if (found.kind !== 'found' || created.kind !== 'created') throw new Error(found.kind);
        expect([...found.bytes]).toEqual([...bytes]);
        expect(found.size).toBe(bytes.length);
        expect(found.validator).toBe(created.validator);
      }
    });

    test('an empty object is an object', async () => {
      const name = fresh();
      expect((await store.createIfAbsent(name, new Uint8Array(0))).kind).toBe('created');
      expect(await store.get(name)).toMatchObject({ kind: 'found', size: 0 });
      expect(await store.get(name, { range: { offset: 0, length: 10 } })).toMatchObject({ kind: 'found', size: 0 });
      expect((await store.createIfAbsent(name, utf8('x'))).kind).toBe('exists');
    });

    test('creating twice leaves the first bytes', async () => {
      const name = fresh();
      await store.createIfAbsent(name, utf8('first'));
      expect((await other.createIfAbsent(name, utf8('second'))).kind).toBe('exists');
      expect(await textAt(store, name)).toBe('first');
    });

    test('a caller may reuse its buffer once the write is answered', async () => {
      const name = fresh();
      const bytes = utf8('before');
      await store.createIfAbsent(name, bytes);
      bytes.fill(0);
      expect(await textAt(store, name)).toBe('before');
      const read = await store.get(name);
      if (read.kind === 'found') read.bytes.fill(0);
      expect(await textAt(store, name)).toBe('before');
    });

    test('a view into a larger buffer is written as the view', async () => {
      const name = fresh();
      await store.createIfAbsent(name, utf8('abcdef').subarray(2, 4));
      expect(await textAt(store, name)).toBe('cd');
    });

    test('of fifty racing creates exactly one is created, and its bytes are there', async () => {
      for (let round = 0; round < often(1, 3); round++) {
        const name = fresh();
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, (_, writer) => (writer % 2 === 0 ? store : other).createIfAbsent(name, utf8(`writer ${writer}`))),
        );
        const winners = outcomes.flatMap((outcome, writer) => (outcome.kind === 'created' ? [writer] : []));
        expect(winners).toHaveLength(1);
        expect(outcomes.filter((outcome) => lost(outcome.kind, 'exists'))).toHaveLength(49);
        expect(await textAt(other, name)).toBe(`writer ${winners[0]}`);
      }
    });

    test('a replacement needs the current validator', async () => {
      const name = fresh();
      const created = await store.createIfAbsent(name, utf8('1'));
      if (created.kind !== 'created') throw new Error(created.kind);
      const replaced = await other.replaceIfMatch(name, utf8('2'), created.validator);
      if (replaced.kind !== 'replaced') throw new Error(replaced.kind);
      expect(replaced.validator).not.toBe(created.validator);
      expect((await store.replaceIfMatch(name, utf8('3'), created.validator)).kind).toBe('mismatch');
      expect(await textAt(store, name)).toBe('2');
      expect((await store.replaceIfMatch(name, utf8('3'), replaced.validator)).kind).toBe('replaced');
      expect(await textAt(other, name)).toBe('3');
    });

    test('a replaced object still exists for a create', async () => {
      const name = fresh();
      await replaceWith(store, name, await createdValidator(store, name, '1'), '2');
      expect((await store.createIfAbsent(name, utf8('3'))).kind).toBe('exists');
    });

    test('an absent object cannot be replaced', async () => {
      const name = fresh();
      const validator = await createdValidator(store, fresh(), 'elsewhere');
      expect((await store.replaceIfMatch(name, utf8('x'), validator)).kind).toBe('mismatch');
      expect((await store.get(name)).kind).toBe('absent');
    });

    test('a deleted and recreated object refuses the validator of its earlier life', async () => {
      const name = fresh();
      const validator = await createdValidator(store, name, 'earlier life');
      await store.delete(name);
      await createdValidator(other, name, 'later life ..');
      expect((await store.replaceIfMatch(name, utf8('x'), validator)).kind).toBe('mismatch');
      expect(await textAt(store, name)).toBe('later life ..');
    });

    test('of fifty racing replacements exactly one replaces', async () => {
      for (let round = 0; round < often(1, 3); round++) {
        const name = fresh();
        const validator = await createdValidator(store, name, 'start');
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, (_, writer) =>
            (writer % 2 === 0 ? store : other).replaceIfMatch(name, utf8(`writer ${writer}`), validator),
          ),
        );
        const winners = outcomes.flatMap((outcome, writer) => (outcome.kind === 'replaced' ? [writer] : []));
        expect(winners).toHaveLength(1);
        expect(outcomes.filter((outcome) => lost(outcome.kind, 'mismatch'))).toHaveLength(49);
        expect(await textAt(other, name)).toBe(`writer ${winners[0]}`);
      }
    });

    test('a counter incremented by compare and swap loses no increment', async () => {
      const times = often(3, 10);
      const name = fresh();
      await store.createIfAbsent(name, utf8('0'));
      await Promise.all(Array.from({ length: 8 }, (_, writer) => incrementTimes(writer % 2 === 0 ? store : other, name, times)));
      expect(await textAt(store, name)).toBe(String(8 * times));
    });

    test('a range answers its bytes and the size of the whole', async () => {
      const name = fresh();
      await store.createIfAbsent(name, utf8('0123456789'));
      const ranged = async (range: { offset: number; length: number } | { suffix: number }) => {
        const found = await store.get(name, { range });
        if (found.kind !== 'found') throw new Error(found.kind);
        expect(found.size).toBe(10);
        return textOf(found.bytes);
      };
      expect(await ranged({ offset: 0, length: 4 })).toBe('0123');
      expect(await ranged({ offset: 3, length: 4 })).toBe('3456');
      expect(await ranged({ offset: 8, length: 100 })).toBe('89');
      expect(await ranged({ offset: 10, length: 1 })).toBe('');
      expect(await ranged({ offset: 1000, length: 5 })).toBe('');
      expect(await ranged({ offset: 2, length: 0 })).toBe('');
      expect(await ranged({ suffix: 3 })).toBe('789');
      expect(await ranged({ suffix: 100 })).toBe('0123456789');
      expect(await ranged({ suffix: 0 })).toBe('');
    });

    test('a ranged read of an absent object is absent', async () => {
      expect((await store.get(fresh(), { range: { offset: 5, length: 5 } })).kind).toBe('absent');
      expect((await store.get(fresh(), { range: { suffix: 5 } })).kind).toBe('absent');
    });

    test('a read unless unchanged answers unmodified until the object changes', async () => {
      const name = fresh();
      const validator = await createdValidator(store, name, 'one');
      expect((await other.get(name, { unlessMatch: validator })).kind).toBe('unmodified');
      expect((await other.get(name, { unlessMatch: validator, range: { offset: 0, length: 2 } })).kind).toBe('unmodified');
      await replaceWith(store, name, validator, 'two');
      expect(await other.get(name, { unlessMatch: validator, range: { offset: 0, length: 2 } })).toMatchObject({ kind: 'found', size: 3 });
      await store.delete(name);
      expect((await other.get(name, { unlessMatch: validator })).kind).toBe('absent');
    });

    test('a deleted object is absent and may be created again', async () => {
      const name = fresh();
      await replaceWith(store, name, await createdValidator(store, name, 'x'), 'y');
      await other.delete(name);
      expect((await store.get(name)).kind).toBe('absent');
      expect((await store.createIfAbsent(name, utf8('z'))).kind).toBe('created');
      expect(await textAt(other, name)).toBe('z');
    });

    test('deleting twice, or what never was, is fine', async () => {
      const name = fresh();
      await store.delete(name);
      await store.createIfAbsent(name, utf8('x'));
      await store.delete(name);
      await store.delete(name);
      expect((await store.get(name)).kind).toBe('absent');
    });

    test('a listing is in byte order, complete, and of the prefix only', async () => {
      const names = ['list/b', 'list/a-c', 'list/a.d', 'list/a/b', 'list/a0', 'list/B', 'list/_', 'list/a/a', 'list2', 'lis', 'list/c/d/e'];
      for (const name of names) await store.createIfAbsent(name, utf8(name));
      const expected = names.filter((name) => name.startsWith('list/')).sort();
      expect((await other.list('list/')).objects.map((object) => object.name)).toEqual(expected);
      expect((await other.list('list/a')).objects.map((object) => object.name)).toEqual(
        expected.filter((name) => name.startsWith('list/a')),
      );
      expect((await other.list('list')).objects.map((object) => object.name)).toEqual([...expected, 'list2']);
      expect((await other.list('nothing/')).objects).toEqual([]);
      expect((await other.list('list/')).objects.map((object) => object.size)).toEqual(expected.map((name) => name.length));
      expect((await other.list('list/', { after: 'list/a/a' })).objects[0]?.name).toBe('list/a/b');
      expect((await other.list('list/', { after: 'list/a/ab' })).objects[0]?.name).toBe('list/a/b');
      expect((await other.list('list/', { after: 'list/c/d/e' })).objects).toEqual([]);
    });

    test('pages of a listing meet without gap or overlap', async () => {
      const names = Array.from({ length: 25 }, (_, index) => `pages/${String(index % 5)}/${String(index).padStart(3, '0')}`).sort();
      await Promise.all(names.map((name) => store.createIfAbsent(name, utf8('x'))));
      for (const limit of [1, 7, 24, 25, 26]) {
        const seen: string[] = [];
        let after: string | undefined;
        for (let page = 0; page < 30; page++) {
          const listed = await other.list('pages/', { after, limit });
          expect(listed.objects.length).toBeLessThanOrEqual(limit);
          seen.push(...listed.objects.map((object) => object.name));
          after = listed.next;
          if (after === undefined) break;
        }
        expect(seen).toEqual(names);
      }
    });

    test('a listing sees what was created, replaced and deleted before it', async () => {
      const name = fresh('listed');
      const validator = await createdValidator(store, name, 'x');
      expect((await other.list('listed/')).objects).toMatchObject([{ name, size: 1 }]);
      await replaceWith(store, name, validator, 'four');
      expect((await other.list('listed/')).objects).toMatchObject([{ name, size: 4 }]);
      await store.delete(name);
      expect((await other.list('listed/')).objects).toEqual([]);
    });

    test('names of every allowed character are kept apart', async () => {
      const names = [
        'names/A',
        'names/a',
        'names/a_b',
        'names/a-b',
        'names/a.b',
        'names/0',
        'names/-',
        'names/_',
        `names/${'x'.repeat(120)}`,
      ];
      for (const name of names) expect((await store.createIfAbsent(name, utf8(name))).kind).toBe('created');
      for (const name of names) expect(await textAt(other, name)).toBe(name);
    });

    test.each([
      '',
      '/',
      'a/',
      '/a',
      'a//b',
      '.',
      '..',
      'a/../b',
      '../a',
      'a/.',
      '.hidden',
      'a/.hidden',
      'a b',
      'a%2e',
      'ä',
      'a\\b',
      'a\0b',
      'x'.repeat(600),
    ])('the name %j is refused before anything is sent', async (name) => {
      await expect(store.get(name)).rejects.toBeInstanceOf(AssertionError);
      await expect(store.createIfAbsent(name, utf8('x'))).rejects.toBeInstanceOf(AssertionError);
      await expect(store.replaceIfMatch(name, utf8('x'), 'v')).rejects.toBeInstanceOf(AssertionError);
      await expect(store.delete(name)).rejects.toBeInstanceOf(AssertionError);
    });

    test('an object of eight megabytes comes back whole and by range', async () => {
      const name = fresh();
      const bytes = new Uint8Array(8 * 1024 * 1024);
      for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 2_654_435_761) >>> 24;
      expect((await store.createIfAbsent(name, bytes)).kind).toBe('created');
      const whole = await other.get(name);
      if (whole.kind !== 'found') throw new Error(whole.kind);
      expect(equalBytes(whole.bytes, bytes)).toBe(true);
      const part = await other.get(name, { range: { offset: 5_000_000, length: 100_000 } });
      if (part.kind !== 'found') throw new Error(part.kind);
      expect(equalBytes(part.bytes, bytes.subarray(5_000_000, 5_100_000))).toBe(true);
    });

    test('a write that was answered is seen by a read that starts afterwards', async () => {
      for (let round = 0; round < 20; round++) {
        const name = fresh();
        expect((await other.get(name)).kind).toBe('absent');
        await store.createIfAbsent(name, utf8('x'));
        expect((await other.get(name)).kind).toBe('found');
        await store.delete(name);
        expect((await other.get(name)).kind).toBe('absent');
      }
    });

    test.skipIf(!traits.dates)('answers carry the time of the store in whole seconds', async () => {
      const name = fresh();
      const startMs = Math.floor(Date.now() / 1000) * 1000;
      const absent = await store.get(name);
      const created = await store.createIfAbsent(name, utf8('x'));
      const exists = await store.createIfAbsent(name, utf8('x'));
      const found = await store.get(name);
      if (found.kind !== 'found' || created.kind !== 'created' || exists.kind !== 'exists' || absent.kind !== 'absent')
        throw new Error('unexpected');
      const listed = await store.list(name);
      const mismatch = await store.replaceIfMatch(name, utf8('y'), '"none"');
      if (mismatch.kind !== 'mismatch') throw new Error(mismatch.kind);
      const times = [
        absent.dateMs,
        created.dateMs,
        exists.dateMs,
        found.dateMs,
        found.modifiedMs,
        listed.dateMs,
        listed.objects[0]?.modifiedMs,
        mismatch.dateMs,
      ];
      for (const time of times) {
        expect(time).toBeGreaterThanOrEqual(startMs);
        expect(time).toBeLessThanOrEqual(Date.now() + 1000);
        expect((time ?? 0.5) % 1000).toBe(0);
      }
      expect(found.modifiedMs).toBe(listed.objects[0]?.modifiedMs);
    });

    test('a read that is cancelled fails, and a write that is cancelled first never lands', async () => {
      const name = fresh();
      const cancelled = AbortSignal.abort(new Error('cancelled by the test'));
      await expect(store.get(name, { signal: cancelled })).rejects.toThrow('cancelled by the test');
      await expect(store.createIfAbsent(name, utf8('x'), { signal: cancelled })).rejects.toThrow('cancelled by the test');
      expect((await store.get(name)).kind).toBe('absent');
    });

    test('random histories of one object are linearizable', async () => {
      const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
      for (let round = 0; round < often(1, 5); round++) {
        const history = await randomHistory([store, other, store], fresh(), 50, seed + round);
        const failure = linearizabilityFailure(history);
        expect(failure, `SEED=${seed}: ${failure}`).toBeUndefined();
      }
    });
  });
}

/** The text of an object that must be there. */
export async function textAt(store: ObjectStore, name: string): Promise<string> {
  const found = await store.get(name);
  if (found.kind !== 'found') throw new StoreError('permanent', name, found.kind);
  return textOf(found.bytes);
}

/** Adds one to the number in an object, `times` times, by compare and swap; an unknown outcome is resolved by a nonce. */
export async function incrementTimes(store: ObjectStore, name: string, times: number): Promise<void> {
  for (let done = 0, attempt = 0; done < times; attempt++) {
    if (attempt > 20_000) throw new Error('the counter makes no progress');
    const found = await store.get(name);
    if (found.kind !== 'found') throw new Error(found.kind);
    const outcome = await store.replaceIfMatch(name, utf8(String(Number(textOf(found.bytes)) + 1)), found.validator);
    if (outcome.kind === 'unknown') throw new Error(outcome.reason);
    if (outcome.kind === 'undecided') await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 200)); // too many at once
    if (outcome.kind === 'replaced') done++;
  }
}

async function createdValidator(store: ObjectStore, name: string, text: string): Promise<string> {
  const outcome = await store.createIfAbsent(name, utf8(text));
  if (outcome.kind !== 'created') throw new Error(outcome.kind);
  return outcome.validator;
}

async function replaceWith(store: ObjectStore, name: string, validator: string, text: string): Promise<void> {
  const outcome = await store.replaceIfMatch(name, utf8(text), validator);
  if (outcome.kind !== 'replaced') throw new Error(outcome.kind);
}
