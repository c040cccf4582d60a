/**
 * What a million reads and a million commits cost at S3's list prices: requests of the real engine, counted as they reach the bucket. Commits run
 * on a virtual clock over S3's latencies, with checkpoints as they fall due; then time passes until everything that the run left behind was
 * collected, and those requests count, too.
 */
import { open } from '../../src/index.ts';
import { Checkpointer } from '../../src/maintenance/policy.ts';
import { collectGarbage } from '../../src/maintenance/garbage.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openEngine } from '../../src/platform/open-engine.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { columnId, treeId, type TreeSchema } from '../../src/storage/tree.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { openDatabase, type Database } from '../../src/transaction/database.ts';
import type { Consistency } from '../../src/transaction/transaction.ts';
import { OID } from '../../src/types/oid.ts';
import { Process } from '../../test/simulator/process.ts';
import { World } from '../../test/simulator/world.ts';
import { PRICES } from '../../vfs/doctor/prices.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { CountingStore, type RequestTally } from '../../vfs/wrappers/counting.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { isWanted, type BenchOptions } from '../options.ts';
import { figure, type Figure } from '../report.ts';

const MILLION = 1_000_000;
const ROWS = 100_000;
const COLD_READS = 20;
const WARM_READS = 1_000;
const DAY_MS = 24 * 3_600_000;

/** Processes, transactions that each has under way at a time, and how many all commit. */
const COMMITS = [
  { name: 'commits_alone', processes: 1, clients: 1, commits: 2_000 },
  { name: 'commits_grouped_1000', processes: 1, clients: 1_000, commits: 500_000 },
  { name: 'commits_contended_64', processes: 64, clients: 1, commits: 4_000 },
] as const;

const TREE: TreeSchema = {
  id: treeId(20),
  columns: [
    { id: columnId(1), type: { oid: OID.int8, modifier: -1 }, missing: null },
    { id: columnId(2), type: { oid: OID.text, modifier: -1 }, missing: null },
  ],
  key: [{ column: 0, descending: false, nullsFirst: false }],
  rowId: undefined,
  uniqueParts: undefined,
};

export async function* cost(options: BenchOptions): AsyncIterable<Figure> {
  for (const name of ['reads_cold', 'reads_warm', 'reads_bookmark'] as const)
    if (isWanted(options, name)) yield* figures(name, await READS[name](), name === 'reads_bookmark' ? 'bookmark' : 'linearizable', 'none');
  for (const { name, processes, clients, commits } of COMMITS)
    if (isWanted(options, name)) yield* figures(name, await committing(processes, clients, commits), 'strictly serializable', 'object');
  if (isWanted(options, 'idle_day')) {
    const { requests } = await idling();
    yield figure({ suite: 'cost', case: 'idle_day', ours: requests, unit: 'requests', consistency: 'linearizable', durability: 'object' });
    const dollars = PRICES['s3'].storage / 30;
    yield figure({
      suite: 'cost',
      case: 'idle_day_per_gb_usd',
      ours: dollars,
      unit: 'USD',
      consistency: 'linearizable',
      durability: 'object',
    });
  }
}

/** Requests of each kind for an operation, on average. */
interface Each {
  readonly requests: number;
  readonly dollars: number;
}

function* figures(name: string, { requests, dollars }: Each, consistency: string, durability: string): Generator<Figure> {
  yield figure({ suite: 'cost', case: name, ours: requests * MILLION, unit: 'requests', consistency, durability });
  yield figure({ suite: 'cost', case: `${name}_usd`, ours: dollars * MILLION, unit: 'USD', consistency, durability });
}

/** Deletions are free. */
function eachOf({ get, create, replace, list, delete: deletes }: RequestTally, operations: number): Each {
  const { read, write, list: listing } = PRICES['s3'];
  const dollars = (get * read + (create + replace) * write + list * listing) / MILLION;
  return { requests: (get + create + replace + list + deletes) / operations, dollars: dollars / operations };
}

const READS = {
  reads_cold: async () => {
    const bucket = await filled();
    const { tally } = await bucket.measure(async () => {
      for (let at = 0; at < COLD_READS; at++) {
        const opened = await openEngine('memory:', { store: bucket, create: false, checkpoints: 'manual' });
        await opened.engine.session().query(`select name from t where id = ${keyAt(at)}`);
        await opened.close();
      }
    });
    return eachOf(tally, COLD_READS);
  },
  reads_warm: () => warmReads({ kind: 'linearizable' }),
  reads_bookmark: () => warmReads({ kind: 'eventual' }), // nothing newer was written: any bookmark is as good
};

async function warmReads(consistency: Consistency): Promise<Each> {
  const bucket = await filled();
  const database = await open('memory:', { store: bucket, create: false, checkpoints: 'manual', session: { consistency } });
  await database.query('select sum(length(name)) from t'); // every page is at hand
  const statement = await database.prepare('select name from t where id = $1');
  await statement.query([1]);
  const { tally } = await bucket.measure(async () => {
    for (let at = 0; at < WARM_READS; at++) await statement.query([keyAt(at)]);
  });
  await database.close();
  return eachOf(tally, WARM_READS);
}

async function filled(): Promise<CountingStore> {
  const bucket = new CountingStore(new MemoryStore({ clock: nodeRuntime().clock }));
  const database = await open('memory:', { store: bucket, checkpoints: 'manual' });
  await database.query('create table t (id int primary key, name text)');
  await database.query(`insert into t select g, 'row number ' || g from generate_series(1, ${ROWS}) g`);
  await database.checkpoint();
  await database.close();
  return bucket;
}

function keyAt(at: number): number {
  return ((at * 73_687) % ROWS) + 1;
}

async function committing(processes: number, clients: number, commits: number): Promise<Each> {
  const { world, bucket } = await newWorld();
  const open = async (name: string): Promise<{ readonly database: Database; readonly checkpointer: Checkpointer }> => {
    const { runtime } = new Process(world, name, 0);
    const store = new LatencyStore(bucket, runtime.clock, runtime.random);
    const maintenance: { checkpointer?: Checkpointer } = {};
    const database = await openDatabase(store, runtime, { onCommit: () => maintenance.checkpointer?.afterCommit() });
    maintenance.checkpointer = new Checkpointer(database);
    return { database, checkpointer: maintenance.checkpointer };
  };
  const measurement = bucket.begin();
  let begun = 0;
  const client = async (database: Database): Promise<void> => {
    for (let number = begun++; number < commits; number = begun++) {
      const transaction = database.begin({ isolation: 'serializable', readOnly: false });
      transaction.put(TREE, encodeKey(TREE, [number, null]), [number, `row number ${number}`]);
      await transaction.commit();
    }
  };
  const running = Array.from({ length: processes }, async (_, number) => {
    const { database, checkpointer } = await open(`writer ${number}`);
    await Promise.all(Array.from({ length: clients }, () => client(database)));
    await checkpointer.idle();
    await database.close();
  });
  await within(world, Promise.all(running));
  await within(world, collecting(world, open));
  return eachOf(measurement.end(), commits);
}

/** Lets time pass, and collects until nothing is left that the last checkpoint does not need. */
async function collecting(
  world: World,
  open: (name: string) => Promise<{ readonly database: Database; readonly checkpointer: Checkpointer }>,
) {
  const { database, checkpointer } = await open('collector');
  const { ageMs, graceMs, marginMs } = database.fence.options;
  await database.confirm({ kind: 'linearizable' });
  await checkpointer.run();
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => world.after(ageMs + graceMs + 2 * marginMs, resolve));
    await collectGarbage(database, { ageMs, graceMs, marginMs });
  }
  await database.close();
}

/** A day of an open database that nobody asks anything. */
async function idling(): Promise<RequestTally> {
  const { world, bucket } = await newWorld();
  const { runtime } = new Process(world, 'idle', 0);
  const database = await openDatabase(bucket, runtime);
  const measurement = bucket.begin();
  await world.run(() => false, DAY_MS);
  const tally = measurement.end();
  await database.close();
  return tally;
}

async function newWorld(): Promise<{ readonly world: World; readonly bucket: CountingStore }> {
  const world = new World(1, false);
  const bucket = new CountingStore(new MemoryStore({ clock: { now: () => world.nowMs } }));
  await createDatabase(bucket, new Process(world, 'creator', 0).runtime);
  return { world, bucket };
}

/** Lets time pass until `work` is done. */
async function within(world: World, work: Promise<unknown>): Promise<void> {
  let outcome: { readonly error?: unknown } | undefined;
  work.then(
    () => (outcome = {}),
    (error: unknown) => (outcome = { error }),
  );
  await world.run(() => outcome !== undefined, Infinity);
  if (outcome === undefined || 'error' in outcome) throw outcome?.error ?? new Error('the simulation came to rest early');
}
