import { Numeric } from '../../value.ts';

/** The square root of a finite non-negative numeric, rounded half up at `scale` decimal digits. */
export function squareRootAtScale(value: Numeric, scale: number): Numeric {
  // One digit more than wanted, doubled inside the root, so that the last digit decides the rounding.
  const digits = 2 * (scale + 1) - value.scale;
  const coefficient = BigInt(value.coefficient);
  const radicand = digits >= 0 ? coefficient * 10n ** BigInt(digits) : coefficient / 10n ** BigInt(-digits);
  return new Numeric((integerSquareRoot(radicand) + 5n) / 10n, scale);
}

/** The largest integer whose square is at most `value` (Newton's method from above). */
function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
