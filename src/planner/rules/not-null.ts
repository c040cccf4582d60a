import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { Plan } from '../../binder/plan.ts';

/** Columns of the plan that are never null. */
export function notNullRefs(plan: Plan): ReadonlySet<ColumnRef> {
  switch (plan.kind) {
    case 'scan':
      return new Set(
        plan.columns
          .filter(
            ({ position }) =>
              plan.table.columns[position]?.notNull === true ||
              position === plan.table.tree.rowId ||
              plan.table.tree.key.some((part) => part.column === position),
          )
          .map(({ ref }) => ref),
      );
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'lock':
      return notNullRefs(plan.input);
    case 'project': {
      const input = notNullRefs(plan.input);
      return new Set(plan.items.filter((item) => isNotNull(item.expression, input)).map((item) => item.ref));
    }
    case 'aggregate': {
      const input = notNullRefs(plan.input);
      return new Set(
        plan.sets === undefined ? plan.groups.filter((group) => isNotNull(group.expression, input)).map((group) => group.ref) : [],
      );
    }
    case 'join':
      switch (plan.type) {
        case 'inner':
          return new Set([...notNullRefs(plan.left), ...notNullRefs(plan.right)]);
        case 'left':
        case 'semi':
        case 'anti':
          return notNullRefs(plan.left);
        case 'right':
          return notNullRefs(plan.right);
        case 'full':
          return new Set();
      }
      return new Set();
    default:
      return new Set();
  }
}

export function isNotNull(expression: Expression, known: ReadonlySet<ColumnRef>): boolean {
  return (expression.kind === 'column' && known.has(expression.ref)) || (expression.kind === 'constant' && expression.value !== null);
}
