import type { Expression } from '../../binder/expression.ts';
import { factsOf, type Facts } from './facts.ts';
import { knownValue } from './sample-evaluator.ts';
import { placeOf } from './scale.ts';

/**
 * About where the value of an expression lies on its type's line: known values, aggregates by what they tend to be, and arithmetic over
 * such. Undefined when nothing says.
 */
export function typicalPlace(expression: Expression, facts: Facts): number | undefined {
  const value = knownValue(expression, facts);
  if (value !== undefined) return placeOf(value, expression.type.oid);
  const bell = factsOf(expression, facts)?.bell;
  if (bell !== undefined) return bell.mean;
  if (expression.kind === 'subquery') return expression.mode === 'scalar' ? facts.get(expression.output[0])?.bell?.mean : undefined;
  if (expression.kind === 'cast') return typicalPlace(expression.arg, facts);
  if (expression.kind !== 'call' || expression.args.length !== 2) return undefined;
  const [left, right] = expression.args.map((arg) => typicalPlace(arg, facts));
  if (left === undefined || right === undefined) return undefined;
  switch (expression.operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : left / right;
    default:
      return undefined;
  }
}
