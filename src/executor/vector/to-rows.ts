/** The end of a vector plan: batches become rows. Where vectors cannot go on, rows start over and leave out what was handed out. */
import type { Row, Value } from '../../types/value.ts';
import type { Operator } from '../row/operator.ts';
import { boxColumn, type BoxColumn } from './box.ts';
import type { VectorContext } from './context.ts';
import type { VectorOperator } from './operator.ts';
import { VectorFallback, type Batch } from './vector.ts';

/** What hands out rows of a vector plan; throws `VectorFallback` where rows must take over. */
export type VectorRows = Operator;

/** Batches of an operator as rows. */
export class BoxedRows implements VectorRows {
  readonly #input: VectorOperator;
  readonly #boxes: readonly BoxColumn[];

  constructor(input: VectorOperator, context: VectorContext) {
    this.#input = input;
    this.#boxes = input.columns.map((column) => boxColumn(context.host.heap, column.type, column.form));
  }

  next(): Row[] | null | Promise<Row[] | null> {
    const batch = this.#input.next();
    return batch instanceof Promise ? batch.then((settled) => this.#boxed(settled)) : this.#boxed(batch);
  }

  close(): void {
    this.#input.close();
  }

  #boxed(batch: Batch | null): Row[] | null {
    if (batch === null) return null;
    const width = this.#boxes.length;
    const rows: Row[] = new Array<Row>(batch.rows);
    for (let at = 0; at < batch.rows; at++) rows[at] = new Array<Value>(width);
    for (let place = 0; place < width; place++) this.#boxes[place](batch.columns[place], rows, place, batch.rows);
    return rows;
  }
}

/**
 * A vector plan as rows, with what it computed in released at its end. Where other threads or files had a hand in their order, all are
 * made before the first goes out: rows that took over half way could not tell which were handed out.
 */
export class ToRows implements Operator {
  readonly #input: VectorRows;
  readonly #context: VectorContext;
  readonly #openRows: () => Operator;
  #rows: Operator | undefined;
  #handedOut = 0;
  /** Rows made ahead, and their bytes. */
  #ahead: Row[][] | undefined;
  #bytesAhead = 0;

  /** `openRows` opens the same plan by rows, which come in the same order. */
  constructor(input: VectorRows, context: VectorContext, openRows: () => Operator) {
    this.#input = input;
    this.#context = context;
    this.#openRows = openRows;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#rows !== undefined) return this.#rows.next();
    if (this.#ahead !== undefined) return this.#ahead.shift() ?? null;
    try {
      const batch = this.#input.next();
      return batch instanceof Promise
        ? batch.then((settled) => this.#counted(settled)).catch((failure: unknown) => this.#byRows(failure))
        : this.#counted(batch);
    } catch (failure) {
      return this.#byRows(failure);
    }
  }

  close(): void {
    this.#release();
    this.#context.environment.memory.release(this.#bytesAhead);
    this.#bytesAhead = 0;
    this.#ahead = undefined;
    this.#rows?.close();
  }

  #counted(rows: Row[] | null): Row[] | null | Promise<Row[] | null> {
    if (rows === null) this.#release();
    else if (this.#handedOut === 0 && this.#context.isShuffled) return this.#all(rows).catch((failure: unknown) => this.#byRows(failure));
    else this.#handedOut += rows.length;
    return rows;
  }

  async #all(first: Row[]): Promise<Row[] | null> {
    const ahead: Row[][] = [];
    for (let rows: Row[] | null = first; rows !== null; rows = await this.#input.next()) {
      this.#bytesAhead += this.#context.environment.memory.keep(rows);
      ahead.push(rows);
    }
    this.#release();
    this.#ahead = ahead;
    return ahead.shift() ?? null;
  }

  #byRows(failure: unknown): Row[] | null | Promise<Row[] | null> {
    this.#release();
    if (!(failure instanceof VectorFallback)) throw failure;
    this.#rows = this.#openRows();
    return this.#handedOut === 0 ? this.#rows.next() : this.#skipping(this.#rows, this.#handedOut);
  }

  async #skipping(rows: Operator, count: number): Promise<Row[] | null> {
    let left = count;
    for (;;) {
      const batch = await rows.next();
      if (batch === null || batch.length > left) return batch === null ? null : batch.slice(left);
      left -= batch.length;
    }
  }

  #release(): void {
    this.#input.close();
    this.#context.memory.release();
  }
}
