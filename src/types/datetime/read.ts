/**
 * Reads the text of a date, time or timestamp (DecodeDateTime of PostgreSQL's datetime.c): fields in almost any order, a
 * number's meaning following from what is known already and from DateStyle's order.
 */
import { SqlError } from '../../base/sql-error.ts';
import type { TypeContext } from '../type.ts';
import { civilFromDays, daysFromCivil, daysInMonth, EPOCH_JULIAN, MICROS_PER_SECOND, splitTimestamp } from './calendar.ts';
import { cutFields, type Field } from './fields.ts';
import { dateWord } from './words.ts';
import { localOffsetSeconds, requireZone, utcToLocal, zoneOffsetSeconds, findZone, type Zone } from './zone.ts';
import { zoneAbbreviation } from './zone-abbreviations.ts';

/** What a text said. Fields that it did not mention are undefined. `zoneSeconds` is east of UTC. */
type DateTimeText =
  | { readonly kind: 'infinity' }
  | { readonly kind: '-infinity' }
  | { readonly kind: 'epoch' }
  | {
      readonly kind: 'fields';
      readonly days: number | undefined;
      readonly micros: number | undefined;
      readonly zoneSeconds: number | undefined;
      readonly zone: Zone | undefined;
    };

/** Reads `text` as `typeName`; SQLSTATE 22007, 22008 or 22009 with PostgreSQL's message. */
export function readDateTime(text: string, typeName: string, context: TypeContext, timeOnly = false): DateTimeText {
  return new Reader(text, typeName, context, timeOnly).read();
}

type Part = 'year' | 'month' | 'day' | 'yearday' | 'time' | 'zone' | 'daylight' | 'meridian' | 'era' | 'weekday' | 'moment';

class Reader {
  readonly #text: string;
  readonly #typeName: string;
  readonly #context: TypeContext;
  readonly #timeOnly: boolean;
  readonly #known = new Set<Part>();
  #year = 0;
  #month = 0;
  #day = 0;
  #yearDay = 0;
  #micros = 0;
  #hour = 0;
  #zoneSeconds = 0;
  #zone: Zone | undefined;
  #shortYear = false;
  #textMonth = false;
  #bc = false;
  #meridian: 'am' | 'pm' | undefined;
  #julian = false;
  /** The unit or time mark before the current field. */
  #pending: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'julian' | 'time' | undefined;

  constructor(text: string, typeName: string, context: TypeContext, timeOnly: boolean) {
    this.#text = text;
    this.#typeName = typeName;
    this.#context = context;
    this.#timeOnly = timeOnly;
  }

  read(): DateTimeText {
    const fields = cutFields(this.#text, (word) => dateWord(word) !== undefined);
    if (fields === undefined || fields.length === 0) return this.#malformed();
    for (let index = 0; index < fields.length; index++) {
      const special = this.#field(fields, index);
      if (special !== undefined) {
        if (fields.length > 1) this.#malformed();
        return { kind: special };
      }
    }
    if (this.#pending !== undefined) this.#malformed();
    return this.#finish();
  }

  #field(fields: readonly Field[], index: number): 'infinity' | '-infinity' | 'epoch' | undefined {
    const field = fields[index];
    switch (field.kind) {
      case 'date':
        this.#dateField(field.text, fields.length > 1);
        return undefined;
      case 'time':
        if (this.#pending !== undefined && this.#pending !== 'time') this.#malformed();
        this.#pending = undefined;
        this.#time(field.text);
        return undefined;
      case 'signed':
        this.#setZone(this.#zoneOffset(field.text));
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
      if (parts === null) this.#malformed();
      else {
        this.#julianDay(parts[1]);
        this.#setZone(this.#zoneOffset(parts[2]));
      }
      return;
    }
    if (!this.#hasDate() && this.#pending === undefined && !(this.#timeOnly && (!hasMore || /^[a-z]/.test(text)))) {
      this.#date(text);
      return;
    }
    if (/^[0-9]/.test(text) || this.#pending !== undefined) {
      const dash = text.indexOf('-');
      if (dash < 0 || this.#known.has('time')) this.#malformed();
      this.#pending = undefined;
      this.#setZone(this.#zoneOffset(text.slice(dash)));
      this.#runTogether(text.slice(0, dash), true);
      return;
    }
    this.#mark('zone');
    this.#zone = requireZone(text);
  }

  #date(text: string): void {
    const parts = text.match(/[0-9]+|[a-z]+/g) ?? [];
    if (/[^a-z0-9]$/.test(text)) this.#malformed();
    for (const part of parts) {
      if (!/^[a-z]/.test(part)) continue;
      const word = dateWord(part);
      if (word?.kind === 'filler') continue;
      if (word?.kind !== 'month') this.#malformed();
      else {
        this.#mark('month');
        this.#month = word.value;
        this.#textMonth = true;
      }
    }
    for (const part of parts) if (/^[0-9]/.test(part)) this.#number(part);
    if (!this.#hasDate()) this.#malformed();
  }

  #numberField(text: string): void {
    if (this.#pending !== undefined) {
      this.#labelled(text);
      return;
    }
    const point = text.indexOf('.');
    if (this.#timeOnly) {
      this.#runTogether(text, true);
    } else if (point >= 0 && !this.#known.has('year') && !this.#known.has('month') && !this.#known.has('day')) {
      this.#date(text);
    } else if (point > 2) {
      this.#runTogether(text, false);
    } else if (text.length >= 6 && (!this.#hasDate() || !this.#known.has('time'))) {
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
    if (unit !== 'year' && unit !== 'month' && unit !== 'day') this.#malformed();
    else {
      if (!/^\d+$/.test(text)) this.#malformed();
      this.#mark(unit);
      const value = Number(text);
      if (unit === 'year') this.#year = value;
      else if (unit === 'month') this.#month = value;
      else this.#day = value;
    }
  }

  #julianDay(text: string): void {
    this.#pending = undefined;
    const whole = Math.floor(Number(text));
    for (const part of ['year', 'month', 'day'] as const) this.#mark(part);
    const civil = civilFromDays(whole - EPOCH_JULIAN);
    this.#year = civil.year;
    this.#month = civil.month;
    this.#day = civil.day;
    this.#julian = true;
    if (text.includes('.')) {
      this.#mark('time');
      this.#micros = Math.round((Number(text) - whole) * 86_400_000_000);
    }
  }

  /** One number of a date: its meaning follows from what is known. */
  #number(text: string): void {
    const point = text.indexOf('.');
    if (point > 2) {
      this.#runTogether(text, true);
      return;
    }
    const value = Number(point < 0 ? text : text.slice(0, point));
    if (value > 2147483647) this.#overflow();
    const hasYear = this.#known.has('year');
    const hasMonth = this.#known.has('month');
    const hasDay = this.#known.has('day');
    if (text.length === 3 && hasYear && !hasMonth && !hasDay && value >= 1 && value <= 366) {
      for (const part of ['yearday', 'month', 'day'] as const) this.#mark(part);
      this.#yearDay = value;
      return;
    }
    const { order } = this.#context.dateStyle;
    if (hasYear && hasMonth && hasDay) this.#runTogether(text, false);
    else if (hasYear && hasMonth) this.#dayAfterYearAndMonth(value, text.length);
    else if (hasMonth && hasDay) this.#setYear(value, text.length);
    else if (hasYear) this.#setMonth(value);
    else if (hasMonth && this.#textMonth && (text.length >= 3 || order === 'YMD')) this.#setYear(value, text.length);
    else if (hasMonth) this.#setDay(value);
    else if (hasDay) this.#setMonth(value);
    else if (text.length >= 3 || order === 'YMD') this.#setYear(value, text.length);
    else if (order === 'DMY') this.#setDay(value);
    else this.#setMonth(value);
  }

  #dayAfterYearAndMonth(value: number, length: number): void {
    if (this.#textMonth && length >= 3 && this.#shortYear) {
      this.#mark('day');
      this.#day = this.#year;
      this.#year = value;
      this.#shortYear = false;
      return;
    }
    this.#setDay(value);
  }

  #setYear(value: number, length: number): void {
    this.#mark('year');
    this.#year = value;
    this.#shortYear = length <= 2;
  }

  #setMonth(value: number): void {
    this.#mark('month');
    this.#month = value;
  }

  #setDay(value: number): void {
    this.#mark('day');
    this.#day = value;
  }

  /** yyyymmdd, hhmmss or hhmm in one number. */
  #runTogether(text: string, isTime: boolean): void {
    const point = text.indexOf('.');
    const digits = point < 0 ? text : text.slice(0, point);
    if (point < 0 && !isTime && !this.#hasDate() && digits.length >= 6) {
      this.#setYear(Number(digits.slice(0, -4)), digits.length - 4);
      this.#setMonth(Number(digits.slice(-4, -2)));
      this.#setDay(Number(digits.slice(-2)));
      return;
    }
    if (this.#known.has('time') || (digits.length !== 6 && digits.length !== 4)) this.#malformed();
    const fraction = point < 0 ? '' : text.slice(point);
    this.#setTime(Number(digits.slice(0, 2)), Number(digits.slice(2, 4)), digits.length === 6 ? Number(digits.slice(4)) : 0, fraction);
  }

  #time(text: string): void {
    const parts = /^(\d+):(\d+)(?::(\d+))?(\.\d*)?$/.exec(text);
    if (parts === null) {
      this.#malformed();
      return;
    }
    const [, first, second, third, fraction = ''] = parts;
    if (third === undefined && fraction !== '') this.#setTime(0, Number(first), Number(second), fraction);
    else this.#setTime(Number(first), Number(second), Number(third ?? 0), fraction);
  }

  #setTime(hour: number, minute: number, second: number, fraction: string): void {
    this.#mark('time');
    const micros = fraction.length > 1 ? Math.round(Number(`0${fraction}`) * MICROS_PER_SECOND) : 0;
    if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && (minute > 0 || second > 0 || micros > 0))) this.#overflow();
    this.#hour = hour;
    this.#micros = ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micros;
  }

  #zoneOffset(text: string): number {
    const parts = /^([+-])(\d+)(?::(\d+)(?::(\d+))?)?$/.exec(text);
    if (parts === null) return this.#malformed();
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
      this.#setZone(abbreviation.seconds);
      return undefined;
    }
    const word = dateWord(text);
    if (word === undefined) {
      const zone = findZone(text);
      if (zone === undefined) return this.#malformed();
      this.#mark('zone');
      this.#zone = zone;
      return undefined;
    }
    switch (word.kind) {
      case 'filler':
        return undefined;
      case 'month':
        this.#monthWord(word.value);
        return undefined;
      case 'weekday':
        this.#mark('weekday');
        return undefined;
      case 'meridian':
        this.#mark('meridian');
        this.#meridian = word.value;
        return undefined;
      case 'era':
        this.#mark('era');
        this.#bc = word.value === 'bc';
        return undefined;
      case 'daylight':
        this.#mark('daylight');
        this.#zoneSeconds += 3600;
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
    if ((!this.#hasDate() && !this.#timeOnly) || (next !== 'number' && next !== 'time' && next !== 'date')) this.#malformed();
    this.#pending = 'time';
  }

  #monthWord(value: number): void {
    if (this.#known.has('month') && !this.#textMonth && !this.#known.has('day') && this.#month >= 1 && this.#month <= 31) {
      this.#day = this.#month;
      this.#known.add('day');
    } else {
      this.#mark('month');
    }
    this.#textMonth = true;
    this.#month = value;
  }

  #moment(
    value: 'now' | 'today' | 'tomorrow' | 'yesterday' | 'midnight' | 'epoch' | 'infinity' | '-infinity',
  ): 'infinity' | '-infinity' | 'epoch' | undefined {
    if (value === 'epoch' || value === 'infinity' || value === '-infinity') return this.#timeOnly ? this.#malformed() : value;
    if (value === 'midnight') {
      this.#setTime(0, 0, 0, '');
      this.#setZone(0);
      return undefined;
    }
    const now = this.#context.transactionTime;
    if (now === undefined) return this.#malformed();
    const local = splitTimestamp(utcToLocal(this.#context.timeZone, now));
    const civil = civilFromDays(local.days + (value === 'tomorrow' ? 1 : value === 'yesterday' ? -1 : 0));
    this.#setYear(civil.year, 4);
    this.#setMonth(civil.month);
    this.#setDay(civil.day);
    this.#julian = true;
    if (value === 'now') {
      this.#mark('time');
      this.#micros = local.micros;
      this.#setZone(zoneOffsetSeconds(this.#context.timeZone, now));
    }
    return undefined;
  }

  #setZone(seconds: number): void {
    this.#mark('zone');
    this.#zoneSeconds += seconds;
  }

  #finish(): DateTimeText {
    if (!this.#hasDate() && (this.#known.has('year') || this.#known.has('month') || this.#known.has('day') || !this.#timeOnly))
      this.#malformed();
    if (!this.#hasDate() && !this.#known.has('time')) this.#malformed();
    if (this.#known.has('daylight') && !this.#known.has('zone')) this.#malformed();
    const days = this.#hasDate() ? this.#days() : undefined;
    this.#applyMeridian();
    return {
      kind: 'fields',
      days,
      micros: this.#known.has('time') ? this.#micros : undefined,
      zoneSeconds: this.#known.has('zone') ? this.#offset(days) : undefined,
      zone: this.#zone,
    };
  }

  #offset(days: number | undefined): number {
    if (this.#zone === undefined) return this.#zoneSeconds;
    const today = days ?? splitTimestamp(this.#context.transactionTime ?? 0).days;
    return localOffsetSeconds(this.#zone, today * 86_400_000_000 + this.#micros);
  }

  #days(): number {
    let year = this.#year;
    if (this.#bc) {
      if (year <= 0) this.#overflow();
      year = 1 - year;
    } else if (this.#shortYear) {
      year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
    } else if (year <= 0 && !this.#julian) {
      this.#overflow();
    }
    if (this.#known.has('yearday')) return daysFromCivil(year, 1, 1) + this.#yearDay - 1;
    if (this.#month < 1 || this.#month > 12 || this.#day < 1 || this.#day > 31)
      this.#overflow('Perhaps you need a different "datestyle" setting.');
    if (this.#day > daysInMonth(year, this.#month)) this.#overflow();
    return daysFromCivil(year, this.#month, this.#day);
  }

  #applyMeridian(): void {
    if (this.#meridian === undefined) return;
    if (this.#hour > 12) this.#overflow();
    if (this.#meridian === 'am' && this.#hour === 12) this.#micros -= 12 * 3600 * MICROS_PER_SECOND;
    else if (this.#meridian === 'pm' && this.#hour !== 12) this.#micros += 12 * 3600 * MICROS_PER_SECOND;
  }

  #hasDate(): boolean {
    return this.#known.has('year') && this.#known.has('month') && this.#known.has('day');
  }

  #mark(part: Part): void {
    if (this.#known.has(part)) this.#malformed();
    this.#known.add(part);
  }

  #malformed(): never {
    throw new SqlError('invalid_datetime_format', `invalid input syntax for type ${this.#typeName}: "${this.#text}"`);
  }

  #overflow(hint?: string): never {
    throw new SqlError('datetime_field_overflow', `date/time field value out of range: "${this.#text}"`, { hint });
  }
}
