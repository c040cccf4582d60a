import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/base/runtime.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { collectGarbage } from '../../src/maintenance/garbage.ts';
import { Checkpointer, isDue } from '../../src/maintenance/policy.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { columnId, treeId, type TreeSchema } from '../../src/storage/tree.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { type Database, openDatabase } from '../../src/transaction/database.ts';
import { OID } from '../../src/types/oid.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';

const TREE: TreeSchema = {
  id: treeId(20),
  columns: [1, 2].map((id) => ({ id: columnId(id), type: { oid: OID.int8, modifier: -1 }, missing: null })),
  key: [{ column: 0, descending: false, nullsFirst: false }],
  rowId: undefined,
  uniqueParts: undefined,
};

const AGE_MS = 100_000;
const GRACE_MS = 20_000;
const TIMES = { ageMs: AGE_MS, graceMs: GRACE_MS, marginMs: 2_000 };

class Bench {
  nowMs = Date.UTC(2030, 0, 1);
  readonly runtime: Runtime = nodeRuntime();
  readonly store = new MemoryStore({ clock: { now: () => this.nowMs } });

  create(): Promise<Database> {
    return createDatabase(this.store, this.runtime, { fence: TIMES });
  }

  open(): Promise<Database> {
    return openDatabase(this.store, this.runtime, { fence: TIMES });
  }

  count(prefix: string): number {
    return this.store.names().filter((name) => name.startsWith(prefix)).length;
  }
}

async function put(database: Database, ...keys: number[]): Promise<void> {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  for (const key of keys) transaction.put(TREE, encodeKey(TREE, [key, null]), [key, key * 10]);
  await transaction.commit();
}

async function keysOf(database: Database): Promise<number[]> {
  await database.confirm({ kind: 'linearizable' });
  const transaction = database.begin({ isolation: 'serializable', readOnly: true });
  const cursor = transaction.scan(TREE, { from: undefined, to: undefined }, { columns: [0], purpose: 'query' });
  const keys: number[] = [];
  for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) for (const [key] of batch.rows) keys.push(Number(key));
  await transaction.commit();
  return keys;
}

describe('a checkpoint', () => {
  it('is what a fresh process starts from', async () => {
    const bench = new Bench();
    const database = await bench.create();
    await put(database, 1, 2);
    await put(database, 3);
    expect(await checkpoint(database)).toEqual({ kind: 'published', slot: 2 });
    const fresh = await bench.open();
    expect([fresh.slot, await keysOf(fresh)]).toEqual([2, [1, 2, 3]]);
  });

  it('is not made twice of the same slot', async () => {
    const bench = new Bench();
    const database = await bench.create();
    await put(database, 1);
    await checkpoint(database);
    expect((await checkpoint(database)).kind).toBe('current');
    expect(bench.count('checkpoint/')).toBe(1);
  });

  it('of two that race leaves one that holds both processes commits', async () => {
    const bench = new Bench();
    const first = await bench.create();
    await put(first, 1);
    const second = await bench.open();
    await put(second, 2);
    await Promise.all([checkpoint(first), checkpoint(second)]);
    expect(await keysOf(await bench.open())).toEqual([1, 2]);
  });
});

describe('the collector', () => {
  it('waits AGE for the boundary and GRACE for the deletion', async () => {
    const bench = new Bench();
    const database = await bench.create();
    await put(database, 1);
    await checkpoint(database);
    expect((await collectGarbage(database, TIMES)).boundary).toBe(0);
    bench.nowMs += AGE_MS + 5_000;
    expect(await collectGarbage(database, TIMES)).toMatchObject({ boundary: 1, recordsDeleted: 0 });
    expect(await collectGarbage(database, TIMES)).toMatchObject({ recordsDeleted: 0 });
    bench.nowMs += GRACE_MS + 5_000;
    expect(await collectGarbage(database, TIMES)).toMatchObject({ recordsDeleted: 1 });
    expect(await keysOf(await bench.open())).toEqual([1]);
  });

  it('deletes what a checkpoint that never was published left behind, and nothing in use', async () => {
    const bench = new Bench();
    const database = await bench.create();
    await put(database, 1);
    const dies = checkpoint(database, { at: (point) => (point === 'checkpoint:uploaded' ? Promise.reject(new Error('dies')) : undefined) });
    await expect(dies).rejects.toThrow('dies');
    await put(database, 2);
    await checkpoint(database);
    const before = bench.count('segment/');
    bench.nowMs += 2 * AGE_MS;
    const report = await collectGarbage(database, TIMES);
    expect(report).toMatchObject({ segmentsDeleted: 1, checkpointsDeleted: 1, doomEpoch: 1 });
    expect(bench.count('segment/')).toBe(before - 1);
    expect(await keysOf(await bench.open())).toEqual([1, 2]);
  });

  it('costs an idle database no write', async () => {
    const bench = new Bench();
    const database = await bench.create();
    const names = bench.store.names();
    bench.nowMs += 10 * AGE_MS;
    await collectGarbage(database, TIMES);
    expect(bench.store.names()).toEqual(names);
  });
});

describe('the policy', () => {
  it('calls for a checkpoint when the tail is long in bytes or in records', () => {
    const policy = { tailBytesMax: 1_000, tailRecordsMax: 10 };
    expect([
      isDue({ tailBytes: 999, tailRecords: 9 }, policy),
      isDue({ tailBytes: 1_000, tailRecords: 1 }, policy),
      isDue({ tailBytes: 1, tailRecords: 10 }, policy),
    ]).toEqual([false, true, true]);
  });

  it('checkpoints beside the commits that made the tail long', async () => {
    const bench = new Bench();
    const database = await bench.create();
    const checkpointer = new Checkpointer(database, { policy: { tailBytesMax: Infinity, tailRecordsMax: 3 } });
    for (let key = 1; key <= 3; key++) {
      await put(database, key);
      checkpointer.afterCommit();
      await checkpointer.idle();
      expect(bench.count('checkpoint/')).toBe(key < 3 ? 0 : 1);
    }
  });
});
