/** Output of dates, times and timestamps in every DateStyle (EncodeDateTime and friends of PostgreSQL's datetime.c). */
import type { TypeContext } from '../type.ts';
import type { TimeTz } from '../value.ts';
import { civilFromDays, MICROS_PER_SECOND, splitTimestamp, weekday } from './calendar.ts';
import { fractionText, two } from './precision.ts';
import { MONTH_NAMES, WEEKDAY_NAMES } from './words.ts';
import { requireZone, unixSeconds, utcToLocal } from './zone.ts';

type Style = Pick<TypeContext, 'dateStyle'>;

/** The text of a date. */
export function printDate(days: number, context: Style): string {
  if (!Number.isFinite(days)) return infinityText(days);
  const { year, month, day } = civilFromDays(days);
  return dateText(year, month, day, context) + era(year);
}

/** The text of a timestamp without time zone. */
export function printTimestamp(timestamp: number | bigint, context: Style): string {
  if (timestamp === Number.POSITIVE_INFINITY || timestamp === Number.NEGATIVE_INFINITY) return infinityText(timestamp);
  return momentText(timestamp, context, undefined);
}

/** The text of a timestamptz in the session's zone. */
export function printTimestampTz(timestamp: number | bigint, context: Pick<TypeContext, 'dateStyle' | 'timeZone'>): string {
  if (timestamp === Number.POSITIVE_INFINITY || timestamp === Number.NEGATIVE_INFINITY) return infinityText(timestamp);
  const zone = requireZone(context.timeZone);
  const seconds = unixSeconds(timestamp);
  const name = context.dateStyle.format === 'ISO' ? '' : zone.abbreviationAt(seconds);
  return momentText(utcToLocal(context.timeZone, timestamp), context, { offset: zone.offsetAt(seconds), name });
}

/** The text of a time of day, e.g. `04:05:06.789`. */
export function printTime(micros: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fractionText(micros - seconds * MICROS_PER_SECOND)}`;
}

/** The text of a time with its zone, e.g. `04:05:06-08`. */
export function printTimeTz(value: TimeTz): string {
  return printTime(value.microseconds) + offsetText(-value.zoneSeconds);
}

/** `+HH`, `+HH:MM` or `+HH:MM:SS` of seconds east of UTC. */
function offsetText(seconds: number): string {
  const size = Math.abs(seconds);
  const minutes = Math.floor(size / 60) % 60;
  const rest = size % 60;
  const tail = rest !== 0 ? `:${two(minutes)}:${two(rest)}` : minutes !== 0 ? `:${two(minutes)}` : '';
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}${tail}`;
}

function momentText(local: number | bigint, context: Style, zone: { readonly offset: number; readonly name: string } | undefined): string {
  const { days, micros } = splitTimestamp(local);
  const { year, month, day } = civilFromDays(days);
  const time = printTime(micros);
  const { format, order } = context.dateStyle;
  const offset = zone === undefined ? '' : offsetText(zone.offset);
  const named = zone === undefined ? '' : zone.name === '' ? offset : ` ${zone.name}`;
  if (format === 'ISO') return `${dateText(year, month, day, context)} ${time}${offset}${era(year)}`;
  if (format !== 'POSTGRES') {
    const date = format === 'SQL' ? dateText(year, month, day, context) : `${two(day)}.${two(month)}.${fullYear(year)}`;
    return `${date} ${time}${named}${era(year)}`;
  }
  const monthName = MONTH_NAMES[month - 1].slice(0, 3);
  const dayMonth = order === 'DMY' ? `${two(day)} ${monthName}` : `${monthName} ${two(day)}`;
  const tail = zone !== undefined && zone.name === '' ? ` ${offset}` : named;
  return `${WEEKDAY_NAMES[weekday(days)].slice(0, 3)} ${dayMonth} ${time} ${fullYear(year)}${tail}${era(year)}`;
}

function dateText(year: number, month: number, day: number, context: Style): string {
  const { format, order } = context.dateStyle;
  const pair = order === 'DMY' ? [two(day), two(month)] : [two(month), two(day)];
  switch (format) {
    case 'ISO':
      return `${fullYear(year)}-${two(month)}-${two(day)}`;
    case 'SQL':
      return `${pair[0]}/${pair[1]}/${fullYear(year)}`;
    case 'GERMAN':
      return `${two(day)}.${two(month)}.${fullYear(year)}`;
    case 'POSTGRES':
      return `${pair[0]}-${pair[1]}-${fullYear(year)}`;
  }
}

function fullYear(year: number): string {
  return String(year > 0 ? year : 1 - year).padStart(4, '0');
}

function era(year: number): string {
  return year > 0 ? '' : ' BC';
}

function infinityText(value: number): string {
  return value > 0 ? 'infinity' : '-infinity';
}
