import { timestampOfDate } from '../../datetime/calendar.ts';
import { utcToLocal, zoneOffsetSeconds } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { floatOfNumeric } from '../../numeric/convert.ts';
import { OID, type Oid } from '../../oid.ts';
import { type Interval, Numeric, type TimeTz } from '../../value.ts';
import { scalar } from '../define.ts';
import { dayField, intervalField, timeField, timestampField, zoneField } from './fields.ts';
import { type Unit, unitNamed, unsupported } from './units.ts';

const { text, numeric, float8, date, time, timetz, timestamp, timestamptz, interval } = OID;
type Int8 = number | bigint;
type Extract = (context: EvaluationContext, name: string, value: never) => Numeric | null;

/** extract (numeric) and date_part (the same as float8) of every date and time type. */
export function extractFunctions(): SqlFunction[] {
  const types: readonly (readonly [Oid, Extract, Extract])[] = [
    [date, fromDate, (context, name, value: number) => fromTimestamp(context, name, timestampOfDate(value))],
    [time, fromTime, fromTime],
    [timetz, fromTimeTz, fromTimeTz],
    [timestamp, fromTimestamp, fromTimestamp],
    [timestamptz, fromTimestampTz, fromTimestampTz],
    [interval, fromInterval, fromInterval],
  ];
  return types.flatMap(([type, extract, part]) => {
    const traits = { volatility: type === timestamptz ? 'stable' : 'immutable' } as const;
    return [
      scalar('extract', [text, type], numeric, extract, traits),
      scalar(
        'date_part',
        [text, type],
        float8,
        (context, name: string, value: never) => {
          const found = part(context, name, value);
          return found === null ? null : floatOfNumeric(found);
        },
        traits,
      ),
    ];
  });
}

/** Units that grow forever, and so are infinite for 'infinity'; the others then are null. */
const GROWING: ReadonlySet<Unit> = new Set(['year', 'decade', 'century', 'millennium', 'julian', 'isoyear', 'epoch']);

function ofInfinity(unit: Unit, value: Int8): Numeric | null {
  return GROWING.has(unit) ? new Numeric(0, 0, value > 0 ? 'infinity' : '-infinity') : null;
}

function isInfinite(value: Int8): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

function fromDate(_context: EvaluationContext, name: string, value: number): Numeric | null {
  const unit = unitNamed(name, 'date');
  const field = dayField(unit, isInfinite(value) ? 0 : value) ?? unsupported(name, 'date');
  return isInfinite(value) ? ofInfinity(unit, value) : field;
}

function fromTimestamp(_context: EvaluationContext, name: string, value: Int8): Numeric | null {
  const unit = unitNamed(name, 'timestamp without time zone');
  const shown = isInfinite(value) ? 0 : value;
  const field = timestampField(unit, shown, shown) ?? unsupported(name, 'timestamp without time zone');
  return isInfinite(value) ? ofInfinity(unit, value) : field;
}

function fromTimestampTz(context: EvaluationContext, name: string, value: Int8): Numeric | null {
  const unit = unitNamed(name, 'timestamp with time zone');
  if (isInfinite(value)) return ofInfinity(unit, value);
  const zone = zoneField(unit, zoneOffsetSeconds(context.timeZone, value));
  return zone ?? timestampField(unit, utcToLocal(context.timeZone, value), value) ?? unsupported(name, 'timestamp with time zone');
}

function fromTime(_context: EvaluationContext, name: string, value: number): Numeric {
  const unit = unitNamed(name, 'time without time zone');
  if (unit === 'epoch') return new Numeric(value, 6);
  return timeField(unit, value) ?? unsupported(name, 'time without time zone');
}

function fromTimeTz(_context: EvaluationContext, name: string, value: TimeTz): Numeric {
  const unit = unitNamed(name, 'time with time zone');
  if (unit === 'epoch') return new Numeric(value.microseconds + value.zoneSeconds * 1_000_000, 6);
  return zoneField(unit, -value.zoneSeconds) ?? timeField(unit, value.microseconds) ?? unsupported(name, 'time with time zone');
}

function fromInterval(_context: EvaluationContext, name: string, value: Interval): Numeric {
  return intervalField(unitNamed(name, 'interval'), value) ?? unsupported(name, 'interval');
}
