/**
 * Writers that know nothing of each other, in a closed loop over one bucket, each with one transaction at a time: the real commit
 * path on a virtual clock, over the latencies measured on S3 (`LatencyStore`).
 * The peer is the same engine where every loser tries the next slot.
 */
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import { openDatabase, type Database } from '../../src/transaction/database.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import type { SequenceDescriptor } from '../../src/catalog/descriptor.ts';
import { SequenceBlocks } from '../../src/session/sequences.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { columnId, treeId, type TreeSchema } from '../../src/storage/tree.ts';
import { OID, type Oid } from '../../src/types/oid.ts';
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
/** The same for a peer that commits some fifteen times a second whatever it is given: fewer steps of a simulation say it as well. */
const NAIVE_WARM_MS = 1_200;
const NAIVE_MEASURED_MS = 2_000;

/** What a writer does in each transaction; `number` is the writer's. */
type Work = (database: Database, number: number) => () => Promise<void>;

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

const SEQUENCE: SequenceDescriptor = {
  kind: 'sequence',
  oid: 20_000 as Oid,
  schema: 2_200 as Oid,
  schemaName: 'public',
  comment: undefined,
  name: 'numbers',
  version: 1,
  type: { oid: OID.int8, modifier: -1 },
  start: 1,
  increment: 1,
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
  cache: 1,
  cycle: false,
  ownedBy: undefined,
};

/** A table without a key: rows are told apart by a hidden row id. */
const KEYLESS: TreeSchema = { ...ROWS, id: treeId(21), rowId: 0 };

/** Reads and writes a row that nobody else touches. */
const updateOwn: Work = (database, number) => async () => {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  const key = encodeKey(ROWS, [number, null]);
  const row = await transaction.get(ROWS, key, [1], 'update');
  transaction.put(ROWS, key, [number, Number(row?.[0] ?? 0) + 1]);
  await transaction.commit();
};

const insertKeyless: Work = (database, number) => async () => {
  const transaction = database.begin({ isolation: 'serializable', readOnly: false });
  const id = transaction.newRowId();
  transaction.put(KEYLESS, encodeKey(KEYLESS, [id, null]), [id, number]);
  await transaction.commit();
};

/** Inserts a row whose key is the next number of a sequence that all share. */
const insertNumbered: Work = (database, number) => {
  const blocks = new SequenceBlocks(database);
  return async () => {
    const id = await blocks.next(SEQUENCE, undefined);
    const transaction = database.begin({ isolation: 'serializable', readOnly: false });
    const key = encodeKey(ROWS, [id, null]);
    if ((await transaction.get(ROWS, key, [1], 'constraint')) !== null) throw new Error(`number ${id} was drawn twice`);
    transaction.put(ROWS, key, [id, number]);
    await transaction.commit();
  };
};

export async function* contention(options: BenchOptions): AsyncIterable<Figure> {
  for (const writers of WRITERS) yield* measured(options, `writers_${writers}`, writers, updateOwn);
  yield* measured(options, 'keyless_256', 256, insertKeyless);
  yield* measured(options, 'sequence_256', 256, insertNumbered);
}

async function* measured(options: BenchOptions, name: string, writers: number, work: Work): AsyncIterable<Figure> {
  const wanted = MEASURES.filter(({ suffix }) => isWanted(options, name) || isWanted(options, name + suffix));
  if (wanted.length === 0) return;
  const ours = await run(writers, work, {});
  const naive = options.isAlone ? undefined : await run(writers, work, { contention: false }, NAIVE_WARM_MS, NAIVE_MEASURED_MS);
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

async function run(writers: number, work: Work, options: DatabaseOptions, warmMs = WARM_MS, measuredMs = MEASURED_MS): Promise<Result> {
  const world = new World(1, false);
  const bucket = new CountingStore(new MemoryStore({ clock: { now: () => world.nowMs } }));
  await createDatabase(bucket, new Process(world, 'creator', 0).runtime);
  const latenciesMs: number[] = [];
  let broken: unknown;
  for (let number = 0; number < writers; number++) loop(number).catch((error: unknown) => (broken ??= error));
  await world.run(() => broken !== undefined, warmMs);
  const measurement = bucket.begin();
  await world.run(() => broken !== undefined, warmMs + measuredMs);
  if (broken !== undefined) throw broken;
  latenciesMs.sort((a, b) => a - b);
  return {
    perSecond: latenciesMs.length / (measuredMs / 1_000),
    p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)],
    requestsEach: measurement.end().requests / latenciesMs.length,
  };

  async function loop(number: number): Promise<void> {
    const { runtime } = new Process(world, `writer ${number}`, 0);
    const database = await openDatabase(new LatencyStore(bucket, runtime.clock, runtime.random), runtime, options);
    await runtime.clock.sleep(world.fraction() * 1_000);
    const transaction = work(database, number);
    for (;;) {
      const begunMs = world.elapsedMs;
      await again(transaction);
      if (world.elapsedMs > warmMs) latenciesMs.push(world.elapsedMs - begunMs);
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
