/**
 * Random transactions of several sessions and processes, and the judge that knows their claimed order: every serializable
 * transaction, run again alone in the order of slots, must see exactly what it saw.
 */
import { describe, expect, it } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import type { KeyRange, Slot } from '../../src/storage/tree.ts';
import type { Database } from '../../src/transaction/database.ts';
import { logName } from '../../src/transaction/names.ts';
import { decodeCore, decodeObject } from '../../src/transaction/record-codec.ts';
import type { Transaction, TransactionId } from '../../src/transaction/transaction.ts';
import type { Row } from '../../src/types/value.ts';
import type { MemoryStore } from '../../vfs/drivers/memory.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { fractionFrom, SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { bench, idRange, ITEMS, keyOf, NOTES, seededRuntime, shown } from './harness.ts';

const SEED = Number(process.env.SEED ?? 0);
const SEEDS = SEED > 0 ? [SEED] : Array.from({ length: 15 }, (_, at) => at + 1);
const IDS = 24;

type Step =
  | { readonly kind: 'get'; readonly id: number }
  | { readonly kind: 'scan'; readonly from: number; readonly to: number; readonly limit: number; readonly reverse: boolean }
  | { readonly kind: 'put'; readonly id: number; readonly value: string }
  | { readonly kind: 'delete'; readonly id: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'note'; readonly value: string }
  | { readonly kind: 'notes' }
  | { readonly kind: 'undo'; readonly steps: readonly Step[] };

interface Ran {
  readonly steps: readonly Step[];
  readonly saw: readonly string[];
  readonly snapshot: number;
  readonly slot: number;
  /** Its place among the transactions of its slot: whoever wrote the record chose it. */
  readonly order: number;
}

/** The database as plain data. */
interface State {
  items: Map<number, string>;
  notes: string[];
}

describe('serializable transactions', () => {
  for (const seed of SEEDS) {
    it(`run again alone in slot order see what they saw (SEED=${seed})`, async () => {
      const { clock, store, open } = await bench(seed);
      const ran: Ran[] = [];
      let refused = 0;
      await clock.run(async () => {
        const processes = await Promise.all(
          [1, 2, 3].map((number) => open({}, (store) => new LatencyStore(store, clock, new SeededRandom(seed * 10 + number)))),
        );
        const sessions = processes.flatMap((database, number) =>
          [1, 2, 3].map((session) => ({ database, random: new SeededRandom(seed * 100 + number * 10 + session) })),
        );
        await Promise.all(
          sessions.map(async ({ database, random }) => {
            for (let count = 0; count < 15; count++) {
              if (fractionFrom(random) < 0.3) await database.confirm({ kind: 'linearizable' });
              const outcome = await attempt(database, store, random, ran);
              if (!outcome) refused++;
            }
          }),
        );
      });
      judge(ran);
      expect(ran.length).toBeGreaterThan(20);
      expect(refused).toBeGreaterThan(0);
    });
  }

  it('are told apart from ones that saw something else: the judge sees', () => {
    const put: Ran = { steps: [{ kind: 'put', id: 1, value: 'a' }], saw: [], snapshot: 0, slot: 1, order: 0 };
    const stale: Ran = {
      steps: [
        { kind: 'get', id: 1 },
        { kind: 'put', id: 2, value: 'b' },
      ],
      saw: ['none'],
      snapshot: 0,
      slot: 2,
      order: 1,
    };
    expect(() => judge([put, stale])).toThrow();
    expect(() => judge([put, { ...stale, saw: ['a'] }])).not.toThrow();
  });
});

async function orderOf(store: MemoryStore, id: TransactionId, at: Slot): Promise<number> {
  const answer = await store.get(logName(at));
  if (answer.kind !== 'found') throw new Error(`slot ${at} is gone`);
  return decodeCore(decodeObject(answer.bytes, at, seededRuntime(1).crypto)[0]).transactions.findIndex((other) => other.id === id);
}

async function attempt(database: Database, store: MemoryStore, random: SeededRandom, ran: Ran[]): Promise<boolean> {
  const below = (limit: number): number => Math.floor(fractionFrom(random) * limit);
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  const steps = Array.from({ length: 1 + below(6) }, () => randomStep(below));
  const saw: string[] = [];
  try {
    for (const step of steps) await perform(transaction, step, saw);
    const { snapshot } = transaction;
    const { slot } = await transaction.commit();
    if (slot !== undefined) ran.push({ steps, saw, snapshot, slot, order: await orderOf(store, transaction.id, slot) });
    return true;
  } catch (error) {
    transaction.rollback();
    if (isSqlError(error, 'serialization_failure')) return false;
    throw error;
  }
}

function randomStep(below: (limit: number) => number, depth = 0): Step {
  const choice = below(100);
  if (choice < 20) return { kind: 'get', id: below(IDS) };
  if (choice < 35) {
    const from = below(IDS);
    return { kind: 'scan', from, to: from + below(IDS), limit: below(2) === 0 ? 1 + below(3) : Infinity, reverse: below(2) === 0 };
  }
  if (choice < 65) return { kind: 'put', id: below(IDS), value: `v${below(1000)}` };
  if (choice < 78) return { kind: 'delete', id: below(IDS) };
  if (choice < 79) return { kind: 'clear' };
  if (choice < 88 || depth > 0) return { kind: 'note', value: `n${below(1_000_000)}` };
  if (choice < 90) return { kind: 'notes' };
  return { kind: 'undo', steps: Array.from({ length: 1 + below(3) }, () => randomStep(below, depth + 1)) };
}

async function perform(transaction: Transaction, step: Step, saw: string[]): Promise<void> {
  switch (step.kind) {
    case 'get': {
      const row = await transaction.get(ITEMS, keyOf(ITEMS, step.id), [1], 'query');
      saw.push(row === null ? 'none' : shown(row[0]));
      return;
    }
    case 'scan': {
      const rowsWanted = step.limit === Infinity ? undefined : step.limit;
      saw.push(
        (await pull(transaction, idRange(step.from, step.to), rowsWanted, step.reverse)).map((row) => row.map(shown).join('=')).join(' '),
      );
      return;
    }
    case 'put':
      transaction.put(ITEMS, keyOf(ITEMS, step.id), [step.id, step.value]);
      return;
    case 'delete':
      transaction.delete(ITEMS, keyOf(ITEMS, step.id));
      return;
    case 'clear':
      transaction.clearTree(ITEMS);
      return;
    case 'note': {
      const row: Row = [step.value, transaction.newRowId()];
      transaction.put(NOTES, encodeKey(NOTES, row), row);
      return;
    }
    case 'notes': {
      const cursor = transaction.scan(NOTES, { from: undefined, to: undefined }, { columns: [0], purpose: 'query' });
      const values: string[] = [];
      for (let batch = await cursor.next(); batch !== null; batch = await cursor.next())
        values.push(...batch.rows.map((row) => shown(row[0])));
      saw.push(values.join(' '));
      return;
    }
    case 'undo': {
      const savepoint = transaction.savepoint();
      for (const inner of step.steps) await perform(transaction, inner, saw);
      transaction.rollbackTo(savepoint);
    }
  }
}

async function pull(transaction: Transaction, range: KeyRange, rowsWanted: number | undefined, reverse: boolean): Promise<Row[]> {
  const cursor = transaction.scan(ITEMS, range, { columns: [0, 1], purpose: 'query', rowsWanted, reverse });
  const rows: Row[] = [];
  while (rows.length < (rowsWanted ?? Infinity)) {
    const batch = await cursor.next();
    if (batch === null) break;
    rows.push(...batch.rows);
  }
  cursor.close();
  return rows.slice(0, rowsWanted);
}

/** Runs everything again in the claimed order; throws where something was seen that was not there. */
function judge(ran: readonly Ran[]): void {
  const state: State = { items: new Map(), notes: [] };
  for (const transaction of [...ran].sort((a, b) => a.slot - b.slot || a.order - b.order)) {
    const saw: string[] = [];
    for (const step of transaction.steps) replay(state, step, saw);
    expect({ slot: transaction.slot, saw }).toEqual({ slot: transaction.slot, saw: transaction.saw });
  }
}

function replay(state: State, step: Step, saw: string[]): void {
  switch (step.kind) {
    case 'get':
      saw.push(state.items.get(step.id) ?? 'none');
      return;
    case 'scan': {
      const rows = [...state.items].filter(([id]) => id >= step.from && id < step.to).sort(([a], [b]) => (step.reverse ? b - a : a - b));
      saw.push(
        rows
          .slice(0, step.limit)
          .map((row) => row.join('='))
          .join(' '),
      );
      return;
    }
    case 'put':
      state.items.set(step.id, step.value);
      return;
    case 'delete':
      state.items.delete(step.id);
      return;
    case 'clear':
      state.items.clear();
      return;
    case 'note':
      state.notes.push(step.value);
      return;
    case 'notes':
      saw.push(state.notes.join(' '));
      return;
    case 'undo': {
      const before: State = { items: new Map(state.items), notes: [...state.notes] };
      for (const inner of step.steps) replay(state, inner, saw);
      state.items = before.items;
      state.notes = before.notes;
    }
  }
}
