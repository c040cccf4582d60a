import type { ColumnRef } from '../../binder/expression.ts';
import type { Preparing } from './computing.ts';
import type { EvaluateVector } from './expression/evaluate.ts';
import { costOf, hasBoxed } from './expression/facts.ts';
import type { VectorExpression } from './expression/ir.ts';
import type { ColumnInfo } from './expression/lower.ts';
import type { MovingBound, VectorOperator } from './operator.ts';
import { withStage, type PipelineHead } from './parallel/pipeline.ts';
import { Vector, type Batch } from './vector.ts';

/** Computes each column from the input's. */
export class Project implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #input: VectorOperator;
  readonly #expressions: readonly VectorExpression[];
  readonly #items: readonly EvaluateVector[];
  readonly #out: Batch;

  /** `scope` is over the input's columns. */
  constructor(input: VectorOperator, columns: readonly ColumnInfo[], items: readonly VectorExpression[], scope: Preparing) {
    this.columns = columns;
    this.#input = input;
    this.#expressions = items;
    this.#items = items.map((item) => scope.prepare(item));
    this.#out = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
  }

  next(): Batch | null | Promise<Batch | null> {
    const batch = this.#input.next();
    return batch instanceof Promise ? batch.then((settled) => this.#project(settled)) : this.#project(batch);
  }

  close(): void {
    this.#input.close();
  }

  passOver(column: ColumnRef, bound: MovingBound): void {
    const item = this.#expressions.at(this.columns.findIndex(({ ref }) => ref === column));
    if (item?.op === 'column') this.#input.passOver?.(this.#input.columns[item.index].ref, bound);
  }

  pipeline(): PipelineHead | undefined {
    const items = this.#expressions;
    const head = items.some(hasBoxed) ? undefined : this.#input.pipeline?.();
    const work = items.reduce((sum, item) => sum + costOf(item), 0);
    return head === undefined ? undefined : withStage(head, work, () => ({ kind: 'project', columns: this.columns, items }));
  }

  #project(batch: Batch | null): Batch | null {
    if (batch === null) return null;
    for (const [at, column] of this.#out.columns.entries()) column.pointAt(this.#items[at](batch));
    this.#out.rows = batch.rows;
    return this.#out;
  }
}
