/** What all sessions of one process share: the database's state, the catalog as last read, cached plans, sequence blocks. */
import type { Runtime } from '../base/runtime.ts';
import type { SystemRelations } from '../catalog/snapshot.ts';
import type { TreeStorage } from '../storage/residency.ts';
import type { SampleOptions, TreeSample } from '../storage/sample.ts';
import type { TreeId, TreeSchema } from '../storage/tree.ts';
import type { VectorHost } from '../executor/vector/context.ts';
import { buildRegistry } from '../types/registry.ts';
import type { FunctionRegistry } from '../types/function.ts';
import type { DatabaseState } from '../transaction/transaction.ts';
import { CatalogCache } from './catalog-cache.ts';
import { PlanCache } from './plan-cache.ts';
import { SequenceBlocks } from './sequences.ts';
import type { Session, SessionOptions } from './session.ts';
import { SqlSession } from './sql-session.ts';

/** Counts store requests, for EXPLAIN ANALYZE. */
export interface Meter {
  begin(): { end(): MeterReading };
}

export interface MeterReading {
  readonly requests: number;
  /** Sequential round trips. */
  readonly depth: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface EngineOptions {
  readonly state: DatabaseState;
  readonly runtime: Runtime;
  readonly system: SystemRelations;
  readonly meter?: Meter | undefined;
  /** What CHECKPOINT asks for; absent where nobody can. */
  readonly checkpoint?: (() => Promise<void>) | undefined;
  /** Estimated rows of a tree at the newest state. */
  readonly estimateRows: (tree: number) => number;
  /** How large a tree is and how much of it is in memory, for the planner. */
  readonly treeStorage: (tree: TreeId) => TreeStorage;
  /** A sample of a tree at the newest state, for ANALYZE. */
  readonly sampleTree: (tree: TreeSchema, columns: readonly number[], options: SampleOptions) => Promise<TreeSample>;
  /** What large plans run over; absent: everything runs by rows. */
  readonly vectors?: (() => VectorHost) | undefined;
}

export class Engine {
  readonly state: DatabaseState;
  readonly runtime: Runtime;
  readonly registry: FunctionRegistry;
  readonly catalogs: CatalogCache;
  readonly plans = new PlanCache();
  readonly sequences: SequenceBlocks;
  readonly meter: Meter | undefined;
  readonly checkpoint: (() => Promise<void>) | undefined;
  readonly estimateRows: (tree: number) => number;
  readonly treeStorage: EngineOptions['treeStorage'];
  readonly sampleTree: EngineOptions['sampleTree'];
  readonly vectors: (() => VectorHost) | undefined;
  #nextBackend = 1;

  constructor(options: EngineOptions) {
    this.state = options.state;
    this.runtime = options.runtime;
    this.registry = buildRegistry();
    this.catalogs = new CatalogCache(options.state, options.system);
    this.sequences = new SequenceBlocks(options.state);
    this.meter = options.meter;
    this.checkpoint = options.checkpoint;
    this.estimateRows = options.estimateRows;
    this.treeStorage = options.treeStorage;
    this.sampleTree = options.sampleTree;
    this.vectors = options.vectors;
  }

  session(options: SessionOptions = {}): Session {
    return new SqlSession(this, options, options.backend ?? this.#nextBackend++);
  }
}
