/** Threads that compute for this one, as the platform provides them. */
import type { Outcome, Task } from './worker-task.ts';

/** A thread over the heap's memory. It does one task at a time. */
export interface VectorWorker {
  /** Sends it a task. `wake` is called when it wants to be looked after. Rejects when the thread ended: it touches nothing any more. */
  run(task: Task, wake: () => void): Promise<Outcome>;
}

export interface VectorWorkers {
  /** Threads, this one among them, that the machine has cores for. */
  readonly threads: number;
  /** Up to `count` workers that are idle, started when there are fewer. They are idle again once their task is done. */
  idle(count: number): readonly VectorWorker[];
}
