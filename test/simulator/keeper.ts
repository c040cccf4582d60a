/** A process that checkpoints or collects every now and then, beside any number of others that do the same. It dies and freezes too. */
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { collectGarbage } from '../../src/maintenance/garbage.ts';
import type { Point } from '../../src/maintenance/points.ts';
import { rotateDataKey } from '../../src/maintenance/rotate.ts';
import { type Database, openDatabase } from '../../src/transaction/database.ts';
import { Lives } from './lives.ts';
import type { Process } from './process.ts';
import { SealedStore } from '../../vfs/encryption/sealed-store.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { RetryingStore } from '../../vfs/wrappers/retrying.ts';
import type { Simulation } from './simulation.ts';

type Duty = 'checkpoint' | 'collect' | 'rotate';

/** Bytes of a segment in the simulation: small, so that there are several. */
const SEGMENT_BYTES = 2_048;

/** Rounds without anything to do make the pauses this many times longer, at most. */
const IDLE_MAX = 64;

export class Keeper {
  readonly #simulation: Simulation;
  readonly #lives: Lives;
  readonly #duty: Duty;

  constructor(simulation: Simulation, duty: Duty, name: string) {
    this.#simulation = simulation;
    this.#duty = duty;
    this.#lives = new Lives(simulation, name, (process) => this.#work(process));
  }

  /** The crew that the swarm asks for. */
  static crew(simulation: Simulation): Keeper[] {
    const { checkpointers, collectors } = simulation.swarm;
    return [
      ...(simulation.isSealed ? [new Keeper(simulation, 'rotate', 'r0')] : []),
      ...Array.from({ length: checkpointers }, (_, number) => new Keeper(simulation, 'checkpoint', `k${number}`)),
      ...Array.from({ length: collectors }, (_, number) => new Keeper(simulation, 'collect', `g${number}`)),
    ];
  }

  get process(): Process {
    return this.#lives.process;
  }

  async #work(process: Process): Promise<void> {
    const { world, options, swarm } = this.#simulation;
    const view = this.#simulation.storeOf(process);
    const store = new RetryingStore(view, process.runtime);
    let database: Database | undefined;
    let idle = 1;
    for (;;) {
      await process.runtime.clock.sleep(world.fraction() * swarm.keepEveryMs * idle);
      try {
        database ??= await openDatabase(store, process.runtime, options);
        idle = (await this.#serve(process, database, view)) ? 1 : Math.min(idle * 2, IDLE_MAX);
        if (world.chance(0.1)) database = undefined;
      } catch (error) {
        this.#simulation.expectSqlError(error, `${process.name} keeps`);
        world.note(`${process.name}: ${error instanceof Error ? error.message : String(error)}`);
        database = undefined;
      }
    }
  }

  /** One round. Answers whether there was anything to do. */
  async #serve(process: Process, database: Database, view: ObjectStore): Promise<boolean> {
    const { bucket, swarm, world } = this.#simulation;
    const at = (point: Point): Promise<void> => this.#lives.at(process, point);
    if (this.#duty === 'checkpoint') {
      if (world.chance(0.7)) await database.confirm({ kind: 'linearizable' });
      const { kind } = await checkpoint(database, { at, segmentBytesTarget: SEGMENT_BYTES });
      bucket.see(`checkpoint ${kind}`);
      return kind !== 'current';
    }
    if (this.#duty === 'rotate') {
      if (view instanceof SealedStore) await rotateDataKey(database, view.keyring, at);
      return false; // ever more rarely
    }
    const { ageMs, graceMs, marginMs } = swarm.fence;
    const before = database.root.fence?.boundary;
    const report = await collectGarbage(database, { ageMs, graceMs, marginMs, at });
    return report.recordsDeleted + report.segmentsDeleted + report.checkpointsDeleted > 0 || report.boundary !== before;
  }
}
