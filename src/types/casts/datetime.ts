import { MICROS_PER_DAY, splitTimestamp, timestampOfDate } from '../datetime/calendar.ts';
import { localToUtc, utcToLocal, zoneOffsetSeconds } from '../datetime/zone.ts';
import type { EvaluationContext, SqlCast } from '../function.ts';
import { OID } from '../oid.ts';
import { Interval, TimeTz } from '../value.ts';
import { assignment, implicit } from './define.ts';

const { date, time, timetz, timestamp, timestamptz, interval } = OID;

type Int8 = number | bigint;

/** Between dates, times, timestamps and intervals. */
export function datetimeCasts(): SqlCast[] {
  return [
    implicit(date, timestamp, timestampOfDate),
    implicit(date, timestamptz, (value: number, context) => localToUtc(context.timeZone, timestampOfDate(value))),
    assignment(timestamp, date, dateOfTimestamp),
    assignment(timestamp, time, (value: Int8) => (isInfinite(value) ? null : splitTimestamp(value).micros)),
    implicit(timestamp, timestamptz, (value: Int8, context) => localToUtc(context.timeZone, value)),
    assignment(timestamptz, date, (value: Int8, context) => dateOfTimestamp(utcToLocal(context.timeZone, value))),
    assignment(timestamptz, time, (value: Int8, context) =>
      isInfinite(value) ? null : splitTimestamp(utcToLocal(context.timeZone, value)).micros,
    ),
    assignment(timestamptz, timestamp, (value: Int8, context) => utcToLocal(context.timeZone, value)),
    assignment(timestamptz, timetz, timeTzOfTimestamp),
    implicit(time, interval, (value: number) => new Interval(0, 0, value)),
    implicit(
      time,
      timetz,
      (value: number, context) => new TimeTz(value, -zoneOffsetSeconds(context.timeZone, context.transactionTime) + 0),
    ),
    assignment(timetz, time, (value: TimeTz) => value.microseconds),
    assignment(interval, time, (value: Interval) => timeOfInterval(value)),
  ];
}

/** The day of a timestamp; infinities stay. */
function dateOfTimestamp(value: Int8): number {
  return isInfinite(value) ? Number(value) : splitTimestamp(value).days;
}

function timeTzOfTimestamp(value: Int8, context: EvaluationContext): TimeTz | null {
  if (isInfinite(value)) return null;
  const east = zoneOffsetSeconds(context.timeZone, value);
  return new TimeTz(splitTimestamp(utcToLocal(context.timeZone, value)).micros, -east + 0);
}

function timeOfInterval(value: Interval): number {
  const day = BigInt(MICROS_PER_DAY);
  return Number(((BigInt(value.microseconds) % day) + day) % day);
}

function isInfinite(value: Int8): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}
