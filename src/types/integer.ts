/** Integer arithmetic with PostgreSQL's overflow rules. An int8 is a number while safe, else a bigint. */
import { SqlError } from '../base/sql-error.ts';
import { canonicalInt8 } from './value.ts';

/** The width of an integer type. */
type IntegerWidth = 2 | 4 | 8;

const NAMES = { 2: 'smallint', 4: 'integer', 8: 'bigint' } as const;
const INT8_MAX = 9223372036854775807n;
const INT8_MIN = -9223372036854775808n;

/** The value itself when it fits int2 or int4; SQLSTATE 22003 `… out of range` otherwise. */
export function checkInt(value: number, width: 2 | 4): number {
  if (width === 4 ? (value | 0) === value : value >= -32768 && value <= 32767) return value + 0;
  return outOfRange(width);
}

/** The canonical int8 of any bigint; SQLSTATE 22003 beyond 64 bits. */
export function checkInt8(value: bigint): number | bigint {
  return value > INT8_MAX || value < INT8_MIN ? outOfRange(8) : canonicalInt8(value);
}

/** a + b in int8. */
export function addInt8(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checkInt8(BigInt(a) + BigInt(b));
}

/** a - b in int8. */
export function subtractInt8(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return checkInt8(BigInt(a) - BigInt(b));
}

/** a × b in int8. */
export function multiplyInt8(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return checkInt8(BigInt(a) * BigInt(b));
}

/** a / b in int8, cut toward zero. */
export function divideInt8(a: number | bigint, b: number | bigint): number | bigint {
  if (b === 0) return divisionByZero();
  if (typeof a === 'number' && typeof b === 'number') return (a - (a % b)) / b + 0;
  return checkInt8(BigInt(a) / BigInt(b));
}

/** a % b in int8, with a's sign. */
export function remainderInt8(a: number | bigint, b: number | bigint): number | bigint {
  if (b === 0) return divisionByZero();
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  return canonicalInt8(BigInt(a) % BigInt(b));
}

/** -a in int8. */
export function negateInt8(a: number | bigint): number | bigint {
  return typeof a === 'number' ? 0 - a : checkInt8(-a);
}

/** a / b in int2 or int4, cut toward zero. */
export function divideInt(a: number, b: number, width: 2 | 4): number {
  if (b === 0) divisionByZero();
  return checkInt(Math.trunc(a / b), width);
}

/** a % b in int2 or int4, with a's sign. */
export function remainderInt(a: number, b: number): number {
  if (b === 0) divisionByZero();
  return (a % b) + 0;
}

/** Order of two int8 values. */
export function compareInt8(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An integer from text as PostgreSQL reads it: blanks around, a sign, decimal digits. SQLSTATE 22P02 or 22003. */
export function parseInteger(text: string, width: IntegerWidth): number | bigint {
  const parts = /^[ \t\n\v\f\r]*([+-]?\d+)[ \t\n\v\f\r]*$/.exec(text);
  if (parts === null) throw new SqlError('invalid_text_representation', `invalid input syntax for type ${NAMES[width]}: "${text}"`);
  const small = Number(parts[1]);
  if (width === 8) {
    if (Number.isSafeInteger(small)) return small + 0;
    const wide = BigInt(parts[1]);
    if (wide >= INT8_MIN && wide <= INT8_MAX) return wide;
  } else {
    const bound = width === 2 ? 32768 : 2147483648;
    if (small >= -bound && small < bound) return small + 0;
  }
  throw new SqlError('numeric_value_out_of_range', `value "${text}" is out of range for type ${NAMES[width]}`);
}

function outOfRange(width: IntegerWidth): never {
  throw new SqlError('numeric_value_out_of_range', `${NAMES[width]} out of range`);
}

function divisionByZero(): never {
  throw new SqlError('division_by_zero', 'division by zero');
}
