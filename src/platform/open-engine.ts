/** From a URL to an engine: the store, its meter and caches, the database (created when absent), the parser, checkpoints. */
import type { Runtime } from '../base/runtime.ts';
import { isSqlError } from '../base/sql-error.ts';
import { initializeCatalog } from '../catalog/initialize.ts';
import { systemRelations } from '../catalog/system/relations.ts';
import { Collector } from '../maintenance/collector.ts';
import { Checkpointer } from '../maintenance/policy.ts';
import { StatisticsKeeper } from '../maintenance/statistics.ts';
import { Engine } from '../session/engine.ts';
import { treeStorage } from '../storage/residency.ts';
import { sampleTree } from '../storage/sample.ts';
import { parseAnchor, requireAnchor } from '../transaction/anchor.ts';
import { createDatabase } from '../transaction/create.ts';
import type { CommitNotice, DatabaseOptions } from '../transaction/database-options.ts';
import { openDatabase, type Database } from '../transaction/database.ts';
import type { FenceOptions } from '../transaction/fence.ts';
import { probeStore } from '../../vfs/probe.ts';
import { BranchStore } from '../../vfs/wrappers/branch.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import type { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { SealedTier } from '../../vfs/encryption/sealed-tier.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { diskCacheOf, diskTiers, type DiskCacheOptions } from './disk-cache.ts';
import { nodeRuntime } from './node-runtime.ts';
import { loadParserOnNode } from './parser-node.ts';
import { openSealable, type StoreOptions } from './store-url.ts';
import { NodeVectors, pageCacheBytes } from './vector-host.ts';

export interface OpenOptions extends StoreOptions {
  /** Whether a database is created where there is none; default true. */
  readonly create?: boolean | undefined;
  /** When checkpoints happen: after commits that make the tail long (default), or only when asked for. */
  readonly checkpoints?: 'automatic' | 'manual' | undefined;
  /** Told of every commit made here, with the length of the log's tail. */
  readonly onCommit?: ((notice: CommitNotice) => void) | undefined;
  /** What is remembered of the database: an older or another state is refused (`transaction/anchor.ts`), and none is created. */
  readonly anchor?: string | undefined;
  readonly runtime?: Runtime | undefined;
  /** How long the collector leaves what is old, and which answers of the store are believed: the same for all who open the database. */
  readonly fence?: Partial<FenceOptions> | undefined;
  /** A folder for copies of stored pages, so that what left memory need not be fetched again; what VELOCIDB_DISK_CACHE says unless given. */
  readonly diskCache?: DiskCacheOptions | 'off' | undefined;
  /** A store to use instead of the URL's: tests, measurements. */
  readonly store?: ObjectStore | undefined;
}

export interface OpenedEngine {
  readonly engine: Engine;
  readonly database: Database;
  readonly store: CountingStore;
  /** Undefined where nothing is encrypted. */
  readonly keyring: KeyringFile | undefined;
  readonly runtime: Runtime;
  close(): Promise<void>;
}

/** Opens the database at `url`. SQLSTATE 3D000 when there is none and it may not be created, 0A000 for a bucket that cannot be trusted, XX001 and 72000 by `anchor`. */
export async function openEngine(url: string, options: OpenOptions = {}): Promise<OpenedEngine> {
  const runtime = options.runtime ?? nodeRuntime();
  const [{ store: inner, keyring }] = await Promise.all([openSealable(url, runtime, options, options.store), loadParserOnNode()]);
  const store = new CountingStore(inner);
  const maintenance: { checkpointer?: Checkpointer; collector?: Collector; statistics?: StatisticsKeeper } = {}; // commits happen before there is one
  const diskCache = options.diskCache ?? diskCacheOf(process.env);
  const anchor = options.anchor === undefined ? undefined : parseAnchor(options.anchor);
  const onCommit = (notice: CommitNotice): void => {
    if (options.checkpoints !== 'manual') {
      maintenance.statistics?.afterCommit(notice);
      maintenance.checkpointer?.afterCommit();
      maintenance.collector?.afterCommit();
    }
    options.onCommit?.(notice);
  };
  const database = await openOrCreate(store, runtime, anchor === undefined && (options.create ?? true), {
    onCommit,
    databaseId: inner instanceof BranchStore ? inner.id : undefined,
    fence: options.fence,
    pageCacheBytesMax: pageCacheBytes(),
    tiers: (id) => {
      const tiers = diskTiers(diskCache, id);
      return keyring === undefined ? tiers : tiers.map((tier) => new SealedTier(tier, keyring, runtime));
    },
  });
  if (anchor !== undefined) await requireAnchor(database, anchor);
  const statistics = new StatisticsKeeper(database);
  const collector = new Collector(database);
  const checkpointer = new Checkpointer(database, { statistics, collector });
  maintenance.checkpointer = checkpointer;
  maintenance.collector = collector;
  maintenance.statistics = statistics;
  const vectors = new NodeVectors({ sealsSpills: keyring !== undefined });
  const engine = new Engine({
    state: database,
    runtime,
    system: systemRelations(),
    meter: store,
    checkpoint: async () => {
      await checkpointer.run();
    },
    estimateRows: (tree) => database.estimateRows(tree),
    treeStorage: (tree) => treeStorage(database.snapshot(), tree),
    sampleTree: (tree, columns, wanted) => sampleTree(database.snapshot(), tree, columns, wanted),
    vectors: vectors.host,
  });
  return {
    engine,
    database,
    store,
    keyring,
    runtime,
    async close() {
      await checkpointer.idle();
      await collector.idle();
      await statistics.idle();
      await vectors.close();
      await database.close();
    },
  };
}

async function openOrCreate(store: ObjectStore, runtime: Runtime, create: boolean, options: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(store, runtime, options).catch(async (error: unknown) => {
    if (!create || !isSqlError(error, 'invalid_catalog_name')) throw error;
    await probeStore(store, runtime);
    return createDatabase(store, runtime, options).catch((failure: unknown) => {
      if (!isSqlError(failure, 'duplicate_database')) throw failure;
      return openDatabase(store, runtime, options); // another process was quicker
    });
  });
  // Whoever made the root may have died before the first commit, or not be there yet.
  if (create && database.slot === 0) await initializeCatalog(database);
  return database;
}
