/** A tree of joins flattened: what is joined, how, and under which conditions. */
import type { Expression } from '../binder/expression.ts';
import type { JoinPlan, Plan } from '../binder/plan.ts';
import { conjunctsOf } from './expression-tools.ts';
import type { MemberType } from './join-graph.ts';

export interface TreeMember {
  readonly type: MemberType;
  readonly plan: Plan;
  /** Conditions right above it. */
  readonly conjuncts: readonly Expression[];
  /** The condition it is joined by, unless it is inner. */
  readonly on: readonly Expression[];
}

export interface JoinTree {
  readonly members: readonly TreeMember[];
  /** All the other conditions. */
  readonly conjuncts: readonly Expression[];
}

/** A join whose order among others is free. */
export function isFreeJoin(plan: Plan): plan is JoinPlan & { readonly type: MemberType } {
  return plan.kind === 'join' && !plan.lateral && plan.type !== 'right' && plan.type !== 'full';
}

/**
 * Inner joins are taken apart on both sides, left, semi and anti joins on their left: what stands on their right stays a whole, and may
 * be joined at any time after what its condition reads.
 */
export function flatten(plan: Plan): JoinTree {
  const members: TreeMember[] = [];
  const conjuncts: Expression[] = [];
  const gather = (node: Plan): void => {
    if (isFreeJoin(node)) {
      gather(node.left);
      if (node.type === 'inner') {
        conjuncts.push(...conjunctsOf(node.condition));
        gather(node.right);
      } else members.push({ type: node.type, ...alone(node.right), on: conjunctsOf(node.condition) });
    } else if (node.kind === 'filter' && isFreeJoin(node.input)) {
      conjuncts.push(...conjunctsOf(node.condition));
      gather(node.input);
    } else members.push({ type: 'inner', ...alone(node), on: [] });
  };
  gather(plan);
  return { members, conjuncts };
}

function alone(plan: Plan): { readonly plan: Plan; readonly conjuncts: readonly Expression[] } {
  return plan.kind === 'filter' && !isFreeJoin(plan.input)
    ? { plan: plan.input, conjuncts: conjunctsOf(plan.condition) }
    : { plan, conjuncts: [] };
}
