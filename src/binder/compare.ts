/** Comparisons, of rows field by field where both sides are written out. */
import type { Binding } from './binding.ts';
import { coerceArgument } from './coerce.ts';
import type { Expression } from './expression.ts';
import { combine, negate } from './logic.ts';
import { findComparison, leftmostLocation, operatorCall } from './operator.ts';
import type { Level } from './scope.ts';
import { BOOL } from './typing.ts';

/** `left = right`, rows included. */
export function compareEqual(level: Level, left: Expression, right: Expression, location: number): Expression {
  return compare(level.binding, '=', left, right, location);
}

/** `left name right`; two rows are compared field by field, as PostgreSQL's row comparison is. */
export function compare(binding: Binding, name: string, left: Expression, right: Expression, location: number | undefined): Expression {
  if (left.kind === 'row' && right.kind === 'row') return compareRows(binding, name, left.args, right.args, location);
  return operatorCall(binding, name, left, right, location);
}

/**
 * (a, b) op (c, d):   =  a = c AND b = d      <>  a <> c OR b <> d      <  a < c OR (a = c AND b < d), and so for the others.
 */
export function compareRows(
  binding: Binding,
  name: string,
  left: readonly Expression[],
  right: readonly Expression[],
  location: number | undefined,
): Expression {
  if (left.length !== right.length) throw binding.error('syntax_error', 'unequal number of entries in row expressions', location);
  if (left.length === 0) throw binding.error('feature_not_supported', 'cannot compare rows of zero length', location);
  const pair = (operator: string, index: number) => compare(binding, operator, left[index], right[index], location);
  const all = left.map((_, index) => index);
  if (name === '=')
    return located(
      binding,
      combine(
        'and',
        all.map((index) => pair('=', index)),
      ),
      left,
      location,
    );
  if (name === '<>')
    return located(
      binding,
      combine(
        'or',
        all.map((index) => pair('<>', index)),
      ),
      left,
      location,
    );
  if (!['<', '<=', '>', '>='].includes(name)) {
    pair(name, 0); // an operator that does not exist is the better error
    throw binding.error('feature_not_supported', `could not determine interpretation of row comparison operator ${name}`, location, {
      hint: 'Row comparison operators must be associated with btree operator families.',
    });
  }
  const strict = name.slice(0, 1);
  const from = (index: number): Expression =>
    index === left.length - 1
      ? pair(name, index)
      : combine('or', [pair(strict, index), combine('and', [pair('=', index), from(index + 1)])]);
  return located(binding, from(0), left, location);
}

function located(binding: Binding, made: Expression, args: readonly Expression[], location: number | undefined): Expression {
  return binding.locate(made, leftmostLocation(binding, args, location));
}

/** `left IS [NOT] DISTINCT FROM right`. */
export function compareDistinct(
  binding: Binding,
  left: Expression,
  right: Expression,
  negated: boolean,
  location: number | undefined,
): Expression {
  if (left.kind === 'row' && right.kind === 'row') {
    if (left.args.length !== right.args.length)
      throw binding.error('syntax_error', 'unequal number of entries in row expressions', location);
    const any = combine(
      'or',
      left.args.map((arg, index) => compareDistinct(binding, arg, right.args[index], false, location)),
    );
    return negated ? negate(any) : any;
  }
  const found = findComparison(binding, '=', left.type, right.type, location);
  return located(
    binding,
    {
      kind: 'is_distinct',
      left: coerceArgument(binding, left, found.left ?? left.type),
      right: coerceArgument(binding, right, found.right),
      equals: found.function,
      negated,
      type: BOOL,
    },
    [left, right],
    location,
  );
}
