/** Operator calls, with PostgreSQL's overload resolution behind them. */
import type { ScalarFunction } from '../types/function.ts';
import { OID } from '../types/oid.ts';
import { resolveOperator, type ResolvedOperator } from '../types/resolve.ts';
import type { SqlType } from '../types/type.ts';
import type { Binding } from './binding.ts';
import { coerceArgument } from './coerce.ts';
import type { CallExpression, Expression } from './expression.ts';
import { baseType, BOOL } from './typing.ts';

/** `left name right`, or `name right` when `left` is undefined. SQLSTATE 42883 or 42725 at `location` when nothing fits. */
export function operatorCall(
  binding: Binding,
  name: string,
  left: Expression | undefined,
  right: Expression,
  location: number | undefined,
): CallExpression {
  const found = findOperator(binding, name, left?.type, right.type, location);
  const args = left === undefined ? [right] : [left, right];
  const types = left === undefined || found.left === undefined ? [found.right] : [found.left, found.right];
  const coerced = args.map((arg, index) => coerceArgument(binding, arg, types[index]));
  const call: CallExpression = {
    kind: 'call',
    function: specialized(
      found.operator.function,
      coerced.map((arg) => arg.type),
      found.result,
    ),
    args: coerced,
    operator: name,
    type: found.result,
  };
  return binding.locate(call, leftmostLocation(binding, args, location));
}

/** The operator for operand types, resolved; SQLSTATE 42883 or 42725 at `location` when none fits. */
export function findOperator(
  binding: Binding,
  name: string,
  left: SqlType | undefined,
  right: SqlType,
  location: number | undefined,
): ResolvedOperator {
  const base = (type: SqlType) => baseType(binding, type);
  return binding.at(location, () => resolveOperator(binding.sources.registry, name, left && base(left), base(right)));
}

/**
 * A comparison to be used by something other than a call (IN, ANY, DISTINCT FROM, joins by subquery): its function and the
 * operand types it wants. SQLSTATE 42883 when it does not exist, 42804 when it does not give a boolean.
 */
export function findComparison(
  binding: Binding,
  name: string,
  left: SqlType,
  right: SqlType,
  location: number | undefined,
): ResolvedOperator & { readonly function: ScalarFunction } {
  const found = findOperator(binding, name, left, right, location);
  if (found.result.oid !== OID.bool)
    throw binding.error('wrong_object_type', 'op ANY/ALL (array) requires operator to yield boolean', location);
  return { ...found, function: specialized(found.operator.function, [found.left ?? left, found.right], BOOL) };
}

/** The function with its implementation made for these types, where that depends on them. */
export function specialized(fn: ScalarFunction, types: readonly SqlType[], result: SqlType): ScalarFunction {
  return fn.specialize === undefined ? fn : { ...fn, evaluate: fn.specialize(types, result) };
}

/** Where a call starts: its leftmost operand's place, or its own. */
export function leftmostLocation(binding: Binding, args: readonly Expression[], location: number | undefined): number | undefined {
  const places = args.map((arg) => binding.locationOf(arg)).filter((place) => place !== undefined);
  return location === undefined ? places[0] : Math.min(location, ...places);
}
