/** Roots, logarithms and powers, with the result scales of PostgreSQL's numeric.c. */
import { SqlError } from '../../base/sql-error.ts';
import { Numeric } from '../value.ts';
import { compareNumeric, subtractNumeric } from './arithmetic.ts';
import { floatOfNumeric } from './convert.ts';
import { expFixed, integerSquareRoot, lnFixed } from './fixed-point.ts';
import { bigPowerOfTen, divideRounded, finite, INFINITY, leading, NAN, NUMERIC_LIMITS, ONE, overflows, signOf, ZERO } from './scale.ts';

const LOG10_E = 0.434294481903252;
const GUARD = 10;

/** The square root, at least 16 significant digits; SQLSTATE 2201F for negative values. */
export function sqrtNumeric(value: Numeric): Numeric {
  if (value.kind === 'nan' || value.kind === 'infinity') return value;
  if (signOf(value) < 0) throw new SqlError('invalid_argument_for_power_function', 'cannot take square root of a negative number');
  const { weight } = leading(value);
  const scale = displayScale(NUMERIC_LIMITS.significantDigitsMin - (Math.trunc(((weight + 1) * 4) / 2) - 1), value.scale);
  const shift = 2 * scale - value.scale;
  const coefficient = BigInt(value.coefficient);
  if (shift >= 0) return new Numeric(nearestRoot(coefficient * bigPowerOfTen(shift)), scale);
  return new Numeric(nearestRoot(coefficient / bigPowerOfTen(-shift)), scale);
}

/** e^value. */
export function expNumeric(value: Numeric): Numeric {
  if (value.kind !== 'finite') return value.kind === '-infinity' ? ZERO : value;
  const size = floatOfNumeric(value);
  const weight = Math.max(-NUMERIC_LIMITS.resultScaleMax, Math.min(NUMERIC_LIMITS.resultScaleMax, size * LOG10_E));
  const scale = displayScale(NUMERIC_LIMITS.significantDigitsMin - Math.trunc(weight), value.scale);
  return exponential(BigInt(value.coefficient), value.scale, size, scale);
}

/** The natural logarithm; SQLSTATE 2201E for zero and below. */
export function lnNumeric(value: Numeric): Numeric {
  refuseLogarithm(value);
  if (value.kind !== 'finite') return value;
  const scale = displayScale(NUMERIC_LIMITS.significantDigitsMin - lnWeight(value), value.scale);
  return new Numeric(lnFixed(BigInt(value.coefficient), value.scale, scale), scale);
}

/** The logarithm of `value` to `base`. */
export function logNumeric(base: Numeric, value: Numeric): Numeric {
  if (base.kind === 'nan' || value.kind === 'nan') return NAN;
  refuseLogarithm(base);
  refuseLogarithm(value);
  if (base.kind === 'infinity') return value.kind === 'infinity' ? NAN : ZERO;
  if (value.kind === 'infinity') return INFINITY;
  const weight = lnWeight(value) - lnWeight(base);
  const scale = displayScale(NUMERIC_LIMITS.significantDigitsMin - weight, Math.max(base.scale, value.scale));
  const digits = scale + Math.abs(weight) + Math.abs(lnWeight(base)) * 2 + GUARD;
  const bottom = lnFixed(BigInt(base.coefficient), base.scale, digits);
  if (bottom === 0n) throw new SqlError('division_by_zero', 'division by zero');
  const top = lnFixed(BigInt(value.coefficient), value.scale, digits) * bigPowerOfTen(scale);
  return new Numeric(bottom < 0n ? divideRounded(-top, -bottom) : divideRounded(top, bottom), scale);
}

/** base ^ exponent; SQLSTATE 2201F where the result is not a real number. */
export function powerNumeric(base: Numeric, exponent: Numeric): Numeric {
  if (base.kind !== 'finite' || exponent.kind !== 'finite') return powerSpecial(base, exponent);
  const baseSign = signOf(base);
  if (baseSign === 0 && signOf(exponent) < 0)
    throw new SqlError('invalid_argument_for_power_function', 'zero raised to a negative power is undefined');
  const whole = integerOf(exponent);
  if (whole !== undefined && whole >= -2147483648n && whole <= 2147483647n) return powerOfInteger(base, Number(whole));
  if (baseSign === 0) return new Numeric(0, NUMERIC_LIMITS.significantDigitsMin);
  if (baseSign < 0 && whole === undefined)
    throw new SqlError('invalid_argument_for_power_function', 'a negative number raised to a non-integer power yields a complex result');
  const magnitude = baseSign < 0 ? new Numeric(-base.coefficient, base.scale) : base;
  const result = powerByLogarithm(magnitude, exponent);
  return baseSign < 0 && whole !== undefined && whole % 2n !== 0n ? new Numeric(-BigInt(result.coefficient), result.scale) : result;
}

function powerByLogarithm(base: Numeric, exponent: Numeric): Numeric {
  const estimateDigits = Math.max(0, 24 - lnWeight(base));
  const size = (Number(lnFixed(BigInt(base.coefficient), base.scale, estimateDigits)) / 10 ** estimateDigits) * floatOfNumeric(exponent);
  if (Math.abs(size) > NUMERIC_LIMITS.resultScaleMax * 3.01) {
    if (size > 0) overflows();
    return new Numeric(0, NUMERIC_LIMITS.displayScaleMax);
  }
  const scale = displayScale(NUMERIC_LIMITS.significantDigitsMin - Math.trunc(size * LOG10_E), Math.max(base.scale, exponent.scale));
  const digits = scale + Math.max(0, Math.trunc(size * LOG10_E)) + Math.max(0, leading(exponent).decimalWeight) + GUARD;
  const logarithm = lnFixed(BigInt(base.coefficient), base.scale, digits);
  return exponential(logarithm * BigInt(exponent.coefficient), digits + exponent.scale, size, scale);
}

/** e^(coefficient × 10^-coefficientScale) rounded at `scale`; `size` is the exponent approximately. */
function exponential(coefficient: bigint, coefficientScale: number, size: number, scale: number): Numeric {
  if (Math.abs(size) >= NUMERIC_LIMITS.resultScaleMax * 3.01) {
    if (size > 0) overflows();
    return new Numeric(0, scale);
  }
  const digits = Math.max(scale + Math.ceil(size * LOG10_E), 0) + GUARD;
  const shift = digits - coefficientScale;
  const x = shift >= 0 ? coefficient * bigPowerOfTen(shift) : divideRounded(coefficient, bigPowerOfTen(-shift));
  const { mantissa, exponent } = expFixed(x, digits);
  return atScale(mantissa, digits - exponent, scale);
}

/** Repeated squaring over a mantissa cut to the digits that matter, as power_var_int. */
function powerOfInteger(base: Numeric, exponent: number): Numeric {
  const scale = displayScale(NUMERIC_LIMITS.significantDigitsMin, base.scale);
  if (exponent === 0) return new Numeric(bigPowerOfTen(scale), scale);
  if (signOf(base) === 0) return new Numeric(0, scale);
  const magnitude = base.coefficient < 0 ? -BigInt(base.coefficient) : BigInt(base.coefficient);
  const digits = magnitude.toString();
  const lead = Number(digits.slice(0, 16));
  const weight = exponent * (Math.log10(lead) + (digits.length - Math.min(16, digits.length)) - base.scale);
  if (weight > NUMERIC_LIMITS.integerDigitsMax + 8) overflows();
  if (weight + 1 < -scale || weight + 1 < -NUMERIC_LIMITS.displayScaleMax) return new Numeric(0, scale);
  const kept = Math.max(0, 1 + scale + Math.trunc(weight)) + 24 + Math.ceil(Math.log10(Math.abs(exponent) + 1));
  const power = squarings(magnitude, base.scale, Math.abs(exponent), kept);
  const result = exponent > 0 ? atScale(power.mantissa, power.scale, scale) : reciprocal(power.mantissa, power.scale, scale);
  return base.coefficient < 0 && exponent % 2 !== 0 ? new Numeric(-BigInt(result.coefficient), scale) : result;
}

interface Scaled {
  readonly mantissa: bigint;
  readonly scale: number;
}

function squarings(base: bigint, scale: number, exponent: number, kept: number): Scaled {
  let square: Scaled = cut({ mantissa: base, scale }, kept);
  let total: Scaled = { mantissa: 1n, scale: 0 };
  for (let rest = exponent; ;) {
    if (rest % 2 === 1) total = cut({ mantissa: total.mantissa * square.mantissa, scale: total.scale + square.scale }, kept);
    rest = Math.floor(rest / 2);
    if (rest === 0) return total;
    square = cut({ mantissa: square.mantissa * square.mantissa, scale: square.scale * 2 }, kept);
  }
}

function cut(value: Scaled, kept: number): Scaled {
  const excess = value.mantissa.toString().length - kept;
  return excess <= 0 ? value : { mantissa: value.mantissa / bigPowerOfTen(excess), scale: value.scale - excess };
}

function reciprocal(mantissa: bigint, mantissaScale: number, scale: number): Numeric {
  const shift = scale + mantissaScale;
  return shift >= 0 ? finite(divideRounded(bigPowerOfTen(shift), mantissa), scale) : new Numeric(0, scale);
}

function atScale(mantissa: bigint, mantissaScale: number, scale: number): Numeric {
  const shift = scale - mantissaScale;
  return finite(shift >= 0 ? mantissa * bigPowerOfTen(shift) : divideRounded(mantissa, bigPowerOfTen(-shift)), scale);
}

function powerSpecial(base: Numeric, exponent: Numeric): Numeric {
  if (exponent.kind === 'finite' && exponent.coefficient === 0) return ONE;
  if (base.kind === 'finite' && compareNumeric(base, ONE) === 0) return ONE;
  if (base.kind === 'nan' || exponent.kind === 'nan') return NAN;
  if (exponent.kind !== 'finite') return powerToInfinity(base, exponent.kind === 'infinity');
  if (signOf(exponent) < 0) return base.kind === '-infinity' && integerOf(exponent) === undefined ? complexPower() : ZERO;
  if (base.kind === 'infinity') return INFINITY;
  const whole = integerOf(exponent);
  if (whole === undefined) return complexPower();
  return whole % 2n === 0n ? INFINITY : new Numeric(0, 0, '-infinity');
}

function powerToInfinity(base: Numeric, positive: boolean): Numeric {
  if (base.kind === 'finite' && base.coefficient === 0 && !positive)
    throw new SqlError('invalid_argument_for_power_function', 'zero raised to a negative power is undefined');
  if (base.kind !== 'finite') return positive ? INFINITY : ZERO;
  const magnitude = base.coefficient < 0 ? new Numeric(-base.coefficient, base.scale) : base;
  const order = compareNumeric(magnitude, ONE);
  if (order === 0) return ONE;
  return order > 0 === positive ? INFINITY : ZERO;
}

function complexPower(): never {
  throw new SqlError('invalid_argument_for_power_function', 'a negative number raised to a non-integer power yields a complex result');
}

function integerOf(value: Numeric): bigint | undefined {
  const coefficient = BigInt(value.coefficient);
  if (value.scale === 0) return coefficient;
  const unit = bigPowerOfTen(value.scale);
  return coefficient % unit === 0n ? coefficient / unit : undefined;
}

function nearestRoot(value: bigint): bigint {
  const root = integerSquareRoot(value);
  return value > root * root + root ? root + 1n : root;
}

function refuseLogarithm(value: Numeric): void {
  if (value.kind === 'nan') return;
  const sign = signOf(value);
  if (sign < 0) throw new SqlError('invalid_argument_for_logarithm', 'cannot take logarithm of a negative number');
  if (sign === 0) throw new SqlError('invalid_argument_for_logarithm', 'cannot take logarithm of zero');
}

const NINE_TENTHS = new Numeric(9, 1);
const ELEVEN_TENTHS = new Numeric(11, 1);

/** The decimal weight of ln(value), estimated as estimate_ln_dweight does. */
function lnWeight(value: Numeric): number {
  if (compareNumeric(value, NINE_TENTHS) >= 0 && compareNumeric(value, ELEVEN_TENTHS) <= 0) {
    const excess = subtractNumeric(value, ONE);
    return excess.coefficient === 0 ? 0 : leading(excess).decimalWeight;
  }
  const { digit, weight } = leading(value);
  const more = leadingTwo(value, digit, weight);
  return Math.trunc(Math.log10(Math.abs(Math.log(more.digits) + more.weight * 2.302585092994046)));
}

function leadingTwo(value: Numeric, digit: number, weight: number): { readonly digits: number; readonly weight: number } {
  const text = (value.coefficient < 0 ? -value.coefficient : value.coefficient).toString().replace(/0+$/, '');
  const first = String(digit).length;
  if (text.length <= first && digit % 1 === 0) return { digits: digit, weight: weight * 4 };
  return { digits: Number(text.slice(0, first + 4).padEnd(first + 4, '0')), weight: weight * 4 - 4 };
}

function displayScale(wanted: number, least: number): number {
  return Math.min(Math.max(wanted, least, 0), NUMERIC_LIMITS.displayScaleMax);
}
