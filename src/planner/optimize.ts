/** The rewrite rules in their order. Plans of subqueries that stay expressions go through here on their own. */
import type { Expression } from '../binder/expression.ts';
import type { Plan } from '../binder/plan.ts';
import { mapPlanExpressions } from '../binder/walk.ts';
import type { Planning } from './context.ts';
import { isLeaf, rewrite } from './expression-tools.ts';
import { decorrelate } from './rules/decorrelate.ts';
import { foldConstants } from './rules/fold-constants.ts';
import { hoistWaiting } from './rules/hoist-waiting.ts';
import { inlineWith } from './rules/inline-with.ts';
import { pushDown } from './rules/push-down.ts';

export function optimize(plan: Plan, context: Planning): Plan {
  if (context.naive === true) return hoistWaiting(plan);
  const inlined = inlineWith(plan);
  const folded = foldPlan(inlined, context);
  return arrange(decorrelate(hoistWaiting(folded), context));
}

/** The last steps, for a plan without subqueries that could be joins. */
export function arrange(plan: Plan): Plan {
  return hoistWaiting(pushDown(plan));
}

/** Folds constants in the plan and in the plans of its subqueries, so that decorrelation sees simple conditions. */
function foldPlan(plan: Plan, context: Planning): Plan {
  const fold = (expression: Expression): Expression =>
    isLeaf(expression)
      ? expression
      : foldConstants(
          rewrite(expression, (node) => (node.kind === 'subquery' ? { ...node, plan: foldPlan(inlineWith(node.plan), context) } : node)),
          context.context,
        );
  return mapPlanExpressions(plan, fold);
}
