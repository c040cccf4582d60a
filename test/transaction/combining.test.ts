import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/maintenance/garbage.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { encodeRow } from '../../src/storage/row-codec.ts';
import { placeholderRowId } from '../../src/storage/row-id.ts';
import { slot, type Slot, type TreeSchema } from '../../src/storage/tree.ts';
import type { Row } from '../../src/types/value.ts';
import { COUNTERS } from '../../src/transaction/advance.ts';
import { decodeIntent, encodeIntent, type EncodedTransaction } from '../../src/transaction/intent-codec.ts';
import { Intents } from '../../src/transaction/intents.ts';
import { INTENT_PREFIX, intentName, LOG_PREFIX, slotOfLogName } from '../../src/transaction/names.ts';
import { freshId, type DatabaseId, type RowWrite, type TransactionRecord } from '../../src/transaction/record.ts';
import { decodeCore, decodeObject, encodeTransaction } from '../../src/transaction/record-codec.ts';
import type { TransactionId } from '../../src/transaction/transaction.ts';
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import type { Database } from '../../src/transaction/database.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { allRows, begin, bench, commitRow, conditionOf, ITEMS, keyOf, NOTES, put, seededRuntime, valueOf, type Bench } from './harness.ts';

const RUNTIME = seededRuntime(7);
/** Announces after any lost race, looks for intents after every slot won, and tries every slot. */
const EAGER: DatabaseOptions = { contention: { lossesMin: 0, memoryMs: 600_000, leaders: 8, winsPerLook: 1 } };

describe('writers that combine', () => {
  it('all commit, in fewer slots than transactions, and leave no intent when they close', async () => {
    const here = await bench();
    const writers = await distant(here, 12);
    await here.clock.run(() => Promise.all(writers.map((database, id) => commitRow(database, id, `row ${id}`))));
    await here.clock.run(() => Promise.all(writers.map((database, id) => commitRow(database, 100 + id, `row ${100 + id}`))));
    await here.clock.run(() => Promise.all(writers.map((database) => database.close())));
    const reader = await here.open();
    await reader.confirm({ kind: 'linearizable' });
    expect(await allRows(begin(reader))).toHaveLength(24);
    expect((await here.store.list(LOG_PREFIX)).objects.length).toBeLessThan(24);
    expect(await intents(here.store)).toEqual([]);
  });

  it('give rows without a key different ids', async () => {
    const here = await bench();
    const writers = await distant(here, 8);
    const insert = async (database: Database, number: number): Promise<void> => {
      const transaction = begin(database);
      const id = transaction.newRowId();
      transaction.put(NOTES, encodeKey(NOTES, [null, id]), [`note ${number}`, id]);
      await transaction.commit();
    };
    await here.clock.run(() => Promise.all(writers.map(insert)));
    const reader = await here.open();
    await reader.confirm({ kind: 'linearizable' });
    const rows = await allRows(begin(reader), NOTES);
    expect(new Set(rows.map(([note]) => note))).toEqual(new Set(Array.from({ length: 8 }, (_, number) => `note ${number}`)));
    expect(new Set(rows.map(([, id]) => String(id))).size).toBe(8);
  });

  it('take numbers from one counter in fewer slots than there are takers, and no number twice', async () => {
    const here = await bench();
    const writers = await distant(here, 12);
    const key = keyOf(COUNTERS, 7);
    const first = begin(writers[0]);
    first.put(COUNTERS, key, [7, 100, true]);
    await here.clock.run(() => first.commit());
    await here.clock.run(() => Promise.all(writers.map((database) => database.confirm({ kind: 'linearizable' }))));
    const before = (await here.store.list(LOG_PREFIX)).objects.length;
    const advance = { key, step: 1n, count: 10 };
    const draw = async (database: Database): Promise<bigint[]> => {
      const drawn: bigint[] = [];
      for (let at = 0; at < 5; at++) drawn.push(await database.advance(advance));
      return drawn;
    };
    const drawn = (await here.clock.run(() => Promise.all(writers.map(draw)))).flat();
    expect(drawn.toSorted((a, b) => Number(a - b))).toEqual(Array.from({ length: 60 }, (_, at) => BigInt(110 + at * 10)));
    expect((await here.store.list(LOG_PREFIX)).objects.length - before).toBeLessThan(50);
    await here.clock.run(() => Promise.all(writers.map((database) => database.close())));
    expect(await intents(here.store)).toEqual([]);
  });

  it('take numbers behind whoever set the counter, and none where there is no counter', async () => {
    const here = await bench();
    const [database, other] = await distant(here, 2);
    const key = keyOf(COUNTERS, 7);
    const draw = (from: Database): Promise<bigint> => here.clock.run(() => from.advance({ key, step: -2n, count: 3 }));
    expect(await conditionOf(draw(database))).toBe('serialization_failure');
    const set = async (called: boolean): Promise<void> => {
      await here.clock.run(() => other.confirm({ kind: 'linearizable' }));
      const transaction = begin(other);
      transaction.put(COUNTERS, key, [7, 50, called]);
      await here.clock.run(() => transaction.commit());
      await here.clock.run(() => database.confirm({ kind: 'linearizable' }));
    };
    await set(false);
    expect(await draw(database)).toBe(46n);
    expect(await draw(database)).toBe(40n);
    await set(true);
    expect(await draw(database)).toBe(44n);
  });

  it('that want the same row get it one after the other, or 40001', async () => {
    const here = await bench();
    const writers = await distant(here, 6);
    const write = async (database: Database, number: number): Promise<string> => {
      const transaction = begin(database);
      await valueOf(transaction, 1, 'update');
      put(transaction, 1, `writer ${number}`);
      const outcome = await conditionOf(transaction.commit());
      return outcome === 'resolved' ? `writer ${number}` : outcome;
    };
    const outcomes = await here.clock.run(() => Promise.all(writers.map(write)));
    const winners = outcomes.filter((outcome) => outcome !== 'serialization_failure');
    expect(winners).toHaveLength(1);
    const reader = await here.open();
    await reader.confirm({ kind: 'linearizable' });
    expect(await valueOf(begin(reader), 1)).toBe(winners[0]);
  });
});

describe('an intent', () => {
  it('is committed by another writer when its own has died, once', async () => {
    const here = await bench();
    const database = await here.open(EAGER);
    await commitRow(database, 1, 'one');
    const { transaction } = await abandoned(here, database, writing(2), slot(50));
    await commitRow(database, 3, 'three');
    await commitRow(database, 4, 'four');
    await commitRow(database, 5, 'five');
    expect(await allRows(begin(database))).toEqual([
      [1, 'one'],
      [2, 'abandoned'],
      [3, 'three'],
      [4, 'four'],
      [5, 'five'],
    ]);
    expect(database.tip.placeOf(transaction.id)?.slot).toBeLessThanOrEqual(5);
    expect(await times(here.store, transaction.id)).toBe(1);
  });

  it('of a row without a key, which conflicts with nothing, is committed once', async () => {
    const here = await bench();
    const database = await here.open(EAGER);
    const { transaction } = await abandoned(here, database, inserting(), slot(50));
    for (let id = 1; id <= 4; id++) await commitRow(database, id, `row ${id}`);
    expect(await allRows(begin(database), NOTES)).toHaveLength(1);
    expect(await times(here.store, transaction.id)).toBe(1);
  });

  it('is left alone once it is void, and collected', async () => {
    const here = await bench();
    const database = await here.open(EAGER);
    await commitRow(database, 1, 'one');
    const { name } = await abandoned(here, database, writing(2), slot(1));
    await commitRow(database, 3, 'three');
    expect(await allRows(begin(database))).toEqual([
      [1, 'one'],
      [3, 'three'],
    ]);
    expect(await intents(here.store)).toEqual([name]);
    expect(await collectGarbage(database)).toMatchObject({ intentsDeleted: 1 });
    expect(await intents(here.store)).toEqual([]);
  });

  it('that conflicts with the log is never committed', async () => {
    const here = await bench();
    const database = await here.open(EAGER);
    await commitRow(database, 1, 'one');
    await abandoned(here, database, writing(1), slot(50), slot(0));
    await commitRow(database, 3, 'three');
    expect(await valueOf(begin(database), 1)).toBe('one');
  });

  it('of another database or with damage is ignored', async () => {
    const here = await bench();
    const database = await here.open(EAGER);
    const stranger = freshId<DatabaseId>(RUNTIME.random);
    const foreign = encodeIntent(
      { databaseId: stranger, seen: slot(0), voidAfter: slot(50), transactions: [plain(writing(2))] },
      RUNTIME.crypto,
    );
    await here.store.createIfAbsent(intentName(slot(50), RUNTIME.random), foreign);
    await here.store.createIfAbsent(intentName(slot(50), RUNTIME.random), foreign.subarray(0, 60));
    await here.store.createIfAbsent(`${INTENT_PREFIX}notes`, foreign);
    await commitRow(database, 3, 'three');
    expect(await allRows(begin(database))).toEqual([[3, 'three']]);
  });

  it('reads back as written, is XX001 with any bit flipped or cut short, and 0A000 from a newer program', () => {
    const databaseId = freshId<DatabaseId>(RUNTIME.random);
    const record = writing(2);
    const advance = { key: keyOf(COUNTERS, 7), step: -32n, count: 4096 };
    const transactions = [plain(record), { ...plain(writing(3)), advance }];
    const bytes = encodeIntent({ databaseId, seen: slot(5), voidAfter: slot(9), transactions }, RUNTIME.crypto);
    const intent = decodeIntent(bytes, 'intent', RUNTIME.crypto);
    expect(intent).toMatchObject({ databaseId, seen: 5, voidAfter: 9 });
    expect(intent.transactions[0].bytes).toEqual(encodeTransaction(record));
    expect(intent.transactions[0].record.id).toBe(record.id);
    expect(intent.transactions.map((each) => each.advance)).toEqual([undefined, advance]);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expect(
        conditionIn(() => decodeIntent(damaged, 'intent', RUNTIME.crypto)),
        `bit ${bit}`,
      ).toBe('data_corrupted');
    }
    for (let length = 0; length < bytes.length; length++)
      expect(
        conditionIn(() => decodeIntent(bytes.subarray(0, length), 'intent', RUNTIME.crypto)),
        `length ${length}`,
      ).toBe('data_corrupted');
    const newer = bytes.slice(0, -32);
    newer[4] = 3;
    const sealed = Uint8Array.from([...newer, ...RUNTIME.crypto.sha256(newer)]);
    expect(conditionIn(() => decodeIntent(sealed, 'intent', RUNTIME.crypto))).toBe('feature_not_supported');
  });
});

function plain(record: TransactionRecord): EncodedTransaction {
  return { bytes: encodeTransaction(record), advance: undefined };
}

/** Databases of as many processes, each some milliseconds away from the bucket. */
async function distant({ clock, open }: Bench, count: number): Promise<Database[]> {
  const databases: Database[] = [];
  for (let number = 0; number < count; number++)
    databases.push(await clock.run(() => open(EAGER, (store) => new LatencyStore(store, clock, seededRuntime(number + 100).random))));
  return databases;
}

/** Puts the intent of a writer that does nothing more. */
async function abandoned(
  { clock, store }: Bench,
  database: Database,
  transaction: TransactionRecord,
  voidAfter: Slot,
  seen = database.slot,
) {
  const { databaseId } = (await database.root.read()).root;
  const owner = new Intents(store, RUNTIME, databaseId);
  const own = owner.plan(voidAfter, 1);
  expect(await owner.announce(own, seen, [plain(transaction)])).toBe('sent');
  await clock.run(() => clock.sleep(1_000)); // whoever looked a moment ago does not look again
  return { transaction, name: own.name };
}

/** A transaction that sets row `id`, as its intent has it. */
function writing(id: number): TransactionRecord {
  return transactionOf(ITEMS, 0, {
    key: keyOf(ITEMS, id),
    row: encodeRow(ITEMS, [id, 'abandoned']),
    keyHasRowId: false,
    rowHasRowId: false,
  });
}

/** A transaction that inserts a row without a key. */
function inserting(): TransactionRecord {
  const row: Row = ['abandoned', placeholderRowId(0)];
  return transactionOf(NOTES, 1, { key: encodeKey(NOTES, row), row: encodeRow(NOTES, row), keyHasRowId: true, rowHasRowId: true });
}

function transactionOf(tree: TreeSchema, rowIds: number, write: RowWrite): TransactionRecord {
  const writes = [{ tree: tree.id, cleared: false, rows: [write] }];
  return { id: freshId(RUNTIME.random), snapshot: slot(0), isolation: 'serializable', rowIds, reads: [], writes, bulk: [], controls: [] };
}

async function intents(store: ObjectStore): Promise<string[]> {
  return (await store.list(INTENT_PREFIX)).objects.map(({ name }) => name);
}

/** How often a transaction is in the log. */
async function times(store: ObjectStore, id: TransactionId): Promise<number> {
  let found = 0;
  for (const { name } of (await store.list(LOG_PREFIX)).objects) {
    const at = slotOfLogName(name);
    const answer = await store.get(name);
    if (at === undefined || answer.kind !== 'found') throw new Error(`${name} is no record`);
    const { transactions } = decodeCore(decodeObject(answer.bytes, at, RUNTIME.crypto)[0]);
    found += transactions.filter((transaction) => transaction.id === id).length;
  }
  return found;
}

function conditionIn(work: () => unknown): string {
  try {
    work();
    return 'returned';
  } catch (error) {
    if (isSqlError(error)) return error.condition;
    throw error;
  }
}
