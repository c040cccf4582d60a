/**
 * A process that goes back in time: it reads states of the past, makes branches of them, writes there, deletes them, and now and then restores
 * one for everybody. What it saw is for the replay of the log to judge. It dies and freezes too.
 */
import { isSqlError } from '../../src/base/sql-error.ts';
import { createBranch, deleteBranch, openBranch } from '../../src/maintenance/branch.ts';
import type { Point } from '../../src/maintenance/points.ts';
import { restoreTo } from '../../src/maintenance/restore.ts';
import { slot as slotOf, type Slot } from '../../src/storage/tree.ts';
import { type Database, openDatabase } from '../../src/transaction/database.ts';
import type { Transaction } from '../../src/transaction/transaction.ts';
import { RetryingStore } from '../../vfs/wrappers/retrying.ts';
import { Lives } from './lives.ts';
import type { Process } from './process.ts';
import type { History } from './history.ts';
import { NOTE_PREFIX } from './replay-oracle.ts';
import type { Simulation } from './simulation.ts';
import { readState, writeNote } from './workload.ts';

/** How many slots back a traveller goes. */
const SLOTS_BACK = 12;

/** Shortest pause between two travels, ms: each costs as much as a dozen transactions. */
const PAUSE_MS_MIN = 8_000;

export class Traveller {
  readonly #simulation: Simulation;
  readonly #lives: Lives;
  readonly #history: History;
  readonly #name: string;
  #branches = 0;

  constructor(simulation: Simulation, history: History, name: string) {
    this.#simulation = simulation;
    this.#history = history;
    this.#name = name;
    this.#lives = new Lives(simulation, name, (process) => this.#work(process));
  }

  get process(): Process {
    return this.#lives.process;
  }

  async #work(process: Process): Promise<void> {
    const { world, options, swarm } = this.#simulation;
    const store = new RetryingStore(this.#simulation.storeOf(process), process.runtime);
    let database: Database | undefined;
    for (;;) {
      await process.runtime.clock.sleep((0.2 + world.fraction()) * Math.max(PAUSE_MS_MIN, swarm.keepEveryMs * 4));
      if (this.#simulation.isCalm()) continue;
      try {
        database ??= await openDatabase(store, process.runtime, options);
        await this.#travel(process, database);
      } catch (error) {
        this.#simulation.expectSqlError(error, `${process.name} travels`);
        world.note(`${process.name}: ${error instanceof Error ? error.message : String(error)}`);
        database = undefined;
      }
    }
  }

  async #travel(process: Process, database: Database): Promise<void> {
    const { bucket, swarm, world } = this.#simulation;
    await database.confirm({ kind: 'linearizable' });
    const slot = slotOf(Math.max(0, database.slot - world.below(SLOTS_BACK)));
    const at = (point: Point): Promise<void> => this.#lives.at(process, point);
    if (world.chance(swarm.restore)) {
      const { from } = await restoreTo(database, { kind: 'slot', slot }, at);
      bucket.see('restored');
      world.note(`${process.name} restored slot ${from}`);
    } else if (world.chance(0.5)) {
      await this.#visit(await database.beginAt({ kind: 'slot', slot }), slot, process.name);
    } else await this.#branch(process, database, slot, at);
  }

  async #branch(process: Process, database: Database, slot: Slot, at: (point: Point) => Promise<void>): Promise<void> {
    const { bucket, world } = this.#simulation;
    const name = `${this.#name}-${++this.#branches}`;
    await createBranch(database, name, { kind: 'slot', slot }, at);
    bucket.see('branched');
    const branch = await openBranch(database, name);
    await this.#visit(branch.begin({ isolation: 'serializable', readOnly: true }), slot, `${process.name} in ${name}`);
    const text = `in ${name}`;
    const isWritten = await writeNote(branch, text).then(
      () => true,
      (error: unknown) => isSqlError(error, 'transaction_resolution_unknown') && false,
    );
    await process.runtime.clock.sleep(world.fraction() * this.#simulation.swarm.keepEveryMs * 4);
    const later = await readState((await openBranch(database, name)).begin({ isolation: 'serializable', readOnly: true }));
    if (isWritten && !later.has(NOTE_PREFIX + text)) this.#simulation.violations.push(`B: ${name} lost what was committed in it`);
    later.delete(NOTE_PREFIX + text);
    this.#history.visits.push({ slot, state: later, by: `${process.name} later in ${name}` });
    if (world.chance(0.7)) await deleteBranch(database, name, at);
  }

  async #visit(transaction: Transaction, slot: Slot, by: string): Promise<void> {
    this.#history.visits.push({ slot, state: await readState(transaction), by });
    this.#simulation.bucket.see('visited');
  }
}
