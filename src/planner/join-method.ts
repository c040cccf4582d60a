/** How two inputs are joined: by hash, by looking the right side up, or by trying every pair. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import { COST } from './access-path.ts';
import { conjunction, mayWait, refsOf } from './expression-tools.ts';
import type { JoinKey, JoinType, PhysicalPlan, TableScanNode } from './physical.ts';
import { selectivityOf } from './selectivity.ts';
import type { Facts } from './statistics.ts';
import { comparisonOf, familyOf } from './type-facts.ts';

export interface JoinSides {
  readonly type: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly conjuncts: readonly Expression[];
  readonly facts: Facts;
  readonly output: readonly ColumnRef[];
  /** The right side read by keys made of left columns, where it is a table that has such a key. */
  readonly lookup?: { readonly scan: TableScanNode; readonly residual: readonly Expression[] } | undefined;
}

/** The cheapest join of the two sides. */
export function chooseJoin(sides: JoinSides): PhysicalPlan {
  const { type, left, right, conjuncts, facts, output, lookup } = sides;
  const { keys, residual } = splitKeys(left.output, right.output, conjuncts);
  const rows = joinRows(type, left.rows, right.rows, conjuncts, facts);
  const emit = rows * COST.emit;
  const candidates: PhysicalPlan[] = [];
  if (keys.length > 0 && !residual.some(mayWait)) {
    const build =
      type === 'anti' || type === 'semi' || type === 'left'
        ? left.rows * 4 < right.rows
          ? 'left'
          : 'right'
        : left.rows < right.rows
          ? 'left'
          : 'right';
    const built = build === 'left' ? left.rows : right.rows;
    const probed = build === 'left' ? right.rows : left.rows;
    candidates.push({
      kind: 'hash_join',
      type,
      left,
      right,
      keys,
      residual: conjunction(residual),
      build,
      output,
      rows,
      cost: left.cost + right.cost + built * COST.hashBuild + probed * COST.hashProbe + emit,
    });
  }
  if (
    lookup !== undefined &&
    (type === 'inner' || type === 'left' || type === 'semi' || type === 'anti') &&
    !lookup.residual.some(mayWait)
  ) {
    candidates.push({
      kind: 'lookup_join',
      type,
      left,
      right: lookup.scan,
      residual: conjunction(lookup.residual),
      output,
      rows,
      cost: left.cost + left.rows * (COST.lookup + lookup.scan.cost) + emit,
    });
  }
  if (keys.length === 0 || candidates.length === 0) {
    candidates.push({
      kind: 'nested_loop',
      type,
      left,
      right,
      condition: conjunction(conjuncts),
      lateral: false,
      parameters: [],
      output,
      rows,
      cost: left.cost + right.cost + left.rows * right.rows * (0.5 + conjuncts.length * COST.filter) + emit,
    });
  }
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best));
}

export function joinRows(type: JoinType, left: number, right: number, conjuncts: readonly Expression[], facts: Facts): number {
  const inner = left * right * selectivityOf(conjunction(conjuncts), facts);
  switch (type) {
    case 'inner':
      return Math.max(0.5, inner);
    case 'left':
      return Math.max(left, inner);
    case 'right':
      return Math.max(right, inner);
    case 'full':
      return Math.max(left + right, inner);
    case 'semi':
      return Math.max(0.5, Math.min(left, Math.min(inner, left * 0.5)));
    case 'anti':
      return Math.max(1, left * 0.5);
  }
}

/** Equalities that a hash can decide, each side reading one input; the rest is checked after. */
export function splitKeys(
  left: readonly ColumnRef[],
  right: readonly ColumnRef[],
  conjuncts: readonly Expression[],
): { readonly keys: readonly JoinKey[]; readonly residual: readonly Expression[] } {
  const leftRefs = new Set(left);
  const rightRefs = new Set(right);
  const keys: JoinKey[] = [];
  const residual: Expression[] = [];
  for (const conjunct of conjuncts) {
    const key = keyOf(conjunct, leftRefs, rightRefs);
    if (key === undefined) residual.push(conjunct);
    else keys.push(key);
  }
  return { keys, residual };
}

function keyOf(conjunct: Expression, left: ReadonlySet<ColumnRef>, right: ReadonlySet<ColumnRef>): JoinKey | undefined {
  if (mayWait(conjunct)) return undefined;
  const sides = equalSides(conjunct);
  if (sides === undefined) return undefined;
  const { a, b, nullsEqual } = sides;
  if (readsOneSide(a, left, right) && readsOneSide(b, right, left)) return { left: a, right: b, equals: conjunct, nullsEqual };
  if (readsOneSide(b, left, right) && readsOneSide(a, right, left)) return { left: b, right: a, equals: conjunct, nullsEqual };
  return undefined;
}

function equalSides(conjunct: Expression): { readonly a: Expression; readonly b: Expression; readonly nullsEqual: boolean } | undefined {
  if (conjunct.kind === 'is_distinct' && conjunct.negated && familyOf(conjunct.left.type.oid) === familyOf(conjunct.right.type.oid))
    return { a: conjunct.left, b: conjunct.right, nullsEqual: true };
  const parts = comparisonOf(conjunct);
  return parts?.operator === '=' ? { a: parts.left, b: parts.right, nullsEqual: false } : undefined;
}

/** Reads something of `mine` and nothing of `other`. */
function readsOneSide(expression: Expression, mine: ReadonlySet<ColumnRef>, other: ReadonlySet<ColumnRef>): boolean {
  let some = false;
  for (const ref of refsOf(expression)) {
    if (other.has(ref)) return false;
    some ||= mine.has(ref);
  }
  return some;
}
