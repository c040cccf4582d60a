import { describe, expect, it } from 'vitest';
import { slot } from '../../src/storage/tree.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { openDatabase } from '../../src/transaction/database.ts';
import { logName, ROOT_NAME } from '../../src/transaction/names.ts';
import { decodeRoot, encodeRoot, type Root } from '../../src/transaction/root-codec.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { FaultyStore } from '../../vfs/wrappers/faults.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import {
  allRows,
  begin,
  bench,
  commitRow,
  conditionOf,
  currentValue,
  ITEMS,
  put,
  seededRuntime,
  valueOf,
  virtualClock,
  type Bench,
} from './harness.ts';

function rootOf(bucket: Pick<Bench, 'store'>): Root {
  const bytes = bucket.store.peek(ROOT_NAME);
  if (bytes === undefined) throw new Error('there is a root');
  return decodeRoot(bytes, seededRuntime(1).crypto);
}

function plantRoot(bucket: Pick<Bench, 'store'>, change: Partial<Root>): void {
  const root = rootOf(bucket);
  bucket.store.plant(ROOT_NAME, encodeRoot({ ...root, generation: root.generation + 1, ...change }, seededRuntime(1).crypto));
}

describe('opening', () => {
  it('is one GET', async () => {
    const bucket = await bench();
    const counting = new CountingStore(bucket.store);
    await bucket.open({}, () => counting);
    expect(counting.total).toMatchObject({ requests: 1, get: 1 });
  });

  it('an empty bucket is 3D000', async () => {
    expect(await conditionOf(openDatabase(new MemoryStore(), seededRuntime(1)))).toBe('invalid_catalog_name');
  });

  it('a database of a newer program is 0A000, and one that only writers must not touch can be read', async () => {
    const bucket = await bench();
    const writer = await bucket.open();
    await commitRow(writer, 1, 'one');
    plantRoot(bucket, { minWriterVersion: 3 });
    const reader = await bucket.open();
    expect(await currentValue(reader, 1)).toBe('one');
    expect(await conditionOf(commitRow(reader, 2, 'two'))).toBe('feature_not_supported');
    plantRoot(bucket, { minReaderVersion: 2 });
    expect(await conditionOf(bucket.open())).toBe('feature_not_supported');
  });

  it('a damaged root or record is XX001 and names the object', async () => {
    const bucket = await bench();
    await commitRow(await bucket.open(), 1, 'one');
    const record = bucket.store.peek(logName(slot(1))) ?? new Uint8Array(0);
    record[record.length >>> 1] ^= 4;
    bucket.store.plant(logName(slot(1)), record);
    const database = await bucket.open();
    await expect(database.confirm({ kind: 'linearizable' })).rejects.toMatchObject({
      code: 'XX001',
      message: expect.stringContaining('log record 1'),
    });
    const root = bucket.store.peek(ROOT_NAME) ?? new Uint8Array(0);
    root[40] ^= 1;
    bucket.store.plant(ROOT_NAME, root);
    await expect(bucket.open()).rejects.toMatchObject({ code: 'XX001', message: expect.stringContaining('root') });
  });

  it('survives a transfer that is damaged in passing', async () => {
    const bucket = await bench();
    await commitRow(await bucket.open(), 1, 'one');
    const damage = [
      { kind: 'flipped-bit', on: ['get'], nth: 1 },
      { kind: 'short-body', on: ['get'], nth: 3 },
    ] as const;
    const database = await bucket.open({}, (store) => new FaultyStore(store, bucket.clock, new SeededRandom(5), damage));
    expect(await currentValue(database, 1)).toBe('one');
  });

  it('a record that does not follow the one before it is XX001', async () => {
    const bucket = await bench();
    await commitRow(await bucket.open(), 1, 'one');
    const other = await bench(2);
    await commitRow(await other.open(), 1, 'stranger');
    bucket.store.plant(logName(slot(1)), other.store.peek(logName(slot(1))) ?? new Uint8Array(0));
    const database = await bucket.open();
    await expect(database.confirm({ kind: 'linearizable' })).rejects.toMatchObject({
      code: 'XX001',
      message: expect.stringContaining('another database'),
    });
  });
});

describe('creating', () => {
  it('twice is 42P04', async () => {
    const store = new MemoryStore();
    await createDatabase(store, seededRuntime(1));
    expect(await conditionOf(createDatabase(store, seededRuntime(2)))).toBe('duplicate_database');
  });

  it('whose answer was lost recognises its own root', async () => {
    const clock = virtualClock();
    const store = new MemoryStore({ clock });
    const faulty = new FaultyStore(store, clock, new SeededRandom(1), [{ kind: 'lost-after', on: ['create'], nth: 1 }]);
    const database = await clock.run(() => createDatabase(faulty, seededRuntime(1, clock)));
    await commitRow(database, 1, 'one');
    expect(await currentValue(database, 1)).toBe('one');
  });
});

describe('root, beside the commits,', () => {
  it('learns of the newest slot and carries the tail, so that a cold reader needs two round trips however many commits there were', async () => {
    const bucket = await bench();
    const writer = await bucket.open();
    for (let id = 0; id < 40; id++) {
      await commitRow(writer, id, `row ${id}`);
      await bucket.clock.run(() => bucket.clock.sleep(1_001));
    }
    const root = rootOf(bucket);
    expect(root.newestSlot).toBeGreaterThan(30);
    expect(root.tail.length).toBe(root.newestSlot);
    const counting = new CountingStore(bucket.store);
    const reader = await bucket.open({}, () => counting);
    await reader.confirm({ kind: 'linearizable' });
    expect(counting.total.depth).toBe(2);
    expect((await allRows(begin(reader))).length).toBe(40);
    await writer.close();
  });

  it('is written at most about once a second', async () => {
    const bucket = await bench();
    const writer = await bucket.open();
    for (let id = 0; id < 200; id++) await commitRow(writer, id, 'row');
    await writer.close();
    expect(rootOf(bucket).generation).toBeLessThanOrEqual(3);
  });

  it('that goes back in time, or changes its owner, is noticed', async () => {
    const bucket = await bench();
    const old = bucket.store.peek(ROOT_NAME) ?? new Uint8Array(0);
    const database = await bucket.open({ fence: { mode: 'confirming' } });
    plantRoot(bucket, { newestSlot: slot(0) });
    await database.confirm({ kind: 'linearizable' });
    bucket.store.plant(ROOT_NAME, old);
    await expect(database.confirm({ kind: 'linearizable' })).rejects.toMatchObject({ code: 'XX001', message: 'root went back in time' });
  });

  it('is updated exactly once by an update whose answers are lost', async () => {
    const bucket = await bench();
    const rules = [
      { kind: 'lost-after', on: ['replace'], probability: 0.5 },
      { kind: 'lost-before', on: ['replace'], probability: 0.5 },
    ] as const;
    const database = await bucket.open({}, (store) => new FaultyStore(store, bucket.clock, new SeededRandom(3), rules));
    for (let round = 1; round <= 10; round++) {
      await bucket.clock.run(() => database.root.update((current) => ({ ...current, doomEpoch: current.doomEpoch + 1 })));
      expect(rootOf(bucket).doomEpoch).toBe(round);
    }
  });
});

describe('an old snapshot', () => {
  it('stays readable while others commit', async () => {
    const { open } = await bench();
    const database = await open();
    for (const id of [1, 2, 3]) await commitRow(database, id, 'old');
    const reader = begin(database, 'serializable', true);
    const before = await allRows(reader);
    for (const id of [1, 2, 4]) await commitRow(database, id, 'new');
    const wiper = begin(database);
    wiper.clearTree(ITEMS);
    await wiper.commit();
    expect(await allRows(reader)).toEqual(before);
    expect(await valueOf(reader, 2)).toBe('old');
  });

  it('can no longer commit once it has lived AGE / 4', async () => {
    const { open, clock } = await bench();
    const database = await open();
    const transaction = begin(database);
    put(transaction, 1, 'late');
    await clock.run(() => clock.sleep(6.5 * 3_600_000));
    expect(await conditionOf(transaction.commit())).toBe('serialization_failure');
  });
});

describe('control records', () => {
  it('that raise the versions stop writers that never read root again', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    await here.commitControls([{ kind: 'versions', reader: 1, writer: 3 }]);
    await there.confirm({ kind: 'linearizable' });
    expect(await conditionOf(commitRow(there, 1, 'one'))).toBe('feature_not_supported');
  });

  it('that raise the reader version stop readers', async () => {
    const { open } = await bench();
    const [here, there] = [await open(), await open()];
    expect(await conditionOf(here.commitControls([{ kind: 'versions', reader: 2, writer: 3 }]))).not.toBe('internal_error');
    expect(await conditionOf(there.confirm({ kind: 'linearizable' }))).toBe('feature_not_supported');
  });
});
