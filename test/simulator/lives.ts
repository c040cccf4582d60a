import type { Point } from '../../src/maintenance/points.ts';
import { Process } from './process.ts';
import type { Simulation } from './simulation.ts';

/** The processes of one name, one after the other: each works until it dies at a point of what it does, and is followed by another. */
export class Lives {
  readonly #simulation: Simulation;
  readonly #name: string;
  readonly #work: (process: Process) => Promise<void>;
  #count = 0;
  #process: Process;

  constructor(simulation: Simulation, name: string, work: (process: Process) => Promise<void>) {
    this.#simulation = simulation;
    this.#name = name;
    this.#work = work;
    this.#process = this.#spawn();
  }

  /** The newest one. */
  get process(): Process {
    return this.#process;
  }

  /** `process` came to a point, where it may die or freeze. */
  async at(process: Process, point: Point): Promise<void> {
    const { world, swarm, bucket, isCalm } = this.#simulation;
    bucket.see(point);
    if (!isCalm() && swarm.crash > 0 && world.chance(0.03)) {
      process.die();
      world.after(1_000, () => {
        if (this.#process === process) this.#spawn();
      });
    }
    if (!isCalm() && world.chance(swarm.keeperFreeze)) process.freeze(swarm.freezeMs * (0.5 + world.fraction()));
    await process.alive;
  }

  #spawn(): Process {
    const { world, swarm } = this.#simulation;
    this.#process = new Process(world, `${this.#name}.${++this.#count}`, (world.fraction() - 0.5) * 2 * swarm.skewMs);
    void this.#work(this.#process);
    return this.#process;
  }
}
