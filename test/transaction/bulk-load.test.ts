import { describe, expect, it } from 'vitest';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { columnId, ROW_ID_COLUMN, treeId, type TreeSchema } from '../../src/storage/tree.ts';
import { SEGMENT_PREFIX } from '../../src/transaction/names.ts';
import type { Transaction } from '../../src/transaction/transaction.ts';
import { OID } from '../../src/types/oid.ts';
import type { Row } from '../../src/types/value.ts';
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
  shown,
  valueOf,
  type Bench,
} from './harness.ts';

/** Rows go into segments from 1 kB on, a part at a time. */
const SMALL = { bulkSegmentBytesMin: 1_000, bulkPartBytes: 3 * 1024 * 1024 };

/** A unique index over NOTES: (value) and, where that is null, the row id. */
const UNIQUE: TreeSchema = {
  ...NOTES,
  id: treeId(103),
  columns: [
    { id: columnId(1), type: { oid: OID.text, modifier: -1 }, missing: null },
    { id: ROW_ID_COLUMN, type: { oid: OID.int8, modifier: -1 }, missing: null },
  ],
  key: [
    { column: 0, descending: false, nullsFirst: false },
    { column: 1, descending: false, nullsFirst: false },
  ],
  uniqueParts: 1,
};

async function load(transaction: Transaction, rows: Iterable<Row>, tree: TreeSchema = ITEMS): Promise<number> {
  const running = transaction.bulkLoad(tree, { onDuplicate: (row) => new Error(`duplicate ${shown(row[0])}`) });
  for (const row of rows) await running.add(row);
  return (await running.finish()).rows;
}

function* items(from: number, count: number, step = 1): Generator<Row> {
  for (let at = 0; at < count; at++) yield [from + at * step, `row ${from + at * step}`];
}

function segments(bucket: Bench): number {
  return bucket.store.names().filter((name) => name.startsWith(SEGMENT_PREFIX)).length;
}

describe('a bulk load', () => {
  it('of few rows is an ordinary write, of many a record that refers to segments', async () => {
    for (const [count, isLarge] of [
      [20, false],
      [5_000, true],
    ] as const) {
      const bucket = await bench();
      const [here, there] = [await bucket.open(SMALL), await bucket.open()];
      const transaction = begin(here);
      expect(await load(transaction, items(0, count))).toBe(count);
      expect(segments(bucket) > 0).toBe(isLarge);
      expect((await allRows(transaction)).length).toBe(count);
      expect(await valueOf(transaction, 7)).toBe('row 7');
      expect(await currentValue(there, 7)).toBe(null);
      await transaction.commit();
      expect(await currentValue(there, 7)).toBe('row 7');
      expect(await allRows(begin(there), ITEMS, idRange(3, 6))).toEqual([
        [3, 'row 3'],
        [4, 'row 4'],
        [5, 'row 5'],
      ]);
      expect((await allRows(begin(here))).length).toBe(count);
      const cold = await bucket.open();
      expect(await currentValue(cold, count - 1)).toBe(`row ${count - 1}`);
    }
  });

  it('takes rows in any order', async () => {
    const { open } = await bench();
    const database = await open(SMALL);
    const transaction = begin(database);
    await load(transaction, [...items(0, 2_000)].toReversed());
    await transaction.commit();
    expect((await allRows(begin(database))).map((row) => row[0])).toEqual(Array.from({ length: 2_000 }, (_, at) => at));
  });

  it('in several parts finds duplicates within them, among them and with the tree', async () => {
    const { open } = await bench();
    const options = { bulkSegmentBytesMin: 1_000, bulkPartBytes: 1 };
    const database = await open(options);
    await commitRow(database, 555, 'there');
    const within = begin(database);
    await expect(load(within, [...items(0, 300), ...items(7, 1)])).rejects.toThrow('duplicate 7');
    const withTree = begin(database);
    await expect(load(withTree, items(500, 300))).rejects.toThrow('duplicate 555');
    const small = begin(database);
    await expect(load(small, items(550, 10))).rejects.toThrow('duplicate 555');
    const fine = begin(database);
    expect(await load(fine, items(1_000, 300))).toBe(300);
    await fine.commit();
    expect((await allRows(begin(database))).length).toBe(301);
  });

  it('conflicts with a row that appears in its range, and with another load that overlaps', async () => {
    for (const other of ['row', 'load'] as const) {
      const { open } = await bench();
      const [here, there] = [await open(SMALL), await open(SMALL)];
      const loader = begin(there);
      await load(loader, items(0, 1_000));
      if (other === 'row') await commitRow(here, 999, 'in between');
      else {
        const rival = begin(here);
        await load(rival, items(900, 1_000));
        await rival.commit();
      }
      expect(await conditionOf(loader.commit())).toBe('serialization_failure');
    }
  });

  it('does not conflict with rows beside its range', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open(SMALL)];
    const loader = begin(there);
    await load(loader, items(1_000, 1_000));
    await commitRow(here, 5, 'beside');
    await commitRow(here, 5, 'elsewhere', OTHERS);
    expect(await conditionOf(loader.commit())).toBe('resolved');
  });

  it('is a conflict for readers of its range', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open(SMALL)];
    const reader = begin(there);
    expect(await allRows(reader)).toEqual([]);
    put(reader, 1, 'the table was empty', OTHERS);
    const loader = begin(here);
    await load(loader, items(0, 1_000));
    await loader.commit();
    expect(await conditionOf(reader.commit())).toBe('serialization_failure');
  });

  it('gives up its segments to a doom that reached them', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open(SMALL)];
    await commitRow(here, 1, 'one', OTHERS);
    await there.confirm({ kind: 'linearizable' });
    const loader = begin(there);
    await load(loader, items(0, 1_000));
    await here.commitControls([{ kind: 'doom', epoch: 1 }]);
    await expect(loader.commit()).rejects.toMatchObject({ code: '40001', detail: expect.stringContaining('doomed') });
    const next = begin(there);
    await load(next, items(0, 1_000));
    expect(await conditionOf(next.commit())).toBe('resolved');
  });

  it('is undone by its savepoint, and by clearing its tree', async () => {
    const { open } = await bench();
    const database = await open(SMALL);
    const transaction = begin(database);
    const savepoint = transaction.savepoint();
    await load(transaction, items(0, 1_000));
    transaction.rollbackTo(savepoint);
    expect(await allRows(transaction)).toEqual([]);
    await load(transaction, items(0, 1_000));
    transaction.clearTree(ITEMS);
    await load(transaction, items(5_000, 1_000));
    await transaction.commit();
    expect((await allRows(begin(database))).map((row) => row[0])).toEqual(Array.from({ length: 1_000 }, (_, at) => 5_000 + at));
  });

  it('lets its rows be changed and deleted before the commit', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open()];
    const transaction = begin(here);
    transaction.clearTree(ITEMS);
    await load(transaction, items(0, 1_000));
    put(transaction, 1, 'changed');
    transaction.delete(ITEMS, keyOf(ITEMS, 2));
    expect(await allRows(transaction, ITEMS, idRange(0, 4))).toEqual([
      [0, 'row 0'],
      [1, 'changed'],
      [3, 'row 3'],
    ]);
    await transaction.commit();
    for (const database of [here, there]) {
      await database.confirm({ kind: 'linearizable' });
      expect(await allRows(begin(database), ITEMS, idRange(0, 4))).toEqual([
        [0, 'row 0'],
        [1, 'changed'],
        [3, 'row 3'],
      ]);
    }
  });

  it('of rows without a key, and of indexes over them, resolves row ids like any write', async () => {
    const { open } = await bench();
    const [here, there] = [await open(SMALL), await open()];
    const transaction = begin(here, 'repeatable read');
    const rows = Array.from({ length: 600 }, (_, at): Row => [
      at % 3 === 0 ? null : `note ${String(at).padStart(3, '0')}`,
      transaction.newRowId(),
    ]);
    await load(transaction, rows, NOTES);
    await load(transaction, rows, UNIQUE);
    const [gone, changed] = [rows[9], rows[11]];
    transaction.delete(NOTES, encodeKey(NOTES, gone));
    transaction.delete(UNIQUE, encodeKey(UNIQUE, gone));
    transaction.put(NOTES, encodeKey(NOTES, changed), ['changed', changed[1]]);
    transaction.delete(UNIQUE, encodeKey(UNIQUE, changed));
    transaction.put(UNIQUE, encodeKey(UNIQUE, ['changed', changed[1]]), ['changed', changed[1]]);
    const expected = rows.filter((row) => row !== gone).map((row) => (row === changed ? 'changed' : row[0]));
    expect((await allRows(transaction, NOTES)).map((row) => row[0])).toEqual(expected);
    // Somebody without a conflict shares the record, so that ordinals are shifted.
    const other = begin(here);
    const note: Row = ['other', other.newRowId()];
    other.put(NOTES, encodeKey(NOTES, note), note);
    const results = await Promise.all([other.commit(), transaction.commit()]);
    expect(results.map((result) => result.slot)).toEqual([1, 1]);
    for (const database of [here, there]) {
      await database.confirm({ kind: 'linearizable' });
      const reader = begin(database);
      const table = await allRows(reader, NOTES);
      expect(table.map((row) => row[0])).toEqual(['other', ...expected]);
      expect(new Set(table.map((row) => row[1])).size).toBe(table.length);
      const index = await allRows(reader, UNIQUE);
      const sorted = (list: readonly Row[]): string[] => list.map((row) => row.map(shown).join('/')).sort();
      expect(sorted(index)).toEqual(sorted(table.slice(1)));
      for (const row of table.slice(1, 4)) expect(await reader.get(NOTES, encodeKey(NOTES, row), [0], 'query')).toEqual([row[0]]);
    }
  });
});
