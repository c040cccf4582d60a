import type { ColumnRef } from '../../binder/expression.ts';
import type { Conjunction } from './conjunction.ts';
import type { Computing } from './computing.ts';
import type { ColumnInfo } from './expression/lower.ts';
import { moveRows, type RowMover } from './move.ts';
import { costOf, hasBoxed } from './expression/facts.ts';
import type { MovingBound, VectorOperator } from './operator.ts';
import { withStage, type PipelineHead } from './parallel/pipeline.ts';
import { Vector, type Batch } from './vector.ts';

/** Lets the rows through for which the condition is true. */
export class Filter implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #input: VectorOperator;
  readonly #condition: Conjunction;
  readonly #places: readonly number[];
  readonly #movers: readonly RowMover[];
  readonly #out: Batch;

  /** `columns` are among the input's; the condition is over the input's. */
  constructor(input: VectorOperator, condition: Conjunction, columns: readonly ColumnInfo[], context: Computing) {
    this.columns = columns;
    this.#input = input;
    this.#condition = condition;
    this.#places = columns.map(({ ref }) => input.columns.findIndex((column) => column.ref === ref));
    this.#movers = columns.map((column) => moveRows(context.registers, column.form.type));
    this.#out = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
  }

  next(): Batch | null | Promise<Batch | null> {
    for (;;) {
      const batch = this.#input.next();
      if (batch instanceof Promise) return batch.then((settled) => this.#accept(settled) ?? (settled === null ? null : this.next()));
      if (batch === null) return null;
      const passed = this.#accept(batch);
      if (passed !== null) return passed;
    }
  }

  close(): void {
    this.#input.close();
  }

  passOver(column: ColumnRef, bound: MovingBound): void {
    this.#input.passOver?.(column, bound);
  }

  pipeline(): PipelineHead | undefined {
    const { expression } = this.#condition;
    const head = hasBoxed(expression) ? undefined : this.#input.pipeline?.();
    return head === undefined
      ? undefined
      : withStage(head, costOf(expression), () => ({ kind: 'filter', condition: expression, output: this.columns }));
  }

  /** The rows that pass; null when none does. */
  #accept(batch: Batch | null): Batch | null {
    if (batch === null) return null;
    const passed = this.#condition.apply(batch, loaded);
    if (passed === 0) return null;
    for (const [at, place] of this.#places.entries()) {
      const column = batch.columns[place];
      this.#out.columns[at].pointAt(passed === batch.rows ? column : this.#movers[at](column, this.#condition.selection, passed));
    }
    this.#out.rows = passed;
    return this.#out;
  }
}

/** Every column of an operator's batch is there already. */
function loaded(): void {}
