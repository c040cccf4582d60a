import { SqlError } from '../../base/sql-error.ts';
import { Numeric } from '../value.ts';

/** PostgreSQL's bounds on numeric (numeric.h): significant digits of a quotient, and digits after the point. */
export const NUMERIC_LIMITS = {
  significantDigitsMin: 16,
  displayScaleMax: 1000,
  resultScaleMax: 2000,
  /** The largest scale a value can carry. */
  scaleMax: 16383,
  /** Digits before the point. */
  integerDigitsMax: 131072,
} as const;

export const NAN = new Numeric(0, 0, 'nan');
export const INFINITY = new Numeric(0, 0, 'infinity');
export const NEGATIVE_INFINITY = new Numeric(0, 0, '-infinity');
export const ZERO = new Numeric(0, 0);
export const ONE = new Numeric(1, 0);

const POWERS: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const BIG_POWERS: bigint[] = [];
const BIG_POWERS_KEPT = 400;

/** 10^exponent as a number, exact for 0 to 22. */
export function powerOfTen(exponent: number): number {
  return POWERS[exponent];
}

/** 10^exponent as a bigint, for any whole exponent from 0. */
export function bigPowerOfTen(exponent: number): bigint {
  if (exponent >= BIG_POWERS_KEPT) return 10n ** BigInt(exponent);
  for (let next = BIG_POWERS.length; next <= exponent; next++) BIG_POWERS.push(next === 0 ? 1n : BIG_POWERS[next - 1] * 10n);
  return BIG_POWERS[exponent];
}

/** `coefficient` × 10^`digits`, a number when the product is safe. */
export function shiftLeft(coefficient: number | bigint, digits: number): number | bigint {
  if (digits === 0) return coefficient;
  if (typeof coefficient === 'number') {
    if (coefficient === 0) return 0;
    if (digits <= 15) {
      const product = coefficient * POWERS[digits];
      if (Number.isSafeInteger(product)) return product;
    }
  }
  return BigInt(coefficient) * bigPowerOfTen(digits);
}

/** How many decimal digits the coefficient has, its sign left out; 0 has one. */
export function digitCount(coefficient: number | bigint): number {
  if (typeof coefficient === 'number') {
    const size = Math.abs(coefficient);
    let digits = 1;
    while (digits < 16 && size >= POWERS[digits]) digits++;
    return digits;
  }
  return (coefficient < 0n ? -coefficient : coefficient).toString().length;
}

/** numerator / denominator to the nearest integer, halves away from zero. The denominator is positive. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice < denominator) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

/** -1, 0 or 1; an infinity has its sign, and nan has none to speak of (1). */
export function signOf(value: Numeric): number {
  if (value.kind !== 'finite') return value.kind === '-infinity' ? -1 : 1;
  return value.coefficient > 0 ? 1 : value.coefficient < 0 ? -1 : 0;
}

const SURELY_SMALL = 1n << 8192n;
let overflowBound: bigint | undefined;

/** A finite result, checked against numeric's size; SQLSTATE 22003 beyond it. */
export function finite(coefficient: number | bigint, scale: number): Numeric {
  if (typeof coefficient === 'bigint' && (coefficient > SURELY_SMALL || coefficient < -SURELY_SMALL)) {
    overflowBound ??= 10n ** BigInt(NUMERIC_LIMITS.integerDigitsMax);
    const size = coefficient < 0n ? -coefficient : coefficient;
    if (size >= overflowBound && size >= overflowBound * bigPowerOfTen(scale)) overflows();
  }
  return new Numeric(coefficient, scale);
}

export function overflows(): never {
  throw new SqlError('numeric_value_out_of_range', 'value overflows numeric format');
}

export function divisionByZero(): never {
  throw new SqlError('division_by_zero', 'division by zero');
}

/**
 * The decimal weight of the leading digit (0.05 → -2, 7 → 0, 120 → 2) and the leading base-10000 digit with its own
 * weight, which is how PostgreSQL looks at a number when it chooses scales. Zero gives zeros.
 */
export function leading(value: Numeric): { readonly decimalWeight: number; readonly weight: number; readonly digit: number } {
  if (value.coefficient === 0) return { decimalWeight: 0, weight: 0, digit: 0 };
  const digits = digitCount(value.coefficient);
  const decimalWeight = digits - 1 - value.scale;
  const weight = Math.floor(decimalWeight / 4);
  const wanted = decimalWeight - weight * 4 + 1;
  const excess = digits - wanted;
  let digit: number;
  if (typeof value.coefficient === 'number') {
    const size = Math.abs(value.coefficient);
    digit = excess >= 0 ? Math.floor(size / POWERS[excess]) : size * POWERS[-excess];
  } else {
    const size = value.coefficient < 0n ? -value.coefficient : value.coefficient;
    digit = Number(size / bigPowerOfTen(excess));
  }
  return { decimalWeight, weight, digit };
}
