import { describe, expect, it } from 'vitest';
import { encodeKey } from '../../src/storage/key-codec.ts';
import type { Key } from '../../src/storage/tree.ts';
import type { Database } from '../../src/transaction/database.ts';
import type { Row } from '../../src/types/value.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import {
  allRows,
  begin,
  bench,
  commitRow,
  conditionOf,
  currentValue,
  idRange,
  ITEMS,
  keyOf,
  NOTES,
  OTHERS,
  put,
  rowsOf,
  valueOf,
} from './harness.ts';

describe('a transaction', () => {
  it('reads its own writes and nobody else does before commit', async () => {
    const { open } = await bench();
    const database = await open();
    const writer = begin(database);
    const reader = begin(database);
    put(writer, 1, 'one');
    expect(await valueOf(writer, 1)).toBe('one');
    expect(await valueOf(reader, 1)).toBe(null);
    await writer.commit();
    expect(await valueOf(reader, 1)).toBe(null);
    expect(await currentValue(database, 1)).toBe('one');
  });

  it('is seen by another process once it is committed', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    await commitRow(here, 1, 'one');
    expect(await currentValue(there, 1)).toBe('one');
  });

  it('merges own rows into scans in both directions, and hides what it deleted', async () => {
    const { open } = await bench();
    const database = await open();
    const first = begin(database);
    for (const id of [1, 3, 5, 7]) put(first, id, `row ${id}`);
    await first.commit();
    const second = begin(database);
    put(second, 4, 'own');
    put(second, 5, 'changed');
    second.delete(ITEMS, keyOf(ITEMS, 3));
    const expected = [
      [1, 'row 1'],
      [4, 'own'],
      [5, 'changed'],
      [7, 'row 7'],
    ];
    expect(await allRows(second)).toEqual(expected);
    const backwards = second.scan(ITEMS, { from: undefined, to: undefined }, { columns: [0, 1], purpose: 'query', reverse: true });
    expect(await rowsOf(backwards)).toEqual(expected.toReversed());
    expect(await allRows(second, ITEMS, idRange(2, 5))).toEqual([[4, 'own']]);
  });

  it('does not meet rows in a scan that it writes while scanning', async () => {
    const { open } = await bench();
    const database = await open();
    await commitRow(database, 1, 'one');
    const transaction = begin(database);
    put(transaction, 2, 'before');
    const cursor = transaction.scan(ITEMS, { from: undefined, to: undefined }, { columns: [0], purpose: 'query' });
    put(transaction, 3, 'after');
    transaction.delete(ITEMS, keyOf(ITEMS, 2));
    expect(await rowsOf(cursor)).toEqual([[1], [2]]);
    expect(await allRows(transaction)).toEqual([
      [1, 'one'],
      [3, 'after'],
    ]);
  });

  it('undoes writes, deletes and clears back to a savepoint', async () => {
    const { open } = await bench();
    const database = await open();
    await commitRow(database, 1, 'one');
    const transaction = begin(database);
    put(transaction, 2, 'two');
    const savepoint = transaction.savepoint();
    put(transaction, 2, 'changed');
    transaction.clearTree(ITEMS);
    put(transaction, 9, 'nine');
    expect(await allRows(transaction)).toEqual([[9, 'nine']]);
    transaction.rollbackTo(savepoint);
    expect(await allRows(transaction)).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    await transaction.commit();
    expect(await currentValue(database, 2)).toBe('two');
    expect(await currentValue(database, 9)).toBe(null);
  });

  it('forgets a whole tree for everybody when it cleared it', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    for (const id of [1, 2, 3]) await commitRow(here, id, 'old');
    const transaction = begin(here);
    transaction.clearTree(ITEMS);
    put(transaction, 2, 'new');
    await transaction.commit();
    await there.confirm({ kind: 'linearizable' });
    expect(await allRows(begin(there))).toEqual([[2, 'new']]);
  });

  it('gives rows without a key distinct ids that sort in slot order, in every process', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    const insert = async (database: Database, ...values: string[]): Promise<void> => {
      const transaction = begin(database);
      for (const value of values) {
        const row: Row = [value, transaction.newRowId()];
        transaction.put(NOTES, keyOfNote(row), row);
      }
      await transaction.commit();
    };
    await insert(here, 'a', 'b');
    await insert(there, 'c');
    await Promise.all([insert(here, 'd'), insert(here, 'e')]);
    await there.confirm({ kind: 'linearizable' });
    const rows = await allRows(begin(there), NOTES);
    expect(rows.map((row) => row[0])).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(new Set(rows.map((row) => row[1])).size).toBe(5);
    expect(await allRows(begin(here), NOTES)).toEqual(rows);
    const transaction = begin(here);
    transaction.delete(NOTES, keyOfNote(rows[2]));
    await transaction.commit();
    expect((await allRows(begin(here), NOTES)).map((row) => row[0])).toEqual(['a', 'b', 'd', 'e']);
  });

  it('writes nothing when it deleted what it inserted', async () => {
    const { open, store } = await bench();
    const database = await open();
    const transaction = begin(database);
    const row: Row = ['gone', transaction.newRowId()];
    transaction.put(NOTES, keyOfNote(row), row);
    transaction.delete(NOTES, keyOfNote(row));
    expect((await transaction.commit()).slot).toBe(undefined);
    expect(store.names()).toEqual(['root']);
  });
});

describe('a conflict', () => {
  it('is 40001 when two processes write one row, and names slot and key', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    const loser = begin(there);
    put(loser, 1, 'theirs');
    await commitRow(here, 1, 'ours');
    await expect(loser.commit()).rejects.toMatchObject({
      code: '40001',
      detail: expect.stringMatching(/slot 1 wrote key \\x0280000001 of tree 100/),
    });
    expect(await currentValue(there, 1)).toBe('ours');
  });

  it('is none when two processes write different rows', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    const other = begin(there);
    put(other, 2, 'two');
    await commitRow(here, 1, 'one');
    expect((await other.commit()).slot).toBe(2);
  });

  it('arises from write skew under serializable and not under repeatable read', async () => {
    for (const [isolation, expected] of [
      ['serializable', 'serialization_failure'],
      ['repeatable read', 'resolved'],
    ] as const) {
      const { open } = await bench();
      const [here, there] = [await open(), await open()];
      const [a, b] = [begin(here, isolation), begin(there, isolation)];
      await valueOf(a, 1);
      await valueOf(b, 2);
      put(a, 2, 'a');
      put(b, 1, 'b');
      await a.commit();
      expect(await conditionOf(b.commit())).toBe(expected);
    }
  });

  it('arises from a constraint read at every isolation level', async () => {
    for (const isolation of ['serializable', 'repeatable read', 'read committed'] as const) {
      const { open } = await bench();
      const [here, there] = [await open(), await open()];
      const child = begin(there, isolation);
      await valueOf(child, 1, 'constraint');
      put(child, 1, 'child', OTHERS);
      await commitRow(here, 1, 'parent');
      expect(await conditionOf(child.commit())).toBe('serialization_failure');
    }
  });

  it('arises from a row that appears in a range that was scanned, and not beyond what was pulled', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    for (const id of [10, 20, 30, 40]) await commitRow(here, id, 'row');
    await there.confirm({ kind: 'linearizable' });
    const scanFirst = async (reverse: boolean): Promise<ReturnType<typeof begin>> => {
      const transaction = begin(there);
      const cursor = transaction.scan(
        ITEMS,
        { from: undefined, to: undefined },
        { columns: [0], purpose: 'query', rowsWanted: 1, reverse },
      );
      expect((await cursor.next())?.rows).toEqual([[reverse ? 40 : 10]]);
      cursor.close();
      put(transaction, reverse ? 1 : 2, 'result', OTHERS);
      return transaction;
    };
    const [forward, backward] = [await scanFirst(false), await scanFirst(true)];
    await commitRow(here, 5, 'before the first');
    expect(await conditionOf(backward.commit())).toBe('resolved');
    expect(await conditionOf(forward.commit())).toBe('serialization_failure');
  });

  it('arises between a cleared tree and any other write to it', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    const truncation = begin(there);
    truncation.clearTree(ITEMS);
    await commitRow(here, 1, 'one');
    expect(await conditionOf(truncation.commit())).toBe('serialization_failure');
    await there.confirm({ kind: 'linearizable' });
    const writer = begin(there);
    put(writer, 77, 'late');
    const second = begin(here);
    second.clearTree(ITEMS);
    await second.commit();
    expect(await conditionOf(writer.commit())).toBe('serialization_failure');
  });

  it('in a read-only transaction is found when it was never confirmed', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    const [stale, fine] = [begin(there, 'serializable', true), begin(there, 'serializable', true)];
    await valueOf(stale, 1);
    await valueOf(fine, 2);
    await commitRow(here, 1, 'one');
    expect(await conditionOf(stale.commit())).toBe('serialization_failure');
    expect(await conditionOf(fine.commit())).toBe('resolved');
  });

  it('under read committed is only with the rows of one statement', async () => {
    const { open } = await bench();
    const database = await open();
    const transaction = begin(database, 'read committed');
    expect(await valueOf(transaction, 1)).toBe(null);
    await commitRow(database, 1, 'one');
    transaction.beginStatement();
    expect(await valueOf(transaction, 1, 'update')).toBe('one');
    put(transaction, 1, 'two');
    await transaction.commit();
    const lost = begin(database, 'read committed');
    await valueOf(lost, 1, 'update');
    put(lost, 1, 'three');
    await commitRow(database, 1, 'other');
    expect(() => lost.beginStatement()).toThrow(/could not serialize/);
  });
});

describe('the cost in requests', () => {
  it('of an uncontended read-write transaction is one PUT', async () => {
    const { open, store } = await bench();
    const counting = new CountingStore(store);
    const database = await open({}, () => counting);
    await commitRow(database, 0, 'first');
    const { tally } = await counting.measure(async () => {
      const transaction = begin(database);
      await valueOf(transaction, 0);
      await allRows(transaction);
      put(transaction, 1, 'one');
      await transaction.commit();
    });
    expect(tally).toMatchObject({ requests: 1, create: 1, depth: 1 });
  });

  it('of a warm linearizable read is one GET, shared by all who ask at once', async () => {
    const { open, store } = await bench();
    const counting = new CountingStore(store);
    const database = await open({}, () => counting);
    await commitRow(database, 1, 'one');
    const { tally } = await counting.measure(() =>
      Promise.all([currentValue(database, 1), currentValue(database, 1), currentValue(database, 2)]),
    );
    expect(tally).toMatchObject({ requests: 1, get: 1, depth: 1 });
  });

  it('of a read with a bookmark, bounded staleness or none is nothing', async () => {
    const { open, store } = await bench();
    const counting = new CountingStore(store);
    const database = await open({}, () => counting);
    await commitRow(database, 1, 'one');
    await database.confirm({ kind: 'linearizable' });
    const { tally } = await counting.measure(async () => {
      await database.confirm({ kind: 'bookmark', slot: database.slot });
      await database.confirm({ kind: 'bounded', ms: 1000 });
      await database.confirm({ kind: 'eventual' });
      const transaction = database.begin({ isolation: 'serializable', readOnly: true, consistency: { kind: 'eventual' } });
      await valueOf(transaction, 1);
      await transaction.commit();
    });
    expect(tally.requests).toBe(0);
  });

  it('of a cold linearizable read is two round trips: root, then the end of the log', async () => {
    const { open, store } = await bench();
    const writer = await open();
    for (let id = 0; id < 5; id++) await commitRow(writer, id, `row ${id}`);
    const counting = new CountingStore(store);
    const { tally, value } = await counting.measure(async () => {
      const database = await open({}, () => counting);
      await database.confirm({ kind: 'linearizable' });
      return currentValueWithoutProbe(database);
    });
    expect(value).toBe('row 4');
    expect(tally.depth).toBe(2);
  });

  it('of a commit that loses its slot to a disjoint one is three round trips', async () => {
    const { open, store } = await bench();
    const counting = new CountingStore(store);
    const [here, there] = [await open(), await open({}, () => counting)];
    await commitRow(there, 1, 'warm');
    await here.confirm({ kind: 'linearizable' });
    await commitRow(here, 2, 'two');
    const { tally } = await counting.measure(() => commitRow(there, 3, 'three'));
    expect(tally).toMatchObject({ create: 2, depth: 3 });
  });

  async function currentValueWithoutProbe(database: Database): Promise<unknown> {
    return valueOf(begin(database), 4);
  }
});

describe('group commit', () => {
  it('puts transactions that do not conflict into one record, and the losers of the rest get 40001', async () => {
    const { open, store } = await bench();
    const counting = new CountingStore(store);
    const database = await open({}, () => counting);
    const { tally } = await counting.measure(() =>
      Promise.all(Array.from({ length: 50 }, (_, id) => commitRow(database, id, `row ${id}`))),
    );
    expect(tally.create).toBe(1);
    const racers = Array.from({ length: 5 }, () => begin(database));
    for (const [at, racer] of racers.entries()) put(racer, 7, `racer ${at}`);
    const outcomes = await Promise.all(racers.map((racer) => conditionOf(racer.commit())));
    expect(outcomes).toEqual(['resolved', ...Array.from({ length: 4 }, () => 'serialization_failure')]);
    expect(await currentValue(database, 7)).toBe('racer 0');
  });

  it('keeps one order for all: a reader of what a member writes waits for the next record', async () => {
    const { open } = await bench();
    const database = await open();
    const [a, b] = [begin(database), begin(database)];
    await valueOf(a, 1);
    put(a, 2, 'a');
    await valueOf(b, 2);
    put(b, 1, 'b');
    expect(await Promise.all([conditionOf(a.commit()), conditionOf(b.commit())])).toEqual(['resolved', 'serialization_failure']);
  });
});

function keyOfNote(row: Row): Key {
  return encodeKey(NOTES, row);
}
