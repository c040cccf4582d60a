import type { Runtime } from '../../src/base/runtime.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import {
  columnId,
  ROW_ID_COLUMN,
  treeId,
  WHOLE_TREE,
  type Cursor,
  type Key,
  type KeyRange,
  type TreeSchema,
} from '../../src/storage/tree.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import { openDatabase, type Database } from '../../src/transaction/database.ts';
import type { Isolation, ReadPurpose, Transaction } from '../../src/transaction/transaction.ts';
import { OID } from '../../src/types/oid.ts';
import type { Row, Value } from '../../src/types/value.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { VirtualClock } from '../../vfs/wrappers/virtual-clock.ts';

/** A tree of (id int4 primary key, value text). */
export const ITEMS: TreeSchema = keyed(100);
export const OTHERS: TreeSchema = keyed(101);

/** A tree without a key of its own: (value text, hidden row id). */
export const NOTES: TreeSchema = {
  id: treeId(102),
  columns: [
    { id: columnId(1), type: { oid: OID.text, modifier: -1 }, missing: null },
    { id: ROW_ID_COLUMN, type: { oid: OID.int8, modifier: -1 }, missing: null },
  ],
  key: [{ column: 1, descending: false, nullsFirst: false }],
  rowId: 1,
  uniqueParts: undefined,
};

function keyed(id: number): TreeSchema {
  return {
    id: treeId(id),
    columns: [
      { id: columnId(1), type: { oid: OID.int4, modifier: -1 }, missing: null },
      { id: columnId(2), type: { oid: OID.text, modifier: -1 }, missing: null },
    ],
    key: [{ column: 0, descending: false, nullsFirst: false }],
    rowId: undefined,
    uniqueParts: undefined,
  };
}

/** A virtual clock over Node's event loop. */
export function virtualClock(): VirtualClock {
  return new VirtualClock(() => new Promise((resolve) => setImmediate(resolve)));
}

/** A runtime whose time is virtual and whose chance comes from a seed. */
export function seededRuntime(seed: number, clock: VirtualClock = virtualClock()): Runtime {
  return {
    clock,
    random: new SeededRandom(seed),
    crypto: nodeRuntime().crypto,
  };
}

export interface Bench {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  /** Another process's view of the same bucket, through `wrap` when given. */
  open(options?: DatabaseOptions, wrap?: (store: ObjectStore) => ObjectStore): Promise<Database>;
}

/** A bucket with an empty database in it, and processes to open it from. */
export async function bench(seed = 1): Promise<Bench> {
  const clock = virtualClock();
  const store = new MemoryStore({ clock });
  let process = seed * 1000;
  await createDatabase(store, seededRuntime(process, clock));
  return {
    clock,
    store,
    open: (options = {}, wrap = (inner) => inner) => openDatabase(wrap(store), seededRuntime(++process, clock), options),
  };
}

export function keyOf(tree: TreeSchema, id: Value): Key {
  return encodeKey(tree, [id, null]);
}

export function begin(database: Database, isolation: Isolation = 'serializable', readOnly = false): Transaction {
  return database.begin({ isolation, readOnly });
}

export function put(transaction: Transaction, id: number, value: string, tree: TreeSchema = ITEMS): void {
  transaction.put(tree, keyOf(tree, id), [id, value]);
}

/** The value of a row, null when there is none. */
export async function valueOf(
  transaction: Transaction,
  id: number,
  purpose: ReadPurpose = 'query',
  tree: TreeSchema = ITEMS,
): Promise<Value> {
  const row = await transaction.get(tree, keyOf(tree, id), [1], purpose);
  return row === null ? null : row[0];
}

export async function rowsOf(cursor: Cursor): Promise<Row[]> {
  const rows: Row[] = [];
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) rows.push(...batch.rows);
  cursor.close();
  return rows;
}

/** All rows of a tree, or of a range, as the transaction sees them. */
export function allRows(transaction: Transaction, tree: TreeSchema = ITEMS, range: KeyRange = WHOLE_TREE): Promise<Row[]> {
  return rowsOf(transaction.scan(tree, range, { columns: tree.columns.map((_, at) => at), purpose: 'query' }));
}

/** Rows with ids from `from` inclusive to `to` exclusive. */
export function idRange(from: number, to: number, tree: TreeSchema = ITEMS): KeyRange {
  return { from: keyOf(tree, from), to: keyOf(tree, to) };
}

/** Commits one row in a transaction of its own. */
export async function commitRow(database: Database, id: number, value: string, tree: TreeSchema = ITEMS): Promise<void> {
  const transaction = begin(database);
  put(transaction, id, value, tree);
  await transaction.commit();
}

/** The current value of a row, read linearizably by `database`. */
export async function currentValue(database: Database, id: number, tree: TreeSchema = ITEMS): Promise<Value> {
  await database.confirm({ kind: 'linearizable' });
  const transaction = begin(database, 'serializable', true);
  const value = await valueOf(transaction, id, 'query', tree);
  transaction.rollback();
  return value;
}

/** A value as text, whatever it is. */
export function shown(value: Value): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The condition of the SqlError that a promise is rejected with; 'resolved' when it is not. */
export async function conditionOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'condition' in error) return String(error.condition);
    throw error;
  }
}
