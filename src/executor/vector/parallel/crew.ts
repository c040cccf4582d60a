/**
 * Workers that run a pipeline together with this thread, seen from here: they are sent their task, given memory, and waited for.
 *
 * Invariants
 *   W1  This thread alone takes slabs for workers, and keeps them until no worker is at work on the task.
 *   W2  A worker that fails stops all; what came to be then counts for nothing.
 */
import { SLAB_BYTES } from '../../../kernels/heap.ts';
import type { Computing } from '../computing.ts';
import { MorselQueue } from './morsel-queue.ts';
import type { Sink, Stage } from './pipeline.ts';
import { failureOf, type Made } from './worker-task.ts';
import type { VectorWorker } from './workers.ts';

/** What a buffer of whole slabs leaves of them for the query's own bookkeeping. */
const SLAB_SPARE_BYTES = 64;

export class Crew {
  readonly queue: MorselQueue;
  /** Threads at work, this one among them. */
  readonly threads: number;
  readonly #workers: readonly VectorWorker[];
  readonly #context: Pick<Computing, 'host' | 'memory'>;
  /** By worker; they never reject. */
  #outcomes: readonly Promise<void>[] = [];
  readonly #isDone: boolean[];
  readonly #made: Made[] = [];
  #failure: { readonly reason: unknown } | undefined;
  #isStopped = false;
  #wake: (() => void) | undefined;

  /** `columns` are those of a morsel. */
  constructor(workers: readonly VectorWorker[], columns: number, context: Pick<Computing, 'host' | 'memory'>) {
    this.#workers = workers;
    this.#context = context;
    this.queue = new MorselQueue(columns, workers.length);
    this.threads = workers.length + 1;
    this.#isDone = workers.map(() => false);
  }

  /** Sends the workers to the queue. */
  start(stages: readonly Stage[], sink: Sink): void {
    const { memory } = this.#context.host.heap;
    const shared = { queue: this.queue.memory, workers: this.#workers.length, stages, sink, heapBytes: memory.buffer.byteLength };
    this.#outcomes = this.#workers.map(async (worker, seat) => {
      try {
        const outcome = await worker.run({ ...shared, seat }, () => this.#woken());
        if (outcome.kind === 'done') this.#made.push(outcome.made);
        else if (outcome.kind !== 'idle' && outcome.kind !== 'stopped') this.#fail(failureOf(outcome));
      } catch (reason) {
        this.#fail(reason);
      }
      this.#isDone[seat] = true;
      this.#woken();
    });
  }

  /** What the workers made; to be called after `settled`. */
  get made(): readonly Made[] {
    return this.#made;
  }

  get heapBytes(): number {
    return this.#context.host.heap.memory.buffer.byteLength;
  }

  /** Gives workers the memory that they wait for. To be called often. */
  service(): void {
    for (let seat = 0; seat < this.#workers.length; seat++) {
      const slabs = this.queue.wantedBy(seat);
      if (slabs > 0) this.queue.grant(seat, this.#isStopped ? 0 : this.#slabs(slabs), this.heapBytes);
    }
  }

  /** Waits until a worker wants something or finished a morsel, unless `isReady` after it was said that this thread sleeps. */
  async sleep(isReady: () => boolean): Promise<void> {
    this.queue.setSleeping(true);
    this.service();
    if (!isReady() && !this.queue.isStopped) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.queue.setSleeping(false);
  }

  /** Looks after workers while this thread waits for something else. */
  async whileAway<T>(awaited: Promise<T>): Promise<T> {
    this.queue.setSleeping(true);
    this.service();
    const result = await awaited;
    this.queue.setSleeping(false);
    return result;
  }

  /** Waits until all have run out of morsels. Throws what a worker failed for. */
  async settled(): Promise<void> {
    this.queue.end();
    const entered = this.#outcomes.filter((_, seat) => this.queue.closeSeat(seat));
    await this.whileAway(Promise.all(entered));
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /** Throws what a worker failed for, once the queue was stopped. */
  async failed(): Promise<never> {
    await this.whileAway(Promise.all(this.#outcomes.filter((_, seat) => this.queue.closeSeat(seat))));
    throw this.#failure === undefined ? new RangeError('nobody failed, but the queue was stopped') : this.#failure.reason;
  }

  /** Makes workers leave, and does `afterwards` once none is at work: at once when that is so already (W1). */
  stop(afterwards: () => void): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.queue.stop();
    this.queue.setSleeping(true);
    this.service();
    const active = this.#outcomes.filter((_, seat) => this.queue.closeSeat(seat) && !this.#isDone[seat]);
    if (active.length === 0) {
      afterwards();
      return;
    }
    this.#context.memory.keepUntil(Promise.all(active).then(afterwards));
  }

  #woken(): void {
    if (this.#wake !== undefined) {
      this.#wake();
      return;
    }
    this.queue.setSleeping(true);
    this.service();
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.queue.stop();
  }

  #slabs(count: number): number {
    try {
      return this.#context.memory.take(count * SLAB_BYTES - SLAB_SPARE_BYTES);
    } catch {
      return 0;
    }
  }
}
