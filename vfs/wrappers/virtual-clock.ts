import { assert } from '../../src/base/assert.ts';
import type { Clock } from '../../src/base/runtime.ts';

interface Sleeper {
  readonly wakeMs: number;
  wake(): void;
}

/**
 * A clock that stands still while anything runs, and jumps to the next sleeper when nothing does: an hour of waiting takes
 * no time, and the same program wakes its sleepers in the same order each run.
 *
 * `drain` lets every callback that is ready run, and resolves when none is left (on Node, one `setImmediate` turn): the
 * platform's business, so it is handed in.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #drain: () => Promise<void>;
  readonly #sleepers: Sleeper[] = [];
  #elapsedMs = 0;

  constructor(drain: () => Promise<void>, startMs: number = Date.UTC(2030, 0, 1)) {
    this.#drain = drain;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        this.#remove(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { wakeMs: this.#elapsedMs + Math.max(0, ms), wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#insert(sleeper);
    });
  }

  /** Runs `program` to its end, letting time pass whenever all of it waits. A program that waits for nothing is a deadlock. */
  async run<T>(program: () => Promise<T>): Promise<T> {
    let done = false;
    const running = program().finally(() => {
      done = true;
    });
    running.catch(() => {}); // answered by the return below
    for (;;) {
      await this.#drain();
      if (done) return running;
      const next = this.#sleepers.shift();
      assert(next !== undefined, 'a program that waits has a sleeper to wait for');
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakeMs);
      next.wake();
    }
  }

  /** In order of waking, first come first woken among equals. */
  #insert(sleeper: Sleeper): void {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sleepers[middle].wakeMs <= sleeper.wakeMs) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }

  #remove(sleeper: Sleeper): void {
    const at = this.#sleepers.indexOf(sleeper);
    if (at >= 0) this.#sleepers.splice(at, 1);
  }
}
