import type { BooleanTest, NullTest } from '@pgsql/types';
import { bindExpression } from './bind-expression.ts';
import { coerceBoolean } from './coerce.ts';
import type { Expression } from './expression.ts';
import { combine } from './logic.ts';
import type { Level } from './scope.ts';
import { BOOL } from './typing.ts';

/** IS [NOT] NULL; of a written-out row, every field's. */
export function bindNullTest(level: Level, node: NullTest): Expression {
  const { binding } = level;
  if (node.arg === undefined) throw binding.error('syntax_error', 'nothing to test', node.location ?? 0);
  const arg = bindExpression(level, node.arg);
  const negated = node.nulltesttype === 'IS_NOT_NULL';
  const test = (part: Expression): Expression => ({ kind: 'is_null', arg: part, negated, type: BOOL });
  const made = arg.kind === 'row' && arg.args.length > 0 ? combine('and', arg.args.map(test)) : test(arg);
  return binding.locate(made, binding.locationOf(arg) ?? node.location ?? 0);
}

const TESTS = {
  IS_TRUE: ['true', false],
  IS_NOT_TRUE: ['true', true],
  IS_FALSE: ['false', false],
  IS_NOT_FALSE: ['false', true],
  IS_UNKNOWN: ['unknown', false],
  IS_NOT_UNKNOWN: ['unknown', true],
} as const;

/** IS [NOT] TRUE, FALSE, UNKNOWN. */
export function bindBooleanTest(level: Level, node: BooleanTest): Expression {
  const { binding } = level;
  const [test, negated] = TESTS[node.booltesttype ?? 'IS_TRUE'];
  if (node.arg === undefined) throw binding.error('syntax_error', 'nothing to test', node.location ?? 0);
  const arg = coerceBoolean(binding, bindExpression(level, node.arg), `IS ${negated ? 'NOT ' : ''}${test.toUpperCase()}`);
  return binding.locate<Expression>({ kind: 'is_truth', arg, test, negated, type: BOOL }, binding.locationOf(arg));
}
