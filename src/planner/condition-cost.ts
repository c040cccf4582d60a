/** What evaluating expressions costs, per row. */
import type { Expression } from '../binder/expression.ts';
import { COST } from './cost.ts';
import { childrenOf, isLeaf } from './expression-tools.ts';
import { isPattern } from './estimate/pattern.ts';

/** A condition on each row. */
export function conditionCost(condition: Expression): number {
  return Math.max(COST.condition, expressionCost(condition));
}

/** An expression computed for each row; columns and constants cost nothing. */
export function expressionCost(expression: Expression): number {
  if (isLeaf(expression)) return 0;
  const parts = childrenOf(expression).reduce((sum, part) => sum + expressionCost(part), 0);
  switch (expression.kind) {
    case 'and':
    case 'or':
    case 'not':
      return parts + COST.condition / 2;
    case 'is_null':
    case 'cast':
    case 'in_list':
      return parts + COST.condition;
    case 'call':
      if (isPattern(expression)) return parts + COST.pattern;
      return parts + (expression.operator === undefined ? COST.expression : COST.condition);
    case 'subquery':
      return parts + SUBQUERY_COST;
    default:
      return parts + COST.expression;
  }
}

/** A subquery that stayed an expression runs once per distinct values of what it reads: at least its memo is asked. */
const SUBQUERY_COST = 1;
