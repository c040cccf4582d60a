import type { Row } from '../../types/value.ts';
import type { Operator } from '../row/operator.ts';
import type { VectorContext } from './context.ts';
import type { ColumnInfo } from './expression/lower.ts';
import type { VectorOperator } from './operator.ts';
import { RowsToBatch } from './rows-to-batch.ts';
import { VECTOR_ROWS_MAX, Vector, type Batch } from './vector.ts';

/** Rows of another operator, put into vectors. */
export class FromRows implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #input: Operator;
  readonly #toBatch: RowsToBatch;
  readonly #batch: Batch;
  #rows: Row[] = [];
  #at = 0;

  constructor(input: Operator, columns: readonly ColumnInfo[], context: VectorContext) {
    this.columns = columns;
    this.#input = input;
    this.#toBatch = new RowsToBatch(context.registers, columns);
    this.#batch = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
  }

  next(): Batch | null | Promise<Batch | null> {
    if (this.#at < this.#rows.length) return this.#part();
    const rows = this.#input.next();
    return rows instanceof Promise ? rows.then((settled) => this.#accept(settled)) : this.#accept(rows);
  }

  close(): void {
    this.#input.close();
    this.#rows = [];
    this.#at = 0;
  }

  #accept(rows: Row[] | null): Batch | null {
    if (rows === null) return null;
    this.#rows = rows;
    this.#at = 0;
    return this.#part();
  }

  #part(): Batch {
    const part = this.#rows.slice(this.#at, this.#at + VECTOR_ROWS_MAX);
    this.#at += part.length;
    this.#toBatch.fill(part, this.#batch);
    return this.#batch;
  }
}
