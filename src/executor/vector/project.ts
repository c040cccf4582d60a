import type { EvaluateVector } from './expression/evaluate.ts';
import type { ColumnInfo } from './expression/lower.ts';
import type { VectorOperator } from './operator.ts';
import { Vector, type Batch } from './vector.ts';

/** Computes each column from the input's. */
export class Project implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #input: VectorOperator;
  readonly #items: readonly EvaluateVector[];
  readonly #out: Batch;

  constructor(input: VectorOperator, columns: readonly ColumnInfo[], items: readonly EvaluateVector[]) {
    this.columns = columns;
    this.#input = input;
    this.#items = items;
    this.#out = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
  }

  next(): Batch | null | Promise<Batch | null> {
    const batch = this.#input.next();
    return batch instanceof Promise ? batch.then((settled) => this.#project(settled)) : this.#project(batch);
  }

  close(): void {
    this.#input.close();
  }

  #project(batch: Batch | null): Batch | null {
    if (batch === null) return null;
    for (const [at, column] of this.#out.columns.entries()) column.pointAt(this.#items[at](batch));
    this.#out.rows = batch.rows;
    return this.#out;
  }
}
