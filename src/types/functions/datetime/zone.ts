import { SqlError } from '../../../base/sql-error.ts';
import { MICROS_PER_DAY, MICROS_PER_SECOND } from '../../datetime/calendar.ts';
import { printInterval } from '../../datetime/interval-print.ts';
import { localOffsetSeconds, requireLiteralZone, unixSeconds } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { addInt8, subtractInt8 } from '../../integer.ts';
import { OID } from '../../oid.ts';
import { type Interval, TimeTz } from '../../value.ts';
import { scalar, STABLE } from '../define.ts';

const { text, timestamp, timestamptz, timetz, interval } = OID;
type Int8 = number | bigint;

/** timezone(zone, time), which AT TIME ZONE means. A zone is a name or an interval east of UTC. */
export function zoneFunctions(): SqlFunction[] {
  return [
    scalar('timezone', [text, timestamp], timestamptz, (_, zone: string, local: Int8) => {
      if (isInfinite(local)) return local;
      return subtractInt8(local, localOffsetSeconds(requireLiteralZone(zone), local) * MICROS_PER_SECOND);
    }),
    scalar('timezone', [text, timestamptz], timestamp, (_, zone: string, utc: Int8) => {
      if (isInfinite(utc)) return utc;
      return addInt8(utc, requireLiteralZone(zone).offsetAt(unixSeconds(utc)) * MICROS_PER_SECOND);
    }),
    scalar(
      'timezone',
      [text, timetz],
      timetz,
      (context, zone: string, value: TimeTz) => moved(value, -requireLiteralZone(zone).offsetAt(unixSeconds(context.transactionTime))),
      STABLE,
    ),
    scalar('timezone', [interval, timestamp], timestamptz, (context, zone: Interval, local: Int8) =>
      isInfinite(local) ? local : subtractInt8(local, eastOf(zone, context) * MICROS_PER_SECOND),
    ),
    scalar('timezone', [interval, timestamptz], timestamp, (context, zone: Interval, utc: Int8) =>
      isInfinite(utc) ? utc : addInt8(utc, eastOf(zone, context) * MICROS_PER_SECOND),
    ),
    scalar('timezone', [interval, timetz], timetz, (context, zone: Interval, value: TimeTz) => moved(value, -eastOf(zone, context))),
  ];
}

function isInfinite(time: Int8): boolean {
  return time === Number.POSITIVE_INFINITY || time === Number.NEGATIVE_INFINITY;
}

function eastOf(zone: Interval, context: EvaluationContext): number {
  if (zone.months === 0 && zone.days === 0) return Math.trunc(Number(zone.microseconds) / MICROS_PER_SECOND);
  throw new SqlError('invalid_parameter_value', `interval time zone "${printInterval(zone, context)}" must not include months or days`);
}

/** The same moment of the day on a clock `zoneSeconds` west of UTC. */
function moved(value: TimeTz, zoneSeconds: number): TimeTz {
  const micros = (value.microseconds + (value.zoneSeconds - zoneSeconds) * MICROS_PER_SECOND) % MICROS_PER_DAY;
  return new TimeTz(micros < 0 ? micros + MICROS_PER_DAY : micros, zoneSeconds + 0);
}
