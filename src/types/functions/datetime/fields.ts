import {
  civilFromDays,
  daysFromCivil,
  EPOCH_JULIAN,
  isoWeek,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  splitTimestamp,
  UNIX_EPOCH_DAYS,
  weekday,
} from '../../datetime/calendar.ts';
import { partsOf } from '../../datetime/interval-print.ts';
import { addInt8 } from '../../integer.ts';
import { addNumeric } from '../../numeric/arithmetic.ts';
import { divideNumeric } from '../../numeric/division.ts';
import { type Interval, Numeric } from '../../value.ts';
import type { Unit } from './units.ts';

const UNIX_MICROS = -UNIX_EPOCH_DAYS * MICROS_PER_DAY;
const SECONDS_PER_YEAR = 31_557_600n;
const SECONDS_PER_MONTH = 2_592_000n;
const SECONDS_PER_DAY = 86_400n;

function whole(value: number): Numeric {
  return new Numeric(value + 0, 0);
}

/** A field of a day; undefined when days do not have it. */
export function dayField(unit: Unit, days: number): Numeric | undefined {
  const { year, month, day } = civilFromDays(days);
  switch (unit) {
    case 'day':
      return whole(day);
    case 'month':
      return whole(month);
    case 'quarter':
      return whole(Math.floor((month - 1) / 3) + 1);
    case 'week':
      return whole(isoWeek(days).week);
    case 'year':
      return whole(shownYear(year));
    case 'isoyear':
      return whole(shownYear(isoWeek(days).year));
    case 'decade':
      return whole(Math.floor(year / 10));
    case 'century':
      return whole(period(year, 100));
    case 'millennium':
      return whole(period(year, 1000));
    case 'dow':
      return whole(weekday(days));
    case 'isodow':
      return whole(weekday(days) || 7);
    case 'doy':
      return whole(days - daysFromCivil(year, 1, 1) + 1);
    case 'julian':
      return whole(days + EPOCH_JULIAN);
    case 'epoch':
      return whole((days - UNIX_EPOCH_DAYS) * 86_400);
    default:
      return undefined;
  }
}

/** There is no year 0: 1 BC is year -1. */
function shownYear(year: number): number {
  return year > 0 ? year : year - 1;
}

/** The century or millennium of a year; the first one after Christ is 1, the one before is -1. */
export function period(year: number, length: number): number {
  return year > 0 ? Math.ceil(year / length) : -Math.floor((length - year) / length);
}

/** A field of a time of day in microseconds; undefined when times do not have it. */
export function timeField(unit: Unit, micros: number): Numeric | undefined {
  switch (unit) {
    case 'microseconds':
      return whole(micros % MICROS_PER_MINUTE);
    case 'milliseconds':
      return new Numeric(micros % MICROS_PER_MINUTE, 3);
    case 'second':
      return new Numeric(micros % MICROS_PER_MINUTE, 6);
    case 'minute':
      return whole(Math.floor(micros / MICROS_PER_MINUTE) % 60);
    case 'hour':
      return whole(Math.floor(micros / MICROS_PER_HOUR));
    default:
      return undefined;
  }
}

/** A field of a finite local timestamp; undefined when it has none of the name (time zones). `epochOf` is what the epoch is counted from. */
export function timestampField(unit: Unit, local: number | bigint, epochOf: number | bigint): Numeric | undefined {
  if (unit === 'epoch') return new Numeric(addInt8(epochOf, UNIX_MICROS), 6);
  const { days, micros } = splitTimestamp(local);
  if (unit === 'julian') return addNumeric(whole(days + EPOCH_JULIAN), divideNumeric(whole(micros), whole(MICROS_PER_DAY)));
  return timeField(unit, micros) ?? dayField(unit, days);
}

/** A field of a zone offset in seconds east of UTC; undefined for other units. */
export function zoneField(unit: Unit, eastSeconds: number): Numeric | undefined {
  if (unit === 'timezone') return whole(eastSeconds);
  if (unit === 'timezone_hour') return whole(Math.trunc(eastSeconds / 3600));
  return unit === 'timezone_minute' ? whole(Math.trunc((eastSeconds % 3600) / 60)) : undefined;
}

/** A field of an interval; undefined when intervals do not have it. */
export function intervalField(unit: Unit, value: Interval): Numeric | undefined {
  const parts = partsOf(value);
  const second = parts.seconds * MICROS_PER_SECOND + parts.micros;
  switch (unit) {
    case 'microseconds':
      return whole(second);
    case 'milliseconds':
      return new Numeric(second, 3);
    case 'second':
      return new Numeric(second, 6);
    case 'minute':
      return whole(parts.minutes);
    case 'hour':
      return whole(parts.hours);
    case 'day':
      return whole(parts.days);
    case 'month':
      return whole(parts.months);
    case 'quarter':
      return whole(Math.trunc(parts.months / 3) + 1);
    case 'year':
      return whole(parts.years);
    case 'decade':
      return whole(Math.trunc(parts.years / 10));
    case 'century':
      return whole(Math.trunc(parts.years / 100));
    case 'millennium':
      return whole(Math.trunc(parts.years / 1000));
    case 'epoch': {
      const seconds =
        BigInt(parts.years) * SECONDS_PER_YEAR + BigInt(parts.months) * SECONDS_PER_MONTH + BigInt(parts.days) * SECONDS_PER_DAY;
      return new Numeric(seconds * 1_000_000n + BigInt(value.microseconds), 6);
    }
    default:
      return undefined;
  }
}
