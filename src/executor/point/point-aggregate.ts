import type { AggregateCall } from '../../binder/expression.ts';
import type { AggregateNode, PhysicalPlan } from '../../planner/physical.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compileAggregate, type PreparedFold } from '../row/fold.ts';
import type { PointProgram } from './point-program.ts';
import { LATER, NOT_PROMPT, PromptCompiler, scopeOf } from './prompt.ts';
import { RowMaker } from './row-maker.ts';
import { prepareSource, type RowSource } from './row-source.ts';

/** Aggregates over few rows found by key, all of them one group, as a program. `root` is the node, or a projection of it. */
export function prepareAggregate(node: AggregateNode, root: PhysicalPlan): PointProgram {
  if (node.groups.length > 0 || node.sets !== undefined || node.grouping.length > 0) throw NOT_PROMPT;
  const compiler = new PromptCompiler();
  const source = prepareSource(node.input, compiler);
  const folds = node.aggregates.map(({ call }) => compileAggregate(checked(call, compiler), scopeOf(source.refs)));
  const items = root.kind === 'project' ? root.items.map((item) => item.expression) : node.output;
  const refs = node.aggregates.map((aggregate) => aggregate.ref);
  return new PointAggregate(source, folds, new RowMaker(refs, items, compiler), compiler);
}

function checked(call: AggregateCall, compiler: PromptCompiler): AggregateCall {
  for (const arg of [...call.args, ...call.direct, ...call.orderBy.map((key) => key.expression)]) compiler.checked(arg);
  if (call.filter !== undefined) compiler.checked(call.filter);
  return call;
}

class PointAggregate implements PointProgram {
  readonly writes = false;
  readonly needsContext: boolean;
  readonly #source: RowSource;
  readonly #folds: readonly PreparedFold[];
  readonly #made: Row;
  readonly #maker: RowMaker;

  constructor(source: RowSource, folds: readonly PreparedFold[], maker: RowMaker, compiler: PromptCompiler) {
    this.needsContext = compiler.needsContext;
    this.#source = source;
    this.#folds = folds;
    this.#made = new Array<Value>(folds.length).fill(null);
    this.#maker = maker;
  }

  run(reads: PromptReads, _transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    const { row } = this.#source;
    const folds = this.#folds.map((fold) => fold());
    const isDone = this.#source.walk(reads, environment, () => {
      for (let at = 0; at < folds.length; at++) folds[at].add(row, environment);
      return true;
    });
    if (!isDone) return LATER;
    for (let at = 0; at < folds.length; at++) this.#made[at] = folds[at].finish(environment);
    emit(this.#maker.make(this.#made, environment));
    return 1;
  }
}
