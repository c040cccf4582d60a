import type { Row } from '../../types/value.ts';

/** The most rows in one batch. */
export const BATCH_ROWS_MAX = 1024;

/**
 * One node of a running plan. Batches are pulled: nothing is read until asked for.
 *
 * Callers may rely on
 *   - every batch having at least one row, of the node's `output` columns, and rarely more than BATCH_ROWS_MAX;
 *   - rows never being changed once handed out: operators share them;
 *   - row order being the input's order, unless the node is documented to change it;
 *   - `close()` releasing everything below, however far the pulling got, and being harmless when repeated.
 */
export interface Operator {
  /** The next batch, null at the end. A promise only when bytes are missing. */
  next(): Row[] | null | Promise<Row[] | null>;
  close(): void;
}

/** Pulls until `take` gives something other than undefined; `take` sees null once, at the input's end, and has to answer then. */
export function pull<T>(input: Operator, take: (batch: Row[] | null) => T | undefined): T | Promise<T> {
  for (;;) {
    const batch = input.next();
    if (batch instanceof Promise) return pullLater(batch, input, take);
    const taken = take(batch);
    if (taken !== undefined) return taken;
  }
}

async function pullLater<T>(first: Promise<Row[] | null>, input: Operator, take: (batch: Row[] | null) => T | undefined): Promise<T> {
  let batch = await first;
  for (;;) {
    const taken = take(batch);
    if (taken !== undefined) return taken;
    batch = await input.next();
  }
}

/** Pulls everything, then closes the input. */
export function drain(input: Operator, each: (batch: Row[]) => void): void | Promise<void> {
  const done = pull(input, (batch) => {
    if (batch === null) return true;
    each(batch);
    return undefined;
  });
  if (done instanceof Promise) return done.then(() => input.close());
  input.close();
}

/** Cuts a list of rows into batches. */
export class RowQueue {
  #rows: Row[] = [];
  #at = 0;

  /** Replaces what is queued. */
  refill(rows: Row[]): void {
    this.#rows = rows;
    this.#at = 0;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#rows.length;
  }

  /** The next batch, null when the queue is empty. */
  take(): Row[] | null {
    if (this.isEmpty) return null;
    const from = this.#at;
    if (from === 0 && this.#rows.length <= BATCH_ROWS_MAX) {
      this.#at = this.#rows.length;
      return this.#rows;
    }
    this.#at = Math.min(from + BATCH_ROWS_MAX, this.#rows.length);
    return this.#rows.slice(from, this.#at);
  }
}

/** An operator over rows that exist already. */
export class RowsOperator implements Operator {
  readonly #queue = new RowQueue();

  constructor(rows: Row[]) {
    this.#queue.refill(rows);
  }

  next(): Row[] | null {
    return this.#queue.take();
  }

  close(): void {
    this.#queue.refill([]);
  }
}
