/** Interval output in the four IntervalStyles (EncodeInterval of PostgreSQL's datetime.c). */
import { unreachable } from '../../base/assert.ts';
import type { TypeContext } from '../type.ts';
import type { Interval } from '../value.ts';
import { fractionText, two } from './precision.ts';

/** The text of an interval in `context`'s style. */
export function printInterval(value: Interval, context: Pick<TypeContext, 'intervalStyle'>): string {
  const parts = partsOf(value);
  switch (context.intervalStyle) {
    case 'postgres':
      return postgres(parts);
    case 'postgres_verbose':
      return verbose(parts);
    case 'sql_standard':
      return standard(parts);
    case 'iso_8601':
      return iso(parts);
    default:
      return unreachable(context.intervalStyle);
  }
}

/** Years to microseconds, each with the sign of its part. Hours may be large. */
interface IntervalParts {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly micros: number;
}

/** An interval's fields as extract() sees them. */
export function partsOf(value: Interval): IntervalParts {
  const wide = BigInt(value.microseconds);
  const seconds = Number(wide / 1_000_000n);
  return {
    years: Math.trunc(value.months / 12) + 0,
    months: (value.months % 12) + 0,
    days: value.days,
    hours: Math.trunc(seconds / 3600) + 0,
    minutes: Math.trunc((seconds % 3600) / 60) + 0,
    seconds: (seconds % 60) + 0,
    micros: Number(wide % 1_000_000n) + 0,
  };
}

function postgres(parts: IntervalParts): string {
  const pieces: string[] = [];
  let before = false;
  for (const [value, unit] of [
    [parts.years, 'year'],
    [parts.months, 'mon'],
    [parts.days, 'day'],
  ] as const) {
    if (value === 0) continue;
    pieces.push(`${before && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    before = value < 0;
  }
  if (pieces.length === 0 || hasTime(parts)) pieces.push(`${isNegativeTime(parts) ? '-' : before ? '+' : ''}${clock(parts)}`);
  return pieces.join(' ');
}

function verbose(parts: IntervalParts): string {
  let text = '';
  let before = false;
  const fields = [
    [parts.years, 'year'],
    [parts.months, 'mon'],
    [parts.days, 'day'],
    [parts.hours, 'hour'],
    [parts.minutes, 'min'],
  ] as const;
  for (const [value, unit] of fields) {
    if (value === 0) continue;
    if (text === '') before = value < 0;
    const shown = before ? -value : value;
    text += ` ${shown} ${unit}${shown === 1 ? '' : 's'}`;
  }
  if (parts.seconds !== 0 || parts.micros !== 0) {
    const negative = parts.seconds < 0 || parts.micros < 0;
    if (text === '') before = negative;
    const sign = negative === before ? '' : '-';
    const plain = Math.abs(parts.seconds) === 1 && parts.micros === 0 && sign === '';
    text += ` ${sign}${Math.abs(parts.seconds)}${fractionText(Math.abs(parts.micros))} sec${plain ? '' : 's'}`;
  }
  if (text === '') return '@ 0';
  return `@${text}${before ? ' ago' : ''}`;
}

function standard(parts: IntervalParts): string {
  const values = [parts.years, parts.months, parts.days, parts.hours, parts.minutes, parts.seconds, parts.micros];
  const negative = values.some((value) => value < 0);
  const positive = values.some((value) => value > 0);
  const yearMonth = parts.years !== 0 || parts.months !== 0;
  const dayTime = parts.days !== 0 || hasTime(parts);
  if (!negative && !positive) return '0';
  const ymSign = parts.years < 0 || parts.months < 0 ? '-' : '+';
  const daySign = parts.days < 0 ? '-' : '+';
  const timeSign = isNegativeTime(parts) ? '-' : '+';
  const size = Math.abs;
  const time = `${size(parts.hours)}:${two(size(parts.minutes))}:${two(size(parts.seconds))}${fractionText(size(parts.micros))}`;
  if ((negative && positive) || (yearMonth && dayTime)) {
    return `${ymSign}${size(parts.years)}-${size(parts.months)} ${daySign}${size(parts.days)} ${timeSign}${time}`;
  }
  const sign = negative ? '-' : '';
  if (yearMonth) return `${sign}${size(parts.years)}-${size(parts.months)}`;
  if (parts.days !== 0) return `${sign}${size(parts.days)} ${time}`;
  return `${sign}${time}`;
}

function iso(parts: IntervalParts): string {
  const piece = (value: number, letter: string) => (value === 0 ? '' : `${value}${letter}`);
  const date = piece(parts.years, 'Y') + piece(parts.months, 'M') + piece(parts.days, 'D');
  let time = piece(parts.hours, 'H') + piece(parts.minutes, 'M');
  if (parts.seconds !== 0 || parts.micros !== 0) {
    time += `${parts.seconds < 0 || parts.micros < 0 ? '-' : ''}${Math.abs(parts.seconds)}${fractionText(Math.abs(parts.micros))}S`;
  }
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

function clock(parts: IntervalParts): string {
  return `${two(Math.abs(parts.hours))}:${two(Math.abs(parts.minutes))}:${two(Math.abs(parts.seconds))}${fractionText(Math.abs(parts.micros))}`;
}

function hasTime(parts: IntervalParts): boolean {
  return parts.hours !== 0 || parts.minutes !== 0 || parts.seconds !== 0 || parts.micros !== 0;
}

function isNegativeTime(parts: IntervalParts): boolean {
  return parts.hours < 0 || parts.minutes < 0 || parts.seconds < 0 || parts.micros < 0;
}
