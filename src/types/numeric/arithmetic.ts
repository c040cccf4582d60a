import { Numeric } from '../value.ts';
import { finite, INFINITY, NAN, NEGATIVE_INFINITY, NUMERIC_LIMITS, shiftLeft, signOf } from './scale.ts';
import { roundNumeric } from './rounding.ts';

/** a + b, exact, at the larger scale. ∞ + -∞ is NaN. */
export function addNumeric(a: Numeric, b: Numeric): Numeric {
  if (a.kind !== 'finite' || b.kind !== 'finite') return addSpecial(a, b);
  const scale = a.scale > b.scale ? a.scale : b.scale;
  const left = shiftLeft(a.coefficient, scale - a.scale);
  const right = shiftLeft(b.coefficient, scale - b.scale);
  return sum(left, right, scale);
}

/** a - b, exact, at the larger scale. */
export function subtractNumeric(a: Numeric, b: Numeric): Numeric {
  return addNumeric(a, negateNumeric(b));
}

/** a × b, exact (up to scale 16383), at the sum of the scales. ∞ × 0 is NaN. */
export function multiplyNumeric(a: Numeric, b: Numeric): Numeric {
  if (a.kind !== 'finite' || b.kind !== 'finite') return multiplySpecial(a, b);
  const scale = a.scale + b.scale;
  if (typeof a.coefficient === 'number' && typeof b.coefficient === 'number') {
    const product = a.coefficient * b.coefficient;
    if (Number.isSafeInteger(product)) return limited(new Numeric(product + 0, scale));
  }
  return limited(finite(BigInt(a.coefficient) * BigInt(b.coefficient), scale));
}

export function negateNumeric(a: Numeric): Numeric {
  if (a.kind !== 'finite') return a.kind === 'nan' ? NAN : a.kind === 'infinity' ? NEGATIVE_INFINITY : INFINITY;
  return a.coefficient === 0 ? a : new Numeric(-a.coefficient, a.scale);
}

export function absNumeric(a: Numeric): Numeric {
  return signOf(a) < 0 ? negateNumeric(a) : a;
}

/** -1, 0 or 1 as a numeric of scale 0; NaN for NaN. */
export function signNumeric(a: Numeric): Numeric {
  return a.kind === 'nan' ? NAN : new Numeric(signOf(a), 0);
}

/** Negative, zero or positive. Scales are not compared (1.0 = 1.00); NaN equals itself and is above everything. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  if (a.kind !== 'finite' || b.kind !== 'finite') return rank(a) - rank(b);
  if (a.scale === b.scale) return a.coefficient < b.coefficient ? -1 : a.coefficient > b.coefficient ? 1 : 0;
  const signs = signOf(a) - signOf(b);
  if (signs !== 0) return signs;
  const scale = Math.max(a.scale, b.scale);
  const left = shiftLeft(a.coefficient, scale - a.scale);
  const right = shiftLeft(b.coefficient, scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A Map key that two numerics share exactly when they are equal. */
export function numericHashKey(value: Numeric): number | bigint | string {
  if (value.kind !== 'finite') return value.kind;
  if (value.scale === 0) return value.coefficient;
  const { coefficient, scale } = trimNumeric(value);
  return scale === 0 ? coefficient : `${coefficient}e-${scale}`;
}

/** The same value at the smallest scale that holds it exactly. */
export function trimNumeric(value: Numeric): Numeric {
  if (value.kind !== 'finite' || value.scale === 0) return value;
  if (typeof value.coefficient === 'number') return trimSmall(value.coefficient, value.scale);
  let coefficient = value.coefficient;
  let scale = value.scale;
  for (let step = 4096; step > 0; step >>= 1) {
    const power = 10n ** BigInt(step);
    while (scale >= step && coefficient % power === 0n) {
      coefficient /= power;
      scale -= step;
    }
  }
  return new Numeric(coefficient, scale);
}

function trimSmall(coefficient: number, scale: number): Numeric {
  if (coefficient === 0) return new Numeric(0, 0);
  let trimmed = coefficient;
  let left = scale;
  while (left > 0 && trimmed % 10 === 0) {
    trimmed /= 10;
    left--;
  }
  return new Numeric(trimmed, left);
}

function sum(left: number | bigint, right: number | bigint, scale: number): Numeric {
  if (typeof left === 'number' && typeof right === 'number') {
    const total = left + right;
    if (Number.isSafeInteger(total)) return new Numeric(total, scale);
  }
  return finite(BigInt(left) + BigInt(right), scale);
}

function limited(product: Numeric): Numeric {
  return product.scale > NUMERIC_LIMITS.scaleMax ? roundNumeric(product, NUMERIC_LIMITS.scaleMax) : product;
}

function addSpecial(a: Numeric, b: Numeric): Numeric {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  if (a.kind === 'finite') return b;
  if (b.kind === 'finite') return a;
  return a.kind === b.kind ? a : NAN;
}

function multiplySpecial(a: Numeric, b: Numeric): Numeric {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  const sign = signOf(a) * signOf(b);
  return sign === 0 ? NAN : sign > 0 ? INFINITY : NEGATIVE_INFINITY;
}

function rank(value: Numeric): number {
  return value.kind === 'nan' ? 2 : value.kind === 'infinity' ? 1 : value.kind === '-infinity' ? -1 : 0;
}
