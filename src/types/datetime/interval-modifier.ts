/**
 * The modifier of interval: which fields it keeps and how many digits of a second.
 *
 *     modifier = mask of fields << 16 | precision        0x7FFF: all fields        0xFFFF: all digits
 */
import { SqlError } from '../../base/sql-error.ts';
import { Interval } from '../value.ts';
import { MICROS_PER_HOUR, MICROS_PER_MINUTE } from './calendar.ts';
import { roundMicros } from './precision.ts';

/** A unit that interval text may name. */
export type IntervalUnit =
  | 'microsecond'
  | 'millisecond'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'year'
  | 'decade'
  | 'century'
  | 'millennium';

/** SQL's interval qualifier. */
type IntervalRange =
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'year to month'
  | 'day to hour'
  | 'day to minute'
  | 'day to second'
  | 'hour to minute'
  | 'hour to second'
  | 'minute to second';

const MONTH = 1 << 1;
const YEAR = 1 << 2;
const DAY = 1 << 3;
const HOUR = 1 << 10;
const MINUTE = 1 << 11;
const SECOND = 1 << 12;

const RANGES = new Map<number, IntervalRange>([
  [YEAR, 'year'],
  [MONTH, 'month'],
  [DAY, 'day'],
  [HOUR, 'hour'],
  [MINUTE, 'minute'],
  [SECOND, 'second'],
  [YEAR | MONTH, 'year to month'],
  [DAY | HOUR, 'day to hour'],
  [DAY | HOUR | MINUTE, 'day to minute'],
  [DAY | HOUR | MINUTE | SECOND, 'day to second'],
  [HOUR | MINUTE, 'hour to minute'],
  [HOUR | MINUTE | SECOND, 'hour to second'],
  [MINUTE | SECOND, 'minute to second'],
]);

const FULL_RANGE = 0x7fff;
const FULL_PRECISION = 0xffff;

/** The qualifier inside a modifier; undefined when every field is kept. */
export function intervalRange(modifier: number): IntervalRange | undefined {
  return modifier < 0 ? undefined : RANGES.get((modifier >> 16) & 0x7fff);
}

/** Digits of a second that a modifier keeps; undefined for all. */
export function intervalPrecision(modifier: number): number | undefined {
  const precision = modifier & 0xffff;
  return modifier < 0 || precision === FULL_PRECISION ? undefined : precision;
}

/** The modifier from the grammar's arguments: the field mask, then perhaps the precision. */
export function intervalModifier(args: readonly number[]): number {
  const [range, precision = FULL_PRECISION] = args;
  if (range !== FULL_RANGE && !RANGES.has(range)) throw new SqlError('invalid_parameter_value', 'invalid INTERVAL type modifier');
  if (precision < 0) throw new SqlError('invalid_parameter_value', `INTERVAL(${precision}) precision must not be negative`);
  const kept = precision === FULL_PRECISION ? precision : Math.min(precision, 6);
  if (args.length === 1 && range === FULL_RANGE) return -1;
  return (range << 16) | kept;
}

/** Cuts the fields below the qualifier and rounds seconds to the precision. */
export function applyIntervalModifier(value: Interval, modifier: number): Interval {
  const range = intervalRange(modifier);
  const precision = intervalPrecision(modifier);
  const { months, days, microseconds } = value;
  switch (range) {
    case 'year':
      return new Interval(Math.trunc(months / 12) * 12, 0, 0);
    case 'month':
    case 'year to month':
      return new Interval(months, 0, 0);
    case 'day':
      return new Interval(months, days, 0);
    case 'hour':
    case 'day to hour':
      return new Interval(months, days, cut(microseconds, MICROS_PER_HOUR));
    case 'minute':
    case 'day to minute':
    case 'hour to minute':
      return new Interval(months, days, cut(microseconds, MICROS_PER_MINUTE));
    default:
      return precision === undefined || precision >= 6 ? value : new Interval(months, days, roundMicros(microseconds, precision));
  }
}

function cut(micros: number | bigint, unit: number): number | bigint {
  if (typeof micros === 'number') return micros - (micros % unit);
  return micros - (micros % BigInt(unit));
}
