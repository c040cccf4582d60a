/**
 * A condition as a selection of rows, conjunct by conjunct: cheap ones over the whole batch, dear ones only over what is left when
 * that is little. Columns are asked for as they are needed.
 */
import type { Kernels } from '../../kernels/kernels.ts';
import type { Expression } from '../../binder/expression.ts';
import type { Computing, Preparing } from './computing.ts';
import type { VectorContext } from './context.ts';
import type { VectorExpression } from './expression/ir.ts';
import { columnsRead, costOf } from './expression/facts.ts';
import type { ColumnInfo } from './expression/lower.ts';
import { moveRows, type RowMover } from './move.ts';
import { Vector, type Batch } from './vector.ts';

/** From this cost on a conjunct waits for the cheaper ones. */
const DEAR = 4;

interface Conjunct {
  readonly cost: number;
  readonly reads: readonly number[];
  readonly mask: (batch: Batch) => number;
}

/** Makes a column of the batch ready to be read. */
export type LoadColumn = (place: number) => void;

export class Conjunction {
  readonly expression: VectorExpression;
  readonly #kernels: Kernels;
  readonly #conjuncts: readonly Conjunct[];
  /** How many of them, from the first on, are computed for all rows. */
  readonly #cheap: number;
  readonly #all: number;
  readonly #selection: number;
  readonly #dear: Dear;

  /** The condition over batches of `columns`. */
  constructor(context: Computing, columns: readonly ColumnInfo[], condition: VectorExpression, scope: Preparing) {
    const conjuncts: Conjunct[] = [];
    const parts: readonly VectorExpression[] = condition.op === 'and' ? condition.args : [condition];
    for (const part of parts) conjuncts.push({ cost: costOf(part), reads: columnsRead(part), mask: scope.prepareMask(part) });
    conjuncts.sort((a, b) => a.cost - b.cost);
    this.expression = condition;
    this.#kernels = context.kernels;
    this.#conjuncts = conjuncts;
    const dear = conjuncts.findIndex(({ cost }, at) => at > 0 && cost >= DEAR);
    this.#cheap = dear < 0 ? conjuncts.length : dear;
    this.#all = context.registers.bytes();
    this.#selection = context.memory.takeValues('i32');
    this.#dear = new Dear(context, columns);
  }

  /** The condition over batches of `columns`; undefined when a part of it has no form. */
  static of(context: VectorContext, columns: readonly ColumnInfo[], condition: Expression): Conjunction | undefined {
    const scope = context.over(columns);
    const lowered = scope.lower(condition);
    return lowered === undefined ? undefined : new Conjunction(context, columns, lowered, scope);
  }

  /** Whether all of it is computed for all rows: `mask` is the whole condition. */
  get isCheap(): boolean {
    return this.#cheap === this.#conjuncts.length;
  }

  /** Where `apply` leaves the rows that pass. */
  get selection(): number {
    return this.#selection;
  }

  /** The address of a byte for each row, 0 for those that the cheap conjuncts leave out; 0 when that is all of them. */
  mask(batch: Batch, load: LoadColumn): number {
    const kernels = this.#kernels;
    const { rows } = batch;
    let mask = 0;
    for (let at = 0; at < this.#cheap; at++) {
      const conjunct = this.#conjuncts[at];
      for (const place of conjunct.reads) load(place);
      const next = conjunct.mask(batch);
      if (mask === 0) mask = next;
      else {
        kernels.maskAnd(mask, next, rows, this.#all);
        mask = this.#all;
      }
      if (kernels.maskAnyAll(mask, rows) === 0) return 0;
    }
    return mask;
  }

  /** How many rows pass; their numbers are at `selection`, unless all do. */
  apply(batch: Batch, load: LoadColumn): number {
    const mask = this.mask(batch, load);
    if (mask === 0) return 0;
    let left = this.#kernels.select(mask, 0, batch.rows, this.#selection);
    for (let at = this.#cheap; at < this.#conjuncts.length && left > 0; at++) {
      const { reads, mask: test } = this.#conjuncts[at];
      for (const place of reads) load(place);
      left = this.#dear.apply(batch, reads, test, this.#selection, left);
    }
    return left;
  }
}

/** Tests over selected rows: their columns are moved together first. */
class Dear {
  readonly #kernels: Kernels;
  readonly #movers: readonly RowMover[];
  readonly #columns: readonly Vector[];
  readonly #batch: Batch;
  readonly #passed: number;

  constructor(context: Computing, columns: readonly ColumnInfo[]) {
    this.#kernels = context.kernels;
    this.#movers = columns.map((column) => moveRows(context.registers, column.form.type));
    this.#columns = columns.map((column) => new Vector(column.form.type));
    this.#batch = { rows: 0, columns: this.#columns };
    this.#passed = context.memory.takeValues('i32');
  }

  /** Narrows the `count` rows at `selection` to those that pass; how many. */
  apply(batch: Batch, reads: readonly number[], test: (batch: Batch) => number, selection: number, count: number): number {
    const kernels = this.#kernels;
    for (const place of reads) this.#columns[place].pointAt(this.#movers[place](batch.columns[place], selection, count));
    this.#batch.rows = count;
    const passed = kernels.select(test(this.#batch), 0, count, this.#passed);
    if (passed < count) kernels.gather32(selection, this.#passed, passed, selection);
    return passed;
  }
}
