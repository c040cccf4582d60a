/** The nodes that run in one way only: what they need from below, and what they are estimated to cost. */
import type { ColumnRef, Expression, SetCall } from '../binder/expression.ts';
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
import { COST, sortCost } from './cost.ts';
import { expressionCost } from './condition-cost.ts';
import { addAggregation, addCopy, addDistinct } from './estimate/derive.ts';
import type { Facts } from './estimate/facts.ts';
import { groupsOf } from './estimate/groups.ts';
import { knownValue } from './estimate/sample-evaluator.ts';
import { placeOf } from './estimate/scale.ts';
import { keep, refsIn, type Lower, type Required } from './lower-tools.ts';
import type { PhysicalPlan } from './physical.ts';

/** The estimate for what nothing is known of: a function's answer, a system view, a working table. */
export const UNKNOWN_ROWS = 100;

/** How many rows of an order are wanted. */
export interface Top {
  readonly limit: Expression;
  readonly offset: Expression | undefined;
}

/** How many rows a LIMIT and its OFFSET ask for together; undefined when nobody knows. */
export function wantedRows({ limit, offset }: Top, facts: Facts): number | undefined {
  const rows = numberOf(limit, facts);
  return rows === undefined ? undefined : rows + (offset === undefined ? 0 : (numberOf(offset, facts) ?? 0));
}

function numberOf(expression: Expression, facts: Facts): number | undefined {
  const value = knownValue(expression, facts);
  return value === undefined ? undefined : placeOf(value, expression.type.oid);
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
    cost: UNKNOWN_ROWS * COST.expression,
  };
}

/** Functions in FROM. */
export function lowerFunctionScan(plan: FunctionScanPlan, facts: Facts): PhysicalPlan {
  return {
    kind: 'function_scan',
    alias: plan.alias,
    calls: plan.calls,
    ordinality: plan.ordinality !== undefined,
    output: outputOf(plan),
    rows: Math.max(...plan.calls.map(({ call }) => functionRows(call, facts))),
    cost: UNKNOWN_ROWS * COST.expression,
  };
}

/** Rows of a function's answer: known of generate_series over known bounds. */
function functionRows({ function: called, args }: SetCall, facts: Facts): number {
  if (called.name !== 'generate_series' || args.length < 2) return UNKNOWN_ROWS;
  const [from, to, step] = args.map((arg) => numberOf(arg, facts));
  if (from === undefined || to === undefined || (args.length > 2 && (step === undefined || step === 0))) return UNKNOWN_ROWS;
  return Math.max(1, Math.floor((to - from) / (step ?? 1)) + 1);
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
    cost: input.cost + input.rows * 10 * COST.expression,
  };
}

/** Grouping, without the aggregates that nobody reads. */
export function lowerAggregate(plan: AggregatePlan, required: Required, facts: Facts, lower: Lower): PhysicalPlan {
  const aggregates = plan.aggregates.filter((item) => required.has(item.ref));
  const grouping = plan.grouping.filter((item) => required.has(item.ref));
  const input = lower(plan.input, refsIn(expressionsOf({ ...plan, aggregates })));
  const groups = plan.groups.map((group) => group.expression);
  const rows = Math.min(input.rows, groupsOf(groups, input.rows, facts)) * (plan.sets?.length ?? 1);
  addAggregation(facts, plan.groups, aggregates, { rows: input.rows, groups: rows });
  const output = keep(
    [...plan.groups, ...aggregates, ...grouping].map((item) => item.ref),
    required,
  );
  const computed = [...groups, ...aggregates.flatMap(({ call }) => call.args)].reduce((sum, part) => sum + expressionCost(part), 0);
  const perRow = (groups.length === 0 ? 0 : COST.group) + aggregates.length * COST.aggregate + computed;
  return {
    kind: 'aggregate',
    input,
    groups: plan.groups,
    sets: plan.sets,
    aggregates,
    grouping,
    output,
    rows,
    cost: COST.start + input.cost + input.rows * perRow + rows * COST.groupNew,
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
    cost: input.cost + input.rows * calls.length * COST.window + sortCost(input.rows),
  };
}

/** LIMIT; `lower` is told how many rows of the input's order are wanted, unless ties may make it more. */
export function lowerLimit(
  plan: LimitPlan,
  required: Required,
  facts: Facts,
  lower: (input: Plan, top: Top | undefined, required: Required) => PhysicalPlan,
): PhysicalPlan {
  const top = plan.limit !== undefined && plan.ties === undefined ? { limit: plan.limit, offset: plan.offset } : undefined;
  const input = lower(plan.input, top, new Set([...required, ...refsIn((plan.ties ?? []).map((key) => key.expression))]));
  const wanted = plan.limit === undefined ? undefined : numberOf(plan.limit, facts);
  return {
    kind: 'limit',
    input,
    limit: plan.limit,
    offset: plan.offset,
    ties: plan.ties,
    output: input.output,
    rows: wanted === undefined ? input.rows : Math.min(input.rows, wanted),
    cost: input.cost,
  };
}

/** DISTINCT and DISTINCT ON. */
export function lowerDistinct(plan: DistinctPlan, required: Required, facts: Facts, lower: Lower): PhysicalPlan {
  const input = lower(plan.input, new Set([...required, ...refsIn(plan.on)]));
  const rows = Math.min(input.rows, groupsOf(plan.on, input.rows, facts));
  addDistinct(facts, plan.on, rows);
  const cost = COST.start + input.cost + input.rows * COST.group + rows * COST.groupNew;
  return { kind: 'distinct', input, on: plan.on, output: keep(input.output, required), rows, cost };
}

/** UNION, INTERSECT and EXCEPT: rows are compared whole, so every column is needed. */
export function lowerSetOperation(plan: SetOperationPlan, facts: Facts, lower: Lower): PhysicalPlan {
  const left = lower(plan.left, new Set(plan.leftColumns));
  const right = lower(plan.right, new Set(plan.rightColumns));
  const rows =
    plan.operation === 'union' ? left.rows + right.rows : plan.operation === 'except' ? left.rows : Math.min(left.rows, right.rows);
  addCopy(facts, plan.leftColumns, plan.output, rows);
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
    rows,
    cost:
      left.cost + right.cost + (left.rows + right.rows) * (plan.operation === 'union' && plan.all ? COST.emit : COST.group + COST.groupNew),
  };
}

/** A name of WITH, whose plan is `source`, or a recursive query's working table. */
export function lowerReference(
  plan: WithReferencePlan,
  required: Required,
  shared: { readonly plan: PhysicalPlan; readonly columns: readonly ColumnRef[] } | undefined,
): PhysicalPlan {
  const source = shared?.plan;
  const rows = source?.rows ?? UNKNOWN_ROWS;
  // Columns that nobody reads are not kept.
  const position = (at: number): number => (shared === undefined ? at : shared.plan.output.indexOf(shared.columns[at]));
  const wanted = plan.output.map((ref, at) => ({ ref, position: position(at) })).filter((item) => required.has(item.ref));
  return {
    kind: 'shared_scan',
    id: plan.id,
    name: plan.name,
    source,
    positions: wanted.map((item) => item.position),
    output: wanted.map((item) => item.ref),
    rows,
    cost: COST.start + rows * COST.kept,
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
