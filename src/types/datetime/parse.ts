import { SqlError } from '../../base/sql-error.ts';
import type { TypeContext } from '../type.ts';
import { subtractInt8 } from '../integer.ts';
import { TimeTz } from '../value.ts';
import { checkTimestamp, isDate, joinTimestamp, MICROS_PER_DAY, MICROS_PER_SECOND, UNIX_EPOCH_DAYS } from './calendar.ts';
import { roundMicros } from './precision.ts';
import { isoDate, isoTimestamp } from './iso.ts';
import { readDateTime } from './read.ts';
import { localToUtc, requireZone, localOffsetSeconds, zoneOffsetSeconds } from './zone.ts';

/** A date from text: days since 2000-01-01. */
export function parseDate(text: string, context: TypeContext): number {
  const iso = isoDate(text);
  if (iso !== undefined) return iso;
  const read = readDateTime(text, 'date', context);
  if (read.kind === 'infinity') return Number.POSITIVE_INFINITY;
  if (read.kind === '-infinity') return Number.NEGATIVE_INFINITY;
  if (read.kind === 'epoch') return UNIX_EPOCH_DAYS;
  const days = read.days ?? 0;
  if (!isDate(days)) throw new SqlError('datetime_field_overflow', `date out of range: "${text}"`);
  return days;
}

/** A timestamp without time zone from text; a zone in it is ignored. Rounded to the modifier's digits. */
export function parseTimestamp(text: string, context: TypeContext, modifier = -1): number | bigint {
  const iso = isoTimestamp(text);
  if (iso !== undefined) return rounded(joinTimestamp(iso.days, iso.micros), modifier);
  const read = readDateTime(text, 'timestamp', context);
  if (read.kind === 'infinity') return Number.POSITIVE_INFINITY;
  if (read.kind === '-infinity') return Number.NEGATIVE_INFINITY;
  if (read.kind === 'epoch') return UNIX_EPOCH_DAYS * MICROS_PER_DAY;
  return rounded(join(read.days ?? 0, read.micros ?? 0, text), modifier);
}

/** A timestamptz from text; without a zone in it, the session's. */
export function parseTimestampTz(text: string, context: TypeContext, modifier = -1): number | bigint {
  const iso = isoTimestamp(text);
  if (iso !== undefined) return rounded(utcOf(joinTimestamp(iso.days, iso.micros), iso.zoneSeconds, context), modifier);
  const read = readDateTime(text, 'timestamp with time zone', context);
  if (read.kind === 'infinity') return Number.POSITIVE_INFINITY;
  if (read.kind === '-infinity') return Number.NEGATIVE_INFINITY;
  if (read.kind === 'epoch') return UNIX_EPOCH_DAYS * MICROS_PER_DAY;
  const local = join(read.days ?? 0, read.micros ?? 0, text);
  const utc = utcOf(local, read.zoneSeconds, context);
  return rounded(
    named(text, () => checkTimestamp(utc)),
    modifier,
  );
}

/** A time of day from text: microseconds since midnight, 24:00:00 included. */
export function parseTime(text: string, context: TypeContext, modifier = -1): number {
  const read = readDateTime(text, 'time', context, true);
  if (read.kind !== 'fields') throw malformed('time', text);
  if (read.zone !== undefined && read.days === undefined) throw malformed('time', text);
  return modifier < 0 ? (read.micros ?? 0) : Number(roundMicros(read.micros ?? 0, modifier));
}

/** A time with time zone from text; without a zone in it, the session's at that date or today. */
export function parseTimeTz(text: string, context: TypeContext, modifier = -1): TimeTz {
  const read = readDateTime(text, 'time with time zone', context, true);
  if (read.kind !== 'fields') throw malformed('time with time zone', text);
  if (read.zone !== undefined && read.days === undefined) throw malformed('time with time zone', text);
  const micros = read.micros ?? 0;
  const east = read.zoneSeconds ?? sessionOffset(read.days, micros, context);
  return new TimeTz(modifier < 0 ? micros : Number(roundMicros(micros, modifier)), -east + 0);
}

function utcOf(local: number | bigint, zoneSeconds: number | undefined, context: TypeContext): number | bigint {
  return zoneSeconds === undefined ? localToUtc(context.timeZone, local) : subtractInt8(local, zoneSeconds * MICROS_PER_SECOND);
}

function sessionOffset(days: number | undefined, micros: number, context: TypeContext): number {
  if (days !== undefined) return localOffsetSeconds(requireZone(context.timeZone), days * MICROS_PER_DAY + micros);
  return zoneOffsetSeconds(context.timeZone, context.transactionTime ?? 0);
}

/** Days and microseconds as a timestamp, 24:00:00 carried over; SQLSTATE 22008 naming the text when out of range. */
function join(days: number, micros: number, text: string): number | bigint {
  return named(text, () => joinTimestamp(days, micros));
}

function named(text: string, make: () => number | bigint): number | bigint {
  try {
    return make();
  } catch (error) {
    if (error instanceof SqlError) throw new SqlError('datetime_field_overflow', `timestamp out of range: "${text}"`);
    throw error;
  }
}

function rounded(timestamp: number | bigint, modifier: number): number | bigint {
  return modifier < 0 ? timestamp : checkTimestamp(roundMicros(timestamp, modifier));
}

function malformed(typeName: string, text: string): SqlError {
  return new SqlError('invalid_datetime_format', `invalid input syntax for type ${typeName}: "${text}"`);
}
