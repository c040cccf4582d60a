/** LATERAL without its loop: what its right side reads of the left becomes the join's condition, or a domain that it is run over. */
import type { JoinPlan, Plan } from '../../binder/plan.ts';
import { outputOf } from '../../binder/walk.ts';
import type { Planning } from '../context.ts';
import { COST } from '../cost.ts';
import { conjunction, conjunctsOf, hasSubquery } from '../expression-tools.ts';
import { freeRefs, planIsVolatile } from '../plan-tools.ts';
import { outerColumns } from './domain-source.ts';
import { extractCorrelated, readsAny } from './extract-correlated.ts';
import { pushDown } from './push-down.ts';
import { domainJoin } from './scalar-joins.ts';

/** The join in its cheapest form; itself when that is to be run for each row. */
export function withoutLateral(plan: JoinPlan, context: Planning): Plan {
  const { type, right, condition } = plan;
  const outer = new Set(outputOf(plan.left));
  if (!readsAny(freeRefs(right), outer)) return { ...plan, lateral: false };
  if ((type !== 'inner' && type !== 'left') || planIsVolatile(right) || conjunctsOf(condition).some(hasSubquery)) return plan;
  const extracted = extractCorrelated(right, outer, false);
  if (extracted !== undefined)
    return { ...plan, right: extracted.plan, condition: conjunction([...conjunctsOf(condition), ...extracted.conditions]), lateral: false };
  const left = pushDown(plan.left);
  const joined = domainJoin(type, right, left, condition, context);
  if (joined === undefined) return plan;
  const runs = context.estimate({ kind: 'distinct', input: left, on: outerColumns(right, outer) }).rows;
  const perRow = context.estimate(left).cost + runs * (context.estimate(right).cost + COST.reopen);
  return context.estimate(joined).cost < perRow ? joined : plan;
}
