import { SqlError } from '../../../base/sql-error.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { canonicalInt8, Interval, Numeric, type Value } from '../../value.ts';
import { aggregate } from '../define.ts';
import { ExactSum, NumericSum } from './exact-sum.ts';

const { int2, int4, int8, float4, float8, numeric, interval } = OID;
const INT8_MAX = 2n ** 63n - 1n;
const INT8_MIN = -(2n ** 63n);

/** sum(): exact for integers and numeric, PostgreSQL's result types. Null over no rows. */
export function sumFunctions(): SqlFunction[] {
  return [
    aggregate('sum', [int2], int8, () => () => new IntegerTotal('int8')),
    aggregate('sum', [int4], int8, () => () => new IntegerTotal('int8')),
    aggregate('sum', [int8], numeric, () => () => new IntegerTotal('numeric')),
    aggregate('sum', [numeric], numeric, () => () => new NumericTotal()),
    aggregate('sum', [float4], float4, () => () => new FloatTotal(Math.fround)),
    aggregate('sum', [float8], float8, () => () => new FloatTotal((value) => value)),
    aggregate('sum', [interval], interval, () => () => new IntervalTotal()),
  ];
}

class IntegerTotal implements Accumulator {
  readonly #result: 'int8' | 'numeric';
  readonly #sum = new ExactSum();
  #count = 0;

  constructor(result: 'int8' | 'numeric') {
    this.#result = result;
  }

  step(_context: EvaluationContext, value: Value): void {
    this.#count++;
    this.#sum.add(value as number | bigint);
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#count--;
    this.#sum.subtract(value as number | bigint);
  }

  finish(): Value {
    if (this.#count === 0) return null;
    const total = this.#sum.total;
    return this.#result === 'numeric' ? new Numeric(total, 0) : int8Of(total);
  }
}

class NumericTotal implements Accumulator {
  readonly #sum = new NumericSum();

  step(_context: EvaluationContext, value: Value): void {
    this.#sum.add(value as Numeric);
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#sum.subtract(value as Numeric);
  }

  finish(): Value {
    return this.#sum.count === 0 ? null : this.#sum.total;
  }
}

/** Floating-point sums are not taken back from: the rounding would stay. */
class FloatTotal implements Accumulator {
  readonly #round: (value: number) => number;
  #sum = 0;
  #count = 0;

  constructor(round: (value: number) => number) {
    this.#round = round;
  }

  step(_context: EvaluationContext, value: Value): void {
    const added = value as number;
    const before = this.#sum;
    this.#sum = this.#count++ === 0 ? added : this.#round(before + added);
    if (!Number.isFinite(this.#sum) && Number.isFinite(before) && Number.isFinite(added))
      throw new SqlError('numeric_value_out_of_range', 'value out of range: overflow');
  }

  finish(): Value {
    return this.#count === 0 ? null : this.#sum;
  }
}

/** Months, days and microseconds summed apart, exactly. */
export class IntervalTotal implements Accumulator {
  #months = 0;
  #days = 0;
  readonly #microseconds = new ExactSum();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  step(_context: EvaluationContext, value: Value): void {
    this.#move(value as Interval, 1);
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#move(value as Interval, -1);
  }

  finish(): Interval | null {
    if (this.#count === 0) return null;
    const microseconds = BigInt(this.#microseconds.total);
    if ((this.#months | 0) !== this.#months || (this.#days | 0) !== this.#days || microseconds > INT8_MAX || microseconds < INT8_MIN) {
      throw new SqlError('datetime_field_overflow', 'interval out of range');
    }
    return new Interval(this.#months, this.#days, microseconds);
  }

  #move(value: Interval, direction: 1 | -1): void {
    this.#count += direction;
    this.#months += direction * value.months;
    this.#days += direction * value.days;
    if (direction === 1) this.#microseconds.add(value.microseconds);
    else this.#microseconds.subtract(value.microseconds);
  }
}

function int8Of(total: number | bigint): number | bigint {
  if (typeof total === 'number') return total;
  if (total > INT8_MAX || total < INT8_MIN) throw new SqlError('numeric_value_out_of_range', 'bigint out of range');
  return canonicalInt8(total);
}
