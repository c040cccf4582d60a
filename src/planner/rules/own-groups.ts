/**
 * A correlated aggregate over what the enclosing query has joined already:
 *
 *     part ⋈ lineitem, each row beside the average of all lineitems of its part      →      the average over groups of the join's own rows
 *
 * (Zuzarte et al., "WinMagic", 2003). It holds where the subquery's tables and conditions are among the enclosing query's, and what that
 * has beyond them takes whole groups or leaves them: it reads nothing but the columns that the groups are told apart by, and at most
 * one further table, joined by a unique key that these columns fix.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { Plan, ScanPlan } from '../../binder/plan.ts';
import { column, conjunctsOf, hasSubquery, isVolatile, refsOf, substitute } from '../expression-tools.ts';
import { OID } from '../../types/oid.ts';
import { flatten } from '../join-tree.ts';
import { sameExpression } from '../same-expression.ts';
import { comparisonOf } from '../type-facts.ts';
import type { Extracted } from './extract-correlated.ts';
import { pushDown } from './push-down.ts';
import { isUniqueBy } from './unique-keys.ts';

/** For each column of the subquery's tables the same column of the input; undefined where the input's groups are not the subquery's rows. */
export function ownGroups({ plan, conditions }: Extracted, input: Plan): ReadonlyMap<ColumnRef, Expression> | undefined {
  const inner = tablesOf(pushDown(plan));
  const outer = tablesOf(input);
  if (inner === undefined || outer === undefined) return undefined;
  const images = imagesOf(inner.scans, outer.scans);
  const others = outer.scans.filter((scan) => !inner.scans.some(({ table }) => table.oid === scan.table.oid));
  if (images === undefined || others.length > 1) return undefined;

  const left = [...outer.conjuncts];
  const take = (wanted: Expression): boolean => {
    const at = left.findIndex((candidate) => sameCondition(candidate, wanted));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  if (!inner.conjuncts.every((conjunct) => take(substitute(conjunct, images)))) return undefined;

  const further = new Set(others.flatMap((scan) => scan.columns.map(({ ref }) => ref)));
  const fixed = new Set<ColumnRef>();
  const constantInGroup = new Set(further);
  for (const condition of conditions) {
    const sides = sidesOf(condition, images);
    if (sides === undefined) return undefined;
    const image = images.get(sides.inner);
    if (image?.kind !== 'column') return undefined;
    // The row itself is in its group, or joined with what names the group.
    if (image.ref !== sides.outer && !(further.has(sides.outer) && take(substitute(condition, images)))) return undefined;
    fixed.add(sides.outer);
    if (EXACT.has(image.type.oid)) constantInGroup.add(image.ref);
  }
  const [other] = others;
  if (other !== undefined && !isUniqueBy(other, fixed)) return undefined;
  const made = new Set(outer.scans.flatMap((scan) => scan.columns.map(({ ref }) => ref)));
  const takesGroups = (conjunct: Expression): boolean =>
    !isVolatile(conjunct) && !hasSubquery(conjunct) && [...refsOf(conjunct)].every((ref) => constantInGroup.has(ref) || !made.has(ref));
  return left.every(takesGroups) ? images : undefined;
}

/** Types whose equal values cannot be told apart. */
const EXACT: ReadonlySet<number> = new Set([OID.int2, OID.int4, OID.int8, OID.oid, OID.date, OID.bool, OID.text, OID.uuid]);

interface Tables {
  readonly scans: readonly ScanPlan[];
  readonly conjuncts: readonly Expression[];
}

/** The tables that inner joins are made of, and every condition; undefined for anything else. */
function tablesOf(plan: Plan): Tables | undefined {
  const { members, conjuncts } = flatten(plan);
  const scans: ScanPlan[] = [];
  for (const member of members) {
    if (member.type !== 'inner' || member.plan.kind !== 'scan') return undefined;
    scans.push(member.plan);
  }
  const all = [...conjuncts, ...members.flatMap((member) => member.conjuncts)];
  return { scans, conjuncts: all.flatMap(conjunctsOf) };
}

/** The columns of each scan as those of the one scan of the same table; undefined where there are several, or none. */
function imagesOf(inner: readonly ScanPlan[], outer: readonly ScanPlan[]): ReadonlyMap<ColumnRef, Expression> | undefined {
  const images = new Map<ColumnRef, Expression>();
  for (const scan of inner) {
    const same = (other: ScanPlan): boolean => other.table.oid === scan.table.oid;
    const [image] = outer.filter(same);
    if (image === undefined || outer.filter(same).length > 1 || inner.filter(same).length > 1) return undefined;
    for (const { ref, position } of scan.columns) {
      const found = image.columns.find((candidate) => candidate.position === position);
      if (found !== undefined) images.set(ref, column(found.ref, scan.table.tree.columns[position].type));
    }
  }
  return images;
}

/** The two columns that a correlated equality compares. */
function sidesOf(
  condition: Expression,
  images: ReadonlyMap<ColumnRef, Expression>,
): { readonly inner: ColumnRef; readonly outer: ColumnRef } | undefined {
  const parts = comparisonOf(condition);
  if (parts?.operator !== '=' || parts.left.kind !== 'column' || parts.right.kind !== 'column') return undefined;
  const [left, right] = [parts.left.ref, parts.right.ref];
  if (images.has(left) === images.has(right)) return undefined;
  return images.has(left) ? { inner: left, outer: right } : { inner: right, outer: left };
}

/** Whether two conditions are the same, sides of an equality exchanged perhaps. */
function sameCondition(a: Expression, b: Expression): boolean {
  if (sameExpression(a, b)) return true;
  const [one, other] = [comparisonOf(a), comparisonOf(b)];
  if (one?.operator !== '=' || other?.operator !== '=') return false;
  return sameExpression(one.left, other.right) && sameExpression(one.right, other.left);
}
