/**
 * Subqueries become joins, so that they run over sets and not once per row: tests as semi and anti joins (subquery-joins.ts), values as
 * columns of left joins (scalar-joins.ts), LATERAL as a plain join (lateral-joins.ts).
 *
 * What does not fit stays an expression: run once when uncorrelated, else once per distinct outer values.
 */
import type { Expression } from '../../binder/expression.ts';
import type { FilterPlan, Plan } from '../../binder/plan.ts';
import { mapInputs } from '../../binder/walk.ts';
import type { Planning } from '../context.ts';
import { conjunctsOf, hasSubquery, isVolatile, mapChildren } from '../expression-tools.ts';
import { withoutLateral } from './lateral-joins.ts';
import { filtered } from './push-down.ts';
import { markJoin, scalarJoin, type Replaced } from './scalar-joins.ts';
import { joinOf } from './subquery-joins.ts';

export function decorrelate(plan: Plan, context: Planning): Plan {
  const mapped = mapInputs(plan, (input) => decorrelate(input, context));
  switch (mapped.kind) {
    case 'filter':
      return hasSubquery(mapped.condition) ? ofFilter(mapped, context) : mapped;
    case 'project': {
      if (!mapped.items.some((item) => hasSubquery(item.expression))) return mapped;
      let { input } = mapped;
      const items = mapped.items.map((item) => {
        const replaced = replaceValues(item.expression, input, context);
        input = replaced.input;
        return { ...item, expression: replaced.expression };
      });
      return { ...mapped, input, items };
    }
    case 'join': {
      if (mapped.lateral) return withoutLateral(mapped, context);
      if (mapped.type !== 'inner' || mapped.condition === undefined || !hasSubquery(mapped.condition)) return mapped;
      return ofFilter({ kind: 'filter', input: { ...mapped, condition: undefined }, condition: mapped.condition }, context);
    }
    default:
      return mapped;
  }
}

function ofFilter(plan: FilterPlan, context: Planning): Plan {
  const conjuncts = conjunctsOf(plan.condition);
  // What needs no subquery is asked first: estimates of the input should know of it.
  let input = filtered(
    plan.input,
    conjuncts.filter((conjunct) => !hasSubquery(conjunct) && !isVolatile(conjunct)),
  );
  const kept: Expression[] = [];
  for (const conjunct of conjuncts.filter((each) => hasSubquery(each) || isVolatile(each))) {
    const joined = hasSubquery(conjunct) ? joinOf(conjunct, input, context, (inner) => decorrelate(inner, context)) : undefined;
    if (joined !== undefined) {
      input = joined;
      continue;
    }
    const replaced = replaceValues(conjunct, input, context);
    input = replaced.input;
    kept.push(replaced.expression);
  }
  // Columns that the joins added are seen by nobody above, since everything names what it reads.
  return filtered(input, kept);
}

/** Subqueries in the expression become columns, where they can. */
function replaceValues(expression: Expression, given: Plan, context: Planning): Replaced {
  let input = given;
  const replace = (node: Expression): Expression => {
    // Branches of CASE and COALESCE may be there to keep a subquery from running.
    if (node.kind === 'case' || node.kind === 'coalesce') return node;
    const mapped = mapChildren(node, replace);
    if (mapped.kind !== 'subquery' || (mapped.mode !== 'exists' && mapped.mode !== 'scalar')) return mapped;
    const join = mapped.mode === 'exists' ? markJoin : scalarJoin;
    const replaced = join(mapped, input, context, (inner) => decorrelate(inner, context));
    if (replaced === undefined) return mapped;
    input = replaced.input;
    return replaced.expression;
  };
  return hasSubquery(expression) ? { expression: replace(expression), input } : { expression, input };
}
