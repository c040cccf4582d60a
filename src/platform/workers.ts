/** Worker threads that compute over the heap's memory. They keep no process alive but while they have a task. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Outcome, Task } from '../executor/vector/parallel/worker-task.ts';
import type { VectorWorker, VectorWorkers } from '../executor/vector/parallel/workers.ts';

/** Workers of one process, at most. */
const WORKERS_MAX = 63;

/** The worker's program, as it lies beside compiled code and beside the bundled command. */
const PROGRAM = new URL('./vector-worker.js', import.meta.url);

/** Threads over a memory, started when they are first wanted. */
export interface WorkerPool extends VectorWorkers {
  /** Ends all threads, whatever they are at. */
  close(): Promise<void>;
}

/** Undefined where the worker's program is not at hand: bundles of functions, sources that were not compiled. */
export function workerPool(memory: WebAssembly.Memory): WorkerPool | undefined {
  return import.meta.url.startsWith('file:') && existsSync(PROGRAM) ? new Pool(memory) : undefined;
}

class Pool implements WorkerPool {
  readonly threads = availableParallelism();
  readonly #memory: WebAssembly.Memory;
  #workers: ThreadWorker[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  idle(count: number): readonly VectorWorker[] {
    this.#workers = this.#workers.filter((worker) => !worker.isEnded);
    const idle = this.#workers.filter((worker) => !worker.isBusy).slice(0, count);
    while (idle.length < count && this.#workers.length < WORKERS_MAX) {
      const worker = new ThreadWorker(this.#memory);
      this.#workers.push(worker);
      idle.push(worker);
    }
    return idle;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end()));
  }
}

/** One thread and the task that it has. */
class ThreadWorker implements VectorWorker {
  readonly #thread: Worker;
  #task: { readonly wake: () => void; resolve(outcome: Outcome): void; reject(reason: Error): void } | undefined;
  #isEnded = false;

  constructor(memory: WebAssembly.Memory) {
    this.#thread = new Worker(PROGRAM, { workerData: { memory } });
    this.#thread.unref();
    this.#thread.on('message', (outcome: Outcome | null) => this.#accept(outcome));
    this.#thread.on('error', (error: Error) => this.#ended(error));
    this.#thread.on('exit', () => this.#ended(new Error('a worker thread ended')));
  }

  get isBusy(): boolean {
    return this.#task !== undefined;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  run(task: Task, wake: () => void): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#task = { wake, resolve, reject };
      if (this.#isEnded) {
        this.#ended(new Error('the worker thread has ended'));
        return;
      }
      this.#thread.ref();
      this.#thread.postMessage(task);
    });
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  #accept(outcome: Outcome | null): void {
    if (outcome === null) {
      this.#task?.wake();
      return;
    }
    const task = this.#task;
    this.#task = undefined;
    this.#thread.unref();
    task?.resolve(outcome);
  }

  #ended(reason: Error): void {
    this.#isEnded = true;
    const task = this.#task;
    this.#task = undefined;
    task?.reject(reason);
  }
}
