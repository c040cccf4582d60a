/** A process that checkpoints or collects every now and then, beside any number of others that do the same. */
import { Process } from './process.ts';
import type { Simulation } from './simulation.ts';

export class Keeper {
  readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }

  static crew(_simulation: Simulation): Keeper[] {
    return [];
  }
}
