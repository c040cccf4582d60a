/**
 * Transactions over four trees: lists that are appended to (every value once, so that order can be told from what is read),
 * accounts whose sum never changes, loads that arrive in bulk and are cleared, and notes, which have no key. Every step is written down as
 * it was seen.
 */
import { assert, present } from '../../src/base/assert.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { columnId, ROW_ID_COLUMN, treeId, WHOLE_TREE, type KeyRange, type TreeSchema } from '../../src/storage/tree.ts';
import type { Database } from '../../src/transaction/database.ts';
import type { ReadPurpose, Transaction } from '../../src/transaction/transaction.ts';
import { OID } from '../../src/types/oid.ts';
import type { Value } from '../../src/types/value.ts';
import type { Attempt, Cell, State, Tree } from './history.ts';
import { nameOfKey, NOTE_PREFIX } from './replay-oracle.ts';
import type { World } from './world.ts';

function schemaOf(id: number, valueType: typeof OID.text | typeof OID.int8): TreeSchema {
  return {
    id: treeId(id),
    columns: [
      { id: columnId(1), type: { oid: OID.int8, modifier: -1 }, missing: null },
      { id: columnId(2), type: { oid: valueType, modifier: -1 }, missing: null },
    ],
    key: [{ column: 0, descending: false, nullsFirst: false }],
    rowId: undefined,
    uniqueParts: undefined,
  };
}

export const TREES: Readonly<Record<Tree, TreeSchema>> = {
  lists: schemaOf(20, OID.text),
  accounts: schemaOf(21, OID.int8),
  loads: schemaOf(22, OID.text),
};

/** (text, hidden row id). */
export const NOTES: TreeSchema = {
  id: treeId(23),
  columns: [
    { id: columnId(1), type: { oid: OID.text, modifier: -1 }, missing: null },
    { id: ROW_ID_COLUMN, type: { oid: OID.int8, modifier: -1 }, missing: null },
  ],
  key: [{ column: 1, descending: false, nullsFirst: false }],
  rowId: 1,
  uniqueParts: undefined,
};

export const ACCOUNTS = 4;
export const BALANCE = 100;

/** Ranges of keys that loads fill, and most rows of one. */
const LOADS = 40;
const LOAD_ROWS_MAX = 30;

/** All rows, in a transaction that ends with it. */
export async function readState(transaction: Transaction): Promise<State> {
  const state: State = new Map();
  for (const tree of ['lists', 'accounts', 'loads'] as const) {
    const cursor = transaction.scan(TREES[tree], WHOLE_TREE, { columns: [0, 1], purpose: 'query' });
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
      for (const row of batch.rows) state.set(nameOfKey(tree, Number(row[0])), cellOf(row[1]));
    }
  }
  const cursor = transaction.scan(NOTES, WHOLE_TREE, { columns: [0], purpose: 'query' });
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
    for (const [text] of batch.rows) state.set(NOTE_PREFIX + String(text), cellOf(text));
  }
  await transaction.commit();
  return state;
}

/** Commits one note. */
export async function writeNote(database: Database, text: string): Promise<void> {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  const row = [text, transaction.newRowId()];
  transaction.put(NOTES, encodeKey(NOTES, row), row);
  await transaction.commit();
}

/** Reads and writes of one transaction, each noted in its attempt. */
export class Steps {
  readonly #transaction: Transaction;
  readonly #attempt: Attempt;
  /** Row ids of the notes seen or written. */
  readonly #noteIds = new Map<string, Value>();

  constructor(transaction: Transaction, attempt: Attempt) {
    this.#transaction = transaction;
    this.#attempt = attempt;
  }

  async get(tree: Tree, key: number, purpose: ReadPurpose = 'query'): Promise<Cell | null> {
    const row = await this.#transaction.get(TREES[tree], keyOf(tree, key), [1], purpose);
    const saw = row === null ? null : cellOf(row[0]);
    this.#attempt.steps.push({ kind: 'get', tree, key, saw, at: this.#at });
    return saw;
  }

  /** Reads what is to be written next: as UPDATE does, where plain reads are not validated. */
  getForUpdate(tree: Tree, key: number): Promise<Cell | null> {
    return this.get(tree, key, this.#transaction.isolation === 'read committed' ? 'update' : 'query');
  }

  async scan(tree: Tree, from: number, to: number): Promise<readonly (readonly [number, Cell])[]> {
    const range: KeyRange = { from: keyOf(tree, from), to: keyOf(tree, to) };
    const cursor = this.#transaction.scan(TREES[tree], range, { columns: [0, 1], purpose: 'query' });
    const saw: [number, Cell][] = [];
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
      for (const row of batch.rows) saw.push([Number(row[0]), cellOf(row[1])]);
    }
    cursor.close();
    this.#attempt.steps.push({ kind: 'scan', tree, from, to, saw, at: this.#at });
    return saw;
  }

  put(tree: Tree, key: number, value: Cell): void {
    this.#transaction.put(TREES[tree], keyOf(tree, key), [key, value]);
    this.#attempt.steps.push({ kind: 'put', tree, key, value, at: this.#at });
  }

  delete(tree: Tree, key: number): void {
    this.#transaction.delete(TREES[tree], keyOf(tree, key));
    this.#attempt.steps.push({ kind: 'delete', tree, key, at: this.#at });
  }

  clear(tree: Tree): void {
    this.#transaction.clearTree(TREES[tree]);
    this.#attempt.steps.push({ kind: 'clear', tree });
  }

  /** Loads rows in bulk, in no particular order. */
  async load(tree: Tree, rows: readonly (readonly [number, Cell])[]): Promise<void> {
    const load = this.#transaction.bulkLoad(TREES[tree], { onDuplicate: () => new Error('keys of loads are unique') });
    for (const [key, value] of rows) await load.add([key, value]);
    await load.finish();
    for (const [key, value] of rows) this.#attempt.steps.push({ kind: 'put', tree, key, value, at: this.#at });
  }

  async append(key: number, value: number): Promise<void> {
    const list = await this.getForUpdate('lists', key);
    this.put('lists', key, list === null ? String(value) : `${String(list)},${value}`);
    this.#attempt.appends.push({ key, value });
  }

  /** All notes, in the order of their row ids: that of the log. */
  async notes(): Promise<readonly string[]> {
    const cursor = this.#transaction.scan(NOTES, WHOLE_TREE, { columns: [0, 1], purpose: 'query' });
    const saw: string[] = [];
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
      for (const [text, id] of batch.rows) {
        saw.push(String(text));
        this.#noteIds.set(String(text), id);
      }
    }
    cursor.close();
    this.#attempt.steps.push({ kind: 'notes', saw, at: this.#at });
    return saw;
  }

  note(text: string): void {
    const id = this.#transaction.newRowId();
    const row = [text, id];
    this.#transaction.put(NOTES, encodeKey(NOTES, row), row);
    this.#noteIds.set(text, id);
    this.#attempt.steps.push({ kind: 'note', text, at: this.#at });
  }

  /** Deletes a note that was seen or written here. */
  forget(text: string): void {
    this.#transaction.delete(NOTES, encodeKey(NOTES, [text, present(this.#noteIds.get(text), 'a note is seen before it is forgotten')]));
    this.#attempt.steps.push({ kind: 'forget', text, at: this.#at });
  }

  get #at(): number {
    return this.#transaction.snapshot;
  }
}

/** Begins a statement: at read committed its reads are of a fresh snapshot. */
export type BeginStatement = () => Promise<void>;

/** The kinds of transaction a client draws from. */
export type Plan = 'append' | 'read' | 'transfer' | 'audit' | 'mixed' | 'rewrite' | 'load' | 'tally' | 'note' | 'recall';

const PLANS: readonly Plan[] = [
  'append',
  'append',
  'append',
  'read',
  'transfer',
  'transfer',
  'audit',
  'mixed',
  'rewrite',
  'load',
  'tally',
  'note',
  'note',
  'recall',
];

/** Plans that write nothing. */
export const READING: ReadonlySet<Plan> = new Set<Plan>(['read', 'audit', 'tally', 'recall']);

/** Notes past which one is forgotten for each that is added. */
const NOTES_KEPT = 24;

export function drawPlan(world: World): Plan {
  return world.of(PLANS);
}

/** Runs the body of a planned transaction. `nextValue` numbers appends. */
export async function runPlan(
  plan: Plan,
  steps: Steps,
  world: World,
  { keys, nextValue, beginStatement }: { readonly keys: number; readonly nextValue: () => number; readonly beginStatement: BeginStatement },
): Promise<void> {
  await beginStatement();
  switch (plan) {
    case 'append': {
      for (let count = 1 + world.below(3); count > 0; count--) {
        await steps.append(world.below(keys), nextValue());
        if (count > 1) await beginStatement();
      }
      return;
    }
    case 'read': {
      if (world.chance(0.5)) await steps.scan('lists', 0, keys);
      else for (let count = 1 + world.below(3); count > 0; count--) await steps.get('lists', world.below(keys));
      return;
    }
    case 'transfer': {
      const from = world.below(ACCOUNTS);
      const to = (from + 1 + world.below(ACCOUNTS - 1)) % ACCOUNTS;
      const amount = 1 + world.below(5);
      const before = Number((await steps.getForUpdate('accounts', from)) ?? BALANCE);
      const after = Number((await steps.getForUpdate('accounts', to)) ?? BALANCE);
      steps.put('accounts', from, before - amount);
      steps.put('accounts', to, after + amount);
      return;
    }
    case 'audit': {
      const rows = await steps.scan('accounts', 0, ACCOUNTS);
      const sum = rows.reduce((total, [, balance]) => total + Number(balance), 0) + (ACCOUNTS - rows.length) * BALANCE;
      assert(sum === ACCOUNTS * BALANCE, 'money is neither made nor lost', { sum, rows });
      return;
    }
    case 'mixed': {
      await steps.get('lists', world.below(keys));
      await beginStatement();
      await steps.append(world.below(keys), nextValue());
      await beginStatement();
      await steps.scan('lists', 0, 1 + world.below(keys));
      return;
    }
    case 'load': {
      if (world.chance(0.2)) steps.clear('loads');
      const first = (nextValue() % LOADS) * LOAD_ROWS_MAX;
      const rows = Array.from({ length: 1 + world.below(LOAD_ROWS_MAX) }, (_, at): [number, Cell] => [
        first + at,
        `${first}`.padEnd(1 + world.below(40), '.'),
      ]);
      if ((await steps.scan('loads', first, first + LOAD_ROWS_MAX)).length === 0) await steps.load('loads', rows.reverse());
      return;
    }
    case 'note': {
      const seen = world.chance(0.3) ? await steps.notes() : [];
      for (let count = 1 + world.below(2); count > 0; count--) steps.note(`note ${nextValue()}`);
      if (seen.length > NOTES_KEPT || (seen.length > 0 && world.chance(0.5))) steps.forget(world.of(seen));
      if (world.chance(0.2)) await steps.notes();
      return;
    }
    case 'recall': {
      await steps.notes();
      return;
    }
    case 'tally': {
      await steps.scan('loads', 0, LOADS * LOAD_ROWS_MAX);
      return;
    }
    default: {
      // Keys of their own, deleted and written again: tombstones and phantoms.
      const key = 1_000 + world.below(keys);
      const found = await steps.scan('lists', 1_000, 1_000 + keys);
      if (found.length > 0 && world.chance(0.4)) steps.delete('lists', found[world.below(found.length)][0]);
      else steps.put('lists', key, `${found.length}`);
    }
  }
}

function keyOf(tree: Tree, key: number): Uint8Array {
  return encodeKey(TREES[tree], [key, null]);
}

function cellOf(value: unknown): Cell {
  assert(typeof value === 'string' || typeof value === 'number', 'the workload stores texts and small numbers', { value });
  return value;
}
