import { SqlError } from '../../../base/sql-error.ts';
import { civilFromDays, MICROS_PER_DAY, splitTimestamp, weekday } from '../../datetime/calendar.ts';
import { intervalSpan } from '../../datetime/interval-arithmetic.ts';
import { roundMicros, two } from '../../datetime/precision.ts';
import { MONTH_NAMES, WEEKDAY_NAMES } from '../../datetime/words.ts';
import { requireZone, unixSeconds, utcToLocal, zoneOffsetSeconds } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID, type Oid } from '../../oid.ts';
import { type Interval, TimeTz, type Value } from '../../value.ts';
import { scalar, STABLE, VOLATILE } from '../define.ts';

const { date, time, timetz, timestamp, timestamptz, text, int4, float8, interval } = OID;

/**
 * The current moment: of the transaction (now, CURRENT_…), of the statement, or by the clock. The SQL value functions
 * are found under their own names, with and without a precision. pg_sleep waits through the context.
 */
export function clockFunctions(): SqlFunction[] {
  return [
    ...['now', 'transaction_timestamp'].map((name) => scalar(name, [], timestamptz, (context) => context.transactionTime, STABLE)),
    scalar('statement_timestamp', [], timestamptz, (context) => context.statementTime, STABLE),
    scalar('clock_timestamp', [], timestamptz, (context) => context.clockTime(), VOLATILE),
    scalar('timeofday', [], text, (context) => timeOfDay(context), VOLATILE),
    scalar('current_date', [], date, (context) => splitTimestamp(local(context)).days, STABLE),
    ...sqlValue('current_timestamp', timestamptz, (context, digits) => roundMicros(context.transactionTime, digits)),
    ...sqlValue('localtimestamp', timestamp, (context, digits) => roundMicros(local(context), digits)),
    ...sqlValue('localtime', time, (context, digits) => timeNow(context, digits)),
    ...sqlValue(
      'current_time',
      timetz,
      (context, digits) => new TimeTz(timeNow(context, digits), -zoneOffsetSeconds(context.timeZone, context.transactionTime) + 0),
    ),
    scalar('pg_sleep', [float8], OID.void, (context, seconds: number) => sleep(context, seconds * 1000), VOLATILE),
    scalar('pg_sleep_for', [interval], OID.void, (context, span: Interval) => sleep(context, Number(intervalSpan(span)) / 1000), VOLATILE),
    scalar(
      'pg_sleep_until',
      [timestamptz],
      OID.void,
      (context, until: number | bigint) => sleep(context, (Number(until) - context.clockTime()) / 1000),
      VOLATILE,
    ),
  ];
}

function sqlValue(name: string, type: Oid, evaluate: (context: EvaluationContext, digits: number) => Value): SqlFunction[] {
  return [
    scalar(name, [], type, (context) => evaluate(context, 6), STABLE),
    scalar(name, [int4], type, (context, digits: number) => evaluate(context, Math.max(0, Math.min(6, digits))), STABLE),
  ];
}

function local(context: EvaluationContext): number | bigint {
  return utcToLocal(context.timeZone, context.transactionTime);
}

function timeNow(context: EvaluationContext, digits: number): number {
  return Math.min(Number(roundMicros(splitTimestamp(local(context)).micros, digits)), MICROS_PER_DAY);
}

/** As C's ctime with microseconds: `Wed Feb 26 10:04:33.123456 2020 PST`. */
function timeOfDay(context: EvaluationContext): string {
  const now = context.clockTime();
  const { days, micros } = splitTimestamp(utcToLocal(context.timeZone, now));
  const { year, month, day } = civilFromDays(days);
  const seconds = Math.floor(micros / 1_000_000);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(micros % 1_000_000).padStart(6, '0')}`;
  return `${WEEKDAY_NAMES[weekday(days)].slice(0, 3)} ${MONTH_NAMES[month - 1].slice(0, 3)} ${two(day)} ${clock} ${year} ${requireZone(context.timeZone).abbreviationAt(unixSeconds(now))}`;
}

async function sleep(context: EvaluationContext, ms: number): Promise<string> {
  if (context.sleep === undefined) throw new SqlError('feature_not_supported', 'pg_sleep() is not supported here');
  if (ms > 0) await context.sleep(ms);
  return '';
}
