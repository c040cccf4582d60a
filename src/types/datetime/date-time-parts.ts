/** What has been read of a date and time so far: each part at most once, put together and checked at the end. */
import { SqlError } from '../../base/sql-error.ts';
import type { TypeContext } from '../type.ts';
import { daysFromCivil, daysInMonth, MICROS_PER_DAY, MICROS_PER_SECOND, splitTimestamp } from './calendar.ts';
import { localOffsetSeconds, type Zone } from './zone.ts';

/** What a text said. Fields that it did not mention are undefined. `zoneSeconds` is east of UTC. */
export type DateTimeText =
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

type Part = 'year' | 'month' | 'day' | 'yearday' | 'time' | 'zone' | 'daylight' | 'meridian' | 'era' | 'weekday';

/** The parts of one text. Setting a part a second time is SQLSTATE 22007, one out of its range 22008, both naming the text. */
export class DateTimeParts {
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
  #isYearShort = false;
  #isMonthNamed = false;
  #bc = false;
  #meridian: 'am' | 'pm' | undefined;
  /** The date came from the calendar, where year 0 and before need no BC. */
  #isCivil = false;

  constructor(text: string, typeName: string, context: TypeContext, timeOnly: boolean) {
    this.#text = text;
    this.#typeName = typeName;
    this.#context = context;
    this.#timeOnly = timeOnly;
  }

  get hasDate(): boolean {
    return this.#known.has('year') && this.#known.has('month') && this.#known.has('day');
  }

  get isMonthNamed(): boolean {
    return this.#isMonthNamed;
  }

  has(part: Part): boolean {
    return this.#known.has(part);
  }

  /** A year of `digits` digits: one or two mean a year near 2000. */
  setYear(value: number, digits: number): void {
    this.#mark('year');
    this.#year = value;
    this.#isYearShort = digits <= 2;
  }

  setMonth(value: number): void {
    this.#mark('month');
    this.#month = value;
  }

  setDay(value: number): void {
    this.#mark('day');
    this.#day = value;
  }

  /** A day; or the year, when the month was named and what was taken for a year is shorter than this: that was the day. */
  setDayAfterYearAndMonth(value: number, digits: number): void {
    if (!this.#isMonthNamed || digits < 3 || !this.#isYearShort) {
      this.setDay(value);
      return;
    }
    this.setDay(this.#year);
    this.#year = value;
    this.#isYearShort = false;
  }

  /** The day of the year, which takes the place of month and day. */
  setYearDay(value: number): void {
    for (const part of ['yearday', 'month', 'day'] as const) this.#mark(part);
    this.#yearDay = value;
  }

  setCivil(civil: { readonly year: number; readonly month: number; readonly day: number }): void {
    this.setYear(civil.year, 4);
    this.setMonth(civil.month);
    this.setDay(civil.day);
    this.#isCivil = true;
  }

  nameMonth(value: number): void {
    this.setMonth(value);
    this.#isMonthNamed = true;
  }

  /** A month's name in a field of its own: a number taken for the month before was the day. */
  setMonthBesideNumbers(value: number): void {
    if (this.#known.has('month') && !this.#isMonthNamed && !this.#known.has('day') && this.#month >= 1 && this.#month <= 31) {
      this.setDay(this.#month);
      this.#month = value;
      this.#isMonthNamed = true;
    } else {
      this.nameMonth(value);
    }
  }

  setTime(hour: number, minute: number, second: number, fraction: string): void {
    const micros = fraction.length > 1 ? Math.round(Number(`0${fraction}`) * MICROS_PER_SECOND) : 0;
    this.setMicros(((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micros);
    if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && (minute > 0 || second > 0 || micros > 0))) this.overflow();
    this.#hour = hour;
  }

  setMicros(micros: number): void {
    this.#mark('time');
    this.#micros = micros;
  }

  setMeridian(value: 'am' | 'pm'): void {
    this.#mark('meridian');
    this.#meridian = value;
  }

  setEra(value: 'ad' | 'bc'): void {
    this.#mark('era');
    this.#bc = value === 'bc';
  }

  setWeekday(): void {
    this.#mark('weekday');
  }

  setZone(zone: Zone): void {
    this.#mark('zone');
    this.#zone = zone;
  }

  /** A zone by its offset, beside which daylight saving may be said. */
  addZone(seconds: number): void {
    this.#mark('zone');
    this.#zoneSeconds += seconds;
  }

  addDaylight(): void {
    this.#mark('daylight');
    this.#zoneSeconds += 3600;
  }

  /** What the parts say together. */
  finish(): DateTimeText {
    if (!this.hasDate && (this.#known.has('year') || this.#known.has('month') || this.#known.has('day') || !this.#timeOnly))
      this.malformed();
    if (!this.hasDate && !this.#known.has('time')) this.malformed();
    if (this.#known.has('daylight') && !this.#known.has('zone')) this.malformed();
    const days = this.hasDate ? this.#days() : undefined;
    this.#applyMeridian();
    return {
      kind: 'fields',
      days,
      micros: this.#known.has('time') ? this.#micros : undefined,
      zoneSeconds: this.#known.has('zone') ? this.#offset(days) : undefined,
      zone: this.#zone,
    };
  }

  /** SQLSTATE 22007 naming the text. */
  malformed(): never {
    throw new SqlError('invalid_datetime_format', `invalid input syntax for type ${this.#typeName}: "${this.#text}"`);
  }

  /** SQLSTATE 22008 naming the text. */
  overflow(hint?: string): never {
    throw new SqlError('datetime_field_overflow', `date/time field value out of range: "${this.#text}"`, { hint });
  }

  #offset(days: number | undefined): number {
    if (this.#zone === undefined) return this.#zoneSeconds;
    const today = days ?? splitTimestamp(this.#context.transactionTime ?? 0).days;
    return localOffsetSeconds(this.#zone, today * MICROS_PER_DAY + this.#micros);
  }

  #days(): number {
    let year = this.#year;
    if (this.#bc) {
      if (year <= 0) this.overflow();
      year = 1 - year;
    } else if (this.#isYearShort) {
      year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
    } else if (year <= 0 && !this.#isCivil) {
      this.overflow();
    }
    if (this.#known.has('yearday')) return daysFromCivil(year, 1, 1) + this.#yearDay - 1;
    if (this.#month < 1 || this.#month > 12 || this.#day < 1 || this.#day > 31)
      this.overflow('Perhaps you need a different "datestyle" setting.');
    if (this.#day > daysInMonth(year, this.#month)) this.overflow();
    return daysFromCivil(year, this.#month, this.#day);
  }

  #applyMeridian(): void {
    if (this.#meridian === undefined) return;
    if (this.#hour > 12) this.overflow();
    if (this.#meridian === 'am' && this.#hour === 12) this.#micros -= 12 * 3600 * MICROS_PER_SECOND;
    else if (this.#meridian === 'pm' && this.#hour !== 12) this.#micros += 12 * 3600 * MICROS_PER_SECOND;
  }

  #mark(part: Part): void {
    if (this.#known.has(part)) this.malformed();
    this.#known.add(part);
  }
}
