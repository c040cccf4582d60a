import { SqlError } from '../../../base/sql-error.ts';
import {
  checkTimestamp,
  daysFromCivil,
  daysInMonth,
  isDate,
  joinTimestamp,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  UNIX_EPOCH_DAYS,
} from '../../datetime/calendar.ts';
import { makeInterval } from '../../datetime/interval-arithmetic.ts';
import { two } from '../../datetime/precision.ts';
import { localOffsetSeconds, localToUtc, requireLiteralZone } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { subtractInt8 } from '../../integer.ts';
import { OID } from '../../oid.ts';
import type { Interval } from '../../value.ts';
import { scalar, STABLE } from '../define.ts';

const { int4, float8, text, date, time, timestamp, timestamptz, interval } = OID;

/** Dates, times and intervals made from numbers. */
export function makeFunctions(): SqlFunction[] {
  return [
    scalar('make_date', [int4, int4, int4], date, (_, year: number, month: number, day: number) => dayOf(year, month, day)),
    scalar('make_time', [int4, int4, float8], time, (_, hour: number, minute: number, second: number) => timeOf(hour, minute, second)),
    scalar(
      'make_timestamp',
      [int4, int4, int4, int4, int4, float8],
      timestamp,
      (_, year: number, month: number, day: number, hour: number, minute: number, second: number) =>
        momentOf(year, month, day, hour, minute, second),
    ),
    scalar(
      'make_timestamptz',
      [int4, int4, int4, int4, int4, float8],
      timestamptz,
      (context, year: number, month: number, day: number, hour: number, minute: number, second: number) =>
        localToUtc(context.timeZone, momentOf(year, month, day, hour, minute, second)),
      STABLE,
    ),
    scalar(
      'make_timestamptz',
      [int4, int4, int4, int4, int4, float8, text],
      timestamptz,
      (_: EvaluationContext, year: number, month: number, day: number, hour: number, minute: number, second: number, zone: string) =>
        inZone(zone, momentOf(year, month, day, hour, minute, second)),
      STABLE,
    ),
    scalar(
      'make_interval',
      [int4, int4, int4, int4, int4, int4, float8],
      interval,
      (_, years: number, months: number, weeks: number, days: number, hours: number, minutes: number, seconds: number) =>
        intervalOf(years, months, weeks, days, hours, minutes, seconds),
      { defaults: [0, 0, 0, 0, 0, 0, 0] },
    ),
    scalar('to_timestamp', [float8], timestamptz, (_, seconds: number) => timestampOfUnix(seconds)),
  ];
}

function dayOf(year: number, month: number, day: number): number {
  const valid = year !== 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(astronomical(year), month);
  const days = valid ? daysFromCivil(astronomical(year), month, day) : Number.NaN;
  if (!valid) throw new SqlError('datetime_field_overflow', `date field value out of range: ${year}-${two(month)}-${two(day)}`);
  if (!isDate(days)) throw new SqlError('datetime_field_overflow', `date out of range: ${year}-${two(month)}-${two(day)}`);
  return days;
}

/** Years count from 1 BC as -1; the calendar has a year 0 for it. */
function astronomical(year: number): number {
  return year < 0 ? year + 1 : year;
}

function timeOf(hour: number, minute: number, second: number): number {
  const micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + Math.round(second * MICROS_PER_SECOND);
  if (!(hour >= 0 && minute >= 0 && minute < 60 && second >= 0 && second <= 60) || hour > 24 || micros > MICROS_PER_DAY) {
    throw new SqlError('datetime_field_overflow', `time field value out of range: ${hour}:${two(minute)}:${secondText(second)}`);
  }
  return micros;
}

/** Seconds as C prints them with %02g. */
function secondText(second: number): string {
  return String(Number(second.toPrecision(6))).padStart(2, '0');
}

function momentOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number | bigint {
  return joinTimestamp(dayOf(year, month, day), timeOf(hour, minute, second));
}

/** Numeric zones are hours and minutes east of UTC here, names as everywhere. */
function inZone(zone: string, local: number | bigint): number | bigint {
  const numeric = /^([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/.exec(zone);
  if (numeric !== null) {
    const seconds = Number(numeric[2]) * 3600 + Number(numeric[3] ?? 0) * 60 + Number(numeric[4] ?? 0);
    return subtractInt8(local, (numeric[1] === '-' ? -seconds : seconds) * MICROS_PER_SECOND);
  }
  if (/^\d/.test(zone)) {
    throw new SqlError('invalid_parameter_value', `invalid input syntax for type numeric time zone: "${zone}"`, {
      hint: 'Numeric time zones must have "-" or "+" as first character.',
    });
  }
  return subtractInt8(local, localOffsetSeconds(requireLiteralZone(zone), local) * MICROS_PER_SECOND);
}

function intervalOf(years: number, months: number, weeks: number, days: number, hours: number, minutes: number, seconds: number): Interval {
  if (!Number.isFinite(seconds)) throw new SqlError('datetime_field_overflow', 'interval out of range');
  const micros =
    BigInt(hours) * BigInt(MICROS_PER_HOUR) + BigInt(minutes) * BigInt(MICROS_PER_MINUTE) + BigInt(Math.round(seconds * MICROS_PER_SECOND));
  return makeInterval(years * 12 + months, weeks * 7 + days, micros);
}

/** As C's %g: six significant digits, an exponent of at least two. */
function shortest(value: number): string {
  return String(Number(value.toPrecision(6)))
    .replace(/e([+-])(\d)$/, 'e$10$2')
    .replace(/^(-?\d)(\d+)$/, (whole, first: string, rest: string) =>
      rest.length < 6 ? whole : `${first}${`.${rest}`.replace(/\.?0+$/, '')}e+${String(rest.length).padStart(2, '0')}`,
    );
}

function timestampOfUnix(seconds: number): number | bigint {
  if (Number.isNaN(seconds)) throw new SqlError('datetime_field_overflow', 'timestamp cannot be NaN');
  if (!Number.isFinite(seconds)) return seconds;
  const micros = Math.round((seconds + UNIX_EPOCH_DAYS * 86_400) * MICROS_PER_SECOND);
  if (Math.abs(micros) >= 2 ** 63) throw new SqlError('datetime_field_overflow', `timestamp out of range: "${shortest(seconds)}"`);
  return checkTimestamp(Number.isSafeInteger(micros) ? micros + 0 : BigInt(micros));
}
