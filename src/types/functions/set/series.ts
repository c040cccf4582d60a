import { SqlError } from '../../../base/sql-error.ts';
import { addInterval, addIntervalTz, compareInterval } from '../../datetime/interval-arithmetic.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { addNumeric, compareNumeric } from '../../numeric/arithmetic.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import { canonicalInt8, Interval, Numeric, type Row } from '../../value.ts';
import { setReturning } from '../define.ts';

const { int4, int8, numeric, timestamp, timestamptz, interval } = OID;
type Int8 = number | bigint;
const INT8_MIN = -(2n ** 63n);
const INT8_MAX = 2n ** 63n - 1n;
const NO_TIME = new Interval(0, 0, 0);

/** generate_series over integers, numeric and timestamps; both ends included. A zero step is SQLSTATE 22023. */
export function seriesFunctions(): SqlFunction[] {
  type Types = readonly SqlType[];
  return [
    setReturning('generate_series', [int4, int4], int4, (_, _types: Types, start: number, stop: number) => integers(start, stop, 1)),
    setReturning('generate_series', [int4, int4, int4], int4, (_, _types: Types, start: number, stop: number, step: number) =>
      integers(start, stop, step),
    ),
    setReturning('generate_series', [int8, int8], int8, (_, _types: Types, start: Int8, stop: Int8) => wideIntegers(start, stop, 1)),
    setReturning('generate_series', [int8, int8, int8], int8, (_, _types: Types, start: Int8, stop: Int8, step: Int8) =>
      wideIntegers(start, stop, step),
    ),
    setReturning('generate_series', [numeric, numeric], numeric, (_, _types: Types, start: Numeric, stop: Numeric) =>
      numerics(start, stop, new Numeric(1, 0)),
    ),
    setReturning(
      'generate_series',
      [numeric, numeric, numeric],
      numeric,
      (_, _types: Types, start: Numeric, stop: Numeric, step: Numeric) => numerics(start, stop, step),
    ),
    setReturning(
      'generate_series',
      [timestamp, timestamp, interval],
      timestamp,
      (_, _types: Types, start: Int8, stop: Int8, step: Interval) => times(start, stop, step, addInterval),
    ),
    setReturning(
      'generate_series',
      [timestamptz, timestamptz, interval],
      timestamptz,
      (context: EvaluationContext, _types: Types, start: Int8, stop: Int8, step: Interval) =>
        times(start, stop, step, (time, by) => addIntervalTz(time, by, context.timeZone)),
      { volatility: 'stable' },
    ),
  ];
}

function zeroStep(): never {
  throw new SqlError('invalid_parameter_value', 'step size cannot equal zero');
}

function* integers(start: number, stop: number, step: number): Iterable<Row> {
  if (step === 0) zeroStep();
  if (step > 0) for (let at = start; at <= stop; at += step) yield [at];
  else for (let at = start; at >= stop; at += step) yield [at];
}

/** Plain numbers while every value is safe, else bigints; a step past 64 bits ends the series. */
function wideIntegers(start: Int8, stop: Int8, step: Int8): Iterable<Row> {
  if (typeof start === 'number' && typeof stop === 'number' && typeof step === 'number' && Number.isSafeInteger(stop + step))
    return integers(start, stop, step);
  return bigIntegers(BigInt(start), BigInt(stop), BigInt(step));
}

function* bigIntegers(start: bigint, stop: bigint, step: bigint): Iterable<Row> {
  if (step === 0n) zeroStep();
  for (let at = start; step > 0n ? at <= stop : at >= stop; at += step) {
    if (at > INT8_MAX || at < INT8_MIN) return;
    yield [canonicalInt8(at)];
  }
}

function* numerics(start: Numeric, stop: Numeric, step: Numeric): Iterable<Row> {
  mustBeFinite(start, 'start value');
  mustBeFinite(stop, 'stop value');
  mustBeFinite(step, 'step size');
  if (step.coefficient === 0) zeroStep();
  const direction = step.coefficient > 0 ? 1 : -1;
  for (let at = start; compareNumeric(at, stop) * direction <= 0; at = addNumeric(at, step)) yield [at];
}

function mustBeFinite(value: Numeric, what: string): void {
  if (value.kind !== 'finite')
    throw new SqlError('invalid_parameter_value', `${what} cannot be ${value.kind === 'nan' ? 'NaN' : 'infinity'}`);
}

function* times(start: Int8, stop: Int8, step: Interval, add: (time: Int8, by: Interval) => Int8): Iterable<Row> {
  const direction = compareInterval(step, NO_TIME);
  if (direction === 0) zeroStep();
  for (let at = start; direction > 0 ? at <= stop : at >= stop; at = add(at, step)) yield [at];
}
