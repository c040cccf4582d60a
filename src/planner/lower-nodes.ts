/** The nodes that run in one way only: what they need from below, and what they are estimated to cost. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import type {
  AggregatePlan,
  DistinctPlan,
  FunctionScanPlan,
  LimitPlan,
  Plan,
  ProjectSetPlan,
  RecursivePlan,
  SetOperationPlan,
  VirtualScanPlan,
  WindowPlan,
  WithReferencePlan,
} from '../binder/plan.ts';
import { expressionsOf, outputOf } from '../binder/walk.ts';
import { keep, refsIn, sortCost, type Lower, type Required } from './lower-tools.ts';
import type { PhysicalPlan } from './physical.ts';
import { groupsOf } from './selectivity.ts';
import type { Facts } from './statistics.ts';

/** The estimate for what nothing is known of: a function's answer, a system view, a working table. */
export const UNKNOWN_ROWS = 100;

/** How many rows of an order are wanted. */
export interface Top {
  readonly limit: Expression;
  readonly offset: Expression | undefined;
}

/** A system view, with only the columns asked for. */
export function lowerVirtualScan(plan: VirtualScanPlan, required: Required): PhysicalPlan {
  const columns = plan.columns.filter((candidate) => required.has(candidate.ref));
  return {
    kind: 'virtual_scan',
    relation: plan.relation,
    positions: columns.map((candidate) => candidate.position),
    output: columns.map((candidate) => candidate.ref),
    rows: UNKNOWN_ROWS,
    cost: UNKNOWN_ROWS,
  };
}

/** Functions in FROM. */
export function lowerFunctionScan(plan: FunctionScanPlan): PhysicalPlan {
  return {
    kind: 'function_scan',
    alias: plan.alias,
    calls: plan.calls,
    ordinality: plan.ordinality !== undefined,
    output: outputOf(plan),
    rows: UNKNOWN_ROWS,
    cost: UNKNOWN_ROWS,
  };
}

/** Set-returning functions in a select list; ten rows a call are taken for likely. */
export function lowerProjectSet(plan: ProjectSetPlan, required: Required, lower: Lower): PhysicalPlan {
  const input = lower(plan.input, new Set([...required, ...refsIn(expressionsOf(plan))]));
  return {
    kind: 'project_set',
    input,
    calls: plan.calls,
    output: keep([...input.output, ...plan.calls.map((call) => call.ref)], required),
    rows: input.rows * 10,
    cost: input.cost + input.rows * 10,
  };
}

/** Grouping, without the aggregates that nobody reads. */
export function lowerAggregate(plan: AggregatePlan, required: Required, facts: Facts, lower: Lower): PhysicalPlan {
  const aggregates = plan.aggregates.filter((item) => required.has(item.ref));
  const grouping = plan.grouping.filter((item) => required.has(item.ref));
  const input = lower(plan.input, refsIn(expressionsOf({ ...plan, aggregates })));
  const groups = plan.groups.map((group) => group.expression);
  const rows = groupsOf(groups, input.rows, facts) * (plan.sets?.length ?? 1);
  const output = keep(
    [...plan.groups, ...aggregates, ...grouping].map((item) => item.ref),
    required,
  );
  return {
    kind: 'aggregate',
    input,
    groups: plan.groups,
    sets: plan.sets,
    aggregates,
    grouping,
    output,
    rows,
    cost: input.cost + input.rows * (1 + aggregates.length * 0.3) + rows,
  };
}

/** Window calls over one partitioning and order; the input alone when nobody reads them. */
export function lowerWindow(plan: WindowPlan, required: Required, lower: Lower): PhysicalPlan {
  const calls = plan.calls.filter((item) => required.has(item.ref));
  const input = lower(plan.input, new Set([...required, ...refsIn(expressionsOf({ ...plan, calls }))]));
  if (calls.length === 0) return input;
  return {
    kind: 'window',
    input,
    partitionBy: plan.partitionBy,
    orderBy: plan.orderBy,
    calls,
    output: keep([...input.output, ...calls.map((item) => item.ref)], required),
    rows: input.rows,
    cost: input.cost + input.rows * (2 + calls.length) + sortCost(input.rows),
  };
}

/** LIMIT; `lower` is told how many rows of the input's order are wanted, unless ties may make it more. */
export function lowerLimit(
  plan: LimitPlan,
  required: Required,
  lower: (input: Plan, top: Top | undefined, required: Required) => PhysicalPlan,
): PhysicalPlan {
  const top = plan.limit !== undefined && plan.ties === undefined ? { limit: plan.limit, offset: plan.offset } : undefined;
  const input = lower(plan.input, top, new Set([...required, ...refsIn((plan.ties ?? []).map((key) => key.expression))]));
  const isKnown = plan.limit?.kind === 'constant' && plan.limit.value !== null;
  return {
    kind: 'limit',
    input,
    limit: plan.limit,
    offset: plan.offset,
    ties: plan.ties,
    output: input.output,
    rows: isKnown ? Math.min(input.rows, Number(plan.limit.value)) : input.rows,
    cost: input.cost,
  };
}

/** DISTINCT and DISTINCT ON. */
export function lowerDistinct(plan: DistinctPlan, required: Required, facts: Facts, lower: Lower): PhysicalPlan {
  const input = lower(plan.input, new Set([...required, ...refsIn(plan.on)]));
  const rows = groupsOf(plan.on, input.rows, facts);
  return { kind: 'distinct', input, on: plan.on, output: keep(input.output, required), rows, cost: input.cost + input.rows };
}

/** UNION, INTERSECT and EXCEPT: rows are compared whole, so every column is needed. */
export function lowerSetOperation(plan: SetOperationPlan, lower: Lower): PhysicalPlan {
  const left = lower(plan.left, new Set(plan.leftColumns));
  const right = lower(plan.right, new Set(plan.rightColumns));
  return {
    kind: 'set_operation',
    operation: plan.operation,
    all: plan.all,
    left,
    right,
    leftPositions: positionsOf(plan.leftColumns, left),
    rightPositions: positionsOf(plan.rightColumns, right),
    types: plan.types,
    output: plan.output,
    rows: plan.operation === 'union' ? left.rows + right.rows : left.rows,
    cost: left.cost + right.cost + left.rows + right.rows,
  };
}

/** A name of WITH, or a recursive query's working table; `rows` when the definition's are known. */
export function lowerReference(plan: WithReferencePlan, required: Required, rows = UNKNOWN_ROWS): PhysicalPlan {
  const wanted = plan.output.map((ref, position) => ({ ref, position })).filter((item) => required.has(item.ref));
  return {
    kind: 'shared_scan',
    id: plan.id,
    name: plan.name,
    positions: wanted.map((item) => item.position),
    output: wanted.map((item) => item.ref),
    rows,
    cost: rows,
  };
}

/** WITH RECURSIVE; ten rounds are taken for likely. */
export function lowerRecursive(plan: RecursivePlan, lower: Lower): PhysicalPlan {
  const base = lower(plan.base, new Set(plan.baseColumns));
  const step = lower(plan.step, new Set(plan.stepColumns));
  return {
    kind: 'recursive',
    id: plan.id,
    name: plan.name,
    base,
    step,
    basePositions: positionsOf(plan.baseColumns, base),
    stepPositions: positionsOf(plan.stepColumns, step),
    all: plan.all,
    types: plan.types,
    output: plan.output,
    rows: base.rows * 10,
    cost: base.cost + step.cost * 10,
  };
}

function positionsOf(columns: readonly ColumnRef[], input: PhysicalPlan): readonly number[] {
  return columns.map((ref) => input.output.indexOf(ref));
}
