/** Transactions whose row writes are too many for a record. */
import { describe, expect, it } from 'vitest';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { WHOLE_TREE } from '../../src/storage/tree.ts';
import { SEGMENT_PREFIX } from '../../src/transaction/names.ts';
import type { Transaction } from '../../src/transaction/transaction.ts';
import { allRows, begin, bench, commitRow, conditionOf, currentValue, ITEMS, keyOf, NOTES, OTHERS, put, type Bench } from './harness.ts';

/** Rows spill from 20 kB on. */
const SMALL = { spillBytes: 20_000, bulkSegmentBytesMin: 1_000 };

function segments({ store }: Bench): number {
  return store.names().filter((name) => name.startsWith(SEGMENT_PREFIX)).length;
}

function putMany(transaction: Transaction, from: number, count: number, text: string): void {
  for (let id = from; id < from + count; id++) put(transaction, id, `${text} ${id}`);
}

describe('a transaction of many row writes', () => {
  it.each([5, 5_000])('of %d rows changes, deletes and adds what one of few does', async (count) => {
    const bucket = await bench();
    const [here, there] = [await bucket.open(SMALL), await bucket.open()];
    const before = begin(here);
    putMany(before, 0, 20, 'old');
    await before.commit();
    const old = begin(there);
    expect(await allRows(old)).toEqual([]);
    const transaction = begin(here);
    putMany(transaction, 10, count, 'new');
    put(transaction, 12, 'twice');
    transaction.delete(ITEMS, keyOf(ITEMS, 3));
    transaction.delete(ITEMS, keyOf(ITEMS, 13));
    put(transaction, 1, 'few', OTHERS);
    const note = ['a note', transaction.newRowId()];
    transaction.put(NOTES, encodeKey(NOTES, note), note);
    await transaction.commit();
    expect(segments(bucket) > 0).toBe(count > 1_000);
    const expected = new Map<number, string>();
    for (let id = 0; id < 20; id++) expected.set(id, `old ${id}`);
    for (let id = 10; id < 10 + count; id++) expected.set(id, `new ${id}`);
    expected.set(12, 'twice');
    expected.delete(3);
    expected.delete(13);
    const rows = [...expected].toSorted(([a], [b]) => a - b);
    for (const database of [here, there, await bucket.open()]) {
      await database.confirm({ kind: 'linearizable' });
      const reader = begin(database);
      expect(await allRows(reader)).toEqual(rows);
      expect((await allRows(reader, NOTES)).map(([text]) => text)).toEqual(['a note']);
      expect(await currentValue(database, 1, OTHERS)).toBe('few');
    }
    await commitRow(here, 11, 'later');
    expect(await currentValue(there, 11)).toBe('later');
    expect(await currentValue(there, 13)).toBe(null);
  });

  it('clears its tree first', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open()];
    await commitRow(here, 7, 'gone');
    const transaction = begin(here);
    transaction.clearTree(ITEMS);
    putMany(transaction, 100, 2_000, 'new');
    await transaction.commit();
    expect(await currentValue(there, 7)).toBe(null);
    expect((await allRows(begin(there))).length).toBe(2_000);
  });

  it('defends the keys it wrote, and no others', async () => {
    for (const [key, outcome] of [
      [500, 'serialization_failure'],
      [501, 'resolved'],
    ] as const) {
      const { open } = await bench();
      const [here, there] = [await open(SMALL), await open(SMALL)];
      const transaction = begin(here);
      for (let id = 0; id < 4_000; id += 2) put(transaction, id, 'mine');
      await commitRow(there, key, 'theirs');
      expect(await conditionOf(transaction.commit())).toBe(outcome);
      expect(await currentValue(there, key)).toBe('theirs');
      expect(await currentValue(there, 0)).toBe(outcome === 'resolved' ? 'mine' : null);
    }
  });

  it('is a conflict for whoever wrote or read a row of it', async () => {
    for (const reads of [true, false]) {
      const { open } = await bench();
      const [here, there] = [await open(SMALL), await open(SMALL)];
      const other = begin(there);
      if (reads) {
        expect(await other.get(ITEMS, keyOf(ITEMS, 50), [1], 'query')).toBe(null);
        put(other, 1, 'depends on it', OTHERS);
      } else put(other, 50, 'theirs');
      const transaction = begin(here);
      putMany(transaction, 0, 2_000, 'mine');
      await transaction.commit();
      expect(await conditionOf(other.commit())).toBe('serialization_failure');
    }
  });

  it('gives up to a doom of its segments', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open(SMALL)];
    await commitRow(here, 1, 'one', OTHERS);
    await there.confirm({ kind: 'linearizable' });
    const transaction = begin(there);
    putMany(transaction, 0, 2_000, 'mine');
    await here.commitControls([{ kind: 'doom', epoch: 1 }]);
    await expect(transaction.commit()).rejects.toMatchObject({ code: '40001', detail: expect.stringContaining('doomed') });
    expect(await allRows(begin(here), ITEMS, WHOLE_TREE)).toEqual([]);
  });
});
