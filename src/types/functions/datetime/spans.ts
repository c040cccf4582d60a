import { SqlError } from '../../../base/sql-error.ts';
import { MICROS_PER_DAY, splitTimestamp, timestampOfDate } from '../../datetime/calendar.ts';
import { addInterval, addIntervalTz, ageBetween, justifyDays, justifyHours, justifyInterval } from '../../datetime/interval-arithmetic.ts';
import { utcToLocal } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { addInt8, compareInt8 } from '../../integer.ts';
import { OID, type Oid } from '../../oid.ts';
import { canonicalInt8, type Interval, type Value } from '../../value.ts';
import { overloads, scalar, STABLE } from '../define.ts';
import { knownType } from '../known-type.ts';

const { bool, date, time, timetz, timestamp, timestamptz, interval } = OID;
type Int8 = number | bigint;

/** Spans of time: age, justify_*, isfinite, date_bin, OVERLAPS. */
export function spanFunctions(): SqlFunction[] {
  return [
    scalar('age', [timestamp, timestamp], interval, (_, a: Int8, b: Int8) => ageBetween(a, b)),
    scalar('age', [timestamptz, timestamptz], interval, (context, a: Int8, b: Int8) =>
      ageBetween(utcToLocal(context.timeZone, a), utcToLocal(context.timeZone, b)),
    ),
    scalar('age', [timestamp], interval, (context, b: Int8) => ageBetween(midnight(context), b), STABLE),
    scalar('age', [timestamptz], interval, (context, b: Int8) => ageBetween(midnight(context), utcToLocal(context.timeZone, b)), STABLE),
    scalar('justify_days', [interval], interval, (_, value: Interval) => justifyDays(value)),
    scalar('justify_hours', [interval], interval, (_, value: Interval) => justifyHours(value)),
    scalar('justify_interval', [interval], interval, (_, value: Interval) => justifyInterval(value)),
    ...overloads(
      'isfinite',
      [
        [[date], bool],
        [[timestamp], bool],
        [[timestamptz], bool],
      ],
      (_, value: Int8) => value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY,
    ),
    scalar('isfinite', [interval], bool, () => true),
    ...overloads(
      'date_bin',
      [
        [[interval, timestamp, timestamp], timestamp],
        [[interval, timestamptz, timestamptz], timestamptz],
      ],
      (_, stride: Interval, source: Int8, origin: Int8) => bin(stride, source, origin),
    ),
    ...overlaps(timestamp, (_, start, span) => addInterval(start as Int8, span)),
    ...overlaps(timestamptz, (context, start, span) => addIntervalTz(start as Int8, span, context.timeZone)),
    ...overlaps(time, (_, start, span) =>
      wrapped((start as number) + Number(BigInt.asIntN(64, BigInt(span.microseconds)) % BigInt(MICROS_PER_DAY))),
    ),
    scalar('overlaps', [timetz, timetz, timetz, timetz], bool, overlapping(timetz), { strict: false }),
  ];
}

function midnight(context: EvaluationContext): Int8 {
  return timestampOfDate(splitTimestamp(utcToLocal(context.timeZone, context.transactionTime)).days);
}

function wrapped(micros: number): number {
  return ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
}

/** The start of the bin of width `stride`, counted from `origin`, that holds `source`. */
function bin(stride: Interval, source: Int8, origin: Int8): Int8 {
  if (typeof source === 'number' && !Number.isFinite(source)) return source;
  if (typeof origin === 'number' && !Number.isFinite(origin)) throw new SqlError('datetime_field_overflow', 'origin out of range');
  if (stride.months !== 0)
    throw new SqlError('feature_not_supported', 'timestamps cannot be binned into intervals containing months or years');
  const width = BigInt(stride.days) * BigInt(MICROS_PER_DAY) + BigInt(stride.microseconds);
  if (width <= 0n) throw new SqlError('datetime_field_overflow', 'stride must be greater than zero');
  const offset = (BigInt(source) - BigInt(origin)) % width;
  return addInt8(source, canonicalInt8(offset < 0n ? -offset - width : -offset));
}

type End = (context: EvaluationContext, start: Exclude<Value, null>, span: Interval) => Value;

/** OVERLAPS over one type, each period given by its end or by its length. */
function overlaps(type: Oid, end: End): SqlFunction[] {
  const compare = overlapping(type);
  const shapes: readonly (readonly [boolean, boolean])[] = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ];
  return shapes.map(([first, second]) =>
    scalar(
      'overlaps',
      [type, first ? interval : type, type, second ? interval : type],
      bool,
      (context, start1: Value, end1: Value, start2: Value, end2: Value) => {
        const finish = (start: Value, given: Value, isSpan: boolean): Value =>
          !isSpan ? given : start === null || given === null ? null : end(context, start, given as Interval);
        return compare(context, start1, finish(start1, end1, first), start2, finish(start2, end2, second));
      },
      { strict: false, volatility: type === timestamptz && (first || second) ? 'stable' : 'immutable' },
    ),
  );
}

/** SQL's three-valued OVERLAPS: ends in any order, a null end unknown, a period of one moment allowed. */
function overlapping(type: Oid) {
  const compare = (a: Value, b: Value): number =>
    type === timetz ? (knownType(timetz).compare?.(a, b) ?? 0) : compareInt8(a as Int8, b as Int8);
  const ordered = (start: Value, end: Value): readonly [Value, Value] =>
    start === null ? [end, null] : end !== null && compare(start, end) > 0 ? [end, start] : [start, end];
  return (_context: EvaluationContext, start1: Value, end1: Value, start2: Value, end2: Value): boolean | null => {
    const [from1, to1] = ordered(start1, end1);
    const [from2, to2] = ordered(start2, end2);
    if (from1 === null || from2 === null) return null;
    const order = compare(from1, from2);
    if (order === 0) return to1 === null || to2 === null ? null : true;
    const [later, earlierEnd, laterEnd] = order > 0 ? [from1, to2, to1] : [from2, to1, to2];
    if (earlierEnd === null) return null;
    if (compare(later, earlierEnd) < 0) return true;
    return laterEnd === null ? null : false;
  };
}
