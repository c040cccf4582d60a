/**
 * Numbers by template. The number is first rounded to the template's digits behind the point and written out; then the
 * template is walked from the left, each 9, 0 or point taking the next character of it.
 *
 *     template   9 9 G 9 9 9 D 9 9        out: digits before the point are padded to the template's count
 *     number         1 2 3 4 . 5 0        with blanks, or with zeros from the first 0 on
 */
import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { numericOfInt } from '../../numeric/convert.ts';
import { multiplyNumeric } from '../../numeric/arithmetic.ts';
import { divideNumeric } from '../../numeric/division.ts';
import { digitCount } from '../../numeric/scale.ts';
import { textOfNumeric } from '../../numeric/print.ts';
import { applyNumericModifier, numericModifier, roundNumeric } from '../../numeric/rounding.ts';
import { parseNumeric } from '../../numeric/parse.ts';
import { OID } from '../../oid.ts';
import { Numeric } from '../../value.ts';
import { scalar, STABLE } from '../define.ts';
import { numberTemplate, type NumberTemplate } from './number-template.ts';
import { numberIn } from './to-number.ts';

const { int4, int8, float4, float8, numeric, text } = OID;

/** to_char of numbers, and to_number. */
export function numberFormatFunctions(): SqlFunction[] {
  return [
    scalar('to_char', [int4, text], text, (_, value: number, format: string) => written(numericOfInt(value), format, undefined), STABLE),
    scalar(
      'to_char',
      [int8, text],
      text,
      (_, value: number | bigint, format: string) => written(numericOfInt(value), format, undefined),
      STABLE,
    ),
    scalar('to_char', [numeric, text], text, (_, value: Numeric, format: string) => written(value, format, undefined), STABLE),
    scalar('to_char', [float8, text], text, (_, value: number, format: string) => writtenFloat(value, format, 15), STABLE),
    scalar('to_char', [float4, text], text, (_, value: number, format: string) => writtenFloat(value, format, 6), STABLE),
    scalar(
      'to_number',
      [text, text],
      numeric,
      (_, value: string, format: string) => (format === '' ? null : parsed(value, numberTemplate(format))),
      STABLE,
    ),
  ];
}

function written(value: Numeric, format: string, significantDigits: number | undefined): string | null {
  if (format === '') return null;
  const template = numberTemplate(format);
  if (template.roman) return roman(value, template);
  if (template.scientific) return scientific(value, template);
  const shifted = template.shifted ? multiplyNumeric(value, numericOfInt(10n ** BigInt(template.shift))) : value;
  const behind =
    significantDigits === undefined || shifted.kind !== 'finite'
      ? template.behind
      : Math.min(template.behind, Math.max(0, significantDigits - integerDigits(shifted)));
  const digits = textOfNumeric(rounded(shifted, behind, significantDigits !== undefined));
  return new NumberWriter(template, digits).result();
}

/** Floats show no more digits than they carry, and round as C's printf does: the exact binary value, halves to even. */
function writtenFloat(value: number, format: string, significantDigits: 15 | 6): string | null {
  return written(exactNumeric(value), format, significantDigits);
}

/** The decimal that a float is exactly. */
function exactNumeric(value: number): Numeric {
  if (!Number.isFinite(value)) return new Numeric(0, 0, Number.isNaN(value) ? 'nan' : value > 0 ? 'infinity' : '-infinity');
  let scale = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    scale++;
  }
  return new Numeric(BigInt(mantissa) * 5n ** BigInt(scale), scale);
}

/** Rounded to `digits` behind the point; exact halves go to the even neighbour for floats, away from zero else. */
function rounded(value: Numeric, digits: number, halfEven: boolean): Numeric {
  const nearest = roundNumeric(value, digits);
  if (!halfEven || value.scale <= digits || BigInt(nearest.coefficient) % 2n === 0n) return nearest;
  const unit = 10n ** BigInt(value.scale - digits);
  const isTie = ((BigInt(value.coefficient) % unit) * 2n) % unit === 0n && BigInt(value.coefficient) % unit !== 0n;
  return isTie ? new Numeric(BigInt(nearest.coefficient) - (value.coefficient > 0 ? 1n : -1n), digits) : nearest;
}

function integerDigits(value: Numeric): number {
  return Math.max(1, digitCount(value.coefficient) - value.scale);
}

/** One walk over a template. */
class NumberWriter {
  readonly #template: NumberTemplate;
  readonly #negative: boolean;
  readonly #number: string;
  /** How many digit places stand to the left of the number's first digit. */
  readonly #lead: number;
  /** Under FM, the last character behind the point that is shown even at a 9; undefined: all are. */
  readonly #lastShown: number | undefined;
  readonly #brackets: boolean;
  #out = '';
  #place = 0;
  #at = 0;
  #signWritten: boolean;
  #inNumber = false;

  constructor(template: NumberTemplate, digits: string) {
    this.#template = template;
    this.#negative = digits.startsWith('-');
    const plain = this.#negative ? digits.slice(1) : digits;
    const point = plain.indexOf('.');
    const before = point < 0 ? plain.length : point;
    const room = template.before + (template.shifted ? template.shift : 0);
    this.#lead = Math.max(0, room - before);
    this.#number =
      before > room
        ? `${'#'.repeat(room)}.${'#'.repeat(template.behind)}`
        : template.behind > 0 && point < 0 && /^\d/.test(plain)
          ? `${plain}.`
          : plain;
    this.#lastShown = template.fill && template.hasPoint ? this.#lastRelevant() : undefined;
    this.#brackets = template.brackets && (this.#negative || !template.fill);
    const apart = template.plus || template.minus;
    this.#signWritten = apart ? template.minus : !this.#negative && template.fill && template.sign === 'none';
  }

  result(): string {
    for (const node of this.#template.nodes) {
      if (node.kind === 'text') this.#out += node.text;
      else this.#pattern(node.name, node.lower);
    }
    return this.#out;
  }

  #lastRelevant(): number | undefined {
    const point = this.#number.indexOf('.');
    if (point < 0) return undefined;
    let last = this.#number.length - 1;
    while (last > point && this.#number[last] === '0') last--;
    const { zeroEnd } = this.#template;
    return zeroEnd > this.#lead ? Math.max(last, Math.min(this.#number.length - 1, zeroEnd - this.#lead)) : last;
  }

  #pattern(name: string, lower: boolean): void {
    const { fill } = this.#template;
    switch (name) {
      case '9':
      case '0':
      case '.':
      case 'D':
        this.#digit(name);
        break;
      case ',':
      case 'G':
        if (this.#inNumber) this.#out += ',';
        else if (!fill) this.#out += ' ';
        break;
      case 'L':
        this.#out += ' ';
        break;
      case 'MI':
        this.#out += this.#negative ? '-' : fill ? '' : ' ';
        break;
      case 'PL':
        this.#out += this.#negative ? (fill ? '' : ' ') : '+';
        break;
      case 'SG':
        this.#out += this.#negative ? '-' : '+';
        break;
      case 'TH':
        if (!this.#number.startsWith('#') && !this.#negative && !this.#template.hasPoint) this.#out += ordinal(this.#number, lower);
        break;
      default:
        break;
    }
  }

  #digit(name: string): void {
    this.#inNumber = false;
    const { fill, zeroStart, before, behind, shift, hasPoint } = this.#template;
    const zeroes = zeroStart !== undefined && zeroStart <= this.#place;
    const pointLast = this.#lastShown !== undefined && this.#number[this.#lastShown] === '.';
    if (!this.#signWritten && (this.#place >= this.#lead || zeroStart === this.#place) && (!this.#leadingZero() || pointLast)) this.#sign();
    if (this.#place < this.#lead) {
      if (zeroes) {
        this.#out += '0';
        this.#inNumber = true;
      } else if (!fill) this.#out += ' ';
    } else {
      this.#character(name, pointLast);
      if (this.#at < this.#number.length) this.#at++;
    }
    const places = before + behind + (this.#template.shifted ? shift : 0) - 1 + (this.#countsSign() ? 1 : 0);
    const end =
      this.#lastShown !== undefined && this.#lastShown === this.#at ? this.#place : places + (this.#lead > 0 ? 1 : 0) + (hasPoint ? 1 : 0);
    if (this.#place + 1 === end) {
      if (this.#signWritten && this.#brackets) this.#out += this.#negative ? '>' : ' ';
      else if (this.#template.sign === 'behind') this.#out += this.#negative ? '-' : '+';
    }
    this.#place++;
  }

  /** Whether the sign takes a place of its own: it does when it was not settled before the first digit of a full template. */
  #countsSign(): boolean {
    const { plus, minus, fill, sign } = this.#template;
    const settled = plus || minus ? minus : !this.#negative && fill && sign === 'none';
    return !settled && this.#lead === 0;
  }

  /** A single 0 before the point, which 9 does not show. */
  #leadingZero(): boolean {
    return this.#template.zeroStart === undefined && this.#at === 0 && this.#number[0] === '0' && this.#template.behind !== 0;
  }

  #character(name: string, pointLast: boolean): void {
    const character = this.#number[this.#at];
    if (character === '.') {
      this.#out += pointLast && !this.#template.fill ? '' : '.';
    } else if (this.#lastShown !== undefined && this.#at > this.#lastShown && name !== '0') {
      return;
    } else if (this.#leadingZero()) {
      if (!this.#template.fill) this.#out += ' ';
      else if (pointLast) this.#out += '0';
    } else if (character !== undefined) {
      this.#out += character;
      this.#inNumber = true;
    }
  }

  #sign(): void {
    if (this.#template.sign !== 'none') {
      if (this.#template.sign === 'behind') return;
      this.#out += this.#negative ? '-' : '+';
    } else if (this.#brackets) this.#out += this.#negative ? '<' : ' ';
    else if (this.#negative) this.#out += '-';
    else if (!this.#template.fill) this.#out += ' ';
    this.#signWritten = true;
  }
}

function ordinal(number: string, lower: boolean): string {
  const ending = number.at(-2) === '1' ? 'TH' : ({ '1': 'ST', '2': 'ND', '3': 'RD' }[number.at(-1) ?? ''] ?? 'TH');
  return lower ? ending.toLowerCase() : ending;
}

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, 'M'],
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
];
const ROMAN_WIDTH = 15;

function roman(value: Numeric, template: NumberTemplate): string {
  const rounded = value.kind === 'finite' ? Number(roundNumeric(value, 0).coefficient) : 0;
  let rest = rounded;
  let letters = '';
  for (const [amount, letter] of ROMAN) {
    for (; rest >= amount && rounded < 4000; rest -= amount) letters += letter;
  }
  const shown = rounded >= 1 && rounded <= 3999 ? letters : '#'.repeat(ROMAN_WIDTH);
  const padded = template.fill ? shown : shown.padStart(ROMAN_WIDTH);
  return template.nodes
    .map((node) => (node.kind === 'text' ? node.text : node.name === 'RN' ? (node.lower ? padded.toLowerCase() : padded) : ''))
    .join('');
}

/** d.ddde+xx with the template's digits behind the point, a blank for plus. */
function scientific(value: Numeric, template: NumberTemplate): string {
  if (value.kind !== 'finite') return ` ${'#'.repeat(template.before)}.${'#'.repeat(template.behind + 4)}`;
  if (value.coefficient === 0) return ` 0${template.behind > 0 ? `.${'0'.repeat(template.behind)}` : ''}e+00`;
  const negative = value.coefficient < 0;
  const digits = BigInt(value.coefficient) < 0n ? -BigInt(value.coefficient) : BigInt(value.coefficient);
  const rounded = textOfNumeric(roundNumeric(new Numeric(digits, digits.toString().length - 1), template.behind));
  const carried = rounded.startsWith('10');
  const exponent = digits.toString().length - 1 - value.scale + (carried ? 1 : 0);
  const mantissa = carried ? `1${template.behind > 0 ? `.${'0'.repeat(template.behind)}` : ''}` : rounded;
  return `${negative ? '-' : ' '}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function parsed(value: string, template: NumberTemplate): Numeric {
  if (template.roman) throw new SqlError('feature_not_supported', '"RN" not supported for input');
  if (template.scientific) throw new SqlError('feature_not_supported', '"EEEE" not supported for input');
  const digits = numberIn(value, template);
  const number = parseNumeric(digits);
  if (number === undefined) throw new SqlError('invalid_text_representation', `invalid input syntax for type numeric: "${digits}"`);
  const shaped = applyNumericModifier(number, numericModifier(Math.max(1, template.before + number.scale + template.shift), number.scale));
  return template.shifted ? divideNumeric(shaped, numericOfInt(10n ** BigInt(template.shift))) : shaped;
}
