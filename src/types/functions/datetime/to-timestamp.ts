import { SqlError } from '../../../base/sql-error.ts';
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  EPOCH_JULIAN,
  isDate,
  isoWeekStart,
  joinTimestamp,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../../datetime/calendar.ts';
import { localToUtc } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { subtractInt8 } from '../../integer.ts';
import { OID } from '../../oid.ts';
import { scalar, STABLE } from '../define.ts';
import { type ReadFields, readByTemplate } from './from-char.ts';
import { dateTemplate } from './template.ts';

const { text, date, timestamptz } = OID;

/** to_timestamp and to_date by template. */
export function toTimestampFunctions(): SqlFunction[] {
  return [
    scalar(
      'to_timestamp',
      [text, text],
      timestamptz,
      (context: EvaluationContext, input: string, format: string) => {
        const read = readByTemplate(input, dateTemplate(format));
        const local = joinTimestamp(dayOf(read, input), timeOf(read, input));
        if (read.zoneSign === undefined) return localToUtc(context.timeZone, local);
        const minutes = (read.values.get('zoneHours') ?? 0) * 60 + (read.values.get('zoneMinutes') ?? 0);
        return subtractInt8(local, read.zoneSign * minutes * MICROS_PER_MINUTE);
      },
      STABLE,
    ),
    scalar(
      'to_date',
      [text, text],
      date,
      (_, input: string, format: string) => {
        const read = readByTemplate(input, dateTemplate(format));
        timeOf(read, input);
        const days = dayOf(read, input);
        if (!isDate(days)) throw new SqlError('datetime_field_overflow', `date out of range: "${input}"`);
        return days;
      },
      STABLE,
    ),
  ];
}

function overflow(input: string): never {
  throw new SqlError('datetime_field_overflow', `date/time field value out of range: "${input}"`);
}

/** The microseconds since midnight that were read. */
function timeOf(read: ReadFields, input: string): number {
  const value = (field: Parameters<typeof read.values.get>[0]): number => read.values.get(field) ?? 0;
  const micros = value('micros');
  const secondOfDay = read.values.get('secondOfDay');
  if (secondOfDay !== undefined && secondOfDay !== 0) {
    if (secondOfDay < 0 || secondOfDay >= 86_400) overflow(input);
    return secondOfDay * MICROS_PER_SECOND + micros;
  }
  let hour = value('hour');
  if (read.twelveHours && read.values.has('hour')) {
    if (hour < 1 || hour > 12) {
      throw new SqlError('invalid_datetime_format', `hour "${hour}" is invalid for the 12-hour clock`, {
        hint: 'Use the 24-hour clock, or give an hour between 1 and 12.',
      });
    }
    hour = (hour % 12) + (read.afternoon ? 12 : 0);
  }
  const [minute, second] = [value('minute'), value('second')];
  if (hour < 0 || hour >= 24 || minute < 0 || minute >= 60 || second < 0 || second >= 60 || micros < 0 || micros >= MICROS_PER_SECOND)
    overflow(input);
  return hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND + micros;
}

/** The day that was read. Later kinds of fields win: a Julian day, then weeks, then month and day, then the day of the year. */
function dayOf(read: ReadFields, input: string): number {
  const get = (field: Parameters<typeof read.values.get>[0]): number => read.values.get(field) ?? 0;
  let year = yearOf(read);
  let [month, day] = [1, 1];
  const julian = get('julian');
  if (julian !== 0) ({ year, month, day } = civilFromDays(julian - EPOCH_JULIAN));
  let dayOfYear = get('dayOfYear');
  const week = get('week');
  if (week !== 0) {
    if (read.convention === 'iso')
      ({ year, month, day } = civilFromDays(isoWeekStart(year, week) + (get('isoDay') === 0 ? 0 : get('isoDay') - 1)));
    else dayOfYear = (week - 1) * 7 + 1;
  }
  if (get('weekOfMonth') !== 0) day = (get('weekOfMonth') - 1) * 7 + 1;
  if (get('day') !== 0) day = get('day');
  if (get('month') !== 0) month = get('month');
  if (dayOfYear !== 0 && (month <= 1 || day <= 1)) {
    if (year === 0 && !read.beforeChrist)
      throw new SqlError('invalid_datetime_format', 'cannot calculate day of year without year information');
    if (read.convention === 'iso') return isoWeekStart(year, 1) + dayOfYear - 1;
    if (dayOfYear < 1 || dayOfYear > daysFromCivil(year + 1, 1, 1) - daysFromCivil(year, 1, 1)) overflow(input);
    return daysFromCivil(year, 1, 1) + dayOfYear - 1;
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) overflow(input);
  return daysFromCivil(year, month, day);
}

/** The astronomical year; 0 when none was read. */
function yearOf(read: ReadFields): number {
  const century = (read.values.get('century') ?? 0) * (read.beforeChrist ? -1 : 1);
  const year = read.values.get('year') ?? 0;
  if (year === 0) return century === 0 ? 0 : century > 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
  if (century !== 0 && read.yearDigits <= 2) {
    const within = year % 100;
    if (within !== 0) return century > 0 ? within + (century - 1) * 100 : (century + 1) * 100 - within + 1;
    return century * 100 + (century > 0 ? 0 : 1);
  }
  if (!read.beforeChrist) return year;
  return year > 0 ? 1 - year : year;
}
