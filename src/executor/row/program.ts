/** A physical query compiled: closures and operator factories, made once and shared by all its executions. */
import { present, unreachable } from '../../base/assert.ts';
import type { ColumnRef, SubqueryExpression } from '../../binder/expression.ts';
import type { FreezeNode, PhysicalPlan, PhysicalQuery } from '../../planner/physical.ts';
import type { Environment } from '../environment.ts';
import { withVectors } from '../vector/open.ts';
import { layoutOf, Scope, type ProgramScope, type RunSubquery } from '../expression/scope.ts';
import { compileSubquery } from '../expression/subquery.ts';
import { prepareAggregate } from './aggregate.ts';
import { prepareDelete } from './delete.ts';
import { prepareDistinct } from './distinct.ts';
import { prepareFilter } from './filter.ts';
import { prepareFreeze } from './freeze.ts';
import { prepareFunctionScan } from './function-scan.ts';
import { prepareHashJoin } from './hash-join.ts';
import { prepareInsert } from './insert.ts';
import { prepareLimit } from './limit.ts';
import { prepareLookupJoin } from './lookup-join.ts';
import { measured } from './measured.ts';
import { prepareNestedLoop } from './nested-loop.ts';
import type { Operator } from './operator.ts';
import { positionsOf } from './pick.ts';
import { prepareProject } from './project.ts';
import { prepareProjectSet } from './project-set.ts';
import { prepareRecursive } from './recursive.ts';
import { prepareSetOperation } from './set-operation.ts';
import { prepareSharedScan } from './shared-scan.ts';
import { prepareSort } from './sort.ts';
import { prepareTableScan } from './table-scan.ts';
import { prepareUpdate } from './update.ts';
import { prepareValues } from './values.ts';
import { prepareVirtualScan } from './virtual-scan.ts';
import { prepareWindow } from './window.ts';
import { prepareWith } from './with.ts';

/** Opens one node of the plan for an execution. */
export type Factory = (environment: Environment) => Operator;

export class Program implements ProgramScope {
  readonly #query: PhysicalQuery;
  readonly #slots = new Map<ColumnRef, number>();
  readonly #factories = new Map<PhysicalPlan, Factory>();
  readonly #subqueries = new Map<
    SubqueryExpression,
    { readonly number: number; readonly open: Factory; readonly positions: readonly number[] }
  >();
  /** Nodes that vectors cannot run, whatever the parameters. */
  readonly #forRows = new Set<PhysicalPlan>();
  /** Its plan may hold subqueries, which take numbers of their own before it is done. */
  #nextSubquery = 0;
  /** Freeze nodes, to be read before anything writes. */
  readonly freezes: { readonly node: FreezeNode; readonly open: Factory }[] = [];
  readonly open: Factory;

  constructor(query: PhysicalQuery) {
    this.#query = query;
    this.open = this.prepare(query.root);
  }

  /** The factory of a node, made on its first use: over vectors where that is worth it. */
  prepare(node: PhysicalPlan): Factory {
    const known = this.#factories.get(node);
    if (known !== undefined) return known;
    const factory = this.#prepare(node);
    this.#factories.set(node, factory);
    return factory;
  }

  #prepare(node: PhysicalPlan): Factory {
    const open = withVectors(node, prepareNode(node, this), this);
    return (environment) =>
      environment.execution.measure === undefined ? open(environment) : measured(open(environment), node, environment.execution.measure);
  }

  /** Whether it was found that vectors cannot run the node. */
  isForRows(node: PhysicalPlan): boolean {
    return this.#forRows.has(node);
  }

  /** Notes that vectors cannot run the node, so that it is not tried again. */
  keepForRows(node: PhysicalPlan): void {
    this.#forRows.add(node);
  }

  /** A scope over rows of these columns. */
  scope(output: readonly ColumnRef[]): Scope {
    return new Scope(this, layoutOf(output));
  }

  /** Whether a WITH writes beside the statement itself. */
  get writesElsewhere(): boolean {
    return this.#query.writesInWith;
  }

  frameSlot(ref: ColumnRef): number {
    const known = this.#slots.get(ref);
    if (known !== undefined) return known;
    const slot = this.#slots.size;
    this.#slots.set(ref, slot);
    return slot;
  }

  subquery(expression: SubqueryExpression, scope: Scope): RunSubquery {
    let prepared = this.#subqueries.get(expression);
    if (prepared === undefined) {
      const plan = present(this.#query.subplans.get(expression), 'P2: every subquery has a plan');
      prepared = {
        number: this.#nextSubquery++,
        open: this.prepare(plan),
        positions: expression.mode === 'exists' ? [] : positionsOf(plan.output, expression.output),
      };
      this.#subqueries.set(expression, prepared);
    }
    return compileSubquery(expression, scope, prepared.number, prepared.open, prepared.positions);
  }
}

const programs = new WeakMap<PhysicalQuery, Program>();

/** The compiled form of a query, made on its first use. */
export function programOf(query: PhysicalQuery): Program {
  const known = programs.get(query);
  if (known !== undefined) return known;
  const program = new Program(query);
  programs.set(query, program);
  return program;
}

function prepareNode(node: PhysicalPlan, program: Program): Factory {
  switch (node.kind) {
    case 'table_scan':
      return prepareTableScan(node, program);
    case 'virtual_scan':
      return prepareVirtualScan(node);
    case 'values':
      return prepareValues(node, program);
    case 'filter':
      return prepareFilter(node, program);
    case 'project':
      return prepareProject(node, program);
    case 'project_set':
      return prepareProjectSet(node, program);
    case 'nested_loop':
      return prepareNestedLoop(node, program);
    case 'hash_join':
      return prepareHashJoin(node, program);
    case 'lookup_join':
      return prepareLookupJoin(node, program);
    case 'aggregate':
      return prepareAggregate(node, program);
    case 'window':
      return prepareWindow(node, program);
    case 'sort':
      return prepareSort(node, program);
    case 'limit':
      return prepareLimit(node, program);
    case 'distinct':
      return prepareDistinct(node, program);
    case 'set_operation':
      return prepareSetOperation(node, program);
    case 'function_scan':
      return prepareFunctionScan(node, program);
    case 'with':
      return prepareWith(node, program);
    case 'shared_scan':
      return prepareSharedScan(node);
    case 'recursive':
      return prepareRecursive(node, program);
    case 'freeze':
      return prepareFreeze(node, program);
    case 'insert':
      return prepareInsert(node, program);
    case 'update':
      return prepareUpdate(node, program);
    case 'delete':
      return prepareDelete(node, program);
    default:
      return unreachable(node);
  }
}
