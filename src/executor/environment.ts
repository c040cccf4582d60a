/**
 * The state of one execution, as closures and operators see it.
 *
 * The frame carries values between queries: before a subquery or a lateral side runs, whoever runs it writes the columns it
 * reads from outside into their frame slots. Subqueries run to their end before anything else runs; a lateral side is pulled
 * in turns, so its join writes the slots again before every pull.
 */
import type { EvaluationContext } from '../types/function.ts';
import type { PhysicalPlan } from '../planner/physical.ts';
import type { TreeId } from '../storage/tree.ts';
import type { Transaction } from '../transaction/transaction.ts';
import type { Value } from '../types/value.ts';
import type { Execution } from './execution.ts';
import { MemoryAccount } from './memory.ts';
import type { SharedRows } from './row/shared-rows.ts';
import type { SubqueryMemo } from './expression/subquery-memo.ts';

export class Environment {
  readonly execution: Execution;
  context: EvaluationContext;
  parameters: readonly Value[];
  readonly frame: Value[] = [];
  readonly memory: MemoryAccount;
  // Made when first asked for: a point read needs none of them.
  #subqueries: SubqueryMemo[] | undefined;
  #shared: Map<number, SharedRows> | undefined;
  #frozen: Map<PhysicalPlan, SharedRows> | undefined;
  #writers: SharedRows[] | undefined;
  #affected: Map<PhysicalPlan, number> | undefined;
  #touched: Map<TreeId, Set<string>> | undefined;

  constructor(execution: Execution) {
    this.execution = execution;
    this.context = execution.context;
    this.parameters = execution.parameters;
    this.memory = new MemoryAccount(execution.memoryBytesMax);
  }

  get transaction(): Transaction {
    return this.execution.transaction;
  }

  /** By the subquery's number in its program. */
  get subqueries(): SubqueryMemo[] {
    return (this.#subqueries ??= []);
  }

  /** Common table expressions and working tables under way, by id. */
  get shared(): Map<number, SharedRows> {
    return (this.#shared ??= new Map());
  }

  /** Rows of freeze nodes, read before the statement wrote anything. */
  get frozen(): Map<PhysicalPlan, SharedRows> {
    return (this.#frozen ??= new Map());
  }

  /** Definitions that write: run to their end before the statement ends. */
  get writers(): SharedRows[] {
    return (this.#writers ??= []);
  }

  /** Rows written by each writing node. */
  get affected(): Map<PhysicalPlan, number> {
    return (this.#affected ??= new Map());
  }

  /** Keys of a table's rows that the statement updated or deleted: no row is changed twice by one statement. */
  touched(tree: TreeId): Set<string> {
    this.#touched ??= new Map();
    let keys = this.#touched.get(tree);
    if (keys === undefined) this.#touched.set(tree, (keys = new Set()));
    return keys;
  }

  /** Whether anything waits for the end of the statement. */
  get wrote(): boolean {
    return this.#writers !== undefined || this.#affected !== undefined;
  }

  /** Takes up the next statement: for those whose expressions use parameters and context alone (executor/point). */
  reuse(parameters: readonly Value[], context: EvaluationContext): void {
    this.parameters = parameters;
    this.context = context;
  }

  /** A fresh environment for work that outlives the statement: deferred checks. */
  forExecution(execution: Execution): Environment {
    return new Environment(execution);
  }
}
