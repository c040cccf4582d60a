/** Intervals added to moments and to each other, scaled, compared and put in order (interval.c and timestamp.c of PostgreSQL). */
import { SqlError } from '../../base/sql-error.ts';
import { addInt8, compareInt8, negateInt8, subtractInt8 } from '../integer.ts';
import { canonicalInt8, Interval } from '../value.ts';
import { checkTimestamp, civilFromDays, daysFromCivil, daysInMonth, joinTimestamp, MICROS_PER_DAY, splitTimestamp } from './calendar.ts';
import { localToUtc, utcToLocal } from './zone.ts';

type Int8 = number | bigint;

/** timestamp + interval: months first (the day cut to the month's length), then days, then microseconds. */
export function addInterval(timestamp: Int8, interval: Interval): Int8 {
  if (isInfinite(timestamp)) return timestamp;
  const shifted = interval.months === 0 && interval.days === 0 ? timestamp : addCalendar(timestamp, interval);
  return interval.microseconds === 0 ? shifted : checkTimestamp(BigInt(shifted) + BigInt(interval.microseconds));
}

/** timestamptz + interval: months and days move the local clock of `zone`, microseconds the moment itself. */
export function addIntervalTz(timestamp: Int8, interval: Interval, zone: string): Int8 {
  if (isInfinite(timestamp)) return timestamp;
  const shifted =
    interval.months === 0 && interval.days === 0 ? timestamp : localToUtc(zone, addCalendar(utcToLocal(zone, timestamp), interval));
  return interval.microseconds === 0 ? checkTimestamp(shifted) : checkTimestamp(BigInt(shifted) + BigInt(interval.microseconds));
}

/** The interval between two timestamps as PostgreSQL's minus gives it: days and time, no months. */
export function subtractTimestamps(a: Int8, b: Int8): Interval {
  if (isInfinite(a) || isInfinite(b)) throw new SqlError('datetime_field_overflow', 'cannot subtract infinite timestamps');
  return justifyHours(new Interval(0, 0, subtractInt8(a, b)));
}

/** -interval; SQLSTATE 22008 when a part has no negative. */
export function negateInterval(value: Interval): Interval {
  return makeInterval(-value.months + 0, -value.days + 0, negateInt8(value.microseconds));
}

export function addIntervals(a: Interval, b: Interval): Interval {
  return makeInterval(a.months + b.months, a.days + b.days, addInt8(a.microseconds, b.microseconds));
}

export function subtractIntervals(a: Interval, b: Interval): Interval {
  return makeInterval(a.months - b.months, a.days - b.days, subtractInt8(a.microseconds, b.microseconds));
}

/** interval × factor: fractions of months become days (30 to a month), fractions of days time. */
export function multiplyInterval(value: Interval, factor: number): Interval {
  return scaled(value, (part) => part * factor);
}

/** interval / divisor; SQLSTATE 22012 when it is zero. */
export function divideInterval(value: Interval, divisor: number): Interval {
  if (divisor === 0) throw new SqlError('division_by_zero', 'division by zero');
  return scaled(value, (part) => part / divisor);
}

/** Order of intervals, a month being 30 days and a day 24 hours. */
export function compareInterval(a: Interval, b: Interval): number {
  return compareInt8(intervalSpan(a), intervalSpan(b));
}

/** The microseconds that an interval stands for in comparisons. */
export function intervalSpan(value: Interval): Int8 {
  const span = (value.months * 30 + value.days) * MICROS_PER_DAY;
  if (typeof value.microseconds === 'number' && Number.isSafeInteger(span)) {
    const total = span + value.microseconds;
    if (Number.isSafeInteger(total)) return total;
  }
  return canonicalInt8(BigInt(value.months * 30 + value.days) * BigInt(MICROS_PER_DAY) + BigInt(value.microseconds));
}

/** Every 24 hours become a day. */
export function justifyHours(value: Interval): Interval {
  const wide = BigInt(value.microseconds);
  let days = value.days + Number(wide / BigInt(MICROS_PER_DAY));
  let micros = Number(wide % BigInt(MICROS_PER_DAY));
  if (days > 0 && micros < 0) {
    micros += MICROS_PER_DAY;
    days--;
  } else if (days < 0 && micros > 0) {
    micros -= MICROS_PER_DAY;
    days++;
  }
  return makeInterval(value.months, days, micros + 0);
}

/** Every 30 days become a month. */
export function justifyDays(value: Interval): Interval {
  let months = value.months + Math.trunc(value.days / 30);
  let days = value.days % 30;
  if (months > 0 && days < 0) {
    days += 30;
    months--;
  } else if (months < 0 && days > 0) {
    days -= 30;
    months++;
  }
  return makeInterval(months, days + 0, value.microseconds);
}

/** Both, with one sign for all parts. */
export function justifyInterval(value: Interval): Interval {
  const early = Math.sign(value.days) === Math.sign(Number(value.microseconds)) ? justifyDays(value) : value;
  const wide = BigInt(early.microseconds);
  let days = early.days + Number(wide / BigInt(MICROS_PER_DAY));
  let micros = Number(wide % BigInt(MICROS_PER_DAY));
  let months = early.months + Math.trunc(days / 30);
  days %= 30;
  if (months > 0 && (days < 0 || (days === 0 && micros < 0))) {
    days += 30;
    months--;
  } else if (months < 0 && (days > 0 || (days === 0 && micros > 0))) {
    days -= 30;
    months++;
  }
  if (days > 0 && micros < 0) {
    micros += MICROS_PER_DAY;
    days--;
  } else if (days < 0 && micros > 0) {
    micros -= MICROS_PER_DAY;
    days++;
  }
  return makeInterval(months, days + 0, micros + 0);
}

/** age(a, b): the symbolic difference of two local timestamps, in years, months, days and time. */
export function ageBetween(a: Int8, b: Int8): Interval {
  if (isInfinite(a) || isInfinite(b)) throw new SqlError('datetime_field_overflow', 'cannot subtract infinite timestamps');
  const negative = compareInt8(a, b) < 0;
  const [later, earlier] = negative ? [b, a] : [a, b];
  const high = splitTimestamp(later);
  const low = splitTimestamp(earlier);
  const highDate = civilFromDays(high.days);
  const lowDate = civilFromDays(low.days);
  let micros = high.micros - low.micros;
  let days = highDate.day - lowDate.day;
  let months = (highDate.year - lowDate.year) * 12 + highDate.month - lowDate.month;
  if (micros < 0) {
    micros += MICROS_PER_DAY;
    days--;
  }
  while (days < 0) {
    days += daysInMonth(lowDate.year, lowDate.month);
    months--;
  }
  return negative ? new Interval(-months + 0, -days + 0, -micros + 0) : new Interval(months, days, micros);
}

/** An interval of parts that fit; SQLSTATE 22008 `interval out of range` otherwise. */
export function makeInterval(months: number, days: number, micros: Int8): Interval {
  if ((months | 0) !== months || (days | 0) !== days) intervalOutOfRange();
  return new Interval(months, days, micros);
}

function addCalendar(timestamp: Int8, interval: Interval): Int8 {
  const { days, micros } = splitTimestamp(timestamp);
  return joinTimestamp(addMonths(days, interval.months) + interval.days, micros);
}

/** A day moved by months, cut to the length of the month it lands in. */
function addMonths(days: number, months: number): number {
  if (months === 0) return days;
  const { year, month, day } = civilFromDays(days);
  const index = year * 12 + month - 1 + months;
  const newYear = Math.floor(index / 12);
  const newMonth = index - newYear * 12 + 1;
  return daysFromCivil(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

function scaled(value: Interval, scale: (part: number) => number): Interval {
  const wholeMonths = scale(value.months);
  const wholeDays = scale(value.days);
  if (!(Math.abs(wholeMonths) <= 2147483648) || !(Math.abs(wholeDays) <= 2147483648)) intervalOutOfRange();
  const months = Math.trunc(wholeMonths) + 0;
  let days = Math.trunc(wholeDays) + 0;
  const monthDays = roundedToMicro((wholeMonths - months) * 30);
  let seconds = roundedToMicro((wholeDays - days + monthDays - Math.trunc(monthDays)) * 86_400);
  if (Math.abs(seconds) >= 86_400) {
    days += Math.trunc(seconds / 86_400);
    seconds -= Math.trunc(seconds / 86_400) * 86_400;
  }
  days += Math.trunc(monthDays);
  const micros = scale(Number(value.microseconds)) + seconds * 1_000_000;
  if (!(Math.abs(micros) < 2 ** 63)) intervalOutOfRange();
  const rounded = roundEven(micros);
  return makeInterval(months, days, Number.isSafeInteger(rounded) ? rounded + 0 : BigInt(rounded));
}

function roundedToMicro(value: number): number {
  return roundEven(value * 1_000_000) / 1_000_000;
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function isInfinite(timestamp: Int8): boolean {
  return timestamp === Number.POSITIVE_INFINITY || timestamp === Number.NEGATIVE_INFINITY;
}

function intervalOutOfRange(): never {
  throw new SqlError('datetime_field_overflow', 'interval out of range');
}
