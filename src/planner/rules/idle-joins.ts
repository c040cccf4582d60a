/** A left join that no column is read of, with at most one match for each row, changes nothing and goes. */
import type { ColumnRef } from '../../binder/expression.ts';
import { outputOf } from '../../binder/walk.ts';
import { isVolatile, refsOf } from '../expression-tools.ts';
import type { JoinTree, TreeMember } from '../join-tree.ts';
import { comparisonOf } from '../type-facts.ts';
import { readsAny } from './extract-correlated.ts';
import { isUniqueBy } from './unique-keys.ts';

/** The tree without such joins. `required` are the columns that are read above it. */
export function withoutIdleJoins(tree: JoinTree, required: ReadonlySet<ColumnRef>): JoinTree {
  let { members } = tree;
  // One that goes may have been the only reader of another.
  for (;;) {
    const idle = members.find((member) => isIdle(member, members, tree, required));
    if (idle === undefined) return { ...tree, members };
    members = members.filter((member) => member !== idle);
  }
}

function isIdle(member: TreeMember, members: readonly TreeMember[], tree: JoinTree, required: ReadonlySet<ColumnRef>): boolean {
  if (member.type !== 'left' || !matchesOnce(member) || [...member.on, ...member.conjuncts].some(isVolatile)) return false;
  const own = new Set(outputOf(member.plan));
  const others = members.filter((other) => other !== member);
  const conditions = [...tree.conjuncts, ...others.flatMap(({ on, conjuncts }) => [...on, ...conjuncts])];
  return !readsAny(required, own) && !conditions.some((condition) => readsAny(refsOf(condition), own));
}

/** Whether its condition fixes a key of the one table it is. */
function matchesOnce({ plan, on }: TreeMember): boolean {
  if (plan.kind !== 'scan') return false;
  const own = new Set(outputOf(plan));
  const fixed = new Set<ColumnRef>();
  for (const condition of on) {
    const parts = comparisonOf(condition);
    if (parts?.operator !== '=') continue;
    const { left, right } = parts;
    if (left.kind === 'column' && own.has(left.ref) && !readsAny(refsOf(right), own)) fixed.add(left.ref);
    if (right.kind === 'column' && own.has(right.ref) && !readsAny(refsOf(left), own)) fixed.add(right.ref);
  }
  return isUniqueBy(plan, fixed);
}
