/** Asking about logical plans, beyond what the binder's walk offers. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import type { Plan } from '../binder/plan.ts';
import { definedRefs, expressionsOf, inputsOf } from '../binder/walk.ts';
import { childrenOf, collectRefs, isVolatile } from './expression-tools.ts';

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

const freeCache = new WeakMap<Plan, ReadonlySet<ColumnRef>>();

/** The columns a plan reads and does not produce: those of enclosing queries. */
export function freeRefs(plan: Plan): ReadonlySet<ColumnRef> {
  const known = freeCache.get(plan);
  if (known !== undefined) return known;
  const used = new Set<ColumnRef>();
  visitPlan(plan, (node) => {
    for (const expression of expressionsOf(node)) collectRefs(expression, used);
  });
  const made = definedRefs(plan);
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

/** Whether running the plan twice, or at another time, could be told apart. */
export function planIsVolatile(plan: Plan): boolean {
  let found = false;
  visitPlan(plan, (node) => {
    found ||= expressionsOf(node).some(isVolatile) || node.kind === 'lock';
  });
  return found;
}
