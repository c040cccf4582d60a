/**
 * Walking and rewriting bound trees. Everything here is generic over node kinds, so that a rule names only the kinds it is about.
 *
 * Refs are unique within a statement, so the free refs of a plan are simply those it uses and does not define anywhere inside.
 */
import { unreachable } from '../base/assert.ts';
import type { AggregateCall, ColumnRef, Expression, FrameBound, SetCall, SortKey, WindowCall } from './expression.ts';
import type { Plan, WriteTarget } from './plan.ts';

type Map1 = (expression: Expression) => Expression;

/**
 * `expression` with `f` applied to its direct children. Subquery plans are left alone, and so are a domain's checks, which read
 * nothing but the value at hand.
 */
export function mapChildren(expression: Expression, f: Map1): Expression {
  switch (expression.kind) {
    case 'constant':
    case 'parameter':
    case 'column':
      return expression;
    case 'call':
    case 'and':
    case 'or':
    case 'coalesce':
    case 'extremum':
    case 'array':
    case 'row': {
      const args = mapList(expression.args, f);
      return args === expression.args ? expression : { ...expression, args };
    }
    case 'cast':
    case 'not':
    case 'is_null':
    case 'is_truth':
    case 'field': {
      const arg = f(expression.arg);
      return arg === expression.arg ? expression : { ...expression, arg };
    }
    case 'is_distinct': {
      const left = f(expression.left);
      const right = f(expression.right);
      return left === expression.left && right === expression.right ? expression : { ...expression, left, right };
    }
    case 'case': {
      const branches = expression.branches.map((branch) => ({ when: f(branch.when), then: f(branch.then) }));
      return { ...expression, branches, otherwise: f(expression.otherwise) };
    }
    case 'nullif':
      return { ...expression, left: f(expression.left), right: f(expression.right), test: f(expression.test) };
    case 'subscript': {
      const arg = f(expression.arg);
      const indexes = expression.indexes.map((index) =>
        'at' in index ? { at: f(index.at) } : { lower: index.lower && f(index.lower), upper: index.upper && f(index.upper) },
      );
      return { ...expression, arg, indexes };
    }
    case 'in_list': {
      const arg = f(expression.arg);
      const items = mapList(expression.items, f);
      return arg === expression.arg && items === expression.items ? expression : { ...expression, arg, items };
    }
    case 'quantified':
      return { ...expression, left: f(expression.left), array: f(expression.array) };
    case 'subquery': {
      const left = mapList(expression.left, f);
      return left === expression.left ? expression : { ...expression, left };
    }
    case 'domain_check':
      return { ...expression, arg: f(expression.arg) };
    default:
      return unreachable(expression);
  }
}

/** The direct children of an expression. Subquery plans are not among them. */
export function children(expression: Expression): readonly Expression[] {
  return collected((keep) => mapChildren(expression, keep));
}

/** What a mapping walk comes by, in its order. */
function collected(walk: (keep: Map1) => void): readonly Expression[] {
  const found: Expression[] = [];
  walk((expression) => {
    found.push(expression);
    return expression;
  });
  return found;
}

function mapList(list: readonly Expression[], f: Map1): readonly Expression[] {
  let changed: Expression[] | undefined;
  list.forEach((item, index) => {
    const mapped = f(item);
    if (mapped === item) return;
    changed ??= list.slice();
    changed[index] = mapped;
  });
  return changed ?? list;
}

/**
 * Replaces top-down, inside subquery plans too: where `replace` answers, its answer stands and is not entered; elsewhere the
 * walk goes on into the children. A changed subquery's `outer` is computed again.
 */
export function rewrite(expression: Expression, replace: (expression: Expression) => Expression | undefined): Expression {
  const own = replace(expression);
  if (own !== undefined) return own;
  const mapped = mapChildren(expression, (child) => rewrite(child, replace));
  if (mapped.kind !== 'subquery' || mapped.outer.length === 0) return mapped;
  const plan = mapPlanExpressions(mapped.plan, (inner) => rewrite(inner, replace));
  return { ...mapped, plan, outer: freeRefs(plan) };
}

/** Whether `test` holds for the expression or any part of it; subquery plans are not entered. */
export function some(expression: Expression, test: (expression: Expression) => boolean): boolean {
  return test(expression) || children(expression).some((child) => some(child, test));
}

/** Calls `visit` for every column used by the expression, those its subqueries take from outside included. */
export function visitColumns(expression: Expression, visit: (ref: ColumnRef) => void): void {
  if (expression.kind === 'column') visit(expression.ref);
  if (expression.kind === 'subquery') expression.outer.forEach(visit);
  for (const child of children(expression)) visitColumns(child, visit);
}

/** Every plan directly below. */
export function inputsOf(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
    case 'values':
    case 'function_scan':
    case 'with_reference':
      return [];
    case 'join':
    case 'set_operation':
      return [plan.left, plan.right];
    case 'recursive':
      return [plan.base, plan.step];
    case 'with':
      return [...plan.definitions.map((definition) => definition.plan), plan.body];
    case 'insert':
    case 'update':
    case 'delete':
      return [plan.source];
    default:
      return [plan.input];
  }
}

/** The plan with `f` applied to each plan directly below; the same object when a single or paired input did not change. */
export function mapInputs(plan: Plan, f: (plan: Plan) => Plan): Plan {
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
    case 'values':
    case 'function_scan':
    case 'with_reference':
      return plan;
    case 'join':
    case 'set_operation': {
      const left = f(plan.left);
      const right = f(plan.right);
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case 'recursive':
      return { ...plan, base: f(plan.base), step: f(plan.step) };
    case 'with':
      return {
        ...plan,
        definitions: plan.definitions.map((definition) => ({ ...definition, plan: f(definition.plan) })),
        body: f(plan.body),
      };
    case 'insert':
    case 'update':
    case 'delete': {
      const source = f(plan.source);
      return source === plan.source ? plan : { ...plan, source };
    }
    default: {
      const input = f(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
  }
}

/** The whole plan tree with `f` applied to every expression in it (each as a whole, not to its parts). */
export function mapPlanExpressions(plan: Plan, f: Map1): Plan {
  return mapOwnExpressions(
    mapInputs(plan, (input) => mapPlanExpressions(input, f)),
    f,
  );
}

/** The node with `f` applied to its own expressions; its inputs stay. */
export function mapOwnExpressions(plan: Plan, f: Map1): Plan {
  const optional = (expression: Expression | undefined) => expression && f(expression);
  const keys = (list: readonly SortKey[]) => list.map((key) => ({ ...key, expression: f(key.expression) }));
  const call = (set: SetCall): SetCall => ({ ...set, args: set.args.map(f) });
  const bound = (edge: FrameBound): FrameBound => ('offset' in edge ? { ...edge, offset: f(edge.offset) } : edge);
  const items = <T extends { readonly expression: Expression }>(list: readonly T[]) =>
    list.map((item) => ({ ...item, expression: f(item.expression) }));
  switch (plan.kind) {
    case 'scan':
    case 'virtual_scan':
    case 'set_operation':
    case 'with':
    case 'with_reference':
    case 'recursive':
    case 'lock':
      return plan;
    case 'values':
      return { ...plan, rows: plan.rows.map((row) => row.map(f)) };
    case 'filter':
      return { ...plan, condition: f(plan.condition) };
    case 'project':
      return { ...plan, items: items(plan.items) };
    case 'project_set':
      return { ...plan, calls: plan.calls.map((entry) => ({ ...entry, call: call(entry.call) })) };
    case 'join':
      return plan.condition === undefined ? plan : { ...plan, condition: f(plan.condition) };
    case 'aggregate':
      return {
        ...plan,
        groups: items(plan.groups),
        aggregates: plan.aggregates.map((entry) => ({ ...entry, call: mapAggregate(entry.call, f) })),
      };
    case 'window':
      return {
        ...plan,
        partitionBy: plan.partitionBy.map(f),
        orderBy: keys(plan.orderBy),
        calls: plan.calls.map((entry) => ({
          ...entry,
          call: mapWindow(entry.call, f),
          frame: { ...entry.frame, start: bound(entry.frame.start), end: bound(entry.frame.end) },
        })),
      };
    case 'sort':
      return { ...plan, keys: keys(plan.keys) };
    case 'limit':
      return { ...plan, limit: optional(plan.limit), offset: optional(plan.offset), ties: plan.ties && keys(plan.ties) };
    case 'distinct':
      return { ...plan, on: plan.on.map(f) };
    case 'function_scan':
      return { ...plan, calls: plan.calls.map((entry) => ({ ...entry, call: call(entry.call) })) };
    case 'insert': {
      const conflict = plan.onConflict;
      return {
        ...plan,
        target: mapTarget(plan.target, f),
        onConflict: conflict && { ...conflict, set: items(conflict.set), where: optional(conflict.where) },
        returning: plan.returning && items(plan.returning),
      };
    }
    case 'update':
      return { ...plan, target: mapTarget(plan.target, f), set: items(plan.set), returning: plan.returning && items(plan.returning) };
    case 'delete':
      return { ...plan, target: mapTarget(plan.target, f), returning: plan.returning && items(plan.returning) };
    default:
      return unreachable(plan);
  }
}

/** The expressions of this one node. */
export function expressionsOf(plan: Plan): readonly Expression[] {
  return collected((keep) => mapOwnExpressions(plan, keep));
}

function mapAggregate(call: AggregateCall, f: Map1): AggregateCall {
  return {
    ...call,
    args: call.args.map(f),
    filter: call.filter && f(call.filter),
    orderBy: call.orderBy.map((key) => ({ ...key, expression: f(key.expression) })),
    direct: call.direct.map(f),
  };
}

/** The window call with `f` applied to each of its expressions. */
export function mapWindow(call: WindowCall, f: Map1): WindowCall {
  return { ...call, args: call.args.map(f), function: 'args' in call.function ? mapAggregate(call.function, f) : call.function };
}

function mapTarget(target: WriteTarget, f: Map1): WriteTarget {
  return {
    ...target,
    checks: target.checks.map((check) => ({ ...check, condition: f(check.condition) })),
    indexExpressions: target.indexExpressions.map((index) => ({
      ...index,
      keys: index.keys.map((key) => key && f(key)),
      predicate: index.predicate && f(index.predicate),
    })),
    generated: target.generated.map((column) => ({ ...column, expression: f(column.expression) })),
  };
}

/** Calls `visit` for every expression of the whole plan tree, each as a whole. */
export function visitPlanExpressions(plan: Plan, visit: (expression: Expression) => void): void {
  for (const expression of expressionsOf(plan)) visit(expression);
  for (const input of inputsOf(plan)) visitPlanExpressions(input, visit);
}

/** Columns the plan uses and does not define: those of enclosing queries, in first-use order. */
export function freeRefs(plan: Plan): readonly ColumnRef[] {
  const used = new Set<ColumnRef>();
  visitPlanExpressions(plan, (expression) => visitColumns(expression, (ref) => used.add(ref)));
  const defined = definedRefs(plan);
  return [...used].filter((ref) => !defined.has(ref));
}

/** Every column that the plan or an input at any depth makes. */
export function definedRefs(plan: Plan): ReadonlySet<ColumnRef> {
  const defined = new Set<ColumnRef>();
  collectDefined(plan, defined);
  return defined;
}

function collectDefined(plan: Plan, into: Set<ColumnRef>): void {
  for (const ref of outputOf(plan)) into.add(ref);
  if (plan.kind === 'insert' || plan.kind === 'update' || plan.kind === 'delete') {
    for (const ref of plan.target.row) into.add(ref);
    if (plan.kind === 'insert' && plan.onConflict !== undefined) {
      for (const ref of [...plan.onConflict.existing, ...plan.onConflict.excluded]) into.add(ref);
    }
  }
  for (const input of inputsOf(plan)) collectDefined(input, into);
}

/** The columns a plan produces, in order. */
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
    case 'project':
      return plan.items.map((item) => item.ref);
    case 'project_set':
    case 'window':
      return [...outputOf(plan.input), ...plan.calls.map((call) => call.ref)];
    case 'join':
      return plan.type === 'semi' || plan.type === 'anti' ? outputOf(plan.left) : [...outputOf(plan.left), ...outputOf(plan.right)];
    case 'aggregate':
      return [...plan.groups, ...plan.aggregates, ...plan.grouping].map((item) => item.ref);
    case 'function_scan': {
      const columns = plan.calls.flatMap((call) => call.columns);
      return plan.ordinality === undefined ? columns : [...columns, plan.ordinality];
    }
    case 'with':
      return outputOf(plan.body);
    case 'insert':
    case 'update':
    case 'delete':
      return plan.returning?.map((item) => item.ref) ?? [];
    default:
      return outputOf(plan.input);
  }
}
