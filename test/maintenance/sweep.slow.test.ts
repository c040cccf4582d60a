/**
 * Every operation of maintenance, cut off at every call it sends to the store, one after the other: afterwards the database opens, nothing
 * acknowledged is lost, the operation can be asked for again, and collectors find nothing that somebody needs.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { isSqlError, SqlError } from '../../src/base/sql-error.ts';
import { backUp, restoreBackup } from '../../src/maintenance/backup.ts';
import { createBranch, deleteBranch, listBranches, openBranch } from '../../src/maintenance/branch.ts';
import { promoteBranch } from '../../src/maintenance/branch-promote.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { collectGarbage } from '../../src/maintenance/garbage.ts';
import { restoreTo } from '../../src/maintenance/restore.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import { openDatabase, type Database } from '../../src/transaction/database.ts';
import type { Slot } from '../../src/storage/tree.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { commitRow, ITEMS, seededRuntime } from '../transaction/harness.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { VirtualClock } from '../../vfs/wrappers/virtual-clock.ts';
import { CrashStore, FATES } from './crash-store.ts';

const TIMES = { ageMs: 100_000, graceMs: 20_000, marginMs: 2_000 };

const clock = new VirtualClock(() => new Promise((resolve) => setImmediate(resolve)));
let seeds = 0;

const open = (store: ObjectStore, options: DatabaseOptions = {}): Promise<Database> =>
  openDatabase(store, seededRuntime(++seeds, clock), { fence: TIMES, ...options });

/** A writer that announces whatever it wants. */
const ANNOUNCING: DatabaseOptions = { contention: { lossesMin: 0, memoryMs: Infinity } };

/** Ids of the rows, as a process that knows nothing reads them. */
async function idsIn(database: Database): Promise<number[]> {
  await database.confirm({ kind: 'linearizable' });
  const transaction = database.begin({ isolation: 'serializable', readOnly: true });
  const cursor = transaction.scan(ITEMS, { from: undefined, to: undefined }, { columns: [0], purpose: 'query' });
  const ids: number[] = [];
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) for (const [id] of batch.rows) ids.push(Number(id));
  transaction.rollback();
  return ids;
}

async function remove(database: Database, id: number): Promise<void> {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  transaction.delete(ITEMS, encodeKey(ITEMS, [id, null]));
  await transaction.commit();
}

const objects = new Map<string, Uint8Array>();
let full: Slot;

/** Six rows in two checkpoints and a tail, a branch with a row more, then three rows deleted. */
beforeAll(() =>
  clock.run(async () => {
    const store = new MemoryStore({ clock });
    const database = await createDatabase(store, seededRuntime(1, clock), { fence: TIMES });
    for (let id = 1; id <= 6; id++) {
      await commitRow(database, id, `row ${id}`);
      if (id % 2 === 0 && id < 6) await checkpoint(database);
    }
    full = database.slot;
    await createBranch(database, 'old', { kind: 'slot', slot: full });
    const branch = await openBranch(database, 'old');
    await commitRow(branch, 10, 'in the branch');
    await checkpoint(branch);
    for (let id = 1; id <= 3; id++) await remove(database, id);
    for (const name of store.names()) objects.set(name, store.peek(name) ?? new Uint8Array());
  }),
);

function bucket(): MemoryStore {
  const store = new MemoryStore({ clock });
  for (const [name, bytes] of objects) store.plant(name, bytes);
  return store;
}

const NOW = [4, 5, 6];
const FULL = [1, 2, 3, 4, 5, 6];
const BRANCH = [...FULL, 10];

interface Operation {
  readonly run: (database: Database) => Promise<unknown>;
  readonly options?: DatabaseOptions | undefined;
  /** Ids before and after. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** The condition with which it is refused once it has happened; undefined: it may happen again. */
  readonly again?: string | undefined;
  readonly branches: readonly (readonly string[])[];
}

/** Row 7 comes and row 4 goes, in one transaction. */
async function commitChange(database: Database): Promise<void> {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  transaction.put(ITEMS, encodeKey(ITEMS, [7, null]), [7, 'seven']);
  transaction.delete(ITEMS, encodeKey(ITEMS, [4, null]));
  await transaction.commit();
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  commit: { run: commitChange, before: NOW, after: [5, 6, 7], branches: [['old']] },
  'commit by an intent': { run: commitChange, options: ANNOUNCING, before: NOW, after: [5, 6, 7], branches: [['old']] },
  'commit of a bulk load': {
    run: async (database) => {
      const transaction = database.begin({ isolation: 'serializable', readOnly: false });
      const load = transaction.bulkLoad(ITEMS, { onDuplicate: () => new SqlError('unique_violation', 'two rows of one id') });
      for (const id of [7, 8, 9]) await load.add([id, `loaded ${id}`]);
      await load.finish();
      await transaction.commit();
    },
    options: { bulkSegmentBytesMin: 1 },
    before: NOW,
    after: [4, 5, 6, 7, 8, 9],
    again: 'unique_violation',
    branches: [['old']],
  },
  restore: { run: (database) => restoreTo(database, { kind: 'slot', slot: full }), before: NOW, after: FULL, branches: [['old']] },
  'branch create': {
    run: (database) => createBranch(database, 'new', { kind: 'slot', slot: full }),
    before: NOW,
    after: NOW,
    again: 'duplicate_database',
    branches: [['old'], ['new', 'old']],
  },
  'branch delete': {
    run: (database) => deleteBranch(database, 'old'),
    before: NOW,
    after: NOW,
    again: 'invalid_catalog_name',
    branches: [['old'], []],
  },
  promote: { run: (database) => promoteBranch(database, 'old', { force: true }), before: NOW, after: BRANCH, branches: [['old']] },
  checkpoint: { run: (database) => checkpoint(database), before: NOW, after: NOW, branches: [['old']] },
  collect: {
    run: (database) => collectGarbage(database, { ageMs: 1, graceMs: 1, marginMs: 0 }),
    before: NOW,
    after: NOW,
    branches: [['old']],
  },
};

describe.each(Object.keys(OPERATIONS))('%s', (name) => {
  it.each(FATES)('survives that any call fails: %s', { timeout: 120_000 }, (fate) =>
    clock.run(async () => {
      const operation = OPERATIONS[name];
      let cuts = 0;
      for (let nth = 1; ; nth++) {
        const store = bucket();
        if (name === 'collect') await clock.sleep(TIMES.ageMs * 2);
        const crashing = new CrashStore(store, nth, fate);
        const acknowledged = await open(crashing, operation.options)
          .then(operation.run)
          .then(
            () => true,
            (error: unknown) => {
              if (!isSqlError(error)) throw error;
              return false;
            },
          );
        await check(store, operation, acknowledged, `${fate} call ${nth}`);
        if (!crashing.hasFailed) break;
        cuts++;
      }
      expect(cuts).toBeGreaterThan(3);
    }),
  );
});

async function check(store: MemoryStore, operation: Operation, acknowledged: boolean, what: string): Promise<void> {
  const database = await open(store);
  const ids = await idsIn(database);
  expect(acknowledged ? [operation.after] : [operation.before, operation.after], what).toContainEqual(ids);
  const branches = (await listBranches(database)).map((branch) => branch.name);
  expect(acknowledged ? [operation.branches.at(-1)] : operation.branches, what).toContainEqual(branches);
  expect((await verifyStore(database)).damage, what).toEqual([]);
  const again = await operation.run(database).then(
    () => undefined,
    (error: unknown) => (isSqlError(error) ? error.condition : 'internal_error'),
  );
  if (acknowledged) expect(again, what).toBe(operation.again);
  else expect([undefined, operation.again], what).toContain(again);
  expect(await idsIn(await open(store)), what).toEqual(operation.after);
  await clock.sleep(TIMES.ageMs * 2);
  for (let round = 0; round < 3; round++) {
    await collectGarbage(database, TIMES);
    await clock.sleep(TIMES.graceMs * 2);
  }
  const later = await open(store);
  expect(
    (await later.root.read()).root.pins.filter(({ kind }) => kind === 'hold'),
    what,
  ).toEqual([]);
  expect(await idsIn(later), what).toEqual(operation.after);
  expect((await verifyStore(later)).damage, what).toEqual([]);
  for (const { name } of await listBranches(later)) {
    const branch = await openBranch(later, name);
    expect(await idsIn(branch), what).toEqual(name === 'old' ? BRANCH : FULL);
    expect((await verifyStore(branch)).damage, what).toEqual([]);
  }
}

describe('backup', () => {
  it.each(FATES)('is whole or not there, whichever call fails: %s', { timeout: 120_000 }, (fate) =>
    clock.run(async () => {
      for (let nth = 1; ; nth++) {
        const database = await open(bucket());
        const target = new MemoryStore({ clock });
        const crashing = new CrashStore(target, nth, fate);
        const acknowledged = await backUp(database, crashing).then(
          () => true,
          () => false,
        );
        const copy = new MemoryStore({ clock });
        const restored = await restoreBackup(target, copy, database.runtime).then(
          () => true,
          (error: unknown) => isSqlError(error, 'invalid_catalog_name') && false,
        );
        if (acknowledged) expect(restored).toBe(true);
        if (restored) expect(await idsIn(await open(copy))).toEqual(NOW);
        await backUp(database, target);
        const interrupted = new CrashStore(new MemoryStore({ clock }), nth, fate);
        await restoreBackup(target, interrupted, database.runtime).catch(() => undefined);
        if (!crashing.hasFailed && !interrupted.hasFailed) break;
      }
    }),
  );

  it.each(FATES)('restores again over what an interrupted restore left: %s', { timeout: 120_000 }, (fate) =>
    clock.run(async () => {
      const database = await open(bucket());
      const target = new MemoryStore({ clock });
      await backUp(database, target);
      for (let nth = 1; ; nth++) {
        const copy = new MemoryStore({ clock });
        const crashing = new CrashStore(copy, nth, fate);
        const acknowledged = await restoreBackup(target, crashing, database.runtime).then(
          () => true,
          () => false,
        );
        if (!acknowledged && copy.peek('root') === undefined) await restoreBackup(target, copy, database.runtime);
        expect(await idsIn(await open(copy)), `${fate} call ${nth}`).toEqual(NOW);
        if (!crashing.hasFailed) break;
      }
    }),
  );
});
