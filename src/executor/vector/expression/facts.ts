/** What can be told of an expression without running it. */
import type { VectorExpression } from './ir.ts';

/** The parts of an expression. */
export function partsOf(expression: VectorExpression): readonly VectorExpression[] {
  switch (expression.op) {
    case 'column':
    case 'constant':
    case 'boxed':
      return [];
    case 'compare':
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'modulo':
      return [expression.left, expression.right];
    case 'and':
    case 'or':
    case 'coalesce':
      return expression.args;
    case 'case':
      return [...expression.branches.flatMap(({ when, then }) => [when, then]), expression.otherwise];
    default:
      return [expression.arg];
  }
}

/** The columns it reads, each once. */
export function columnsRead(expression: VectorExpression): readonly number[] {
  const places = new Set<number>();
  const visit = (part: VectorExpression): void => {
    if (part.op === 'column') places.add(part.index);
    else if (part.op === 'boxed') for (const place of part.inputs) places.add(place);
    else for (const child of partsOf(part)) visit(child);
  };
  visit(expression);
  return [...places];
}

/** About how dear it is to compute for a row, in comparisons of numbers. */
export function costOf(expression: VectorExpression): number {
  const parts = partsOf(expression).reduce((sum, part) => sum + costOf(part), 0);
  switch (expression.op) {
    case 'column':
    case 'constant':
      return 0;
    case 'boxed':
      return 100;
    case 'like':
    case 'substring':
    case 'length':
      return parts + 10;
    case 'compare':
      return parts + (expression.left.type === 'str' ? 5 : 1);
    case 'in':
      return parts + (expression.arg.type === 'str' ? 8 : 2);
    default:
      return parts + 1;
  }
}

/** Whether closures take part. */
export function hasBoxed(expression: VectorExpression): boolean {
  return expression.op === 'boxed' || partsOf(expression).some(hasBoxed);
}
