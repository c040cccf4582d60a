import { SqlError } from '../../../base/sql-error.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { divideNumeric } from '../../numeric/division.ts';
import { OID } from '../../oid.ts';
import { Numeric, type Value } from '../../value.ts';
import { divideInterval } from '../../datetime/interval-arithmetic.ts';
import { aggregate } from '../define.ts';
import { ExactSum, NumericSum } from './exact-sum.ts';
import { IntervalTotal } from './sum.ts';

const { int2, int4, int8, float4, float8, numeric, interval } = OID;

/** avg(): numeric with PostgreSQL's division scale for integers and numeric, float8 for floats. Null over no rows. */
export function averageFunctions(): SqlFunction[] {
  return [
    ...[int2, int4, int8].map((type) => aggregate('avg', [type], numeric, () => () => new IntegerAverage())),
    aggregate('avg', [numeric], numeric, () => () => new NumericAverage()),
    ...[float4, float8].map((type) => aggregate('avg', [type], float8, () => () => new FloatAverage())),
    aggregate('avg', [interval], interval, () => () => new IntervalAverage()),
  ];
}

class IntegerAverage implements Accumulator {
  readonly #sum = new ExactSum();
  #count = 0;

  step(_context: EvaluationContext, value: Value): void {
    this.#count++;
    this.#sum.add(value as number | bigint);
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#count--;
    this.#sum.subtract(value as number | bigint);
  }

  finish(): Value {
    return this.#count === 0 ? null : divideNumeric(new Numeric(this.#sum.total, 0), new Numeric(this.#count, 0));
  }
}

class NumericAverage implements Accumulator {
  readonly #sum = new NumericSum();

  step(_context: EvaluationContext, value: Value): void {
    this.#sum.add(value as Numeric);
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#sum.subtract(value as Numeric);
  }

  finish(): Value {
    return this.#sum.count === 0 ? null : divideNumeric(this.#sum.total, new Numeric(this.#sum.count, 0));
  }
}

class FloatAverage implements Accumulator {
  #sum = 0;
  #count = 0;

  step(_context: EvaluationContext, value: Value): void {
    const added = value as number;
    const before = this.#sum;
    this.#count++;
    this.#sum = before + added;
    if (!Number.isFinite(this.#sum) && Number.isFinite(before) && Number.isFinite(added))
      throw new SqlError('numeric_value_out_of_range', 'value out of range: overflow');
  }

  finish(): Value {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

class IntervalAverage implements Accumulator {
  readonly #sum = new IntervalTotal();

  step(context: EvaluationContext, value: Value): void {
    this.#sum.step(context, value);
  }

  retract(context: EvaluationContext, value: Value): void {
    this.#sum.retract(context, value);
  }

  finish(): Value {
    const total = this.#sum.finish();
    return total === null ? null : divideInterval(total, this.#sum.count);
  }
}
