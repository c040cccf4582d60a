import type { Expression } from '../../binder/expression.ts';
import type { PhysicalPlan } from '../../planner/physical.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate, Test } from '../expression/scope.ts';
import { Lookup, refsOf } from './lookup.ts';
import type { PointProgram } from './point-program.ts';
import { LATER, NO_ROW, NOT_PROMPT, PromptCompiler } from './prompt.ts';
import { RowMaker } from './row-maker.ts';

/** A SELECT of few rows by key, as a program. */
export function prepareRead(root: PhysicalPlan): PointProgram {
  const compiler = new PromptCompiler();
  const limit = root.kind === 'limit' ? limitOf(root) : undefined;
  const below = root.kind === 'limit' ? root.input : root;
  const scan = below.kind === 'project' ? below.input : below;
  if (scan.kind !== 'table_scan') throw NOT_PROMPT;
  const items = below.kind === 'project' ? below.items.map((item) => item.expression) : undefined;
  return new PointRead(
    new Lookup(scan, compiler),
    scan.filter === undefined ? undefined : compiler.test(scan.filter, refsOf(scan)),
    limit === undefined ? undefined : compiler.evaluate(limit, []),
    new RowMaker(refsOf(scan), items ?? scan.output, compiler),
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
  readonly #lookup: Lookup;
  readonly #filter: Test | undefined;
  readonly #limit: Evaluate | undefined;
  readonly #maker: RowMaker;

  constructor(lookup: Lookup, filter: Test | undefined, limit: Evaluate | undefined, maker: RowMaker, compiler: PromptCompiler) {
    this.needsContext = compiler.needsContext;
    this.#lookup = lookup;
    this.#filter = filter;
    this.#limit = limit;
    this.#maker = maker;
  }

  run(reads: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    const lookup = this.#lookup;
    const filter = this.#filter;
    const maker = this.#maker;
    let most = Infinity;
    if (this.#limit !== undefined) {
      const limit = this.#limit(NO_ROW, environment);
      if (limit !== null) most = Number(limit);
      // What is not pulled is not read: a walk that may stop early is for the transaction's own cursor.
      if (!(most >= 1) || (!lookup.isPoint && transaction !== undefined)) return LATER;
    }
    if (lookup.isPoint) {
      const outcome = lookup.read(reads, environment);
      if (outcome === 'waits') return LATER;
      if (outcome === 'absent' || (filter !== undefined && !filter(lookup.row, environment))) return 0;
      emit(maker.make(lookup.row, environment));
      return 1;
    }
    let count = 0;
    const isDone = lookup.walk(reads, environment, () => {
      if (filter !== undefined && !filter(lookup.row, environment)) return true;
      emit(maker.make(lookup.row, environment));
      return ++count < most;
    });
    return isDone ? count : LATER;
  }
}
