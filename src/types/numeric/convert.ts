import { SqlError } from '../../base/sql-error.ts';
import { canonicalInt8, Numeric } from '../value.ts';
import { parseNumeric } from './parse.ts';
import { textOfNumeric } from './print.ts';
import { roundNumeric } from './rounding.ts';
import { INFINITY, NAN, NEGATIVE_INFINITY, powerOfTen } from './scale.ts';

/** An integer as a numeric of scale 0. */
export function numericOfInt(value: number | bigint): Numeric {
  return new Numeric(value, 0);
}

/** A float as PostgreSQL converts it: 15 significant digits of a float8, 6 of a float4. */
export function numericOfFloat(value: number, significantDigits: 15 | 6 = 15): Numeric {
  if (Number.isNaN(value)) return NAN;
  if (!Number.isFinite(value)) return value > 0 ? INFINITY : NEGATIVE_INFINITY;
  if (Number.isInteger(value) && Math.abs(value) < 10 ** significantDigits) return new Numeric(value + 0, 0);
  return parseNumeric(String(Number(value.toPrecision(significantDigits)))) ?? NAN;
}

/** The nearest float8. Overflow is an infinity: callers that must refuse it check. */
export function floatOfNumeric(value: Numeric): number {
  if (value.kind !== 'finite')
    return value.kind === 'nan' ? Number.NaN : value.kind === 'infinity' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (typeof value.coefficient === 'number' && value.scale <= 22) return value.coefficient / powerOfTen(value.scale);
  return Number(textOfNumeric(value));
}

/** The nearest integer as an int8; SQLSTATE 22003 beyond 64 bits, 0A000 for NaN and infinities, as PostgreSQL's casts. */
export function intOfNumeric(value: Numeric, typeName: 'smallint' | 'integer' | 'bigint' = 'bigint'): number | bigint {
  if (value.kind === 'nan') throw new SqlError('feature_not_supported', `cannot convert NaN to ${typeName}`);
  if (value.kind !== 'finite') throw new SqlError('feature_not_supported', `cannot convert infinity to ${typeName}`);
  const { coefficient } = roundNumeric(value, 0);
  const bound = INTEGER_BOUNDS[typeName];
  if (coefficient > bound || coefficient < -bound - 1n) throw new SqlError('numeric_value_out_of_range', `${typeName} out of range`);
  return typeof coefficient === 'bigint' ? canonicalInt8(coefficient) : coefficient + 0;
}

const INTEGER_BOUNDS = { smallint: 32767n, integer: 2147483647n, bigint: 9223372036854775807n } as const;
