/**
 * One run: clients, checkpointers and collectors over one bucket, first with faults, then (the calm) without, until everybody
 * is done; then every oracle has its say.
 */
import { isSqlError } from '../../src/base/sql-error.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import { openDatabase } from '../../src/transaction/database.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { findAnomalies, type Observation, type Operation } from '../isolation/list-append.ts';
import { Bucket } from './bucket.ts';
import { Client } from './client.ts';
import { type Attempt, type Cell, History, type State } from './history.ts';
import { Keeper } from './keeper.ts';
import { Process } from './process.ts';
import { differenceOfStates, type Replay, replay } from './replay-oracle.ts';
import { sealedView } from './sealing.ts';
import { type NetworkFaults, NO_FAULTS, SimStore } from './sim-store.ts';
import { type Swarm, swarmOf } from './swarm.ts';
import { Traveller } from './traveller.ts';
import { readState } from './workload.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly keepsNotes?: boolean | undefined;
  /** Everything in the bucket is sealed, and its keys are rotated now and then. */
  readonly isSealed?: boolean | undefined;
  /** Changes the drawn swarm. */
  readonly swarm?: ((drawn: Swarm) => Swarm) | undefined;
}

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly hash: string;
  readonly notes: readonly string[];
  readonly virtualMs: number;
  readonly events: number;
  readonly counts: Readonly<Record<Attempt['outcome'], number>>;
  readonly sightings: ReadonlyMap<string, number>;
}

const STORM_MS_MAX = 6 * 3_600_000;
const CALM_MS_MAX = 6 * 3_600_000;
const VIOLATIONS_MAX = 20;

/** Runs the simulation of one seed and judges it. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const simulation = new Simulation(seed, options);
  return simulation.run();
}

export class Simulation {
  readonly world: World;
  readonly bucket: Bucket;
  readonly swarm: Swarm;
  readonly options: DatabaseOptions;
  readonly violations: string[] = [];
  readonly serializableShare: number;
  readonly faults = (): NetworkFaults => (this.#isCalm ? NO_FAULTS : this.swarm.network);
  readonly isCalm = (): boolean => this.#isCalm;
  readonly isSealed: boolean;
  readonly #seed: number;
  readonly #history = new History();
  #isCalm = true;
  #values = 0;

  constructor(seed: number, options: SimulationOptions) {
    this.#seed = seed;
    this.world = new World(seed, options.keepsNotes === true);
    this.isSealed = options.isSealed === true;
    this.bucket = new Bucket(this.world, this.isSealed);
    const drawn = swarmOf(this.world);
    this.swarm = options.swarm?.(drawn) ?? drawn;
    this.serializableShare = this.world.chance(0.7) ? 1 : 0.5;
    const { fence, commitDeadlineMs, contention } = this.swarm;
    this.options = { fence, commitDeadlineMs, contention, bulkSegmentBytesMin: 200, bulkPartBytes: 600 };
  }

  /** The bucket as a process sees it over the network. */
  storeOf(process: Process): ObjectStore {
    const store = new SimStore(this.bucket, process, this.faults);
    return this.isSealed ? sealedView(store, process) : store;
  }

  nextValue(): number {
    return ++this.#values;
  }

  /** Errors that clients may meet; anything else is a violation. */
  expectSqlError(error: unknown, where: string): void {
    if (isSqlError(error)) return;
    this.violations.push(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  async run(): Promise<Outcome> {
    const { world, swarm } = this;
    let isCreated = false;
    const creator = new Process(world, 'creator', 0);
    void createDatabase(this.storeOf(creator), creator.runtime, this.options).then(() => {
      isCreated = true;
    });
    await world.run(() => isCreated, STORM_MS_MAX);
    this.#isCalm = false;
    const clients = Array.from({ length: swarm.clients }, (_, number) => new Client(this, this.#history, `c${number}`));
    const keepers = [
      ...Keeper.crew(this),
      ...Array.from({ length: swarm.travellers }, (_, number) => new Traveller(this, this.#history, `t${number}`)),
    ];
    const isDone = (): boolean => clients.every((client) => client.isDone);
    const stormEndMs = world.elapsedMs + STORM_MS_MAX;
    await world.run(() => isDone() || this.violations.length > VIOLATIONS_MAX, stormEndMs);
    this.#isCalm = true;
    world.note('calm');
    for (const { process } of [...clients, ...keepers]) process.thaw();
    const settled = await world.run(isDone, world.elapsedMs + CALM_MS_MAX);
    for (const keeper of keepers) keeper.process.die();
    const stuck = clients.filter((client) => !client.isDone).map((client) => client.name);
    if (!settled) this.violations.push(`L: after the faults stopped, ${stuck.join(', ')} did not finish within ${CALM_MS_MAX} ms`);
    await this.#landGhosts();
    await this.#judge();
    return this.#outcome();
  }

  /** Whatever is still under way lands now: a ghost between the replay and the audit would have them judge two logs. */
  async #landGhosts(): Promise<void> {
    const { world, bucket } = this;
    await world.run(() => bucket.requestsUnderWay === 0, world.elapsedMs + CALM_MS_MAX);
  }

  async #judge(): Promise<void> {
    const { crypto } = nodeRuntime();
    const replayed: Replay = replay(this.bucket.history, this.#history, crypto);
    this.violations.push(...this.bucket.violations, ...replayed.violations);
    const observations = this.#history.attempts
      .filter((attempt) => attempt.isolation === 'serializable' || replayed.committed.has(attempt))
      .map(observationOf);
    if (this.serializableShare === 1 && !replayed.isRestored) {
      for (const anomaly of findAnomalies(observations)) this.violations.push(`cycles: ${anomaly.kind}: ${anomaly.words}`);
    }
    await this.#compareFinal(replayed.final);
  }

  /** What a fresh process reads is what the log says. */
  async #compareFinal(expected: State): Promise<void> {
    const reader = new Process(this.world, 'auditor', 0);
    let read: State | undefined;
    const reading = this.#readAll(reader).then(
      (state) => {
        read = state;
      },
      (error: unknown) => {
        this.violations.push(
          `F: a fresh process could not read: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        read = expected;
      },
    );
    await this.world.run(() => read !== undefined, this.world.elapsedMs + CALM_MS_MAX);
    void reading;
    if (read === undefined) {
      this.violations.push('F: a fresh process did not finish reading');
      return;
    }
    const difference = differenceOfStates(expected, read);
    if (difference !== undefined) this.violations.push(`F: ${difference}`);
  }

  async #readAll(reader: Process): Promise<State> {
    const database = await openDatabase(this.storeOf(reader), reader.runtime, this.options);
    await database.confirm({ kind: 'linearizable' });
    return readState(database.begin({ isolation: 'serializable', readOnly: true }));
  }

  #outcome(): Outcome {
    const counts = { committed: 0, failed: 0, unknown: 0 };
    for (const attempt of this.#history.attempts) counts[attempt.outcome]++;
    return {
      seed: this.#seed,
      violations: this.violations.slice(0, VIOLATIONS_MAX),
      hash: this.world.hash,
      notes: this.world.notes,
      virtualMs: this.world.elapsedMs,
      events: this.world.events,
      counts,
      sightings: this.bucket.sightings,
    };
  }
}

/** What the cycle checker may know of an attempt: the lists it read whole, what it appended, and when. */
function observationOf(attempt: Attempt): Observation {
  const operations: Operation[] = [];
  let appends = 0;
  for (const step of attempt.steps) {
    if (step.kind === 'get' && step.tree === 'lists') operations.push({ kind: 'read', key: step.key, values: valuesOf(step.saw) });
    else if (step.kind === 'scan' && step.tree === 'lists' && step.to < 1_000) {
      const rows = new Map(step.saw);
      for (let key = step.from; key < step.to; key++) operations.push({ kind: 'read', key, values: valuesOf(rows.get(key) ?? null) });
    } else if (step.kind === 'put' && step.tree === 'lists' && step.key < 1_000)
      operations.push({ kind: 'append', ...attempt.appends[appends++] });
  }
  return { operations, outcome: attempt.outcome, startedMs: attempt.startedMs, endedMs: attempt.endedMs };
}

function valuesOf(cell: Cell | null): number[] {
  return cell === null ? [] : String(cell).split(',').map(Number);
}
