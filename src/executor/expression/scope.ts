/** Where a compiled expression finds columns: in its row, or in the frame for those of enclosing queries. */
import { SqlError } from '../../base/sql-error.ts';
import type { ColumnRef, SubqueryExpression } from '../../binder/expression.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';

/** A compiled expression. Never waits. */
export type Evaluate = (row: Row, environment: Environment) => Value;
/** A compiled condition: true only where the expression is true (not null, not false). */
export type Test = (row: Row, environment: Environment) => boolean;
/** A compiled expression that may have to wait; still answers at once whenever it can. */
export type EvaluateWaiting = (row: Row, environment: Environment) => Value | Promise<Value>;

/** Column positions of the rows an expression reads. */
export type Layout = ReadonlyMap<ColumnRef, number>;

/** The layout of rows whose columns are `output`. */
export function layoutOf(output: readonly ColumnRef[]): Layout {
  return new Map(output.map((ref, position) => [ref, position]));
}

/** Runs a subquery for the frame as it stands. */
export type RunSubquery = (row: Row, environment: Environment) => Value | Promise<Value>;

/** What is shared by all expressions of a program: the frame's slots and its subqueries. */
export interface ProgramScope {
  frameSlot(ref: ColumnRef): number;
  subquery(expression: SubqueryExpression, scope: Scope): RunSubquery;
}

/** For constraints and index expressions, which read nothing but their row. */
export const NO_PROGRAM: ProgramScope = {
  frameSlot: () => {
    throw new SqlError('invalid_column_reference', 'a constraint cannot refer to other tables');
  },
  subquery: () => {
    throw new SqlError('feature_not_supported', 'cannot use subquery in a constraint');
  },
};

export class Scope {
  readonly program: ProgramScope;
  readonly layout: Layout;

  constructor(program: ProgramScope, layout: Layout) {
    this.program = program;
    this.layout = layout;
  }

  /** The same program over rows of other columns. */
  over(output: readonly ColumnRef[]): Scope {
    return new Scope(this.program, layoutOf(output));
  }

  /** This scope's rows with `refs` appended behind them. `width` is the length of the rows as they are. */
  extended(width: number, refs: readonly ColumnRef[]): Scope {
    const layout = new Map(this.layout);
    for (const [at, ref] of refs.entries()) layout.set(ref, width + at);
    return new Scope(this.program, layout);
  }

  /** Columns per row. */
  get width(): number {
    let width = 0;
    for (const position of this.layout.values()) width = Math.max(width, position + 1);
    return width;
  }
}
