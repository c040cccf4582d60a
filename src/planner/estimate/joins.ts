/** How many rows joins give. */
import type { Expression } from '../../binder/expression.ts';
import { refsOf } from '../expression-tools.ts';
import type { JoinType, PhysicalPlan } from '../physical.ts';
import { comparisonOf } from '../type-facts.ts';
import { columnOf, distinctAmong, distinctOf, type Facts } from './facts.ts';
import { selectivityOfAll } from './selectivity.ts';

type Side = Pick<PhysicalPlan, 'rows' | 'output'>;

const LEAST = 0.5;

export function joinRows(type: JoinType, left: Side, right: Side, conjuncts: readonly Expression[], facts: Facts): number {
  if (type === 'semi') return Math.max(LEAST, left.rows * matchedShare(left, right, conjuncts, facts));
  if (type === 'anti') return Math.max(LEAST, left.rows * (1 - matchedShare(left, right, conjuncts, facts)));
  const inner = left.rows * right.rows * selectivityOfAll(conjuncts, facts);
  switch (type) {
    case 'inner':
      return Math.max(LEAST, inner);
    case 'left':
      return Math.max(left.rows, inner);
    case 'right':
      return Math.max(right.rows, inner);
    case 'full':
      return Math.max(left.rows, right.rows, inner);
  }
}

/** The part of the left rows that some right row matches: whose keys are among the right's, and for one of those the rest holds. */
export function matchedShare(left: Side, right: Side, conjuncts: readonly Expression[], facts: Facts): number {
  const leftRefs = new Set(left.output);
  const rightRefs = new Set(right.output);
  let share = 1;
  let distinct = 1;
  const rest: Expression[] = [];
  for (const conjunct of conjuncts) {
    const parts = comparisonOf(conjunct);
    const sides = parts?.operator === '=' ? [parts.left, parts.right] : [];
    const ours = sides.map(columnOf).find((ref) => ref !== undefined && leftRefs.has(ref));
    const theirs = sides.map(columnOf).find((ref) => ref !== undefined && rightRefs.has(ref));
    const leftFacts = ours === undefined ? undefined : facts.get(ours);
    const rightFacts = theirs === undefined ? undefined : facts.get(theirs);
    if (leftFacts === undefined || rightFacts === undefined) {
      rest.push(conjunct);
      continue;
    }
    const there = Math.min(right.rows, distinctAmong(rightFacts, Math.min(rightFacts.relation.kept, right.rows)));
    share = Math.min(share, (1 - leftFacts.nullFraction) * Math.min(1, there / distinctOf(leftFacts)));
    distinct *= there;
  }
  if (rest.length === 0) return share;
  const candidates = distinct === 1 && rest.length === conjuncts.length ? right.rows : Math.max(1, right.rows / distinct);
  const each = selectivityOfAll(
    rest.filter((conjunct) => refsOf(conjunct).size > 0),
    facts,
  );
  return share * (1 - (1 - each) ** Math.max(1, candidates));
}
