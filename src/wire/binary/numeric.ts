/**
 * numeric in binary, as PostgreSQL keeps it: digits to base 10,000.
 *
 *     offset  size  meaning
 *     0       2     number of digits
 *     2       2     weight: the first digit counts 10,000^weight
 *     4       2     sign: 0x0000 +, 0x4000 -, 0xC000 NaN, 0xD000 Infinity, 0xF000 -Infinity
 *     6       2     display scale
 *     8       2n    digits
 */
import { SqlError } from '../../base/sql-error.ts';
import { Numeric } from '../../types/value.ts';
import type { BodyReader } from '../body-reader.ts';
import { BinaryWriter } from './writer.ts';

const DIGIT_WIDTH = 4;
const BASE = 10_000;
const SCALE_MAX = 16_383;
const NEGATIVE = 0x4000;
/** PostgreSQL sends a display scale with its infinities, left over from how it keeps them. */
const INFINITY_SCALE = 0x20;
const SPECIAL = { nan: 0xc000, infinity: 0xd000, '-infinity': 0xf000 } as const;

export function bytesOfNumeric(value: Numeric): Uint8Array {
  const writer = new BinaryWriter();
  if (value.kind !== 'finite') {
    for (const part of [0, 0, SPECIAL[value.kind], value.kind === 'nan' ? 0 : INFINITY_SCALE]) writer.int16(part);
    return writer.bytes();
  }
  const coefficient = BigInt(value.coefficient);
  const { digits, weight } = digitsOf(coefficient < 0n ? -coefficient : coefficient, value.scale);
  for (const part of [digits.length, weight, coefficient < 0n ? NEGATIVE : 0, value.scale, ...digits]) writer.int16(part);
  return writer.bytes();
}

/** The digits of `coefficient` × 10^-`scale`, without zeros at either end. */
function digitsOf(coefficient: bigint, scale: number): { digits: number[]; weight: number } {
  const padded = coefficient.toString() + '0'.repeat((DIGIT_WIDTH - (scale % DIGIT_WIDTH)) % DIGIT_WIDTH);
  const text = padded.padStart(Math.ceil(padded.length / DIGIT_WIDTH) * DIGIT_WIDTH, '0');
  const digits = Array.from({ length: text.length / DIGIT_WIDTH }, (_, at) => Number(text.slice(at * DIGIT_WIDTH, (at + 1) * DIGIT_WIDTH)));
  const first = digits.findIndex((digit) => digit !== 0);
  if (first < 0) return { digits: [], weight: 0 };
  const weight = digits.length - Math.ceil(scale / DIGIT_WIDTH) - 1 - first;
  return { digits: digits.slice(first, digits.findLastIndex((digit) => digit !== 0) + 1), weight };
}

/** SQLSTATE 22P03 for what no numeric is. Digits beyond the display scale are cut off, as PostgreSQL does. */
export function numericOf(reader: BodyReader): Numeric {
  const count = reader.uint16();
  const weight = reader.int16();
  const sign = reader.uint16();
  const scale = reader.uint16();
  const special = (['nan', 'infinity', '-infinity'] as const).find((kind) => SPECIAL[kind] === sign);
  if (special === undefined && sign !== 0 && sign !== NEGATIVE) throw invalid('sign');
  if (scale > SCALE_MAX) throw invalid('scale');
  let digits = '';
  for (let at = 0; at < count; at++) {
    const digit = reader.uint16();
    if (digit >= BASE) throw invalid('digit');
    digits += String(digit).padStart(DIGIT_WIDTH, '0');
  }
  if (special !== undefined) return new Numeric(0, 0, special);
  const shift = DIGIT_WIDTH * (weight + 1 - count) + scale;
  const shifted = shift >= 0 ? digits + '0'.repeat(digits === '' ? 0 : shift) : digits.slice(0, Math.max(0, digits.length + shift));
  const magnitude = shifted === '' ? 0n : BigInt(shifted);
  return new Numeric(sign === NEGATIVE ? -magnitude : magnitude, scale);
}

function invalid(part: string): SqlError {
  return new SqlError('invalid_binary_representation', `invalid ${part} in external "numeric" value`);
}
