/** Walking, rewriting and asking about logical plans. */
import { unreachable } from '../base/assert.ts';
import type { ColumnRef, Expression, SetCall } from '../binder/expression.ts';
import type { OnConflict, Plan, Returning, WriteTarget } from '../binder/plan.ts';
import { childrenOf, collectRefs, mapAggregate, mapFrame, mapSortKeys, mapWindow } from './expression-tools.ts';

/** The columns a plan's rows have, in order. */
export function outputOf(plan: Plan): readonly ColumnRef[] {
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
      return plan.columns.map((column) => column.ref);
    case 'values':
    case 'set_operation':
    case 'with_reference':
    case 'recursive':
      return plan.output;
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'lock':
      return outputOf(plan.input);
    case 'project':
      return plan.items.map((item) => item.ref);
    case 'project_set':
    case 'window':
      return [...outputOf(plan.input), ...plan.calls.map((call) => call.ref)];
    case 'join':
      return plan.type === 'semi' || plan.type === 'anti' ? outputOf(plan.left) : [...outputOf(plan.left), ...outputOf(plan.right)];
    case 'aggregate':
      return [...plan.groups, ...plan.aggregates, ...plan.grouping].map((item) => item.ref);
    case 'function_scan':
      return [...plan.calls.flatMap((call) => call.columns), ...(plan.ordinality === undefined ? [] : [plan.ordinality])];
    case 'with':
      return outputOf(plan.body);
    case 'insert':
    case 'update':
    case 'delete':
      return plan.returning === undefined ? [] : plan.returning.map((item) => item.ref);
    default:
      return unreachable(plan);
  }
}

export function inputsOf(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
    case 'values':
    case 'function_scan':
    case 'with_reference':
      return [];
    case 'filter':
    case 'project':
    case 'project_set':
    case 'aggregate':
    case 'window':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'lock':
      return [plan.input];
    case 'join':
    case 'set_operation':
      return [plan.left, plan.right];
    case 'with':
      return [...plan.definitions.map((definition) => definition.plan), plan.body];
    case 'recursive':
      return [plan.base, plan.step];
    case 'insert':
    case 'update':
    case 'delete':
      return [plan.source];
    default:
      return unreachable(plan);
  }
}

/** The plan over other inputs; itself when none changed. */
export function mapInputs(plan: Plan, map: (input: Plan) => Plan): Plan {
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
    case 'values':
    case 'function_scan':
    case 'with_reference':
      return plan;
    case 'filter':
    case 'project':
    case 'project_set':
    case 'aggregate':
    case 'window':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'lock': {
      const input = map(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
    case 'join':
    case 'set_operation': {
      const left = map(plan.left);
      const right = map(plan.right);
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case 'with':
      return {
        ...plan,
        definitions: plan.definitions.map((definition) => ({ ...definition, plan: map(definition.plan) })),
        body: map(plan.body),
      };
    case 'recursive':
      return { ...plan, base: map(plan.base), step: map(plan.step) };
    case 'insert':
    case 'update':
    case 'delete': {
      const source = map(plan.source);
      return source === plan.source ? plan : { ...plan, source };
    }
    default:
      return unreachable(plan);
  }
}

/** The plan with each expression of this one node replaced. */
export function mapNodeExpressions(plan: Plan, map: (expression: Expression) => Expression): Plan {
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
    case 'with_reference':
    case 'set_operation':
    case 'with':
    case 'recursive':
    case 'lock':
      return plan;
    case 'values':
      return { ...plan, rows: plan.rows.map((row) => row.map(map)) };
    case 'filter':
      return { ...plan, condition: map(plan.condition) };
    case 'project':
      return { ...plan, items: plan.items.map((item) => ({ ...item, expression: map(item.expression) })) };
    case 'project_set':
      return { ...plan, calls: plan.calls.map((item) => ({ ...item, call: mapSetCall(item.call, map) })) };
    case 'join':
      return plan.condition === undefined ? plan : { ...plan, condition: map(plan.condition) };
    case 'aggregate':
      return {
        ...plan,
        groups: plan.groups.map((group) => ({ ...group, expression: map(group.expression) })),
        aggregates: plan.aggregates.map((item) => ({ ...item, call: mapAggregate(item.call, map) })),
      };
    case 'window':
      return {
        ...plan,
        partitionBy: plan.partitionBy.map(map),
        orderBy: mapSortKeys(plan.orderBy, map),
        calls: plan.calls.map((item) => ({ ref: item.ref, call: mapWindow(item.call, map), frame: mapFrame(item.frame, map) })),
      };
    case 'sort':
      return { ...plan, keys: mapSortKeys(plan.keys, map) };
    case 'limit':
      return {
        ...plan,
        limit: plan.limit === undefined ? undefined : map(plan.limit),
        offset: plan.offset === undefined ? undefined : map(plan.offset),
        ties: plan.ties === undefined ? undefined : mapSortKeys(plan.ties, map),
      };
    case 'distinct':
      return { ...plan, on: plan.on.map(map) };
    case 'function_scan':
      return { ...plan, calls: plan.calls.map((item) => ({ ...item, call: mapSetCall(item.call, map) })) };
    case 'insert':
      return {
        ...plan,
        target: mapTarget(plan.target, map),
        onConflict: mapConflict(plan.onConflict, map),
        returning: mapReturning(plan.returning, map),
      };
    case 'update':
      return {
        ...plan,
        target: mapTarget(plan.target, map),
        set: plan.set.map((item) => ({ ...item, expression: map(item.expression) })),
        returning: mapReturning(plan.returning, map),
      };
    case 'delete':
      return { ...plan, target: mapTarget(plan.target, map), returning: mapReturning(plan.returning, map) };
    default:
      return unreachable(plan);
  }
}

/** The plan with every expression in it, at any depth, replaced. Plans inside subqueries are the map's own affair. */
export function mapPlanExpressions(plan: Plan, map: (expression: Expression) => Expression): Plan {
  return mapNodeExpressions(
    mapInputs(plan, (input) => mapPlanExpressions(input, map)),
    map,
  );
}

/** Calls `visit` with every node of the plan, inputs first; not inside subqueries. */
export function visitPlan(plan: Plan, visit: (node: Plan) => void): void {
  for (const input of inputsOf(plan)) visitPlan(input, visit);
  visit(plan);
}

/** Calls `visit` with every node, also inside the plans of subqueries. */
export function visitDeep(plan: Plan, visit: (node: Plan) => void): void {
  for (const input of inputsOf(plan)) visitDeep(input, visit);
  for (const expression of expressionsOf(plan)) visitSubqueries(expression, (subplan) => visitDeep(subplan, visit));
  visit(plan);
}

function visitSubqueries(expression: Expression, visit: (plan: Plan) => void): void {
  if (expression.kind === 'subquery') visit(expression.plan);
  for (const part of childrenOf(expression)) visitSubqueries(part, visit);
}

/** The expressions of this one node. */
export function expressionsOf(plan: Plan): readonly Expression[] {
  const found: Expression[] = [];
  mapNodeExpressions(plan, (expression) => {
    found.push(expression);
    return expression;
  });
  return found;
}

const freeCache = new WeakMap<Plan, ReadonlySet<ColumnRef>>();

/** The columns a plan reads and does not produce: those of enclosing queries. */
export function freeRefs(plan: Plan): ReadonlySet<ColumnRef> {
  const known = freeCache.get(plan);
  if (known !== undefined) return known;
  const used = new Set<ColumnRef>();
  const made = new Set<ColumnRef>();
  visitPlan(plan, (node) => {
    for (const expression of expressionsOf(node)) collectRefs(expression, used);
    for (const ref of outputOf(node)) made.add(ref);
    if (node.kind === 'insert' || node.kind === 'update' || node.kind === 'delete') for (const ref of node.target.row) made.add(ref);
    if (node.kind === 'insert' && node.onConflict !== undefined)
      for (const ref of [...node.onConflict.existing, ...node.onConflict.excluded]) made.add(ref);
  });
  const free = new Set([...used].filter((ref) => !made.has(ref)));
  freeCache.set(plan, free);
  return free;
}

/** Whether the plan, or a subquery in it, writes. */
export function planWrites(plan: Plan): boolean {
  let writes = false;
  visitDeep(plan, (node) => {
    writes ||= node.kind === 'insert' || node.kind === 'update' || node.kind === 'delete';
  });
  return writes;
}

function mapSetCall(call: SetCall, map: (expression: Expression) => Expression): SetCall {
  return { ...call, args: call.args.map(map) };
}

function mapTarget(target: WriteTarget, map: (expression: Expression) => Expression): WriteTarget {
  return {
    ...target,
    checks: target.checks.map((check) => ({ ...check, condition: map(check.condition) })),
    indexExpressions: target.indexExpressions.map((item) => ({
      ...item,
      keys: item.keys.map((key) => (key === undefined ? undefined : map(key))),
      predicate: item.predicate === undefined ? undefined : map(item.predicate),
    })),
    generated: target.generated.map((item) => ({ ...item, expression: map(item.expression) })),
  };
}

function mapConflict(conflict: OnConflict | undefined, map: (expression: Expression) => Expression): OnConflict | undefined {
  if (conflict === undefined) return undefined;
  return {
    ...conflict,
    set: conflict.set.map((item) => ({ ...item, expression: map(item.expression) })),
    where: conflict.where === undefined ? undefined : map(conflict.where),
  };
}

function mapReturning(returning: Returning, map: (expression: Expression) => Expression): Returning {
  return returning?.map((item) => ({ ...item, expression: map(item.expression) }));
}
