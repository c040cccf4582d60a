import type { PhysicalPlan } from '../../planner/physical.ts';
import type { Actual, Measure } from '../execution.ts';
import { actualOf } from '../row/measured.ts';
import type { ColumnInfo } from './expression/lower.ts';
import type { VectorOperator } from './operator.ts';
import type { Batch } from './vector.ts';

/** An operator with its rows, openings and time counted under its node. */
export class MeasuredVectors implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #operator: VectorOperator;
  readonly #measure: Measure;
  readonly #actual: Actual;

  constructor(operator: VectorOperator, node: PhysicalPlan, measure: Measure) {
    this.columns = operator.columns;
    this.#operator = operator;
    this.#measure = measure;
    this.#actual = actualOf(node, measure);
    this.#actual.loops++;
  }

  next(): Batch | null | Promise<Batch | null> {
    const started = this.#measure.now();
    const batch = this.#operator.next();
    return batch instanceof Promise ? batch.then((settled) => this.#count(settled, started)) : this.#count(batch, started);
  }

  close(): void {
    this.#operator.close();
  }

  #count(batch: Batch | null, started: number): Batch | null {
    this.#actual.ms += this.#measure.now() - started;
    if (batch !== null) this.#actual.rows += batch.rows;
    return batch;
  }
}
