/**
 * Takes out of a subquery's plan the conditions that read the enclosing query, so that the rest stands on its own and the
 * conditions can become a join's.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { AggregatePlan, Plan } from '../../binder/plan.ts';
import { expressionsOf, outputOf } from '../../binder/walk.ts';
import { column, conjunction, conjunctsOf, hasSubquery, isVolatile, refsOf } from '../expression-tools.ts';
import { freshRef } from '../fresh-ref.ts';
import { freeRefs } from '../plan-tools.ts';
import { comparisonOf } from '../type-facts.ts';
import { ANY } from './inline-with.ts';
import { filtered } from './push-down.ts';

export interface Extracted {
  readonly plan: Plan;
  /** Conditions over the plan's output and the enclosing query. */
  readonly conditions: readonly Expression[];
}

/**
 * Undefined when something other than a liftable condition reads `outer`. With `existence`, only whether there are rows
 * matters (for given output values), and orders, limits and duplicates may go.
 */
export function extractCorrelated(plan: Plan, outer: ReadonlySet<ColumnRef>, existence: boolean): Extracted | undefined {
  if (!readsAny(freeRefs(plan), outer)) return { plan, conditions: [] };
  switch (plan.kind) {
    case 'filter': {
      const { lifted, kept } = separate(conjunctsOf(plan.condition), outer);
      if (lifted === undefined) return undefined;
      const input = extractCorrelated(plan.input, outer, existence);
      return input === undefined ? undefined : { plan: filtered(input.plan, kept), conditions: [...input.conditions, ...lifted] };
    }
    case 'project': {
      if (plan.items.some((item) => readsAny(refsOf(item.expression), outer))) return undefined;
      const input = extractCorrelated(plan.input, outer, existence);
      if (input === undefined) return undefined;
      const made = new Set(plan.items.map((item) => item.ref));
      const wanted = neededFrom(input.conditions, outputOf(input.plan)).filter((ref) => !made.has(ref));
      return {
        plan: { ...plan, input: input.plan, items: [...plan.items, ...wanted.map((ref) => ({ ref, expression: column(ref, ANY) }))] },
        conditions: input.conditions,
      };
    }
    case 'join': {
      if (plan.lateral || plan.type === 'full' || plan.type === 'right') return undefined;
      const { lifted, kept } = separate(conjunctsOf(plan.condition), outer);
      if (lifted === undefined || (plan.type !== 'inner' && lifted.length > 0)) return undefined;
      const left = extractCorrelated(plan.left, outer, existence);
      const right =
        plan.type === 'inner'
          ? extractCorrelated(plan.right, outer, existence)
          : readsAny(freeRefs(plan.right), outer)
            ? undefined
            : { plan: plan.right, conditions: [] };
      if (left === undefined || right === undefined) return undefined;
      return {
        plan: { ...plan, left: left.plan, right: right.plan, condition: conjunction(kept) },
        conditions: [...left.conditions, ...right.conditions, ...lifted],
      };
    }
    case 'aggregate':
      return plan.groups.length > 0 ? extractFromGroups(plan, outer) : undefined;
    case 'sort':
    case 'distinct':
      if (!existence || (plan.kind === 'distinct' && !plan.on.every((key) => key.kind === 'column'))) return undefined;
      return extractCorrelated(plan.input, outer, existence);
    case 'limit': {
      const positive =
        plan.limit === undefined || (plan.limit.kind === 'constant' && (plan.limit.value === null || Number(plan.limit.value) > 0));
      if (!existence || plan.offset !== undefined || !positive) return undefined;
      return extractCorrelated(plan.input, outer, existence);
    }
    default:
      return undefined;
  }
}

/** Groups stay groups of what the enclosing row selects when each lifted condition fixes a further group key. */
function extractFromGroups(plan: AggregatePlan, outer: ReadonlySet<ColumnRef>): Extracted | undefined {
  if (plan.sets !== undefined || expressionsOf(plan).some((expression) => readsAny(refsOf(expression), outer))) return undefined;
  const input = extractCorrelated(plan.input, outer, false);
  if (input === undefined) return undefined;
  return groupedBy({ ...plan, input: input.plan }, input.conditions, outer);
}

/** The aggregate with the inner side of each equality as one more group; undefined when a condition is not such an equality. */
export function groupedBy(plan: AggregatePlan, conditions: readonly Expression[], outer: ReadonlySet<ColumnRef>): Extracted | undefined {
  const groups = [...plan.groups];
  const lifted: Expression[] = [];
  for (const condition of conditions) {
    const parts = comparisonOf(condition);
    if (parts?.operator !== '=' || condition.kind !== 'call') return undefined;
    const leftInner = !readsAny(refsOf(parts.left), outer);
    const rightInner = !readsAny(refsOf(parts.right), outer);
    if (leftInner === rightInner) return undefined;
    const inner = leftInner ? parts.left : parts.right;
    const ref = freshRef();
    groups.push({ ref, expression: inner });
    const key = column(ref, inner.type);
    lifted.push({ ...condition, args: leftInner ? [key, parts.right] : [parts.left, key] });
  }
  return { plan: { ...plan, groups }, conditions: lifted };
}

function separate(
  conjuncts: readonly Expression[],
  outer: ReadonlySet<ColumnRef>,
): { readonly lifted: Expression[] | undefined; readonly kept: Expression[] } {
  const lifted: Expression[] = [];
  const kept: Expression[] = [];
  for (const conjunct of conjuncts) (readsAny(refsOf(conjunct), outer) ? lifted : kept).push(conjunct);
  return { lifted: lifted.some((conjunct) => hasSubquery(conjunct) || isVolatile(conjunct)) ? undefined : lifted, kept };
}

function neededFrom(conditions: readonly Expression[], available: readonly ColumnRef[]): ColumnRef[] {
  const needed = new Set(conditions.flatMap((condition) => [...refsOf(condition)]));
  return available.filter((ref) => needed.has(ref));
}

export function readsAny(refs: ReadonlySet<ColumnRef>, wanted: ReadonlySet<ColumnRef>): boolean {
  for (const ref of refs) if (wanted.has(ref)) return true;
  return false;
}
