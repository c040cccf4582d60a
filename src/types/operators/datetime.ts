import { SqlError } from '../../base/sql-error.ts';
import { isDate, joinTimestamp, MICROS_PER_DAY, MICROS_PER_SECOND, timestampOfDate } from '../datetime/calendar.ts';
import {
  addInterval,
  addIntervals,
  addIntervalTz,
  divideInterval,
  multiplyInterval,
  negateInterval,
  subtractIntervals,
  subtractTimestamps,
} from '../datetime/interval-arithmetic.ts';
import type { SqlOperator } from '../function.ts';
import { OID } from '../oid.ts';
import { Interval, TimeTz } from '../value.ts';
import { infix, prefix, type Traits } from './define.ts';

const { date, time, timetz, timestamp, timestamptz, interval, int4, float8 } = OID;

type Int8 = number | bigint;
const SUM: Traits = { commutator: '+' };
const ZONED: Traits = { volatility: 'stable' };
const ZONED_SUM: Traits = { commutator: '+', volatility: 'stable' };

/** Arithmetic of dates, times, timestamps and intervals. */
export function datetimeOperators(): SqlOperator[] {
  return [...dateOperators(), ...timeOperators(), ...timestampOperators(), ...intervalOperators()];
}

function dateOperators(): SqlOperator[] {
  return [
    infix('+', date, int4, date, 'date_pli', (_, a: number, b: number) => shiftDate(a, b), SUM),
    infix('+', int4, date, date, 'integer_pl_date', (_, a: number, b: number) => shiftDate(b, a), SUM),
    infix('-', date, int4, date, 'date_mii', (_, a: number, b: number) => shiftDate(a, -b)),
    infix('-', date, date, int4, 'date_mi', (_, a: number, b: number) => daysBetween(a, b)),
    infix('+', date, interval, timestamp, 'date_pl_interval', (_, a: number, b: Interval) => addInterval(timestampOfDate(a), b), SUM),
    infix('+', interval, date, timestamp, 'interval_pl_date', (_, a: Interval, b: number) => addInterval(timestampOfDate(b), a), SUM),
    infix('-', date, interval, timestamp, 'date_mi_interval', (_, a: number, b: Interval) =>
      addInterval(timestampOfDate(a), negateInterval(b)),
    ),
    infix('+', date, time, timestamp, 'datetime_pl', (_, a: number, b: number) => dateAndTime(a, b), SUM),
    infix('+', time, date, timestamp, 'timedate_pl', (_, a: number, b: number) => dateAndTime(b, a), SUM),
    infix('+', date, timetz, timestamptz, 'datetimetz_pl', (_, a: number, b: TimeTz) => dateAndTimeTz(a, b), SUM),
    infix('+', timetz, date, timestamptz, 'timetzdate_pl', (_, a: TimeTz, b: number) => dateAndTimeTz(b, a), SUM),
  ];
}

function timeOperators(): SqlOperator[] {
  return [
    infix('+', time, interval, time, 'time_pl_interval', (_, a: number, b: Interval) => shiftTime(a, b, 1n), SUM),
    infix('+', interval, time, time, 'interval_pl_time', (_, a: Interval, b: number) => shiftTime(b, a, 1n), SUM),
    infix('-', time, interval, time, 'time_mi_interval', (_, a: number, b: Interval) => shiftTime(a, b, -1n)),
    infix('-', time, time, interval, 'time_mi_time', (_, a: number, b: number) => new Interval(0, 0, a - b)),
    infix(
      '+',
      timetz,
      interval,
      timetz,
      'timetz_pl_interval',
      (_, a: TimeTz, b: Interval) => new TimeTz(shiftTime(a.microseconds, b, 1n), a.zoneSeconds),
      SUM,
    ),
    infix(
      '+',
      interval,
      timetz,
      timetz,
      'interval_pl_timetz',
      (_, a: Interval, b: TimeTz) => new TimeTz(shiftTime(b.microseconds, a, 1n), b.zoneSeconds),
      SUM,
    ),
    infix(
      '-',
      timetz,
      interval,
      timetz,
      'timetz_mi_interval',
      (_, a: TimeTz, b: Interval) => new TimeTz(shiftTime(a.microseconds, b, -1n), a.zoneSeconds),
    ),
  ];
}

function timestampOperators(): SqlOperator[] {
  return [
    infix('+', timestamp, interval, timestamp, 'timestamp_pl_interval', (_, a: Int8, b: Interval) => addInterval(a, b), SUM),
    infix('+', interval, timestamp, timestamp, 'interval_pl_timestamp', (_, a: Interval, b: Int8) => addInterval(b, a), SUM),
    infix('-', timestamp, interval, timestamp, 'timestamp_mi_interval', (_, a: Int8, b: Interval) => addInterval(a, negateInterval(b))),
    infix('-', timestamp, timestamp, interval, 'timestamp_mi', (_, a: Int8, b: Int8) => subtractTimestamps(a, b)),
    infix(
      '+',
      timestamptz,
      interval,
      timestamptz,
      'timestamptz_pl_interval',
      (context, a: Int8, b: Interval) => addIntervalTz(a, b, context.timeZone),
      ZONED_SUM,
    ),
    infix(
      '+',
      interval,
      timestamptz,
      timestamptz,
      'interval_pl_timestamptz',
      (context, a: Interval, b: Int8) => addIntervalTz(b, a, context.timeZone),
      ZONED_SUM,
    ),
    infix(
      '-',
      timestamptz,
      interval,
      timestamptz,
      'timestamptz_mi_interval',
      (context, a: Int8, b: Interval) => addIntervalTz(a, negateInterval(b), context.timeZone),
      ZONED,
    ),
    infix('-', timestamptz, timestamptz, interval, 'timestamptz_mi', (_, a: Int8, b: Int8) => subtractTimestamps(a, b)),
  ];
}

function intervalOperators(): SqlOperator[] {
  return [
    infix('+', interval, interval, interval, 'interval_pl', (_, a: Interval, b: Interval) => addIntervals(a, b), SUM),
    infix('-', interval, interval, interval, 'interval_mi', (_, a: Interval, b: Interval) => subtractIntervals(a, b)),
    infix('*', interval, float8, interval, 'interval_mul', (_, a: Interval, b: number) => multiplyInterval(a, b), { commutator: '*' }),
    infix('*', float8, interval, interval, 'mul_d_interval', (_, a: number, b: Interval) => multiplyInterval(b, a), { commutator: '*' }),
    infix('/', interval, float8, interval, 'interval_div', (_, a: Interval, b: number) => divideInterval(a, b)),
    prefix('-', interval, interval, 'interval_um', (_, a: Interval) => negateInterval(a)),
  ];
}

function shiftDate(days: number, by: number): number {
  if (!Number.isFinite(days)) return days;
  const shifted = days + by;
  if (!isDate(shifted)) throw new SqlError('datetime_field_overflow', 'date out of range');
  return shifted;
}

function daysBetween(a: number, b: number): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) throw new SqlError('datetime_field_overflow', 'cannot subtract infinite dates');
  return a - b;
}

function dateAndTime(days: number, micros: number): Int8 {
  return Number.isFinite(days) ? joinTimestamp(days, micros) : days;
}

function dateAndTimeTz(days: number, value: TimeTz): Int8 {
  return dateAndTime(days, value.microseconds + value.zoneSeconds * MICROS_PER_SECOND);
}

/** A time of day moved by an interval's microseconds, around midnight. */
function shiftTime(micros: number, by: Interval, sign: 1n | -1n): number {
  const day = BigInt(MICROS_PER_DAY);
  const moved = (BigInt(micros) + sign * BigInt(by.microseconds)) % day;
  return Number(moved < 0n ? moved + day : moved);
}
