import { SqlError } from '../../base/sql-error.ts';
import { Numeric } from '../value.ts';
import { bigPowerOfTen, divideRounded, finite, powerOfTen, shiftLeft } from './scale.ts';

/** `value` at `scale` digits after the point, halves away from zero; a negative scale rounds before the point. */
export function roundNumeric(value: Numeric, scale: number): Numeric {
  return rescale(value, scale, 'round');
}

/** `value` at `scale` digits after the point, cut toward zero. */
export function truncateNumeric(value: Numeric, scale: number): Numeric {
  return rescale(value, scale, 'truncate');
}

/** The smallest integer not below `value`. */
export function ceilNumeric(value: Numeric): Numeric {
  return rescale(value, 0, 'ceil');
}

/** The largest integer not above `value`. */
export function floorNumeric(value: Numeric): Numeric {
  return rescale(value, 0, 'floor');
}

/**
 * Applies the modifier of numeric(p,s): rounds to s digits, and refuses what then needs more than p digits with SQLSTATE
 * 22003 and PostgreSQL's detail. Modifier -1 changes nothing.
 */
export function applyNumericModifier(value: Numeric, modifier: number): Numeric {
  if (modifier < 4 || value.kind === 'nan') return value;
  const { precision, scale } = numericModifierParts(modifier);
  if (value.kind !== 'finite') throw fieldOverflow(`A field with precision ${precision}, scale ${scale} cannot hold an infinite value.`);
  const rounded = value.scale === scale ? value : rescale(value, scale, 'round');
  const digitsMax = precision - scale;
  const bound = digitsMax + rounded.scale;
  const { coefficient } = rounded;
  const fits = coefficient === 0 || (bound >= 0 && isBelowPower(coefficient, bound));
  if (!fits)
    throw fieldOverflow(
      `A field with precision ${precision}, scale ${scale} must round to an absolute value less than ${digitsMax === 0 ? '1' : `10^${digitsMax}`}.`,
    );
  return rounded;
}

/** The precision and scale inside a numeric modifier that is not -1. The scale may be negative (-1000 to 1000). */
export function numericModifierParts(modifier: number): { readonly precision: number; readonly scale: number } {
  const packed = modifier - 4;
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}

/** The modifier of numeric(precision, scale). */
export function numericModifier(precision: number, scale: number): number {
  return ((precision << 16) | (scale & 0x7ff)) + 4;
}

type Mode = 'round' | 'truncate' | 'ceil' | 'floor';

function rescale(value: Numeric, scale: number, mode: Mode): Numeric {
  if (value.kind !== 'finite') return value;
  const shown = scale < 0 ? 0 : scale;
  if (scale >= value.scale) return scale === value.scale ? value : finite(shiftLeft(value.coefficient, scale - value.scale), scale);
  const dropped = value.scale - scale;
  const kept =
    typeof value.coefficient === 'number' && dropped <= 15
      ? cutNumber(value.coefficient, powerOfTen(dropped), mode)
      : cutBig(BigInt(value.coefficient), bigPowerOfTen(dropped), mode);
  return scale < 0 ? finite(shiftLeft(kept, -scale), shown) : new Numeric(kept, shown);
}

function cutNumber(coefficient: number, divisor: number, mode: Mode): number {
  const remainder = coefficient % divisor;
  const quotient = (coefficient - remainder) / divisor;
  return quotient + adjustment(remainder, Math.abs(remainder) * 2 >= divisor, mode);
}

function cutBig(coefficient: bigint, divisor: bigint, mode: Mode): bigint {
  if (mode === 'round') return divideRounded(coefficient, divisor);
  const remainder = coefficient % divisor;
  return coefficient / divisor + BigInt(adjustment(remainder > 0n ? 1 : remainder < 0n ? -1 : 0, false, mode));
}

function adjustment(remainder: number, half: boolean, mode: Mode): number {
  if (mode === 'round') return half ? Math.sign(remainder) : 0;
  if (mode === 'ceil') return remainder > 0 ? 1 : 0;
  if (mode === 'floor') return remainder < 0 ? -1 : 0;
  return 0;
}

function isBelowPower(coefficient: number | bigint, digits: number): boolean {
  if (typeof coefficient === 'number') return digits >= 16 || Math.abs(coefficient) < powerOfTen(digits);
  const bound = bigPowerOfTen(digits);
  return coefficient < bound && coefficient > -bound;
}

function fieldOverflow(detail: string): SqlError {
  return new SqlError('numeric_value_out_of_range', 'numeric field overflow', { detail });
}
