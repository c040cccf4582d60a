import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate } from '../expression/scope.ts';
import type { PromptCompiler } from './prompt.ts';

/** The rows that a program answers with, of rows of columns `refs`. The same array each time. */
export class RowMaker {
  readonly #made: Row;
  /** Undefined when rows go out as they are. */
  readonly #positions: readonly number[] | undefined;
  readonly #items: readonly Evaluate[] | undefined;

  /** `output`: columns of the row, or what is computed from it. */
  constructor(refs: readonly ColumnRef[], output: readonly (ColumnRef | Expression)[], compiler: PromptCompiler) {
    const positions = output.map((item) =>
      typeof item !== 'object' ? refs.indexOf(item) : item.kind === 'column' ? refs.indexOf(item.ref) : -1,
    );
    const isPick = !positions.includes(-1);
    const isWhole = isPick && positions.length === refs.length && positions.every((position, at) => position === at);
    this.#made = new Array<Value>(positions.length).fill(null);
    this.#positions = isPick && !isWhole ? positions : undefined;
    this.#items = isPick
      ? undefined
      : output.map((item, at) => {
          const position = positions[at];
          return typeof item === 'object' ? compiler.evaluate(item, refs) : (row) => row[position];
        });
  }

  make(row: Row, environment: Environment): Row {
    const made = this.#made;
    const positions = this.#positions;
    const items = this.#items;
    if (positions !== undefined) for (let at = 0; at < positions.length; at++) made[at] = row[positions[at]];
    else if (items === undefined) return row;
    else for (let at = 0; at < items.length; at++) made[at] = items[at](row, environment);
    return made;
  }
}
