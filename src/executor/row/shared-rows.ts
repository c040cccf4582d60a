import type { Row } from '../../types/value.ts';
import { BATCH_ROWS_MAX, type Operator } from './operator.ts';

/**
 * Rows computed once and read by any number of readers, each at its own pace: as far as the farthest reader got, and no
 * further, unless `finish` is called.
 */
export class SharedRows {
  readonly #source: Operator | undefined;
  readonly #batches: Row[][] = [];
  #ended: boolean;
  #pending: Promise<void> | undefined;

  constructor(source: Operator | undefined, rows: Row[] = []) {
    this.#source = source;
    this.#ended = source === undefined;
    for (let at = 0; at < rows.length; at += BATCH_ROWS_MAX) this.#batches.push(rows.slice(at, at + BATCH_ROWS_MAX));
  }

  reader(): Operator {
    let at = 0;
    const next = (): Row[] | null | Promise<Row[] | null> => {
      if (at < this.#batches.length) return this.#batches[at++];
      if (this.#ended) return null;
      const more = this.#advance();
      return more instanceof Promise ? more.then(next) : next();
    };
    return { next, close: () => undefined };
  }

  /** Computes what nobody has read. */
  async finish(): Promise<void> {
    while (!this.#ended) await this.#advance();
  }

  close(): void {
    this.#source?.close();
    this.#ended = true;
  }

  #advance(): void | Promise<void> {
    if (this.#pending !== undefined) return this.#pending;
    const batch = this.#source?.next() ?? null;
    if (batch instanceof Promise) {
      this.#pending = batch.then((settled) => {
        this.#pending = undefined;
        this.#accept(settled);
      });
      return this.#pending;
    }
    this.#accept(batch);
  }

  #accept(batch: Row[] | null): void {
    if (batch === null) this.#ended = true;
    else this.#batches.push(batch);
  }
}
