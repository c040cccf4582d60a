/**
 * Logarithm and exponential to any precision, over fixed-point bigints: a value v is held as v × 10^digits.
 *
 * ln:   v = m × 10^k with 1 <= m < 10; ln m by some square roots, then 2·atanh((m-1)/(m+1)); plus k·ln 10.
 * exp:  x = r + k·ln 10 with 0 <= r < ln 10; e^r by halving, Taylor's series and squaring; times 10^k.
 * Both work with guard digits beyond what they promise.
 */
import { bigPowerOfTen } from './scale.ts';

const GUARD_DIGITS = 12;
const HALVINGS = 8;

/** ln(coefficient × 10^-scale) × 10^digits, off by less than one unit. The coefficient is positive. */
export function lnFixed(coefficient: bigint, scale: number, digits: number): bigint {
  const working = digits + GUARD_DIGITS;
  const length = coefficient.toString().length;
  const exponent = length - 1 - scale;
  const shift = working - (length - 1);
  const mantissa = shift >= 0 ? coefficient * bigPowerOfTen(shift) : coefficient / bigPowerOfTen(-shift);
  const logarithm = lnNearOne(mantissa, working) + BigInt(exponent) * lnOfTen(working);
  return rounded(logarithm, GUARD_DIGITS);
}

/** e^(x × 10^-digits) as mantissa × 10^(exponent - digits), the mantissa between 10^digits and 10^(digits+1). */
export function expFixed(x: bigint, digits: number): { readonly mantissa: bigint; readonly exponent: number } {
  const working = digits + GUARD_DIGITS;
  const unit = bigPowerOfTen(working);
  const scaled = x * bigPowerOfTen(GUARD_DIGITS);
  const ten = lnOfTen(working);
  let exponent = scaled / ten;
  if (scaled < 0n && exponent * ten !== scaled) exponent -= 1n;
  const reduced = (scaled - exponent * ten) >> BigInt(HALVINGS);
  let total = unit;
  let term = unit;
  for (let index = 1n; term !== 0n; index++) {
    term = (term * reduced) / (unit * index);
    total += term;
  }
  for (let count = 0; count < HALVINGS; count++) total = (total * total) / unit;
  return { mantissa: total / bigPowerOfTen(GUARD_DIGITS), exponent: Number(exponent) };
}

/** The integer part of the square root. */
export function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  const bits = value.toString(16).length * 4;
  let root = 1n << BigInt(Math.ceil(bits / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function lnNearOne(value: bigint, digits: number): bigint {
  const unit = bigPowerOfTen(digits);
  let mantissa = value;
  for (let count = 0; count < HALVINGS; count++) mantissa = integerSquareRoot(mantissa * unit);
  const z = ((mantissa - unit) * unit) / (mantissa + unit);
  const square = (z * z) / unit;
  let total = 0n;
  let power = z;
  for (let odd = 1n; power !== 0n; odd += 2n) {
    total += power / odd;
    power = (power * square) / unit;
  }
  return total << BigInt(HALVINGS + 1);
}

let tenDigits = 0;
let tenValue = 0n;

function lnOfTen(digits: number): bigint {
  if (digits > tenDigits) {
    const guarded = digits + GUARD_DIGITS;
    tenValue = lnNearOne(10n * bigPowerOfTen(guarded), guarded) / bigPowerOfTen(GUARD_DIGITS);
    tenDigits = digits;
  }
  return tenValue / bigPowerOfTen(tenDigits - digits);
}

function rounded(value: bigint, digits: number): bigint {
  const unit = bigPowerOfTen(digits);
  return (value + (value < 0n ? -unit : unit) / 2n) / unit;
}
