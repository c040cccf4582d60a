import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNumeric,
  compareNumeric,
  multiplyNumeric,
  negateNumeric,
  numericHashKey,
  subtractNumeric,
} from '../../src/types/numeric/arithmetic.ts';
import { divideNumeric, divisionScale, remainderNumeric } from '../../src/types/numeric/division.ts';
import { numericOfText } from '../../src/types/numeric/parse.ts';
import { textOfNumeric } from '../../src/types/numeric/print.ts';
import { roundNumeric } from '../../src/types/numeric/rounding.ts';
import { Numeric } from '../../src/types/value.ts';

const SEED = Number(process.env['SEED'] ?? 20_240_229);

/** Coefficients on both sides of where numbers stop being exact. */
const numeric = fc
  .tuple(
    fc.oneof(
      fc.bigInt({ min: -1000n, max: 1000n }),
      fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
    ),
    fc.integer({ min: 0, max: 25 }),
  )
  .map(([coefficient, scale]) => new Numeric(coefficient, scale));

function aligned(value: Numeric, scale: number): bigint {
  return BigInt(value.coefficient) * 10n ** BigInt(scale - value.scale);
}

function check(property: Parameters<typeof fc.assert>[0]): void {
  void fc.assert(property, { seed: SEED, numRuns: 1000 });
}

describe(`numeric agrees with integers of any size (seed ${SEED})`, () => {
  it('adds and subtracts exactly', () => {
    check(
      fc.property(numeric, numeric, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        const sum = addNumeric(a, b);
        const difference = subtractNumeric(a, b);
        expect([sum.scale, aligned(sum, scale)]).toEqual([scale, aligned(a, scale) + aligned(b, scale)]);
        expect([difference.scale, aligned(difference, scale)]).toEqual([scale, aligned(a, scale) - aligned(b, scale)]);
      }),
    );
  });

  it('multiplies exactly', () => {
    check(
      fc.property(numeric, numeric, (a, b) => {
        const product = multiplyNumeric(a, b);
        expect([product.scale, BigInt(product.coefficient)]).toEqual([a.scale + b.scale, BigInt(a.coefficient) * BigInt(b.coefficient)]);
      }),
    );
  });

  it('divides to the nearest at the chosen scale', () => {
    check(
      fc.property(numeric, numeric, (a, b) => {
        fc.pre(b.coefficient !== 0);
        const scale = divisionScale(a, b);
        const quotient = divideNumeric(a, b);
        expect(quotient.scale).toBe(scale);
        // |a - q·b| · 2 <= |b| · 10^-scale
        const wide = Math.max(a.scale, b.scale + scale);
        const rest = aligned(a, wide) - aligned(multiplyNumeric(quotient, b), wide);
        const half = aligned(new Numeric(b.coefficient, b.scale + scale), wide);
        expect(absolute(rest) * 2n <= absolute(half)).toBe(true);
      }),
    );
  });

  it('leaves a remainder smaller than the divisor, with the sign of the dividend', () => {
    check(
      fc.property(numeric, numeric, (a, b) => {
        fc.pre(b.coefficient !== 0);
        const scale = Math.max(a.scale, b.scale);
        expect(aligned(remainderNumeric(a, b), scale)).toBe(aligned(a, scale) % aligned(b, scale));
      }),
    );
  });

  it('orders and hashes by value, whatever the scale', () => {
    check(
      fc.property(numeric, numeric, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        const order = aligned(a, scale) < aligned(b, scale) ? -1 : aligned(a, scale) > aligned(b, scale) ? 1 : 0;
        expect(Math.sign(compareNumeric(a, b))).toBe(order);
        expect(numericHashKey(a) === numericHashKey(b)).toBe(order === 0);
        expect(numericHashKey(roundNumeric(a, a.scale + 7))).toBe(numericHashKey(a));
      }),
    );
  });

  it('prints what it reads back the same', () => {
    check(
      fc.property(numeric, (value) => {
        expect(numericOfText(textOfNumeric(value))).toEqual(value);
        expect(textOfNumeric(negateNumeric(negateNumeric(value)))).toBe(textOfNumeric(value));
      }),
    );
  });

  it('keeps coefficients canonical: a number whenever it is safe', () => {
    check(
      fc.property(numeric, numeric, (a, b) => {
        for (const made of [addNumeric(a, b), multiplyNumeric(a, b), subtractNumeric(a, b)]) {
          const safe = absolute(BigInt(made.coefficient)) <= 9007199254740991n;
          expect(typeof made.coefficient).toBe(safe ? 'number' : 'bigint');
          expect(Object.is(made.coefficient, -0)).toBe(false);
        }
      }),
    );
  });
});

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
