import { canonicalInt8 } from '../value.ts';

/** Microseconds rounded to `digits` (0 to 6) decimals of a second, halves away from zero. */
export function roundMicros(micros: number | bigint, digits: number): number | bigint {
  if (digits >= 6 || micros === Number.POSITIVE_INFINITY || micros === Number.NEGATIVE_INFINITY) return micros;
  const unit = 10 ** (6 - digits);
  if (typeof micros === 'number') {
    const size = Math.abs(micros);
    const rounded = size - (size % unit) + (size % unit >= unit / 2 ? unit : 0);
    if (Number.isSafeInteger(rounded)) return micros < 0 ? -rounded + 0 : rounded;
  }
  const wide = BigInt(micros);
  const size = wide < 0n ? -wide : wide;
  const wideUnit = BigInt(unit);
  const rest = size % wideUnit;
  const rounded = size - rest + (rest * 2n >= wideUnit ? wideUnit : 0n);
  return canonicalInt8(wide < 0n ? -rounded : rounded);
}

/** The fraction of a second as PostgreSQL prints it: nothing for 0, else `.` and up to six digits without trailing zeros. */
export function fractionText(micros: number): string {
  return micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
}

/** Two digits. */
export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
