/**
 * Reads dates by template, for to_timestamp and to_date. A space or separator of the template takes one space or separator
 * of the input or nothing; other text takes a character each, whatever it is; a number takes as many digits as its pattern
 * is wide, or all there are before something that is no digit. What was read is put together in `assemble`.
 */
import { SqlError } from '../../../base/sql-error.ts';
import { MONTH_NAMES, WEEKDAY_NAMES } from '../../datetime/words.ts';
import { ROMAN_MONTHS, type Template, type TemplateNode } from './template.ts';

type Pattern = Extract<TemplateNode, { kind: 'pattern' }>;

/** The fields that a template's patterns fill. */
export type FieldName =
  | 'hour'
  | 'minute'
  | 'second'
  | 'secondOfDay'
  | 'micros'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'weekday'
  | 'week'
  | 'weekOfMonth'
  | 'century'
  | 'year'
  | 'julian'
  | 'isoDay'
  | 'zoneHours'
  | 'zoneMinutes';

/** What was read. Fields that the input did not have are absent. */
export interface ReadFields {
  readonly values: ReadonlyMap<FieldName, number>;
  readonly convention: 'gregorian' | 'iso' | undefined;
  readonly twelveHours: boolean;
  readonly afternoon: boolean;
  readonly beforeChrist: boolean;
  /** How many digits of the year the template gave. */
  readonly yearDigits: number;
  readonly zoneSign: 1 | -1 | undefined;
}

/** The patterns that are plain numbers: the field, and the width in digits. */
const NUMBERS: Readonly<Record<string, readonly [field: FieldName, width: number]>> = {
  HH: ['hour', 2],
  HH12: ['hour', 2],
  HH24: ['hour', 2],
  MI: ['minute', 2],
  SS: ['second', 2],
  SSSS: ['secondOfDay', 5],
  SSSSS: ['secondOfDay', 5],
  MM: ['month', 2],
  DD: ['day', 2],
  DDD: ['dayOfYear', 3],
  IDDD: ['dayOfYear', 3],
  D: ['weekday', 1],
  ID: ['isoDay', 1],
  WW: ['week', 2],
  IW: ['week', 2],
  W: ['weekOfMonth', 1],
  CC: ['century', 2],
  J: ['julian', 10],
  TZM: ['zoneMinutes', 2],
};
const YEARS: Readonly<Record<string, number>> = { YYYY: 4, YYY: 3, YY: 2, Y: 1, IYYY: 4, IYY: 3, IY: 2, I: 1 };
const FRACTIONS: Readonly<Record<string, number>> = { MS: 3, US: 6, FF1: 1, FF2: 2, FF3: 3, FF4: 4, FF5: 5, FF6: 6 };
const ISO: ReadonlySet<string> = new Set(['IYYY', 'IYY', 'IY', 'I', 'IW', 'ID', 'IDDD']);
const GREGORIAN: ReadonlySet<string> = new Set([
  'YYYY',
  'YYY',
  'YY',
  'Y',
  'Y,YYY',
  'MM',
  'MON',
  'MONTH',
  'RM',
  'DD',
  'DDD',
  'D',
  'DAY',
  'DY',
  'WW',
  'W',
  'CC',
]);
const HINT = 'If your source string is not fixed-width, try using the "FM" modifier.';

/** Reads `input` by `template`; SQLSTATE 22007 where it does not fit. */
export function readByTemplate(input: string, template: Template): ReadFields {
  return new FieldReader(input, template).read();
}

class FieldReader {
  readonly #input: string;
  readonly #template: Template;
  readonly #values = new Map<FieldName, number>();
  #at = 0;
  #skipped = 0;
  #convention: ReadFields['convention'];
  #twelveHours = false;
  #afternoon = false;
  #beforeChrist = false;
  #yearDigits = 4;
  #zoneSign: ReadFields['zoneSign'];

  constructor(input: string, template: Template) {
    this.#input = input;
    this.#template = template;
  }

  read(): ReadFields {
    for (const [index, node] of this.#template.nodes.entries()) {
      if (!this.#template.exact && (node.kind === 'pattern' || index === 0)) this.#skipBlanks();
      if (this.#at >= this.#input.length) break;
      if (node.kind === 'text') this.#text(node);
      else this.#pattern(node, this.#template.nodes[index + 1]);
    }
    return {
      values: this.#values,
      convention: this.#convention,
      twelveHours: this.#twelveHours,
      afternoon: this.#afternoon,
      beforeChrist: this.#beforeChrist,
      yearDigits: this.#yearDigits,
      zoneSign: this.#zoneSign,
    };
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#input[this.#at] ?? '')) {
      this.#at++;
      this.#skipped++;
    }
  }

  #text(node: Extract<TemplateNode, { kind: 'text' }>): void {
    const loose = !node.quoted && (/\s/.test(node.text) || isSeparator(node.text));
    if (this.#template.exact) this.#at++;
    else if (loose) {
      const next = this.#input[this.#at];
      if (/\s/.test(next) || isSeparator(next)) this.#at++;
      else this.#skipped--;
    } else if (this.#skipped > 0) this.#skipped--;
    else this.#at += String.fromCodePoint(this.#input.codePointAt(this.#at) ?? 0).length;
  }

  #pattern(node: Pattern, next: TemplateNode | undefined): void {
    this.#useConvention(node.name);
    this.#field(node, next);
    if (node.ordinal !== '') this.#at = Math.min(this.#input.length, this.#at + 2);
    if (!this.#template.exact) this.#skipped = 0;
    if (!this.#template.exact) this.#countBlanks();
  }

  /** Blanks behind a field count as skipped, so that they may stand for separators of the template. */
  #countBlanks(): void {
    const before = this.#at;
    this.#skipBlanks();
    this.#skipped = this.#at - before;
  }

  #useConvention(name: string): void {
    const convention = ISO.has(name) ? 'iso' : GREGORIAN.has(name) ? 'gregorian' : undefined;
    if (convention === undefined) return;
    if (this.#convention !== undefined && this.#convention !== convention) {
      throw new SqlError('invalid_datetime_format', 'invalid combination of date conventions', {
        hint: 'Do not mix Gregorian and ISO week date conventions in a formatting template.',
      });
    }
    this.#convention = convention;
  }

  #field(node: Pattern, next: TemplateNode | undefined): void {
    const { name } = node;
    const number = NUMBERS[name];
    if (number !== undefined) {
      if (name === 'HH' || name === 'HH12') this.#twelveHours = true;
      this.#set(node, number[0], this.#integer(node, number[1], next).value);
      return;
    }
    if (FRACTIONS[name] !== undefined) {
      const { value, digits } = this.#integer(node, FRACTIONS[name], next);
      this.#set(node, 'micros', value * 10 ** Math.max(0, 6 - digits));
      return;
    }
    if (YEARS[name] !== undefined) {
      const { value, digits } = this.#integer(node, YEARS[name], next);
      this.#yearDigits = YEARS[name];
      this.#set(node, 'year', YEARS[name] < 4 && digits < 4 ? near2020(value) : value);
      return;
    }
    this.#word(node);
  }

  #word(node: Pattern): void {
    switch (node.name) {
      case 'AM':
      case 'PM':
        this.#afternoon = this.#oneOf(node, ['am', 'pm']) === 1;
        this.#twelveHours = true;
        break;
      case 'A.M.':
      case 'P.M.':
        this.#afternoon = this.#oneOf(node, ['a.m.', 'p.m.']) === 1;
        this.#twelveHours = true;
        break;
      case 'AD':
      case 'BC':
        this.#beforeChrist = this.#oneOf(node, ['ad', 'bc']) === 1;
        break;
      case 'A.D.':
      case 'B.C.':
        this.#beforeChrist = this.#oneOf(node, ['a.d.', 'b.c.']) === 1;
        break;
      case 'MONTH':
        this.#set(node, 'month', this.#oneOf(node, MONTH_NAMES) + 1);
        break;
      case 'MON':
        this.#set(
          node,
          'month',
          this.#oneOf(
            node,
            MONTH_NAMES.map((name) => name.slice(0, 3)),
          ) + 1,
        );
        break;
      case 'RM':
        this.#set(node, 'month', this.#roman(node) + 1);
        break;
      case 'DAY':
        this.#set(node, 'weekday', this.#oneOf(node, WEEKDAY_NAMES) + 1);
        break;
      case 'DY':
        this.#set(
          node,
          'weekday',
          this.#oneOf(
            node,
            WEEKDAY_NAMES.map((name) => name.slice(0, 3)),
          ) + 1,
        );
        break;
      case 'Y,YYY':
        this.#thousands(node);
        break;
      case 'Q': {
        const quarter = /^\d/.exec(this.#input.slice(this.#at));
        this.#at += quarter?.[0].length ?? 0;
        break;
      }
      case 'TZH':
        this.#zoneHours(node);
        break;
      case 'TZ':
      case 'OF':
        throw new SqlError('feature_not_supported', `formatting field "${node.spelling}" is only supported in to_char`);
      default:
        break;
    }
  }

  #thousands(node: Pattern): void {
    const found = /^\s*(\d+),(\d{3})/.exec(this.#input.slice(this.#at));
    if (found === null) throw new SqlError('invalid_datetime_format', 'invalid input string for "Y,YYY"');
    this.#at += found[0].length;
    this.#set(node, 'year', Number(found[1]) * 1000 + Number(found[2]));
  }

  #zoneHours(node: Pattern): void {
    const sign = this.#input[this.#at];
    if (sign === '+' || sign === '-' || sign === ' ') {
      this.#zoneSign = sign === '-' ? -1 : 1;
      this.#at++;
    } else this.#zoneSign = 1;
    this.#set(node, 'zoneHours', this.#integer(node, 2, undefined).value);
  }

  #set(node: Pattern, field: FieldName, value: number): void {
    const before = this.#values.get(field);
    if (before !== undefined && before !== 0 && before !== value) {
      throw new SqlError('invalid_datetime_format', `conflicting values for "${node.spelling}" field in formatting string`, {
        detail: 'This value contradicts a previous setting for the same field type.',
      });
    }
    this.#values.set(field, value);
  }

  #integer(node: Pattern, width: number, next: TemplateNode | undefined): { readonly value: number; readonly digits: number } {
    this.#at += /^\s*/.exec(this.#input.slice(this.#at))?.[0].length ?? 0;
    const rest = this.#input.slice(this.#at);
    const free = !node.fill || node.ordinal !== '' || endsNumber(next);
    const source = free ? rest : rest.slice(0, width);
    if (!free && source.length < width) {
      throw new SqlError('invalid_datetime_format', `source string too short for "${node.spelling}" formatting field`, {
        detail: `Field requires ${width} characters, but only ${source.length} remain.`,
        hint: HINT,
      });
    }
    const found = /^[+-]?\d+/.exec(source)?.[0];
    if (found === undefined) {
      throw new SqlError('invalid_datetime_format', `invalid value "${rest.slice(0, width)}" for "${node.spelling}"`, {
        detail: 'Value must be an integer.',
      });
    }
    if (!free && found.length < width) {
      throw new SqlError('invalid_datetime_format', `invalid value "${source}" for "${node.spelling}"`, {
        detail: `Field requires ${width} characters, but only ${found.length} could be parsed.`,
        hint: HINT,
      });
    }
    const value = Number(found);
    if (Math.abs(value) > 2147483647) {
      throw new SqlError('datetime_field_overflow', `value for "${node.spelling}" in source string is out of range`, {
        detail: 'Value must be in the range -2147483648 to 2147483647.',
      });
    }
    this.#at += found.length;
    return { value, digits: found.length };
  }

  #oneOf(node: Pattern, names: readonly string[]): number {
    const rest = this.#input.slice(this.#at).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name.toLowerCase()));
    if (index < 0) this.#noName(node);
    this.#at += names[index].length;
    return index;
  }

  #roman(node: Pattern): number {
    const found = /^[IVX]+/i.exec(this.#input.slice(this.#at))?.[0] ?? '';
    for (let length = found.length; length > 0; length--) {
      const index = ROMAN_MONTHS.indexOf(found.slice(0, length).toUpperCase());
      if (index < 0) continue;
      this.#at += length;
      return index;
    }
    return this.#noName(node);
  }

  #noName(node: Pattern): never {
    const word = /^\S*/.exec(this.#input.slice(this.#at))?.[0] ?? '';
    throw new SqlError('invalid_datetime_format', `invalid value "${word}" for "${node.spelling}"`, {
      detail: 'The given value did not match any of the allowed values for this field.',
    });
  }
}

/** Printable ASCII that is neither letter nor digit. */
function isSeparator(character: string): boolean {
  return /^[!-/:-@[-`{-~]$/.test(character);
}

/** Whether what follows a number in the template is sure to be no digit. */
function endsNumber(next: TemplateNode | undefined): boolean {
  if (next === undefined) return true;
  if (next.kind === 'text') return !/^\d$/.test(next.text);
  return (
    NUMBERS[next.name] === undefined &&
    YEARS[next.name] === undefined &&
    FRACTIONS[next.name] === undefined &&
    next.name !== 'Q' &&
    next.name !== 'Y,YYY'
  );
}

/** Years of fewer than four digits mean those nearest to 2020. */
function near2020(year: number): number {
  if (year < 70) return year + 2000;
  if (year < 100) return year + 1900;
  if (year < 520) return year + 2000;
  return year < 1000 ? year + 1000 : year;
}
