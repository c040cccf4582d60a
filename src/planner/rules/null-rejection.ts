import type { ColumnRef, Expression } from '../../binder/expression.ts';

/** Columns of which any null makes the condition not true: so an outer join's padding cannot pass it. */
export function rejectedNulls(condition: Expression): ReadonlySet<ColumnRef> {
  switch (condition.kind) {
    case 'and':
      return union(condition.args.map(rejectedNulls));
    case 'or':
      return intersection(condition.args.map(rejectedNulls));
    case 'is_null':
      return condition.negated ? nullsThrough(condition.arg) : NONE;
    case 'is_truth':
      return condition.negated || condition.test === 'unknown' ? NONE : nullsThrough(condition.arg);
    default:
      return nullsThrough(condition);
  }
}

/** Columns of which any null makes the value null. */
function nullsThrough(expression: Expression): ReadonlySet<ColumnRef> {
  switch (expression.kind) {
    case 'column':
      return new Set([expression.ref]);
    case 'call':
      return expression.function.strict ? union(expression.args.map(nullsThrough)) : NONE;
    case 'cast':
    case 'not':
      return nullsThrough(expression.arg);
    case 'in_list':
      return nullsThrough(expression.arg);
    case 'quantified':
      return expression.function.strict ? nullsThrough(expression.array) : NONE;
    default:
      return NONE;
  }
}

const NONE: ReadonlySet<ColumnRef> = new Set();

function union(sets: readonly ReadonlySet<ColumnRef>[]): ReadonlySet<ColumnRef> {
  return new Set(sets.flatMap((set) => [...set]));
}

function intersection(sets: readonly ReadonlySet<ColumnRef>[]): ReadonlySet<ColumnRef> {
  return new Set([...sets[0]].filter((ref) => sets.every((set) => set.has(ref))));
}
