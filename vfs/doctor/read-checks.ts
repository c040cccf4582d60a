import { equalBytes } from '../../src/base/bytes.ts';
import type { ListedObject, ObjectStore, Range } from '../object-store.ts';
import { boundsOf } from '../ranges.ts';
import { decided, demand, uniqueBytes, type Check } from './finding.ts';

const READ_AFTER_WRITE_ROUNDS = 5;
/** Names of a listing, in no order: the order of bytes is not that of any language. */
const LISTED = ['b', 'a-c', 'a.d', 'a/b', 'a0', 'B', '_', 'a/a', 'c/d/e'];
const PAGE = 4;
const PAGES_MAX = 50;

export const seesWrites: Check = async (subject) => {
  const { store, other } = subject;
  for (let round = 0; round < READ_AFTER_WRITE_ROUNDS; round++) {
    const name = subject.fresh('visible');
    demand((await other.get(name)).kind === 'absent', 'what was never written is there'); // a cache might remember that it was not
    const created = await decided(subject, name, () => store.createIfAbsent(name, uniqueBytes(subject, 'one')));
    demand(created.kind === 'created', 'creating a new object fails as if it existed');
    const first = await other.get(name);
    demand(first.kind === 'found' && first.validator === created.validator, 'a read does not see the create before it');
    const bytes = uniqueBytes(subject, 'two');
    await decided(subject, name, () => store.replaceIfMatch(name, bytes, created.validator));
    const second = await other.get(name);
    demand(second.kind === 'found' && equalBytes(second.bytes, bytes), 'a read does not see the replacement before it');
    const stale = await other.get(name, { unlessMatch: created.validator });
    demand(stale.kind === 'found', 'a conditional read takes a replaced version for the current one');
    demand(
      (await other.get(name, { unlessMatch: second.validator })).kind === 'unmodified',
      'conditional reads (If-None-Match) are ignored',
    );
    await store.delete(name);
    demand((await other.get(name)).kind === 'absent', 'a read still finds what was deleted before it');
  }
  return `another client saw every create, replacement and delete at once, ${READ_AFTER_WRITE_ROUNDS} times`;
};

export const readsRanges: Check = async (subject) => {
  const name = subject.fresh('ranges');
  const bytes = uniqueBytes(subject, '0123456789');
  await decided(subject, name, () => subject.store.createIfAbsent(name, bytes));
  const size = bytes.length;
  const ranges: readonly Range[] = [
    { offset: 0, length: 4 },
    { offset: 3, length: 4 },
    { offset: size - 2, length: 100 },
    { offset: size, length: 1 },
    { offset: 1_000_000, length: 5 },
    { suffix: 3 },
    { suffix: 1_000_000 },
  ];
  for (const range of ranges) {
    const found = await subject.other.get(name, { range });
    const { start, end } = boundsOf(range, size);
    demand(found.kind === 'found', 'a written object is not there');
    demand(
      found.size === size && equalBytes(found.bytes, bytes.subarray(start, end)),
      `the range ${JSON.stringify(range)} is answered wrongly`,
    );
  }
  return `${ranges.length} ranges, some past the end, were answered exactly`;
};

export const listsAll: Check = async (subject) => {
  const { store, other } = subject;
  const base = subject.fresh('listed');
  const expected = LISTED.map((name) => `${base}/${name}`).sort();
  await Promise.all(
    LISTED.map((name) => decided(subject, name, () => store.createIfAbsent(`${base}/${name}`, uniqueBytes(subject, name)))),
  );
  demand(same(await names(other, `${base}/`, undefined), expected), 'a listing is not what was written, or not in byte order');
  demand(same(await names(other, `${base}/`, PAGE), expected), 'pages of a listing overlap, or leave something out');
  demand(
    same(
      await names(other, `${base}/a/`, undefined),
      expected.filter((name) => name.startsWith(`${base}/a/`)),
    ),
    'a prefix lists more, or less',
  );
  await store.delete(expected[0]);
  demand(same(await names(other, `${base}/`, undefined), expected.slice(1)), 'a listing still has what was deleted before it');
  return `complete, in byte order, and current, whole and in pages of ${PAGE}`;
};

async function names(store: ObjectStore, prefix: string, limit: number | undefined): Promise<readonly string[]> {
  return (await allListed(store, prefix, limit)).map(({ name }) => name);
}

/** Every object under a prefix; a broken promise when pages do not end. */
export async function allListed(store: ObjectStore, prefix: string, limit?: number): Promise<readonly ListedObject[]> {
  const listed: ListedObject[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { objects, next } = await store.list(prefix, { after, limit });
    listed.push(...objects);
    if (next === undefined) return listed;
    after = next;
  }
  demand(false, 'a listing does not end');
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
