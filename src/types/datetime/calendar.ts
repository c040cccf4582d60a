/**
 * The proleptic Gregorian calendar over day numbers. Day 0 is 2000-01-01. Years are astronomical: 0 is 1 BC, -1 is 2 BC.
 */
import { SqlError } from '../../base/sql-error.ts';

export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60_000_000;
export const MICROS_PER_HOUR = 3_600_000_000;
export const MICROS_PER_DAY = 86_400_000_000;
/** Days from 2000-01-01 back to 1970-01-01. */
export const UNIX_EPOCH_DAYS = -10957;
/** The Julian day number of 2000-01-01. */
export const EPOCH_JULIAN = 2451545;

const DATE_MIN = -EPOCH_JULIAN;
const DATE_END = 2147483494 - EPOCH_JULIAN;
const TIMESTAMP_MIN = -211813488000000000n;
const TIMESTAMP_END = 9223371331200000000n;
const TIMESTAMP_MIN_DAYS = -2451545;
const TIMESTAMP_END_DAYS = 106751983;

/** A calendar date. */
interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The day number of a date. Months and days out of their range carry over as arithmetic does. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 730425;
}

/** The date of a day number. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 730425;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** How many days the month (1 to 12) has in the year. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1];
}

/** 0 is Sunday, 6 is Saturday. */
export function weekday(days: number): number {
  return (((days + 6) % 7) + 7) % 7;
}

/** The ISO 8601 year and week (1 to 53) that a day belongs to. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - ((weekday(days) + 6) % 7) + 3;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

/** The Monday of an ISO week. */
export function isoWeekStart(year: number, week: number): number {
  const fourth = daysFromCivil(year, 1, 4);
  return fourth - ((weekday(fourth) + 6) % 7) + (week - 1) * 7;
}

/** A finite timestamp as a day number and the microseconds within that day. */
export function splitTimestamp(timestamp: number | bigint): { readonly days: number; readonly micros: number } {
  if (typeof timestamp === 'bigint') {
    const unit = BigInt(MICROS_PER_DAY);
    let days = timestamp / unit;
    let micros = timestamp - days * unit;
    if (micros < 0n) {
      days -= 1n;
      micros += unit;
    }
    return { days: Number(days), micros: Number(micros) };
  }
  const days = Math.floor(timestamp / MICROS_PER_DAY);
  const micros = timestamp - days * MICROS_PER_DAY;
  return micros < 0 ? { days: days - 1, micros: micros + MICROS_PER_DAY } : { days, micros };
}

/** The timestamp `micros` after the start of a day; SQLSTATE 22008 beyond 4713 BC to 294276 AD. */
export function joinTimestamp(days: number, micros: number): number | bigint {
  const timestamp = days * MICROS_PER_DAY + micros;
  if (Number.isSafeInteger(timestamp)) return timestamp;
  return checkTimestamp(BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(micros));
}

/** A canonical finite timestamp; SQLSTATE 22008 when out of PostgreSQL's range. */
export function checkTimestamp(value: number | bigint): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const wide = BigInt(value);
  if (wide < TIMESTAMP_MIN || wide >= TIMESTAMP_END) return timestampOutOfRange();
  return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide;
}

/** A day number as a timestamp at midnight. */
export function timestampOfDate(days: number): number | bigint {
  if (!Number.isFinite(days)) return days;
  if (days < TIMESTAMP_MIN_DAYS || days >= TIMESTAMP_END_DAYS)
    throw new SqlError('datetime_field_overflow', 'date out of range for timestamp');
  return joinTimestamp(days, 0);
}

/** A finite day number within PostgreSQL's range of dates (4713 BC to 5874897 AD). */
export function isDate(days: number): boolean {
  return days >= DATE_MIN && days < DATE_END;
}

function timestampOutOfRange(): never {
  throw new SqlError('datetime_field_overflow', 'timestamp out of range');
}
