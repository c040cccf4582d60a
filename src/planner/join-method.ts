/** How two inputs are joined: by hash, by looking the right side up, or by trying every pair. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import { conditionCost } from './condition-cost.ts';
import { COST, hashCost } from './cost.ts';
import { joinRows } from './estimate/joins.ts';
import type { Facts } from './estimate/facts.ts';
import { conjunction, mayWait, refsOf } from './expression-tools.ts';
import type { JoinKey, JoinType, PhysicalPlan, TableScanNode } from './physical.ts';
import { comparisonOf, familyOf } from './type-facts.ts';

/** The right side of a join as a scan by keys made of left columns. */
export interface Lookup {
  readonly scan: TableScanNode;
  /** Checked on each pair. */
  readonly residual: readonly Expression[];
}

export interface JoinSides {
  readonly type: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly conjuncts: readonly Expression[];
  readonly facts: Facts;
  readonly output: readonly ColumnRef[];
  /** Where the right side is a table that has such a key. */
  readonly lookup?: Lookup | undefined;
  /** The rows it is reckoned to give, where that is known already. */
  readonly rows?: number | undefined;
}

/** The cheapest join of the two sides. */
export function chooseJoin(sides: JoinSides): PhysicalPlan {
  const { type, left, right, conjuncts, facts, output, lookup } = sides;
  const { keys, residual } = splitKeys(left.output, right.output, conjuncts);
  const rows = sides.rows ?? joinRows(type, left, right, conjuncts, facts);
  const emit = emitCost(rows, output.length);
  const candidates: PhysicalPlan[] = [];
  if (keys.length > 0 && !residual.some(mayWait)) {
    const build = buildSide(type, left.rows, right.rows);
    const pairs = residual.length === 0 ? 0 : Math.max(rows, Math.min(left.rows, right.rows));
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
      cost: left.cost + right.cost + hashJoinCost(build, left.rows, right.rows) + pairs * conditionsCost(residual) + emit,
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
      cost: left.cost + lookupJoinCost(left.rows, lookup) + emit,
    });
  }
  if (candidates.length === 0) {
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
      cost: left.cost + right.cost + left.rows * right.rows * (COST.pair + conditionsCost(conjuncts)) + emit,
    });
  }
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best));
}

/** Over which side the hash table is built: the smaller, and rather the right where rows of the left must come out once. */
function buildSide(type: JoinType, left: number, right: number): 'left' | 'right' {
  const bias = type === 'inner' || type === 'full' || type === 'right' ? 1 : 1.5;
  return left * bias < right ? 'left' : 'right';
}

/** Building and probing, without what the sides cost themselves. */
function hashJoinCost(build: 'left' | 'right', left: number, right: number): number {
  return build === 'left' ? hashCost(left, right) : hashCost(right, left);
}

/** The same, with the table over the side chosen. */
export function cheapestHashCost(type: JoinType, left: number, right: number): number {
  return hashJoinCost(buildSide(type, left, right), left, right);
}

/** Looking up `rows` times what the scan, once, costs. */
export function lookupJoinCost(rows: number, { scan, residual }: Lookup): number {
  return rows * (COST.lookupJoin + scan.cost + scan.rows * conditionsCost(residual));
}

/** Handing out `rows` joined rows of so many columns. */
export function emitCost(rows: number, columns: number): number {
  return rows * (COST.emit + columns * COST.value);
}

/** All the conditions on one row. */
export function conditionsCost(conditions: readonly Expression[]): number {
  return conditions.reduce((sum, condition) => sum + conditionCost(condition), 0);
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

/** The two sides of a condition that says that they are equal. */
export function equalSides(
  conjunct: Expression,
): { readonly a: Expression; readonly b: Expression; readonly nullsEqual: boolean } | undefined {
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
