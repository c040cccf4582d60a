/** Expressions without a kernel: their closures are called row by row, over values taken out of vectors and put back into one. */
import type { SqlType } from '../../../types/type.ts';
import type { Row, Value } from '../../../types/value.ts';
import type { Environment } from '../../environment.ts';
import type { Evaluate } from '../../expression/scope.ts';
import { boxColumn, type BoxColumn } from '../box.ts';
import { Unboxer } from '../unbox.ts';
import { VECTOR_ROWS_MAX, VectorFallback, type Batch, type Vector } from '../vector.ts';
import type { VectorExpression } from './ir.ts';
import type { ColumnInfo } from './lower.ts';
import type { Registers } from './registers.ts';

/** Prepares what closures compute. */
export interface Closures {
  prepare(expression: VectorExpression & { readonly op: 'boxed' }, registers: Registers): (batch: Batch) => Vector;
}

/** The closures of one place in a plan, by number, over rows of its columns. */
export class BoxedCalls implements Closures {
  readonly #columns: readonly ColumnInfo[];
  readonly #environment: Environment;
  readonly #calls: { readonly evaluate: Evaluate; readonly type: SqlType }[] = [];

  constructor(columns: readonly ColumnInfo[], environment: Environment) {
    this.#columns = columns;
    this.#environment = environment;
  }

  /** Adds a closure over rows of the columns; its number. */
  add(evaluate: Evaluate, type: SqlType): number {
    return this.#calls.push({ evaluate, type }) - 1;
  }

  prepare(expression: VectorExpression & { readonly op: 'boxed' }, registers: Registers): (batch: Batch) => Vector {
    const { evaluate, type } = this.#calls[expression.number];
    const { heap } = registers.memory;
    const boxes: readonly (readonly [number, BoxColumn])[] = expression.inputs.map((place) => {
      const column = this.#columns[place];
      return [place, boxColumn(heap, column.type, column.form)];
    });
    const rows: Row[] = Array.from({ length: VECTOR_ROWS_MAX }, () => new Array<Value>(this.#columns.length).fill(null));
    const unboxer = new Unboxer(registers, type, expression);
    const environment = this.#environment;
    return (batch) => {
      for (const [place, box] of boxes) box(batch.columns[place], rows, place, batch.rows);
      unboxer.start();
      try {
        for (let at = 0; at < batch.rows; at++) unboxer.set(at, evaluate(rows[at], environment));
      } catch {
        // The row may be one that a condition keeps out: by rows, the error comes when it is due, or not at all.
        throw new VectorFallback('an expression failed');
      }
      return unboxer.finish();
    };
  }
}
