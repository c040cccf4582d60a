/** `(a AND b) OR (a AND c)` is `a AND (b OR c)`: what every branch asks for is asked once, where it can be pushed down or joined on. */
import type { Expression } from '../../binder/expression.ts';
import { BOOL, conjunction, conjunctsOf, isVolatile, TRUE } from '../expression-tools.ts';
import { sameExpression } from '../same-expression.ts';

/** The conjuncts of a condition with common parts of its ORs taken out. */
export function factorOr(condition: Expression): Expression[] {
  return conjunctsOf(condition).flatMap((conjunct) => (conjunct.kind === 'or' ? factored(conjunct) : [conjunct]));
}

function factored(disjunction: Expression & { readonly kind: 'and' | 'or' }): Expression[] {
  const branches = disjunction.args.map(conjunctsOf);
  const common = branches[0].filter(
    (part) => !isVolatile(part) && branches.every((branch) => branch.some((other) => sameExpression(part, other))),
  );
  if (common.length === 0) return [disjunction];
  const rests = branches.map((branch) => branch.filter((part) => !common.some((shared) => sameExpression(part, shared))));
  if (rests.some((rest) => rest.length === 0)) return common;
  return [...common, { kind: 'or', args: rests.map((rest) => conjunction(rest) ?? TRUE), type: BOOL }];
}
