/**
 * The rows that a program reads, of one table or of tables joined by key, each as it lies in one array.
 *
 *     scan      key or range of a table ─> rows, filtered
 *     join      rows of the left ─> for each: key or range of a table, made from it ─> both, filtered
 */
import type { ColumnRef } from '../../binder/expression.ts';
import type { LookupJoinNode, PhysicalPlan, TableScanNode } from '../../planner/physical.ts';
import type { ReadOutcome } from '../../storage/row-reader.ts';
import type { PromptReads } from '../../transaction/transaction.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Test } from '../expression/scope.ts';
import { Lookup, refsOf } from './lookup.ts';
import { NOT_PROMPT, type PromptCompiler } from './prompt.ts';

export interface RowSource {
  /** The columns of `row`. */
  readonly refs: readonly ColumnRef[];
  /** Every row is read into this one. */
  readonly row: Row;
  /** Whether there is at most one row, found by whole keys. */
  readonly isPoint: boolean;
  /** The one row (`isPoint`), into `row`. */
  read(reads: PromptReads, environment: Environment): ReadOutcome;
  /** Calls `visit` for each row as it lies in `row`, until that answers false. Answers false when it has to wait. */
  walk(reads: PromptReads, environment: Environment, visit: () => boolean): boolean;
}

/** The rows of a scan by key, or of joins by key over one. */
export function prepareSource(node: PhysicalPlan, compiler: PromptCompiler): RowSource {
  switch (node.kind) {
    case 'table_scan':
      return new ScanSource(node, compiler, undefined);
    case 'lookup_join':
      return new JoinSource(node, prepareSource(node.left, compiler), compiler);
    default:
      throw NOT_PROMPT;
  }
}

class ScanSource implements RowSource {
  readonly refs: readonly ColumnRef[];
  readonly row: Row;
  readonly isPoint: boolean;
  readonly #lookup: Lookup;
  readonly #filter: Test | undefined;

  /** `outside`: what its access may read. */
  constructor(node: TableScanNode, compiler: PromptCompiler, outside: RowSource | undefined) {
    this.#lookup = new Lookup(node, compiler, node.purpose, undefined, outside);
    this.refs = refsOf(node);
    this.row = this.#lookup.row;
    this.isPoint = this.#lookup.isPoint;
    this.#filter = node.filter === undefined ? undefined : compiler.test(node.filter, this.refs);
  }

  read(reads: PromptReads, environment: Environment): ReadOutcome {
    const outcome = this.#lookup.read(reads, environment);
    const filter = this.#filter;
    return outcome !== 'found' || filter === undefined || filter(this.row, environment) ? outcome : 'absent';
  }

  walk(reads: PromptReads, environment: Environment, visit: () => boolean): boolean {
    const filter = this.#filter;
    const { row } = this;
    return this.#lookup.walk(reads, environment, filter === undefined ? visit : () => !filter(row, environment) || visit());
  }
}

class JoinSource implements RowSource {
  readonly refs: readonly ColumnRef[];
  readonly row: Row;
  readonly isPoint: boolean;
  readonly #left: RowSource;
  readonly #right: RowSource;
  readonly #residual: Test | undefined;
  /** Whether left rows without a match come with nulls. */
  readonly #keepsLeft: boolean;

  constructor(node: LookupJoinNode, left: RowSource, compiler: PromptCompiler) {
    const right = new ScanSource(node.right, compiler, left);
    // Else it would walk as many rows as both limits multiplied.
    if (!left.isPoint && !right.isPoint) throw NOT_PROMPT;
    if (node.type !== 'inner' && node.type !== 'left') throw NOT_PROMPT;
    this.#left = left;
    this.#right = right;
    this.refs = [...left.refs, ...right.refs];
    this.row = new Array<Value>(this.refs.length).fill(null);
    this.isPoint = left.isPoint && right.isPoint;
    this.#residual = node.residual === undefined ? undefined : compiler.test(node.residual, this.refs);
    this.#keepsLeft = node.type === 'left';
  }

  read(reads: PromptReads, environment: Environment): ReadOutcome {
    const outcome = this.#left.read(reads, environment);
    if (outcome !== 'found') return outcome;
    this.#putLeft();
    const found = this.#right.read(reads, environment);
    if (found === 'waits') return found;
    if (found === 'found' && this.#matches(environment)) return 'found';
    return this.#keepsLeft ? this.#unmatched() : 'absent';
  }

  walk(reads: PromptReads, environment: Environment, visit: () => boolean): boolean {
    let hasToWait = false;
    const isDone = this.#left.walk(reads, environment, () => {
      let isMatched = false;
      let goesOn = true;
      this.#putLeft();
      const isRead = this.#right.walk(reads, environment, () => {
        if (!this.#matches(environment)) return true;
        isMatched = true;
        goesOn = visit();
        return goesOn;
      });
      if (!isRead) {
        hasToWait = true;
        return false;
      }
      if (isMatched || !this.#keepsLeft) return goesOn;
      this.#unmatched();
      return visit();
    });
    return isDone && !hasToWait;
  }

  #putLeft(): void {
    const from = this.#left.row;
    for (let at = 0; at < from.length; at++) this.row[at] = from[at];
  }

  /** Puts the right row beside the left one; whether the two belong together. */
  #matches(environment: Environment): boolean {
    const { row } = this;
    const from = this.#right.row;
    const width = row.length - from.length;
    for (let at = 0; at < from.length; at++) row[width + at] = from[at];
    return this.#residual === undefined || this.#residual(row, environment);
  }

  #unmatched(): ReadOutcome {
    this.row.fill(null, this.#left.row.length);
    return 'found';
  }
}
