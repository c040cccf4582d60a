/**
 * Writers that know nothing of each other, in a closed loop over one bucket, each with one transaction at a time: the real commit
 * path on a virtual clock, over the latencies measured on S3 (`LatencyStore`).
 * The peer is the same engine where every loser tries the next slot.
 */
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import { openDatabase, type Database } from '../../src/transaction/database.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { columnId, treeId, type TreeSchema } from '../../src/storage/tree.ts';
import { OID } from '../../src/types/oid.ts';
import { Process } from '../../test/simulator/process.ts';
import { World } from '../../test/simulator/world.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { isWanted, type BenchOptions } from '../options.ts';
import { figure, type Figure } from '../report.ts';

const WRITERS = [1, 16, 64, 256];
/** Virtual time before what is measured, and of it. */
const WARM_MS = 3_000;
const MEASURED_MS = 4_000;

/** What each transaction does; `number` is the writer's. */
type Work = (database: Database, number: number) => Promise<void>;

const ROWS: TreeSchema = {
  id: treeId(20),
  columns: [
    { id: columnId(1), type: { oid: OID.int8, modifier: -1 }, missing: null },
    { id: columnId(2), type: { oid: OID.int8, modifier: -1 }, missing: null },
  ],
  key: [{ column: 0, descending: false, nullsFirst: false }],
  rowId: undefined,
  uniqueParts: undefined,
};

/** A table without a key: rows are told apart by a hidden row id. */
const KEYLESS: TreeSchema = { ...ROWS, id: treeId(21), rowId: 0 };

/** Reads and writes a row that nobody else touches. */
async function updateOwn(database: Database, number: number): Promise<void> {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  const key = encodeKey(ROWS, [number, null]);
  const row = await transaction.get(ROWS, key, [1], 'update');
  transaction.put(ROWS, key, [number, Number(row?.[0] ?? 0) + 1]);
  await transaction.commit();
}

async function insertKeyless(database: Database, number: number): Promise<void> {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  const id = transaction.newRowId();
  transaction.put(KEYLESS, encodeKey(KEYLESS, [id, null]), [id, number]);
  await transaction.commit();
}

export async function* contention(options: BenchOptions): AsyncIterable<Figure> {
  for (const writers of WRITERS) yield* measured(options, `writers_${writers}`, writers, updateOwn);
  yield* measured(options, 'keyless_256', 256, insertKeyless);
}

async function* measured(options: BenchOptions, name: string, writers: number, work: Work): AsyncIterable<Figure> {
  const wanted = MEASURES.filter(({ suffix }) => isWanted(options, name) || isWanted(options, name + suffix));
  if (wanted.length === 0) return;
  const ours = await run(writers, work, {});
  const naive = options.isAlone ? undefined : await run(writers, work, { contention: false });
  for (const { suffix, unit, of } of wanted) {
    const peer = naive === undefined ? {} : { peer: of(naive), peerName: 'naive racing' };
    const promises = { consistency: 'strictly serializable', durability: 'object' };
    yield figure({ suite: 'contention', case: name + suffix, ours: of(ours), ...peer, unit, ...promises });
  }
}

interface Result {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly requestsEach: number;
}

const MEASURES: readonly { readonly suffix: string; readonly unit: string; readonly of: (result: Result) => number }[] = [
  { suffix: '', unit: 'tx/s', of: ({ perSecond }) => perSecond },
  { suffix: '_p99_ms', unit: 'ms', of: ({ p99Ms }) => p99Ms },
  { suffix: '_requests', unit: 'requests', of: ({ requestsEach }) => requestsEach },
];

async function run(writers: number, work: Work, options: DatabaseOptions): Promise<Result> {
  const world = new World(1, false);
  const bucket = new CountingStore(new MemoryStore({ clock: { now: () => world.nowMs } }));
  await createDatabase(bucket, new Process(world, 'creator', 0).runtime);
  const latenciesMs: number[] = [];
  let broken: unknown;
  for (let number = 0; number < writers; number++) loop(number).catch((error: unknown) => (broken ??= error));
  await world.run(() => broken !== undefined, WARM_MS);
  const measurement = bucket.begin();
  await world.run(() => broken !== undefined, WARM_MS + MEASURED_MS);
  if (broken !== undefined) throw broken;
  latenciesMs.sort((a, b) => a - b);
  return {
    perSecond: latenciesMs.length / (MEASURED_MS / 1_000),
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)],
    requestsEach: measurement.end().requests / latenciesMs.length,
  };

  async function loop(number: number): Promise<void> {
    const { runtime } = new Process(world, `writer ${number}`, 0);
    const database = await openDatabase(new LatencyStore(bucket, runtime.clock, runtime.random), runtime, options);
    await runtime.clock.sleep(world.fraction() * 1_000);
    for (;;) {
      const begunMs = world.elapsedMs;
      await again(() => work(database, number));
      if (world.elapsedMs > WARM_MS) latenciesMs.push(world.elapsedMs - begunMs);
    }
  }
}

async function again(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isSqlError(error, 'serialization_failure')) throw error;
    }
  }
}
