/** One statement's permission to go on: taken away by cancel, by its timeout, or by the session's end. */
import { SqlError } from '../base/sql-error.ts';
import type { Clock } from '../base/runtime.ts';

const CLOCK_CHECK_INTERVAL = 64;

export class Cancellation {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #controller = new AbortController();
  #reason: SqlError | undefined;
  #checks = 0;

  /** `timeoutMs` 0 is none. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#deadlineMs = timeoutMs === 0 ? Infinity : clock.monotonic() + timeoutMs;
  }

  /** Aborts with the statement. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(message = 'canceling statement due to user request'): void {
    this.#reason ??= new SqlError('query_canceled', message);
    this.#controller.abort(this.#reason);
  }

  /** Throws SQLSTATE 57014 once the permission is gone. Looks at the clock on some calls only. */
  check = (): void => {
    if (this.#reason !== undefined) throw this.#reason;
    if (this.#deadlineMs !== Infinity && this.#checks++ % CLOCK_CHECK_INTERVAL === 0) this.checkDeadline();
  };

  checkDeadline(): void {
    if (this.#clock.monotonic() >= this.#deadlineMs) this.#expire();
    if (this.#reason !== undefined) throw this.#reason;
  }

  async sleep(ms: number): Promise<void> {
    const left = this.#deadlineMs - this.#clock.monotonic();
    try {
      await this.#clock.sleep(Math.max(0, Math.min(ms, left)), this.signal);
    } catch (error) {
      throw this.#reason ?? error;
    }
    if (left <= ms) this.#expire(); // a timer may fire a moment early: the deadline is what was waited for
  }

  #expire(): never {
    this.cancel('canceling statement due to statement timeout');
    throw this.#reason ?? new SqlError('query_canceled', 'canceling statement due to statement timeout');
  }
}
