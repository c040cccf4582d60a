/** a = b and b = 5 say that a = 5: what is equal to a value that no row decides is so in every table it is compared with. */
import type { CallExpression, ColumnExpression, ColumnRef, Expression } from '../../binder/expression.ts';
import type { Plan } from '../../binder/plan.ts';
import { conjunctsOf, isVolatile, mayWait, refsOf } from '../expression-tools.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { isFreeJoin } from '../join-tree.ts';
import { comparisonOf } from '../type-facts.ts';

/** Equalities of columns with values that follow from the conjuncts and are not among them. */
export function impliedConstants(conjuncts: readonly Expression[]): Expression[] {
  const pairs: { readonly one: ColumnExpression; readonly other: ColumnExpression }[] = [];
  const known = new Map<ColumnRef, { readonly condition: CallExpression; readonly value: Expression; readonly type: Oid }>();
  for (const condition of conjuncts) {
    const parts = comparisonOf(condition);
    if (parts?.operator !== '=' || condition.kind !== 'call') continue;
    const { left, right } = parts;
    if (left.kind === 'column' && right.kind === 'column') {
      if (left.type.oid === right.type.oid && left.type.oid !== OID.any) pairs.push({ one: left, other: right });
    } else if (left.kind === 'column' && isValue(right)) known.set(left.ref, { condition, value: right, type: left.type.oid });
    else if (right.kind === 'column' && isValue(left)) known.set(right.ref, { condition, value: left, type: right.type.oid });
  }
  const implied: Expression[] = [];
  if (known.size === 0) return implied;
  const give = (to: ColumnExpression, from: ColumnRef): boolean => {
    const source = known.get(from);
    if (source === undefined || source.type !== to.type.oid || known.has(to.ref)) return false;
    const condition = { ...source.condition, args: source.condition.args.map((arg) => (arg === source.value ? arg : to)) };
    known.set(to.ref, { ...source, condition });
    implied.push(condition);
    return true;
  };
  for (let again = true; again;) {
    again = false;
    for (const { one, other } of pairs) again = give(one, other.ref) || give(other, one.ref) || again;
  }
  return implied;
}

/** The conditions of a plan of inner joins, however deep. */
export function innerConjuncts(plan: Plan): Expression[] {
  if (plan.kind === 'filter') return [...conjunctsOf(plan.condition), ...innerConjuncts(plan.input)];
  if (!isFreeJoin(plan)) return [];
  const own = plan.type === 'inner' ? [...conjunctsOf(plan.condition), ...innerConjuncts(plan.right)] : [];
  return [...own, ...innerConjuncts(plan.left)];
}

/** Whether it has one value for all rows of every table. */
function isValue(expression: Expression): boolean {
  return refsOf(expression).size === 0 && !isVolatile(expression) && !mayWait(expression);
}
