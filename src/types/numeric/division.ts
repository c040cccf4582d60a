/** Quotients and remainders, with the scales that PostgreSQL chooses (numeric.c, select_div_scale). */
import { Numeric } from '../value.ts';
import {
  bigPowerOfTen,
  divideRounded,
  divisionByZero,
  finite,
  INFINITY,
  leading,
  NAN,
  NEGATIVE_INFINITY,
  NUMERIC_LIMITS,
  powerOfTen,
  shiftLeft,
  signOf,
  ZERO,
} from './scale.ts';

/** a / b rounded at `divisionScale(a, b)` digits; SQLSTATE 22012 when b is zero. */
export function divideNumeric(a: Numeric, b: Numeric): Numeric {
  if (a.kind !== 'finite' || b.kind !== 'finite') return divideSpecial(a, b);
  if (b.coefficient === 0) divisionByZero();
  return divideAtScale(a, b, divisionScale(a, b));
}

/** a / b of finite values rounded half away from zero at `scale`; b is not zero. */
function divideAtScale(a: Numeric, b: Numeric, scale: number): Numeric {
  const shift = scale + b.scale - a.scale;
  if (typeof a.coefficient === 'number' && typeof b.coefficient === 'number' && shift >= 0 && shift <= 15) {
    const numerator = a.coefficient * powerOfTen(shift);
    if (Number.isSafeInteger(numerator)) return new Numeric(divideNumbers(numerator, b.coefficient), scale);
  }
  const sign = signOf(a) * signOf(b);
  const top = size(a.coefficient);
  const bottom = size(b.coefficient);
  const quotient = shift >= 0 ? divideRounded(top * bigPowerOfTen(shift), bottom) : divideRounded(top, bottom * bigPowerOfTen(-shift));
  return finite(sign < 0 ? -quotient : quotient, scale);
}

/** The integer part of a / b, at scale 0 (div()). */
export function divideToInteger(a: Numeric, b: Numeric): Numeric {
  if (a.kind !== 'finite' || b.kind !== 'finite') return divideSpecial(a, b);
  if (b.coefficient === 0) divisionByZero();
  const scale = Math.max(a.scale, b.scale);
  return finite(BigInt(shiftLeft(a.coefficient, scale - a.scale)) / BigInt(shiftLeft(b.coefficient, scale - b.scale)), 0);
}

/** a - b × trunc(a / b), with a's sign, at the larger scale; SQLSTATE 22012 when b is zero. */
export function remainderNumeric(a: Numeric, b: Numeric): Numeric {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  if (b.kind === 'finite' && b.coefficient === 0) divisionByZero();
  if (a.kind !== 'finite') return NAN;
  if (b.kind !== 'finite') return a;
  const scale = Math.max(a.scale, b.scale);
  const left = shiftLeft(a.coefficient, scale - a.scale);
  const right = shiftLeft(b.coefficient, scale - b.scale);
  if (typeof left === 'number' && typeof right === 'number') return new Numeric((left % right) + 0, scale);
  return new Numeric(BigInt(left) % BigInt(right), scale);
}

/** At least 16 significant digits, and no fewer than either operand shows, within 0 to 1000. */
export function divisionScale(a: Numeric, b: Numeric): number {
  const left = leading(a);
  const right = leading(b);
  const quotientWeight = left.weight - right.weight - (left.digit <= right.digit ? 1 : 0);
  const wanted = Math.max(NUMERIC_LIMITS.significantDigitsMin - quotientWeight * 4, a.scale, b.scale, 0);
  return Math.min(wanted, NUMERIC_LIMITS.displayScaleMax);
}

function divideNumbers(numerator: number, denominator: number): number {
  const remainder = numerator % denominator;
  const quotient = (numerator - remainder) / denominator;
  const distance = Math.abs(remainder);
  if (distance < Math.abs(denominator) - distance) return quotient + 0;
  return quotient + (numerator < 0 === denominator < 0 ? 1 : -1);
}

function divideSpecial(a: Numeric, b: Numeric): Numeric {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  if (a.kind === 'finite') return ZERO;
  if (b.kind !== 'finite') return NAN;
  const sign = signOf(a) * signOf(b);
  if (sign === 0) divisionByZero();
  return sign > 0 ? INFINITY : NEGATIVE_INFINITY;
}

function size(coefficient: number | bigint): bigint {
  const wide = BigInt(coefficient);
  return wide < 0n ? -wide : wide;
}
