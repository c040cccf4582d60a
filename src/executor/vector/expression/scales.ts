/** Integers and decimals of different widths and scales brought together. */
import type { Comparison } from '../../../planner/type-facts.ts';
import { Numeric } from '../../../types/value.ts';
import { scaledTo } from './cell.ts';
import type { VectorExpression } from './ir.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** As 64 bits. */
export function wide(expression: VectorExpression): VectorExpression {
  return expression.type === 'i64' ? expression : { op: 'convert', arg: expression, type: 'i64', scale: 0 };
}

/** With `scale` decimal places, as many as it has or more. Falls back to rows where a value leaves 64 bits. */
export function rescaled(expression: VectorExpression, scale: number): VectorExpression {
  if (expression.scale === scale) return expression;
  if (expression.op === 'constant') {
    if (expression.value === null) return { ...expression, scale };
    const value = scaledTo(new Numeric(expression.value as number | bigint, expression.scale), scale);
    if (value !== undefined) return { ...expression, value, scale };
  }
  return { op: 'convert', arg: expression, type: 'i64', scale };
}

/** Both sides of a comparison in one form; undefined where there is none. */
export function sameForm(left: VectorExpression, right: VectorExpression): readonly [VectorExpression, VectorExpression] | undefined {
  if (left.type === right.type) {
    const scale = Math.max(left.scale, right.scale);
    return left.type === 'i64' ? [rescaled(left, scale), rescaled(right, scale)] : [left, right];
  }
  if ((left.type === 'i32' && right.type === 'i64') || (left.type === 'i64' && right.type === 'i32'))
    return sameForm(wide(left), wide(right));
  return undefined;
}

/** Sums and products of decimals have the places that PostgreSQL shows. Quotients depend on the values: not here. */
export function decimal(
  op: 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo',
  left: VectorExpression,
  right: VectorExpression,
): VectorExpression | undefined {
  if (op === 'divide' || op === 'modulo') return undefined;
  if (op === 'multiply') return { op, left, right, type: 'i64', scale: left.scale + right.scale };
  const scale = Math.max(left.scale, right.scale);
  return { op, left: rescaled(left, scale), right: rescaled(right, scale), type: 'i64', scale };
}

/**
 * A decimal against a constant that may have more places than it, or more digits than 64 bits hold: the bound is rounded to a value that
 * the column can have, so that no row has to be rescaled.
 *
 *     x < 1.234    with two places:    x <= 1.23            x = 1.234    for no x
 */
export function compareDecimal(comparison: Comparison, left: VectorExpression, value: Numeric): VectorExpression {
  const test = (operator: Comparison, bound: number | bigint): VectorExpression => ({
    op: 'compare',
    comparison: operator,
    left,
    right: { op: 'constant', value: bound, type: 'i64', scale: left.scale },
    type: 'bool',
    scale: 0,
  });
  // Null rows stay null, as with every comparison.
  const always = test('>=', INT64_MIN);
  const never = test('<', INT64_MIN);
  const { floor, isExact } = floorAt(value, left.scale);
  const isWithin = floor !== undefined && floor >= INT64_MIN && floor <= INT64_MAX;
  if (comparison === '=' || comparison === '<>') {
    if (isWithin && isExact) return test(comparison, floor);
    return comparison === '=' ? never : always;
  }
  const isLess = comparison === '<' || comparison === '<=';
  // NaN is above every other value.
  if (!isWithin) return (floor === undefined ? value.kind !== '-infinity' : floor > 0n) === isLess ? always : never;
  if (isExact) return test(comparison, floor);
  return test(isLess ? '<=' : '>', floor);
}

/** Decimal digits of 64-bit integers, whatever they are. */
const INT64_DIGITS = 18;

/**
 * Two decimals of different scales without giving the coarser one more places, which its digits may have no room for: the finer is taken
 * apart into what the coarser can equal, and a rest whose sign decides.
 *
 *     x < y    x with two places, y with seventeen:    x < q or (x = q and rest > 0)    q = y / 10^15, rest = y % 10^15
 *
 * Undefined where there is room anyway: `digits` are those that the coarser one's values have at most.
 */
export function compareScales(
  comparison: Comparison,
  coarse: VectorExpression,
  fine: VectorExpression,
  digits: number = INT64_DIGITS,
): VectorExpression | undefined {
  const places = fine.scale - coarse.scale;
  if (places + digits <= INT64_DIGITS || places > INT64_DIGITS) return undefined;
  const constant = (value: number | bigint): VectorExpression => ({ op: 'constant', value, type: 'i64', scale: coarse.scale });
  const factor = constant(10n ** BigInt(places));
  const whole: VectorExpression = { op: 'divide', left: fine, right: factor, type: 'i64', scale: coarse.scale };
  const rest: VectorExpression = { op: 'modulo', left: fine, right: factor, type: 'i64', scale: coarse.scale };
  const test = (operator: Comparison, left: VectorExpression, right: VectorExpression): VectorExpression => ({
    op: 'compare',
    comparison: operator,
    left,
    right,
    type: 'bool',
    scale: 0,
  });
  // What is left of the finer one is on the other side of the comparison.
  const equalAnd = (operator: Comparison): VectorExpression => ({
    op: 'and',
    args: [test('=', coarse, whole), test(operator, rest, constant(0))],
    type: 'bool',
    scale: 0,
  });
  if (comparison === '=') return equalAnd('=');
  if (comparison === '<>') return { op: 'not', arg: equalAnd('='), type: 'bool', scale: 0 };
  const isStrict = comparison === '<' || comparison === '>';
  const isLess = comparison === '<' || comparison === '<=';
  const ofRest = isLess ? (isStrict ? '>' : '>=') : isStrict ? '<' : '<=';
  return { op: 'or', args: [test(isLess ? '<' : '>', coarse, whole), equalAnd(ofRest)], type: 'bool', scale: 0 };
}

/** The greatest coefficient at `scale` that is not above the value; undefined where it is not finite. */
function floorAt(value: Numeric, scale: number): { readonly floor: bigint | undefined; readonly isExact: boolean } {
  if (value.kind !== 'finite') return { floor: undefined, isExact: false };
  const coefficient = BigInt(value.coefficient);
  if (value.scale <= scale) return { floor: coefficient * 10n ** BigInt(scale - value.scale), isExact: true };
  const factor = 10n ** BigInt(value.scale - scale);
  const rest = coefficient % factor;
  return { floor: coefficient / factor - (rest < 0n ? 1n : 0n), isExact: rest === 0n };
}

/** How many decimal places an expression's values show; null where they are null. */
export function scaleShown(expression: VectorExpression): VectorExpression {
  const places = (value: number | null): VectorExpression => ({ op: 'constant', value, type: 'i32', scale: 0 });
  if (expression.op === 'constant') return places(expression.value === null ? null : expression.scale);
  const when: VectorExpression = { op: 'is_null', arg: expression, negated: false, type: 'bool', scale: 0 };
  return { op: 'case', branches: [{ when, then: places(null) }], otherwise: places(expression.scale), type: 'i32', scale: 0 };
}
