import type { BoundQuery } from '../binder/statement.ts';
import { outputOf } from '../binder/walk.ts';
import type { PlannerContext, Planning } from './context.ts';
import { Lowering } from './lower.ts';
import { arrange, optimize } from './optimize.ts';
import type { PhysicalQuery } from './physical.ts';
import { reorder } from './reshape.ts';

/** Plans a bound statement. Its rows have exactly the columns of `bound.columns`, in order; none when it returns no rows. */
export function planQuery(bound: BoundQuery, context: PlannerContext): PhysicalQuery {
  const output = (bound.columns ?? []).map((column) => column.ref);
  const planning: Planning = {
    ...context,
    estimate: (plan) => new Lowering(planning).lower(arrange(plan), new Set(outputOf(plan))),
  };
  const lowering = new Lowering(planning);
  const lowered = lowering.lower(optimize(bound.plan, planning), new Set(output));
  const root = bound.columns === undefined ? lowered : reorder(lowered, output);
  return { root, subplans: lowering.subplans, writesInWith: lowering.writesInWith };
}
