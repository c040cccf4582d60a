/** Counters of the handler, in Prometheus' text format. */
import type { Clock } from '../base/runtime.ts';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class Metrics {
  readonly #clock: Clock;
  readonly #buckets = BUCKETS_SECONDS.map(() => 0);
  #requests = 0;
  #errors = 0;
  #seconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a request and notes how long it took. */
  async measure<T>(work: () => Promise<T>): Promise<T> {
    const started = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      const seconds = (this.#clock.monotonic() - started) / 1000;
      this.#requests++;
      this.#seconds += seconds;
      BUCKETS_SECONDS.forEach((bound, at) => {
        if (seconds <= bound) this.#buckets[at]++;
      });
    }
  }

  failed(): void {
    this.#errors++;
  }

  text(): string {
    const lines = [
      '# HELP velocidb_http_request_duration_seconds Duration of POST /sql.',
      '# TYPE velocidb_http_request_duration_seconds histogram',
      ...BUCKETS_SECONDS.map((bound, at) => `velocidb_http_request_duration_seconds_bucket{le="${bound}"} ${this.#buckets[at]}`),
      `velocidb_http_request_duration_seconds_bucket{le="+Inf"} ${this.#requests}`,
      `velocidb_http_request_duration_seconds_sum ${this.#seconds}`,
      `velocidb_http_request_duration_seconds_count ${this.#requests}`,
      '# HELP velocidb_http_errors_total Requests answered with an error.',
      '# TYPE velocidb_http_errors_total counter',
      `velocidb_http_errors_total ${this.#errors}`,
    ];
    return `${lines.join('\n')}\n`;
  }
}
