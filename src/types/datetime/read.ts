/**
 * Reads the text of a date, time or timestamp (DecodeDateTime of PostgreSQL's datetime.c): fields in almost any order, a
 * number's meaning following from what is known already and from DateStyle's order.
 */
import { SqlError } from '../../base/sql-error.ts';
import type { TypeContext } from '../type.ts';
import { civilFromDays, EPOCH_JULIAN, splitTimestamp } from './calendar.ts';
import { DateTimeParts, type DateTimeText } from './date-time-parts.ts';
import { cutFields, type Field } from './fields.ts';
import { dateWord } from './words.ts';
import { requireZone, utcToLocal, zoneOffsetSeconds, findZone } from './zone.ts';
import { zoneAbbreviation } from './zone-abbreviations.ts';

/** Reads `text` as `typeName`; SQLSTATE 22007, 22008 or 22009 with PostgreSQL's message. */
export function readDateTime(text: string, typeName: string, context: TypeContext, timeOnly = false): DateTimeText {
  return new Reader(text, typeName, context, timeOnly).read();
}

class Reader {
  readonly #text: string;
  readonly #context: TypeContext;
  readonly #timeOnly: boolean;
  readonly #parts: DateTimeParts;
  /** The unit or time mark before the current field. */
  #pending: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'julian' | 'time' | undefined;

  constructor(text: string, typeName: string, context: TypeContext, timeOnly: boolean) {
    this.#text = text;
    this.#context = context;
    this.#timeOnly = timeOnly;
    this.#parts = new DateTimeParts(text, typeName, context, timeOnly);
  }

  read(): DateTimeText {
    const fields = cutFields(this.#text, (word) => dateWord(word) !== undefined);
    if (fields === undefined || fields.length === 0) return this.#parts.malformed();
    for (let index = 0; index < fields.length; index++) {
      const special = this.#field(fields, index);
      if (special !== undefined) {
        if (fields.length > 1) this.#parts.malformed();
        return { kind: special };
      }
    }
    if (this.#pending !== undefined) this.#parts.malformed();
    return this.#parts.finish();
  }

  #field(fields: readonly Field[], index: number): 'infinity' | '-infinity' | 'epoch' | undefined {
    const field = fields[index];
    switch (field.kind) {
      case 'date':
        this.#dateField(field.text, fields.length > 1);
        return undefined;
      case 'time':
        if (this.#pending !== undefined && this.#pending !== 'time') this.#parts.malformed();
        this.#pending = undefined;
        this.#time(field.text);
        return undefined;
      case 'signed':
        this.#parts.addZone(this.#zoneOffset(field.text));
        return undefined;
      case 'number':
        this.#numberField(field.text);
        return undefined;
      case 'word':
      case 'special':
        return this.#word(field.text, fields, index);
    }
  }

  /** A date, or behind one (or alone in a time) a run-together time with its zone. */
  #dateField(text: string, hasMore: boolean): void {
    if (this.#pending === 'julian') {
      const parts = /^(\d+)([+-].*)$/.exec(text);
      if (parts === null) this.#parts.malformed();
      else {
        this.#julianDay(parts[1]);
        this.#parts.addZone(this.#zoneOffset(parts[2]));
      }
      return;
    }
    if (!this.#parts.hasDate && this.#pending === undefined && !(this.#timeOnly && (!hasMore || /^[a-z]/.test(text)))) {
      this.#date(text);
      return;
    }
    if (/^[0-9]/.test(text) || this.#pending !== undefined) {
      const dash = text.indexOf('-');
      if (dash < 0 || this.#parts.has('time')) this.#parts.malformed();
      this.#pending = undefined;
      this.#parts.addZone(this.#zoneOffset(text.slice(dash)));
      this.#runTogether(text.slice(0, dash), true);
      return;
    }
    this.#parts.setZone(requireZone(text));
  }

  #date(text: string): void {
    const parts = text.match(/[0-9]+|[a-z]+/g) ?? [];
    if (/[^a-z0-9]$/.test(text)) this.#parts.malformed();
    for (const part of parts) {
      if (!/^[a-z]/.test(part)) continue;
      const word = dateWord(part);
      if (word?.kind === 'filler') continue;
      if (word?.kind !== 'month') this.#parts.malformed();
      else this.#parts.nameMonth(word.value);
    }
    for (const part of parts) if (/^[0-9]/.test(part)) this.#number(part);
    if (!this.#parts.hasDate) this.#parts.malformed();
  }

  #numberField(text: string): void {
    if (this.#pending !== undefined) {
      this.#labelled(text);
      return;
    }
    const point = text.indexOf('.');
    if (this.#timeOnly) {
      this.#runTogether(text, true);
    } else if (point >= 0 && !this.#parts.has('year') && !this.#parts.has('month') && !this.#parts.has('day')) {
      this.#date(text);
    } else if (point > 2) {
      this.#runTogether(text, false);
    } else if (text.length >= 6 && (!this.#parts.hasDate || !this.#parts.has('time'))) {
      this.#runTogether(text, false);
    } else {
      this.#number(text);
    }
  }

  #labelled(text: string): void {
    const unit = this.#pending;
    this.#pending = undefined;
    if (unit === 'time') {
      this.#runTogether(text, true);
      return;
    }
    if (unit === 'julian') {
      this.#julianDay(text);
      return;
    }
    if (unit !== 'year' && unit !== 'month' && unit !== 'day') this.#parts.malformed();
    else {
      if (!/^\d+$/.test(text)) this.#parts.malformed();
      const value = Number(text);
      if (unit === 'year') this.#parts.setYear(value, 4);
      else if (unit === 'month') this.#parts.setMonth(value);
      else this.#parts.setDay(value);
    }
  }

  #julianDay(text: string): void {
    this.#pending = undefined;
    const whole = Math.floor(Number(text));
    this.#parts.setCivil(civilFromDays(whole - EPOCH_JULIAN));
    if (text.includes('.')) this.#parts.setMicros(Math.round((Number(text) - whole) * 86_400_000_000));
  }

  /** One number of a date: its meaning follows from what is known. */
  #number(text: string): void {
    const point = text.indexOf('.');
    if (point > 2) {
      this.#runTogether(text, true);
      return;
    }
    const value = Number(point < 0 ? text : text.slice(0, point));
    if (value > 2147483647) this.#parts.overflow();
    const hasYear = this.#parts.has('year');
    const hasMonth = this.#parts.has('month');
    const hasDay = this.#parts.has('day');
    if (text.length === 3 && hasYear && !hasMonth && !hasDay && value >= 1 && value <= 366) {
      this.#parts.setYearDay(value);
      return;
    }
    const { order } = this.#context.dateStyle;
    if (hasYear && hasMonth && hasDay) this.#runTogether(text, false);
    else if (hasYear && hasMonth) this.#parts.setDayAfterYearAndMonth(value, text.length);
    else if (hasMonth && hasDay) this.#parts.setYear(value, text.length);
    else if (hasYear) this.#parts.setMonth(value);
    else if (hasMonth && this.#parts.isMonthNamed && (text.length >= 3 || order === 'YMD')) this.#parts.setYear(value, text.length);
    else if (hasMonth) this.#parts.setDay(value);
    else if (hasDay) this.#parts.setMonth(value);
    else if (text.length >= 3 || order === 'YMD') this.#parts.setYear(value, text.length);
    else if (order === 'DMY') this.#parts.setDay(value);
    else this.#parts.setMonth(value);
  }

  /** yyyymmdd, hhmmss or hhmm in one number. */
  #runTogether(text: string, isTime: boolean): void {
    const point = text.indexOf('.');
    const digits = point < 0 ? text : text.slice(0, point);
    if (point < 0 && !isTime && !this.#parts.hasDate && digits.length >= 6) {
      this.#parts.setYear(Number(digits.slice(0, -4)), digits.length - 4);
      this.#parts.setMonth(Number(digits.slice(-4, -2)));
      this.#parts.setDay(Number(digits.slice(-2)));
      return;
    }
    if (this.#parts.has('time') || (digits.length !== 6 && digits.length !== 4)) this.#parts.malformed();
    const fraction = point < 0 ? '' : text.slice(point);
    this.#parts.setTime(
      Number(digits.slice(0, 2)),
      Number(digits.slice(2, 4)),
      digits.length === 6 ? Number(digits.slice(4)) : 0,
      fraction,
    );
  }

  #time(text: string): void {
    const parts = /^(\d+):(\d*)(?::(\d*))?(\.\d*)?$/.exec(text); // nothing after a colon is 0
    if (parts === null) {
      this.#parts.malformed();
      return;
    }
    const [, first, second, third, fraction = ''] = parts;
    if (third === undefined && fraction !== '') this.#parts.setTime(0, Number(first), Number(second), fraction);
    else this.#parts.setTime(Number(first), Number(second), Number(third ?? 0), fraction);
  }

  #zoneOffset(text: string): number {
    const parts = /^([+-])(\d+)(?::(\d+)(?::(\d+))?)?$/.exec(text);
    if (parts === null) return this.#parts.malformed();
    let hours = Number(parts[2]);
    let minutes = Number(parts[3] ?? 0);
    if (parts[3] === undefined && parts[2].length > 2) {
      minutes = hours % 100;
      hours = Math.floor(hours / 100);
    }
    const seconds = Number(parts[4] ?? 0);
    if (hours > 15 || minutes > 59 || seconds > 59)
      throw new SqlError('invalid_time_zone_displacement_value', `time zone displacement out of range: "${this.#text}"`);
    const east = hours * 3600 + minutes * 60 + seconds;
    return parts[1] === '-' ? -east + 0 : east;
  }

  #word(text: string, fields: readonly Field[], index: number): 'infinity' | '-infinity' | 'epoch' | undefined {
    const abbreviation = zoneAbbreviation(text);
    if (abbreviation !== undefined) {
      this.#parts.addZone(abbreviation.seconds);
      return undefined;
    }
    const word = dateWord(text);
    if (word === undefined) {
      const zone = findZone(text);
      if (zone === undefined) return this.#parts.malformed();
      this.#parts.setZone(zone);
      return undefined;
    }
    switch (word.kind) {
      case 'filler':
        return undefined;
      case 'month':
        this.#parts.setMonthBesideNumbers(word.value);
        return undefined;
      case 'weekday':
        this.#parts.setWeekday();
        return undefined;
      case 'meridian':
        this.#parts.setMeridian(word.value);
        return undefined;
      case 'era':
        this.#parts.setEra(word.value);
        return undefined;
      case 'daylight':
        this.#parts.addDaylight();
        return undefined;
      case 'unit':
        this.#pending = word.value;
        return undefined;
      case 'time mark':
        this.#timeMark(fields, index);
        return undefined;
      case 'moment':
        return this.#moment(word.value);
    }
  }

  #timeMark(fields: readonly Field[], index: number): void {
    const next = fields[index + 1]?.kind;
    if ((!this.#parts.hasDate && !this.#timeOnly) || (next !== 'number' && next !== 'time' && next !== 'date')) this.#parts.malformed();
    this.#pending = 'time';
  }

  #moment(
    value: 'now' | 'today' | 'tomorrow' | 'yesterday' | 'midnight' | 'epoch' | 'infinity' | '-infinity',
  ): 'infinity' | '-infinity' | 'epoch' | undefined {
    if (value === 'epoch' || value === 'infinity' || value === '-infinity') return this.#timeOnly ? this.#parts.malformed() : value;
    if (value === 'midnight') {
      this.#parts.setTime(0, 0, 0, '');
      this.#parts.addZone(0);
      return undefined;
    }
    const now = this.#context.transactionTime;
    if (now === undefined) return this.#parts.malformed();
    const local = splitTimestamp(utcToLocal(this.#context.timeZone, now));
    this.#parts.setCivil(civilFromDays(local.days + (value === 'tomorrow' ? 1 : value === 'yesterday' ? -1 : 0)));
    if (value === 'now') {
      this.#parts.setMicros(local.micros);
      this.#parts.addZone(zoneOffsetSeconds(this.#context.timeZone, now));
    }
    return undefined;
  }
}
