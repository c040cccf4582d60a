/** What a process makes of checkpoints and collections that others do. */
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { collectGarbage } from '../../src/maintenance/garbage.ts';
import { LOG_PREFIX } from '../../src/transaction/names.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { allRows, begin, bench, commitRow, conditionOf, currentValue, put, valueOf, type Bench } from './harness.ts';

const HOUR = 3_600_000;
const ROWS = 5_000;

/** Commits ROWS rows in one transaction and makes a checkpoint of them. */
async function filled(): Promise<Bench> {
  const bucket = await bench();
  const database = await bucket.open();
  const transaction = begin(database);
  for (let id = 0; id < ROWS; id++) put(transaction, id, `row ${id}`);
  await transaction.commit();
  expect((await checkpoint(database)).kind).toBe('published');
  await database.close();
  return bucket;
}

/** A test of one bucket in virtual time. */
function inTime(test: (bucket: Bench) => Promise<void>, make: () => Promise<Bench> = filled): () => Promise<void> {
  return async () => {
    const bucket = await make();
    await bucket.clock.run(() => test(bucket));
  };
}

/** What the collector does over two rounds: boundary, GRACE, deletions. */
async function collect(bucket: Bench): Promise<void> {
  const database = await bucket.open();
  await collectGarbage(database);
  await bucket.clock.sleep(HOUR);
  await collectGarbage(database);
}

describe('a cold point read', () => {
  it(
    'is two round trips: root, then the leaf beside the end of the log',
    inTime(async (bucket) => {
      const counting = new CountingStore(new LatencyStore(bucket.store, bucket.clock, new SeededRandom(1)));
      const { tally } = await counting.measure(async () => {
        const database = await bucket.open({}, () => counting);
        const reader = begin(database, 'serializable', true);
        const [value, { moved }] = await Promise.all([valueOf(reader, 4_321), database.confirm({ kind: 'linearizable' })]);
        expect([value, moved]).toEqual(['row 4321', false]);
        await reader.commit();
      });
      expect(tally.depth).toBe(2);
    }),
  );
});

describe('a checkpoint', () => {
  it(
    'changes nothing for snapshots of before, nor for what is written after',
    inTime(async (bucket) => {
      const [here, there] = [await bucket.open(), await bucket.open()];
      await commitRow(here, 3, 'changed');
      const before = begin(here, 'serializable', true);
      await commitRow(here, 4, 'changed later');
      await checkpoint(here);
      await commitRow(here, 5, 'changed last');
      expect(await Promise.all([3, 4, 5].map((id) => valueOf(before, id)))).toEqual(['changed', 'row 4', 'row 5']);
      for (const database of [here, there]) {
        await database.confirm({ kind: 'linearizable' });
        const reader = begin(database, 'serializable', true);
        expect(await Promise.all([2, 3, 4, 5].map((id) => valueOf(reader, id)))).toEqual([
          'row 2',
          'changed',
          'changed later',
          'changed last',
        ]);
        expect((await allRows(reader)).length).toBe(ROWS);
      }
    }),
  );

  it(
    'is taken up by a process whose tail has grown long, so that its memory does not',
    inTime(async (bucket) => {
      const [writer, reader] = [await bucket.open(), await bucket.open()];
      for (let id = 0; id < 300; id++) await commitRow(writer, id, 'row');
      await checkpoint(writer);
      await bucket.clock.sleep(5_000);
      expect(await currentValue(reader, 299)).toBe('row');
      await bucket.clock.sleep(5_000);
      expect(await currentValue(reader, 299)).toBe('row');
      await bucket.clock.sleep(1);
      expect(reader.tip.tailRecords).toBeLessThan(300);
      expect(await currentValue(reader, 7)).toBe('row');
    }),
  );
});

describe('a process that slept through a collection', () => {
  it(
    'reads the newest state',
    inTime(async (bucket) => {
      const [writer, sleeper] = [await bucket.open(), await bucket.open()];
      await sleeper.confirm({ kind: 'linearizable' });
      for (let id = 0; id < 20; id++) await commitRow(writer, id, 'later');
      await checkpoint(writer);
      await bucket.clock.sleep(30 * HOUR);
      await collect(bucket);
      expect(bucket.store.names().filter((name) => name.startsWith(LOG_PREFIX)).length).toBeLessThan(20);
      expect(await currentValue(sleeper, 7)).toBe('later');
      expect(await currentValue(sleeper, 4_000)).toBe('row 4000');
    }),
  );

  for (const mode of ['confirming', 'store-clock'] as const) {
    it(
      `(${mode}) is told 08007 or 40001, and never that it committed into a collected slot`,
      inTime(async (bucket) => {
        const [writer, sleeper] = [await bucket.open(), await bucket.open({ fence: { mode } })];
        await sleeper.confirm({ kind: 'linearizable' });
        for (let id = 0; id < 20; id++) await commitRow(writer, id, 'later');
        await checkpoint(writer);
        await bucket.clock.sleep(30 * HOUR);
        await collect(bucket);
        const condition = await conditionOf(commitRow(sleeper, 7, 'zombie'));
        expect(['transaction_resolution_unknown', 'serialization_failure']).toContain(condition);
        expect(await currentValue(await bucket.open(), 7)).toBe('later');
        expect(await conditionOf(commitRow(sleeper, 7, 'awake'))).toBe('resolved');
        expect(await currentValue(await bucket.open(), 7)).toBe('awake');
      }),
    );
  }

  it(
    'finds that its snapshot is too old when its segments are gone, and goes on with a newer one',
    inTime(async (bucket) => {
      const sleeper = await bucket.open();
      await sleeper.confirm({ kind: 'linearizable' });
      const old = begin(sleeper, 'serializable', true);
      const writer = await bucket.open();
      const rewrite = begin(writer);
      for (let id = 0; id < ROWS; id++) put(rewrite, id, `new ${id}`);
      await rewrite.commit();
      await checkpoint(writer);
      await bucket.clock.sleep(30 * HOUR);
      await collect(bucket);
      await bucket.clock.sleep(30 * HOUR);
      await collect(bucket);
      expect(await conditionOf(Promise.resolve(valueOf(old, 4_321)))).toBe('snapshot_too_old');
      expect(await currentValue(sleeper, 4_321)).toBe('new 4321');
    }),
  );
});
