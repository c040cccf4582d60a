/**
 * One client: a process that opens the database and runs transactions, and whatever becomes of it. When its process dies, the
 * next one goes on where it stopped; what was under way is a transaction whose outcome nobody heard.
 */
import { AssertionError } from '../../src/base/assert.ts';
import { isSqlError } from '../../src/base/sql-error.ts';
import type { DatabaseOptions } from '../../src/transaction/database-options.ts';
import { type Database, openDatabase } from '../../src/transaction/database.ts';
import type { Isolation, Transaction } from '../../src/transaction/transaction.ts';
import type { Attempt, History } from './history.ts';
import { Process } from './process.ts';
import { RetryingStore } from '../../vfs/wrappers/retrying.ts';
import type { Simulation } from './simulation.ts';
import { drawPlan, READING, runPlan, Steps } from './workload.ts';

/** Transactions of one client that run beside each other over one open database, so that groups form. */
const SESSIONS = 2;

export class Client {
  readonly name: string;
  readonly #simulation: Simulation;
  readonly #history: History;
  #left: number;
  #process: Process;
  #incarnation = 0;
  #sessionsDone = 0;

  constructor(simulation: Simulation, history: History, name: string) {
    this.name = name;
    this.#simulation = simulation;
    this.#history = history;
    this.#left = simulation.swarm.transactionsPerClient;
    this.#process = this.#spawn();
  }

  get isDone(): boolean {
    return this.#left <= 0 && this.#sessionsDone === SESSIONS;
  }

  get process(): Process {
    return this.#process;
  }

  #spawn(): Process {
    const { world, swarm } = this.#simulation;
    const process = new Process(world, `${this.name}.${++this.#incarnation}`, (world.fraction() - 0.5) * 2 * swarm.skewMs);
    this.#process = process;
    this.#sessionsDone = 0;
    const opened = this.#open(process);
    for (let session = 0; session < SESSIONS; session++) void this.#work(process, opened);
    return process;
  }

  async #open(process: Process): Promise<Database> {
    const { options } = this.#simulation;
    const store = new RetryingStore(this.#simulation.storeOf(process), process.runtime);
    for (;;) {
      try {
        return await openDatabase(store, process.runtime, {
          ...options,
          at: (point) => this.#at(process, point),
        } satisfies DatabaseOptions);
      } catch (error) {
        this.#simulation.expectSqlError(error, `${process.name} opens`);
        await process.runtime.clock.sleep(200);
      }
    }
  }

  async #work(process: Process, opened: Promise<Database>): Promise<void> {
    const { world, swarm } = this.#simulation;
    const database = await opened;
    while (this.#left > 0) {
      this.#left--;
      await process.runtime.clock.sleep(world.fraction() * swarm.thinkMs);
      this.#mishap(process);
      await process.alive;
      await this.#transaction(process, database);
    }
    this.#sessionsDone++;
  }

  /** Some time soon the process freezes, or dies and is started again. */
  #mishap(process: Process): void {
    const { world, swarm, isCalm } = this.#simulation;
    if (isCalm()) return;
    if (world.chance(swarm.freeze)) world.after(world.fraction() * 200, () => process.freeze(swarm.freezeMs * (0.5 + world.fraction())));
    if (world.chance(swarm.crash)) world.after(world.fraction() * 200, () => this.#crash(process));
  }

  #crash(process: Process): void {
    if (process.isDead || this.#simulation.isCalm()) return;
    process.die();
    this.#simulation.world.after(100, () => {
      if (this.#process === process) this.#spawn();
    });
  }

  async #at(process: Process, point: string): Promise<void> {
    const { world, swarm, bucket, isCalm } = this.#simulation;
    bucket.see(point);
    if (isCalm()) return;
    if (swarm.crash > 0 && world.chance(0.01)) this.#crash(process);
    if (world.chance(swarm.freeze / 8)) process.freeze(swarm.freezeMs * (0.5 + world.fraction()));
    await process.alive;
  }

  async #transaction(process: Process, database: Database): Promise<void> {
    const { world, bucket } = this.#simulation;
    const isolation: Isolation = world.chance(this.#simulation.serializableShare)
      ? 'serializable'
      : world.of(['repeatable read', 'read committed']);
    const plan = drawPlan(world);
    if (world.chance(0.3)) await this.#confirm(process, database);
    const transaction = database.begin({ isolation, readOnly: READING.has(plan) });
    const attempt = this.#history.begin(this.name, transaction.id, isolation, transaction.snapshot, world.elapsedMs);
    let isCommitting = false;
    try {
      await runPlan(plan, new Steps(transaction, attempt), world, {
        keys: this.#simulation.swarm.keys,
        nextValue: () => this.#simulation.nextValue(),
        beginStatement: () => this.#beginStatement(process, database, transaction),
      });
      if (world.chance(0.05)) await process.runtime.clock.sleep(world.fraction() * 2_000);
      isCommitting = true;
      const result = await transaction.commit();
      this.#history.committed(attempt, result.slot, world.elapsedMs);
      world.note(`${process.name} committed ${transaction.id.slice(0, 8)} at ${String(result.slot)}`);
    } catch (error) {
      transaction.rollback();
      this.#judge(process, attempt, error, isCommitting);
      bucket.see(isSqlError(error) ? `error ${error.code}` : 'error');
      if (error instanceof AssertionError) await this.#discard(process);
    }
  }

  /** At read committed: takes a fresh snapshot, sometimes one that must hold whatever anybody was told of by now. */
  async #beginStatement(process: Process, database: Database, transaction: Transaction): Promise<void> {
    if (transaction.isolation !== 'read committed') return;
    const { acknowledged } = this.#history;
    const isConfirmed = this.#simulation.world.chance(0.5);
    if (isConfirmed) await database.confirm({ kind: 'linearizable' });
    transaction.beginStatement();
    if (isConfirmed && transaction.snapshot < acknowledged)
      this.#simulation.violations.push(
        `R6: a statement of ${process.name} saw slot ${transaction.snapshot}, yet ${acknowledged} was acknowledged before it began`,
      );
  }

  #judge(process: Process, attempt: Attempt, error: unknown, isCommitting: boolean): void {
    const { world } = this.#simulation;
    const isUnknown = isSqlError(error, 'transaction_resolution_unknown');
    this.#history.ended(attempt, isUnknown ? 'unknown' : 'failed', world.elapsedMs);
    world.note(`${process.name} ${attempt.id.slice(0, 8)}: ${error instanceof Error ? error.message : String(error)}`);
    this.#simulation.expectSqlError(error, `${process.name} in ${isCommitting ? 'commit' : 'its body'}`);
    if (isUnknown && !isCommitting) this.#simulation.violations.push('08007 outside of a commit');
  }

  async #confirm(process: Process, database: Database): Promise<void> {
    try {
      await database.confirm({ kind: 'linearizable' });
    } catch (error) {
      this.#simulation.expectSqlError(error, `${process.name} confirms`);
    }
  }

  async #discard(process: Process): Promise<void> {
    this.#crash(process);
    await process.alive;
  }
}
