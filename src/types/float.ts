/** Floating point as PostgreSQL has it: shortest round-trip text, NaN above all, overflow and underflow refused. */
import { SqlError } from '../base/sql-error.ts';

/** The text of a float8, e.g. `0.1`, `1e+20`, `-Infinity`, `NaN`; `digits` is extra_float_digits. */
export function textOfFloat8(value: number, extraDigits = 1): string {
  if (!Number.isFinite(value)) return specialText(value);
  if (extraDigits > 0) return notation(value, value >= EXACT_MAX || value <= -EXACT_MAX ? shortestLarge(value) : String(value));
  return precise(value, Math.max(1, 15 + extraDigits));
}

/** The text of a float4: the shortest decimal that reads back as the same float4. */
export function textOfFloat4(value: number, extraDigits = 1): string {
  if (!Number.isFinite(value)) return specialText(value);
  if (extraDigits <= 0) return precise(value, Math.max(1, 6 + extraDigits));
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value && !isBoundary(Number(text), value)) return notation(value, String(Number(text)), 6);
  }
  return notation(value, String(Number(value.toPrecision(9))), 6);
}

/** A float8 from text; SQLSTATE 22P02 or 22003 with PostgreSQL's message. */
export function parseFloat8(text: string): number {
  return parseFloating(text, 'double precision', (value) => value);
}

/** A float4 from text, already rounded to one. */
export function parseFloat4(text: string): number {
  return parseFloating(text, 'real', Math.fround);
}

/** Negative, zero or positive; NaN equals itself and is above everything, -0 equals 0. */
export function compareFloat(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (a === a ? 0 : 1) - (b === b ? 0 : 1);
}

/** The result of an operation on float8: SQLSTATE 22003 when it became infinite though no operand was. */
export function checkOverflow(result: number, a: number, b: number): number {
  if ((result === Number.POSITIVE_INFINITY || result === Number.NEGATIVE_INFINITY) && Number.isFinite(a) && Number.isFinite(b)) overflow();
  return result;
}

/** As `checkOverflow`, and refuses a zero that should not be one. */
export function checkProduct(result: number, a: number, b: number): number {
  if (result === 0 && a !== 0 && b !== 0) underflow();
  return checkOverflow(result, a, b);
}

/** As `checkOverflow`, for a quotient; SQLSTATE 22012 when b is zero. */
export function checkQuotient(result: number, a: number, b: number): number {
  if (b === 0 && a === a) throw new SqlError('division_by_zero', 'division by zero');
  if (result === 0 && a !== 0 && Number.isFinite(b)) underflow();
  return checkOverflow(result, a, b);
}

/** A float8 as a float4; SQLSTATE 22003 when it does not fit. */
export function float4OfFloat8(value: number): number {
  const narrow = Math.fround(value);
  if (!Number.isFinite(narrow) && Number.isFinite(value)) overflow();
  if (narrow === 0 && value !== 0) underflow();
  return narrow;
}

/** A float as an integer, halves to even; SQLSTATE 22003 `… out of range`. */
export function integerOfFloat(value: number, typeName: 'smallint' | 'integer' | 'bigint'): number | bigint {
  const whole = roundHalfEven(value);
  const bound = typeName === 'smallint' ? 32768 : typeName === 'integer' ? 2147483648 : 2 ** 63;
  if (!(whole >= -bound && whole < bound)) throw new SqlError('numeric_value_out_of_range', `${typeName} out of range`);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}

/** The nearest integer, halves to the even one (C's rint). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction < 0.5) return floor;
  if (fraction > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const SYNTAX = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]+)$/;
const SPECIAL = /^([+-]?)(nan|infinity|inf)$/i;

function parseFloating(text: string, typeName: string, narrow: (value: number) => number): number {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
  if (SYNTAX.test(trimmed)) {
    const wide = Number(trimmed);
    const value = narrow(wide);
    if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(trimmed.replace(/[eE].*$/, '')))) {
      throw new SqlError('numeric_value_out_of_range', `"${trimmed}" is out of range for type ${typeName}`);
    }
    return value;
  }
  const special = SPECIAL.exec(trimmed);
  if (special !== null) {
    if (special[2].toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const hexadecimal = HEXADECIMAL.exec(trimmed);
  if (hexadecimal !== null) return narrow(Number(`0x${hexadecimal[2]}`) * (hexadecimal[1] === '-' ? -1 : 1));
  throw new SqlError('invalid_text_representation', `invalid input syntax for type ${typeName}: "${text}"`);
}

function specialText(value: number): string {
  return value > 0 ? 'Infinity' : value < 0 ? '-Infinity' : 'NaN';
}

/** JavaScript's shortest digits in PostgreSQL's layout: an exponent below 1e-4 and from 1e15 on (1e6 digits for float4). */
function notation(value: number, shortest: string, fixedDigits = 15): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(Number(shortest));
  if (size >= 1e-4 && size < 10 ** fixedDigits) return shortest;
  const negative = shortest.startsWith('-') ? '-' : '';
  const [mantissa, written = '0'] = shortest.slice(negative.length).split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  const exponent = Number(written) + whole.length - 1 - (all.length - digits.length);
  const kept = digits.replace(/0+$/, '');
  const point = kept.length > 1 ? `${kept[0]}.${kept.slice(1)}` : kept;
  return `${negative}${point}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** From here on halfway points between float8s can have few digits. */
const EXACT_MAX = 2 ** 53;

/** The shortest decimal that is strictly nearer to `value` than to its neighbours: JavaScript also takes one halfway between. */
function shortestLarge(value: number): string {
  const text = String(value);
  const exact = BigInt(value);
  const isHalfway = (decimal: string): boolean => {
    const [mantissa, exponent = '0'] = decimal.split('e');
    const [whole, fraction = ''] = mantissa.split('.');
    const distance = BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length) - exact;
    if (distance === 0n) return false;
    return Number(exact + distance * 2n) !== value && BigInt(Number(exact + distance * 2n)) === exact + distance * 2n;
  };
  if (!isHalfway(text)) return text;
  for (let digits = 1; digits < 17; digits++) {
    const longer = value.toPrecision(digits);
    if (Number(longer) === value && !isHalfway(longer)) return longer;
  }
  return value.toPrecision(17);
}

/** Whether `decimal` lies exactly between `value` and its float4 neighbour: PostgreSQL prints more digits then. */
function isBoundary(decimal: number, value: number): boolean {
  if (decimal === value) return false;
  FLOAT4[0] = value;
  FLOAT4_BITS[0] += decimal > value === value > 0 ? 1 : -1;
  return (FLOAT4[0] + value) / 2 === decimal;
}

const FLOAT4 = new Float32Array(1);
const FLOAT4_BITS = new Int32Array(FLOAT4.buffer);

/** C's %.*g. */
function precise(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const scientific = value.toExponential(digits - 1);
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent >= -4 && exponent < digits) return trimFraction(value.toFixed(Math.max(0, digits - 1 - exponent)));
  const mantissa = trimFraction(scientific.slice(0, scientific.indexOf('e')));
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function trimFraction(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function overflow(): never {
  throw new SqlError('numeric_value_out_of_range', 'value out of range: overflow');
}

function underflow(): never {
  throw new SqlError('numeric_value_out_of_range', 'value out of range: underflow');
}
