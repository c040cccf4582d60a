import {
  civilFromDays,
  daysFromCivil,
  isoWeek,
  isoWeekStart,
  joinTimestamp,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  splitTimestamp,
} from '../../datetime/calendar.ts';
import { localOffsetSeconds, requireLiteralZone, requireZone, unixSeconds, type Zone } from '../../datetime/zone.ts';
import type { SqlFunction } from '../../function.ts';
import { addInt8, subtractInt8 } from '../../integer.ts';
import { OID } from '../../oid.ts';
import { Interval } from '../../value.ts';
import { scalar, STABLE } from '../define.ts';
import { period } from './fields.ts';
import { type Unit, unitNamed, unsupported } from './units.ts';

const { text, timestamp, timestamptz, interval } = OID;
type Int8 = number | bigint;

/** date_trunc of timestamps and intervals. */
export function truncateFunctions(): SqlFunction[] {
  return [
    scalar('date_trunc', [text, timestamp], timestamp, (_, name: string, value: Int8) => {
      if (isInfinite(value)) return value; // asked before the unit, as PostgreSQL does
      return truncated(unitNamed(name, 'timestamp without time zone', true), value) ?? unsupported(name, 'timestamp without time zone');
    }),
    scalar(
      'date_trunc',
      [text, timestamptz],
      timestamptz,
      (context, name: string, value: Int8) => inZone(name, value, requireZone(context.timeZone)),
      STABLE,
    ),
    scalar(
      'date_trunc',
      [text, timestamptz, text],
      timestamptz,
      (_, name: string, value: Int8, zone: string) => inZone(name, value, requireLiteralZone(zone)),
      STABLE,
    ),
    scalar('date_trunc', [text, interval], interval, (_, name: string, value: Interval) => {
      const unit = unitNamed(name, 'interval', true);
      if (unit === 'week') return unsupported(name, 'interval', 'Months usually have fractional weeks.');
      return truncatedInterval(unit, value) ?? unsupported(name, 'interval');
    }),
  ];
}

function isInfinite(value: Int8): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/** Microseconds of the units shorter than a day. */
const SHORT: ReadonlyMap<Unit, number> = new Map([
  ['microseconds', 1],
  ['milliseconds', 1000],
  ['second', MICROS_PER_SECOND],
  ['minute', MICROS_PER_MINUTE],
  ['hour', MICROS_PER_HOUR],
]);

/** Truncates on the zone's clock. Within a day the offset stays; a longer unit may begin under another one. */
function inZone(name: string, value: Int8, zone: Zone): Int8 {
  if (isInfinite(value)) return value;
  const unit = unitNamed(name, 'timestamp with time zone', true);
  const offset = zone.offsetAt(unixSeconds(value)) * MICROS_PER_SECOND;
  const local = truncated(unit, addInt8(value, offset)) ?? unsupported(name, 'timestamp with time zone');
  return subtractInt8(local, SHORT.has(unit) ? offset : localOffsetSeconds(zone, local) * MICROS_PER_SECOND);
}

function truncated(unit: Unit, local: Int8): Int8 | undefined {
  const { days, micros } = splitTimestamp(local);
  const length = SHORT.get(unit);
  if (length !== undefined) return joinTimestamp(days, micros - (micros % length));
  const { year, month } = civilFromDays(days);
  switch (unit) {
    case 'day':
      return joinTimestamp(days, 0);
    case 'week': {
      const week = isoWeek(days);
      return joinTimestamp(isoWeekStart(week.year, week.week), 0);
    }
    case 'month':
      return joinTimestamp(daysFromCivil(year, month, 1), 0);
    case 'quarter':
      return joinTimestamp(daysFromCivil(year, month - ((month - 1) % 3), 1), 0);
    case 'year':
      return joinTimestamp(daysFromCivil(year, 1, 1), 0);
    case 'decade':
      return joinTimestamp(daysFromCivil(Math.floor(year / 10) * 10, 1, 1), 0);
    case 'century':
      return joinTimestamp(daysFromCivil(firstYear(year, 100), 1, 1), 0);
    case 'millennium':
      return joinTimestamp(daysFromCivil(firstYear(year, 1000), 1, 1), 0);
    default:
      return undefined;
  }
}

function firstYear(year: number, length: number): number {
  const number = period(year, length);
  return number > 0 ? (number - 1) * length + 1 : number * length + 1;
}

function truncatedInterval(unit: Unit, value: Interval): Interval | undefined {
  const length = SHORT.get(unit);
  if (length !== undefined)
    return new Interval(value.months, value.days, BigInt(value.microseconds) - (BigInt(value.microseconds) % BigInt(length)));
  if (unit === 'day') return new Interval(value.months, value.days, 0);
  const months = MONTHS.get(unit);
  return months === undefined ? undefined : new Interval(value.months - (value.months % months) + 0, 0, 0);
}

/** Months of the units of a month and longer. */
const MONTHS: ReadonlyMap<Unit, number> = new Map([
  ['month', 1],
  ['quarter', 3],
  ['year', 12],
  ['decade', 120],
  ['century', 1200],
  ['millennium', 12_000],
]);
