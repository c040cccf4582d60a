import type { Expression } from '../../binder/expression.ts';
import type { PhysicalPlan } from '../../planner/physical.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate } from '../expression/scope.ts';
import type { PointProgram } from './point-program.ts';
import { LATER, NO_ROW, NOT_PROMPT, PromptCompiler } from './prompt.ts';
import { RowMaker } from './row-maker.ts';
import { prepareSource, type RowSource } from './row-source.ts';

/** A SELECT of few rows by key, from one table or from tables joined by key, as a program. */
export function prepareRead(root: PhysicalPlan): PointProgram {
  const compiler = new PromptCompiler();
  const limit = root.kind === 'limit' ? limitOf(root) : undefined;
  const below = root.kind === 'limit' ? root.input : root;
  const rows = below.kind === 'project' ? below.input : below;
  const items = below.kind === 'project' ? below.items.map((item) => item.expression) : undefined;
  const source = prepareSource(rows, compiler);
  return new PointRead(
    source,
    limit === undefined ? undefined : compiler.evaluate(limit, []),
    new RowMaker(source.refs, items ?? rows.output, compiler),
    compiler,
  );
}

function limitOf(node: PhysicalPlan & { readonly kind: 'limit' }): Expression | undefined {
  if (node.offset !== undefined || node.ties !== undefined) throw NOT_PROMPT;
  return node.limit;
}

class PointRead implements PointProgram {
  readonly writes = false;
  readonly needsContext: boolean;
  readonly #source: RowSource;
  readonly #limit: Evaluate | undefined;
  readonly #maker: RowMaker;

  constructor(source: RowSource, limit: Evaluate | undefined, maker: RowMaker, compiler: PromptCompiler) {
    this.needsContext = compiler.needsContext;
    this.#source = source;
    this.#limit = limit;
    this.#maker = maker;
  }

  run(reads: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    const source = this.#source;
    const maker = this.#maker;
    let most = Infinity;
    if (this.#limit !== undefined) {
      const limit = this.#limit(NO_ROW, environment);
      if (limit !== null) most = Number(limit);
      // What is not pulled is not read: a walk that may stop early is for the transaction's own cursor.
      if (!(most >= 1) || (!source.isPoint && transaction !== undefined)) return LATER;
    }
    if (source.isPoint) {
      const outcome = source.read(reads, environment);
      if (outcome === 'waits') return LATER;
      if (outcome === 'absent') return 0;
      emit(maker.make(source.row, environment));
      return 1;
    }
    let count = 0;
    const isDone = source.walk(reads, environment, () => {
      emit(maker.make(source.row, environment));
      return ++count < most;
    });
    return isDone ? count : LATER;
  }
}
