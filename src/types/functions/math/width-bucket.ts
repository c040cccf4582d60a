import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { absNumeric, compareNumeric, multiplyNumeric, subtractNumeric } from '../../numeric/arithmetic.ts';
import { divideToInteger } from '../../numeric/division.ts';
import { intOfNumeric, numericOfInt } from '../../numeric/convert.ts';
import { OID } from '../../oid.ts';
import type { Numeric, SqlArray, Value } from '../../value.ts';
import { generic, scalar } from '../define.ts';
import { knownType } from '../known-type.ts';

const { int4, float8, numeric, anycompatible, anycompatiblearray } = OID;

/** width_bucket: the number of a value's interval among equal ones, or among given thresholds. */
export function widthBucketFunctions(): SqlFunction[] {
  return [
    scalar('width_bucket', [float8, float8, float8, int4], int4, (_, x: number, low: number, high: number, count: number) =>
      floatBucket(x, low, high, count),
    ),
    scalar('width_bucket', [numeric, numeric, numeric, int4], int4, (_, x: Numeric, low: Numeric, high: Numeric, count: number) =>
      numericBucket(x, low, high, count),
    ),
    generic('width_bucket', [anycompatible, anycompatiblearray], int4, ([operand]) => {
      const definition = knownType(operand.oid);
      return (_, value: Value, thresholds: SqlArray) => thresholdsBelow(value, thresholds, (a, b) => definition.compare?.(a, b) ?? 0);
    }),
  ];
}

function refuse(message: string): never {
  throw new SqlError('invalid_argument_for_width_bucket_function', message);
}

function checkCount(count: number): void {
  if (count <= 0) refuse('count must be greater than zero');
}

function floatBucket(x: number, low: number, high: number, count: number): number {
  checkCount(count);
  if (Number.isNaN(x) || Number.isNaN(low) || Number.isNaN(high)) refuse('operand, lower bound, and upper bound cannot be NaN');
  if (!Number.isFinite(low) || !Number.isFinite(high)) refuse('lower and upper bounds must be finite');
  if (low === high) refuse('lower bound cannot equal upper bound');
  const up = low < high;
  if (up ? x < low : x > low) return 0;
  if (up ? x >= high : x <= high) return past(count);
  const share = up ? (x - low) / (high - low) : (low - x) / (low - high);
  return Math.min(Math.floor(count * share), count - 1) + 1;
}

function numericBucket(x: Numeric, low: Numeric, high: Numeric, count: number): number {
  checkCount(count);
  if (x.kind === 'nan' || low.kind === 'nan' || high.kind === 'nan') refuse('operand, lower bound, and upper bound cannot be NaN');
  if (low.kind !== 'finite' || high.kind !== 'finite') refuse('lower and upper bounds must be finite');
  const direction = compareNumeric(high, low);
  if (direction === 0) refuse('lower bound cannot equal upper bound');
  if (compareNumeric(x, low) * direction < 0) return 0;
  if (compareNumeric(x, high) * direction >= 0) return past(count);
  const share = divideToInteger(
    multiplyNumeric(absNumeric(subtractNumeric(x, low)), numericOfInt(count)),
    absNumeric(subtractNumeric(high, low)),
  );
  return Number(intOfNumeric(share)) + 1;
}

function past(count: number): number {
  if (count === 2147483647) throw new SqlError('numeric_value_out_of_range', 'integer out of range');
  return count + 1;
}

function thresholdsBelow(value: Value, thresholds: SqlArray, compare: (a: Value, b: Value) => number): number {
  if (thresholds.lengths.length > 1) throw new SqlError('array_subscript_error', 'thresholds must be one-dimensional array');
  if (thresholds.items.includes(null)) throw new SqlError('null_value_not_allowed', 'thresholds array must not contain NULLs');
  let [from, to] = [0, thresholds.items.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(value, thresholds.items[middle]) < 0) to = middle;
    else from = middle + 1;
  }
  return from;
}
