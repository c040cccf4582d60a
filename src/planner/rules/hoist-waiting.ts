/** Computes what may wait in a projection of its own, below the nodes that only handle what is there (physical invariant P1). */
import type { Expression } from '../../binder/expression.ts';
import type { Plan } from '../../binder/plan.ts';
import { expressionsOf, mapInputs, mapOwnExpressions, outputOf } from '../../binder/walk.ts';
import { column, mayWait } from '../expression-tools.ts';
import { freshRef } from '../fresh-ref.ts';
import { ANY } from './inline-with.ts';

export function hoistWaiting(plan: Plan): Plan {
  const mapped = mapInputs(plan, hoistWaiting);
  switch (mapped.kind) {
    case 'sort':
    case 'distinct':
    case 'aggregate':
    case 'window':
      return expressionsOf(mapped).some(mayWait) ? hoisted(mapped) : mapped;
    default:
      return mapped;
  }
}

function hoisted(plan: Plan & { readonly input: Plan }): Plan {
  const items = outputOf(plan.input).map((ref) => ({ ref, expression: column(ref, ANY) as Expression }));
  const node = mapOwnExpressions(plan, (expression) => {
    if (!mayWait(expression)) return expression;
    const ref = freshRef();
    items.push({ ref, expression });
    return column(ref, expression.type);
  });
  return mapInputs(node, (input) => ({ kind: 'project', input, items }));
}
