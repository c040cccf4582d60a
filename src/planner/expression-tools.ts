/** Walking, rewriting and asking about bound expressions. All answers are new expressions; nothing is changed in place. */
import type { ColumnExpression, ColumnRef, ConstantExpression, Expression, SubqueryExpression } from '../binder/expression.ts';
import { children, mapChildren as mapWalked, mapPlanExpressions } from '../binder/walk.ts';
import { OID } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { freeRefs } from './plan-tools.ts';

export const BOOL: SqlType = { oid: OID.bool, modifier: -1 };
export const TRUE: ConstantExpression = { kind: 'constant', value: true, type: BOOL };
export const FALSE: ConstantExpression = { kind: 'constant', value: false, type: BOOL };

export function constant(value: Value, type: SqlType): ConstantExpression {
  return { kind: 'constant', value, type };
}

export function column(ref: ColumnRef, type: SqlType): ColumnExpression {
  return { kind: 'column', ref, type };
}

/** The direct parts of an expression, a domain's checks among them. A subquery's are its left side; its plan is not among them. */
export function childrenOf(expression: Expression): readonly Expression[] {
  const parts = children(expression);
  return expression.kind === 'domain_check' ? [...parts, ...expression.checks.map((check) => check.condition)] : parts;
}

/** The expression with each direct part replaced, a domain's checks among them. */
export function mapChildren(expression: Expression, map: (part: Expression) => Expression): Expression {
  const mapped = mapWalked(expression, map);
  if (mapped.kind !== 'domain_check') return mapped;
  return { ...mapped, checks: mapped.checks.map((check) => ({ ...check, condition: map(check.condition) })) };
}

/** Whether the expression has no parts: a constant, a column, a parameter. */
export function isLeaf(expression: Expression): boolean {
  return expression.kind === 'constant' || expression.kind === 'column' || expression.kind === 'parameter';
}

/** Rewrites bottom-up: parts first, then the node itself. */
export function rewrite(expression: Expression, map: (node: Expression) => Expression): Expression {
  return map(mapChildren(expression, (part) => rewrite(part, map)));
}

/** Whether `test` holds somewhere in the expression (a subquery's plan not included). */
export function someExpression(expression: Expression, test: (node: Expression) => boolean): boolean {
  return test(expression) || childrenOf(expression).some((part) => someExpression(part, test));
}

/** Adds every column the expression reads to `refs`: those of enclosing queries too, and what its subqueries read from outside. */
export function collectRefs(expression: Expression, refs: Set<ColumnRef>): void {
  if (expression.kind === 'column') refs.add(expression.ref);
  else if (expression.kind === 'subquery') for (const ref of outerRefs(expression)) refs.add(ref);
  if (expression.kind === 'domain_check') {
    const inner = new Set<ColumnRef>();
    for (const check of expression.checks) collectRefs(check.condition, inner);
    inner.delete(expression.value);
    for (const ref of inner) refs.add(ref);
    collectRefs(expression.arg, refs);
    return;
  }
  for (const part of childrenOf(expression)) collectRefs(part, refs);
}

const refsCache = new WeakMap<Expression, ReadonlySet<ColumnRef>>();

/** Every column the expression reads. Kept per expression. */
export function refsOf(expression: Expression): ReadonlySet<ColumnRef> {
  const known = refsCache.get(expression);
  if (known !== undefined) return known;
  const refs = new Set<ColumnRef>();
  collectRefs(expression, refs);
  refsCache.set(expression, refs);
  return refs;
}

/** What a subquery's plan reads from enclosing queries, recomputed from the plan, since rewriting moves references. */
export function outerRefs(expression: SubqueryExpression): ReadonlySet<ColumnRef> {
  return freeRefs(expression.plan);
}

/** Replaces column references, also inside the plans of subqueries. */
export function substitute(expression: Expression, replacements: ReadonlyMap<ColumnRef, Expression>): Expression {
  if (replacements.size === 0) return expression;
  const replace = (node: Expression): Expression => {
    if (node.kind === 'column') return replaced(node, replacements.get(node.ref));
    const mapped = mapChildren(node, replace);
    if (mapped.kind !== 'subquery') return mapped;
    const outer = outerRefs(mapped);
    if (![...outer].some((ref) => replacements.has(ref))) return mapped;
    const plan = mapPlanExpressions(mapped.plan, replace);
    return { ...mapped, plan, outer: [...freeRefs(plan)] };
  };
  return replace(expression);
}

/** A column put in place of another keeps the type it was read with. */
function replaced(node: ColumnExpression, replacement: Expression | undefined): Expression {
  if (replacement === undefined) return node;
  return replacement.kind === 'column' ? { ...node, ref: replacement.ref } : replacement;
}

/** The conjuncts of a condition, nested ANDs flattened. */
export function conjunctsOf(condition: Expression | undefined): Expression[] {
  if (condition === undefined) return [];
  if (condition.kind === 'and') return condition.args.flatMap(conjunctsOf);
  if (condition.kind === 'constant' && condition.value === true) return [];
  return [condition];
}

/** One condition of all conjuncts; undefined when there is none. */
export function conjunction(conjuncts: readonly Expression[]): Expression | undefined {
  if (conjuncts.length === 0) return undefined;
  return conjuncts.length === 1 ? conjuncts[0] : { kind: 'and', args: conjuncts, type: BOOL };
}

/** Whether evaluating it twice, or at another time, could be told apart. */
export function isVolatile(expression: Expression): boolean {
  return someExpression(
    expression,
    (node) => (node.kind === 'call' && node.function.volatility === 'volatile') || (node.kind === 'subquery' && planIsVolatile(node)),
  );
}

const volatilePlans = new WeakMap<object, boolean>();

function planIsVolatile(subquery: SubqueryExpression): boolean {
  const known = volatilePlans.get(subquery.plan);
  if (known !== undefined) return known;
  let found = false;
  mapPlanExpressions(subquery.plan, (expression) => {
    found ||= isVolatile(expression);
    return expression;
  });
  volatilePlans.set(subquery.plan, found);
  return found;
}

const waits = new WeakMap<Expression, boolean>();

/** Whether evaluating it may have to wait: it runs a subquery, or a volatile function (nextval, pg_sleep), which may answer later. */
export function mayWait(expression: Expression): boolean {
  if (isLeaf(expression)) return false;
  const known = waits.get(expression);
  if (known !== undefined) return known;
  const answer = someExpression(
    expression,
    (node) => node.kind === 'subquery' || (node.kind === 'call' && node.function.volatility === 'volatile'),
  );
  waits.set(expression, answer);
  return answer;
}

export function hasSubquery(expression: Expression): boolean {
  return someExpression(expression, (node) => node.kind === 'subquery');
}
