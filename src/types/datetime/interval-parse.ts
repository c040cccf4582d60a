/**
 * Interval input: PostgreSQL's words, SQL's fields and ISO 8601 (DecodeInterval and DecodeISO8601Interval of datetime.c).
 * Fields are read from right to left, so that a unit is known before its number.
 */
import { SqlError } from '../../base/sql-error.ts';
import { trimBlanks } from '../numeric/parse.ts';
import type { TypeContext } from '../type.ts';
import { Interval } from '../value.ts';
import { cutFields, type Field } from './fields.ts';
import { applyIntervalModifier, intervalRange, type IntervalUnit } from './interval-modifier.ts';
import { IntervalBuilder } from './interval-builder.ts';

/** An interval from text; SQLSTATE 22007 or 22015 with PostgreSQL's message. */
export function parseInterval(text: string, context: Pick<TypeContext, 'intervalStyle'>, modifier = -1): Interval {
  const builder = new IntervalBuilder(() => fieldOverflow(text));
  const trimmed = trimBlanks(text);
  const read =
    /^[-+]?P/i.test(trimmed) && trimmed[0].toUpperCase() === 'P'
      ? readIso(trimmed, builder)
      : new Reader(builder, context, modifier).read(text);
  if (!read) throw new SqlError('invalid_datetime_format', `invalid input syntax for type interval: "${text}"`);
  return applyIntervalModifier(builder.finish(), modifier);
}

const UNITS = new Map<string, IntervalUnit>([
  ...names('microsecond', ['microsecond', 'microseconds', 'us', 'usec', 'usecs', 'usecond', 'useconds', 'microsecon']),
  ...names('millisecond', ['millisecond', 'milliseconds', 'ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisecon']),
  ...names('second', ['s', 'sec', 'secs', 'second', 'seconds']),
  ...names('minute', ['m', 'min', 'mins', 'minute', 'minutes']),
  ...names('hour', ['h', 'hr', 'hrs', 'hour', 'hours']),
  ...names('day', ['d', 'day', 'days']),
  ...names('week', ['w', 'week', 'weeks']),
  ...names('month', ['mon', 'mons', 'month', 'months']),
  ...names('year', ['y', 'yr', 'yrs', 'year', 'years']),
  ...names('decade', ['dec', 'decs', 'decade', 'decades']),
  ...names('century', ['c', 'cent', 'century', 'centuries']),
  ...names('millennium', ['mil', 'mils', 'millennium', 'millennia']),
]);

function names(unit: IntervalUnit, words: readonly string[]): [string, IntervalUnit][] {
  return words.map((word) => [word, unit]);
}

class Reader {
  readonly #builder: IntervalBuilder;
  readonly #style: TypeContext['intervalStyle'];
  readonly #range: ReturnType<typeof intervalRange>;
  readonly #seen = new Set<IntervalUnit>();
  #unit: IntervalUnit | undefined;
  #ago = false;

  constructor(builder: IntervalBuilder, context: Pick<TypeContext, 'intervalStyle'>, modifier: number) {
    this.#builder = builder;
    this.#style = context.intervalStyle;
    this.#range = intervalRange(modifier);
  }

  read(text: string): boolean {
    const fields = cutFields(text, () => true)?.flatMap(splitWord);
    if (fields === undefined || fields.length === 0) return false;
    if (this.#style === 'sql_standard' && fields[0].text.startsWith('-') && !fields.slice(1).some((field) => /^[-+]/.test(field.text))) {
      this.#builder.negateAll = true;
    }
    for (let index = fields.length - 1; index >= 0; index--) if (!this.#field(fields[index])) return false;
    if (this.#seen.size === 0) return false;
    if (this.#ago) this.#builder.negate();
    return true;
  }

  #field(field: Field): boolean {
    if (field.kind === 'word' || field.kind === 'special') return this.#word(field.text);
    if (field.kind === 'time') return this.#clock(field.text, 1);
    if (field.kind === 'signed' && field.text.includes(':') && this.#clock(field.text.slice(1), field.text[0] === '-' ? -1 : 1))
      return true;
    return this.#number(field.text);
  }

  #word(text: string): boolean {
    if (text === 'ago') {
      this.#ago = true;
      return true;
    }
    if (text === 'at' || text === 'on') return true;
    const unit = UNITS.get(text.slice(0, 12));
    if (unit === undefined) return false;
    this.#unit = unit;
    return true;
  }

  #clock(text: string, sign: 1 | -1): boolean {
    const parts = /^(\d+):(\d*)(?::(\d*))?(\.\d*)?$/.exec(text); // nothing after a colon is 0
    if (parts === null) return false;
    const [, first, second, third, fraction = ''] = parts;
    const minutesFirst = third === undefined && (fraction !== '' || this.#range === 'minute to second');
    const hour = minutesFirst ? '0' : first;
    const minute = Number(minutesFirst ? first : second);
    const seconds = Number((minutesFirst ? second : (third ?? '0')) + (fraction === '.' ? '' : fraction));
    if (minute > 59 || seconds > 60.999999999) this.#builder.overflow();
    if (!this.#mark('hour') || !this.#mark('minute') || !this.#mark('second')) return false;
    this.#builder.add('hour', BigInt(hour) * BigInt(sign), 0);
    this.#builder.add('minute', BigInt(minute * sign), 0);
    this.#builder.add('second', BigInt(Math.trunc(seconds) * sign), fractionOf(fraction) * sign);
    this.#unit = 'day';
    return true;
  }

  #number(text: string): boolean {
    const unit = this.#unit ?? this.#rightmostUnit();
    const yearMonth = /^([+-]?)(\d+)-(\d+)$/.exec(text);
    if (yearMonth !== null) {
      if (Number(yearMonth[3]) >= 12) this.#builder.overflow();
      if (!this.#mark('month')) return false;
      const months = BigInt(yearMonth[2]) * 12n + BigInt(yearMonth[3]);
      this.#builder.add('month', yearMonth[1] === '-' ? -months : months, 0);
      this.#unit = 'month';
      return true;
    }
    const parts = /^([+-]?)(\d*)(\.\d*)?$/.exec(text);
    if (parts === null || (parts[2] === '' && (parts[3] ?? '.') === '.')) return false;
    if (!this.#mark(unit)) return false;
    const sign = parts[1] === '-' ? -1 : 1;
    this.#builder.add(unit, BigInt(parts[2] === '' ? '0' : parts[2]) * BigInt(sign), fractionOf(parts[3] ?? '') * sign);
    if (unit === 'hour') this.#unit = 'day';
    return true;
  }

  #rightmostUnit(): IntervalUnit {
    switch (this.#range) {
      case undefined:
        return 'second';
      default:
        return this.#range.slice(this.#range.lastIndexOf(' ') + 1) as IntervalUnit;
    }
  }

  #mark(unit: IntervalUnit): boolean {
    if (this.#seen.has(unit)) return false;
    this.#seen.add(unit);
    return true;
  }
}

/** `1d` and `P1Y` words glued by the cutter's zone rule come apart into numbers and words. */
function splitWord(field: Field): Field[] {
  if (field.kind !== 'date' || !/^[a-z]/.test(field.text)) return [field];
  const pieces = field.text.match(/[a-z]+|[-+]?[0-9.:]+/g) ?? [];
  return pieces.map((text): Field => ({ kind: /^[a-z]/.test(text) ? 'word' : text.includes(':') ? 'time' : 'number', text }));
}

function fractionOf(text: string): number {
  return text.length > 1 ? Number(`0${text}`) : 0;
}

const ISO_DATE: Readonly<Record<string, IntervalUnit>> = { Y: 'year', M: 'month', W: 'week', D: 'day' };
const ISO_TIME: Readonly<Record<string, IntervalUnit>> = { H: 'hour', M: 'minute', S: 'second' };

/** P[n]Y[n]M[n]DT[n]H[n]M[n]S, and the alternative P[yyyy]-[mm]-[dd]T[hh]:[mm]:[ss]. */
function readIso(text: string, builder: IntervalBuilder): boolean {
  const alternative = /^P(?:([+-]?\d+)(?:-(\d+)(?:-(\d+))?)?)?(?:T(\d+):(\d+)(?::(\d+)(\.\d+)?)?)?$/i.exec(text);
  if (alternative !== null && text.length > 1) {
    const [, year = '0', month = '0', day = '0', hour = '0', minute = '0', second = '0', fraction = ''] = alternative;
    const values: [IntervalUnit, string][] = [
      ['year', year],
      ['month', month],
      ['day', day],
      ['hour', hour],
      ['minute', minute],
      ['second', second],
    ];
    for (const [unit, value] of values) builder.add(unit, BigInt(value), unit === 'second' ? fractionOf(fraction) : 0);
    return true;
  }
  const [datePart, timePart, more] = text.slice(1).split(/T/i);
  if (more !== undefined || (datePart === '' && timePart === undefined)) return false;
  return readDesignated(datePart, ISO_DATE, builder) && (timePart === undefined || readDesignated(timePart, ISO_TIME, builder));
}

function readDesignated(text: string, units: Readonly<Record<string, IntervalUnit>>, builder: IntervalBuilder): boolean {
  const pattern = /([+-]?)(\d*)(\.\d+)?([A-Za-z])/y;
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    if (found === null) return false;
    const unit = units[found[4].toUpperCase()];
    if (unit === undefined || (found[2] === '' && found[3] === undefined)) return false;
    const sign = found[1] === '-' ? -1 : 1;
    builder.add(unit, BigInt(found[2] === '' ? '0' : found[2]) * BigInt(sign), fractionOf(found[3] ?? '') * sign);
  }
  return true;
}

function fieldOverflow(text: string): never {
  throw new SqlError('interval_field_overflow', `interval field value out of range: "${text}"`);
}
