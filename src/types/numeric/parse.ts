import { SqlError } from '../../base/sql-error.ts';
import { Numeric } from '../value.ts';
import { finite, INFINITY, NAN, NEGATIVE_INFINITY, NUMERIC_LIMITS, overflows } from './scale.ts';
import { applyNumericModifier } from './rounding.ts';

const SYNTAX = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;
const SPECIAL = /^([+-]?)(nan|infinity|inf)$/i;
const SMALL_DIGITS_MAX = 15;

/** A numeric from text: decimal, exponent, NaN or Infinity, blanks around it allowed. SQLSTATE 22P02 otherwise. */
export function numericOfText(text: string, modifier = -1): Numeric {
  const value = parseNumeric(text);
  if (value === undefined) throw new SqlError('invalid_text_representation', `invalid input syntax for type numeric: "${text}"`);
  return modifier === -1 ? value : applyNumericModifier(value, modifier);
}

/** As `numericOfText`, undefined where the text is not a number. */
export function parseNumeric(text: string): Numeric | undefined {
  return parsePlain(text) ?? parseAny(text);
}

/** The common case: at most 15 digits and a point, perhaps a minus. */
function parsePlain(text: string): Numeric | undefined {
  const { length } = text;
  const negative = text.charCodeAt(0) === 45;
  let coefficient = 0;
  let point = -1;
  const start = negative ? 1 : 0;
  if (length - start > SMALL_DIGITS_MAX + 1 || length === start) return undefined;
  for (let at = start; at < length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9) coefficient = coefficient * 10 + digit;
    else if (digit === -2 && point < 0 && at > start) point = at;
    else return undefined;
  }
  if (point < 0 && length - start > SMALL_DIGITS_MAX) return undefined;
  return new Numeric(negative ? 0 - coefficient : coefficient, point < 0 ? 0 : length - point - 1);
}

function parseAny(text: string): Numeric | undefined {
  const trimmed = trimBlanks(text);
  const parts = SYNTAX.exec(trimmed);
  if (parts === null) return parseSpecial(trimmed);
  const [, sign, whole = '', fraction = parts[4] ?? '', , exponentText] = parts;
  const digits = whole + fraction;
  if (exponentText !== undefined) return withExponent(sign, digits, fraction.length, exponentText);
  return bounded(coefficientOf(sign, digits), fraction.length);
}

/** `text` without the blanks that C's isspace knows at its ends. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

function withExponent(sign: string, digits: string, fraction: number, exponentText: string): Numeric {
  const exponent = Number(exponentText);
  if (Math.abs(exponent) >= 1_073_741_823) overflows();
  const scale = fraction - exponent;
  if (scale >= 0) return bounded(coefficientOf(sign, digits), scale);
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return new Numeric(0, 0);
  if (significant.length - scale > NUMERIC_LIMITS.integerDigitsMax) overflows();
  return finite(coefficientOf(sign, significant + '0'.repeat(-scale)), 0);
}

function bounded(coefficient: number | bigint, scale: number): Numeric {
  if (scale > NUMERIC_LIMITS.scaleMax) overflows();
  return finite(coefficient, scale);
}

function coefficientOf(sign: string, digits: string): number | bigint {
  if (digits.length <= SMALL_DIGITS_MAX) return (sign === '-' ? -Number(digits) : Number(digits)) + 0;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

function parseSpecial(text: string): Numeric | undefined {
  const parts = SPECIAL.exec(text);
  if (parts === null) return undefined;
  if (parts[2].toLowerCase() === 'nan') return parts[1] === '' ? NAN : undefined;
  return parts[1] === '-' ? NEGATIVE_INFINITY : INFINITY;
}
