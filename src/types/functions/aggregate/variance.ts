/**
 * Variance and standard deviation.
 *
 * Integers and numeric are exact: with n values, their sum s and sum of squares q, variance is (n·q − s²) / (n·n) or
 * (n·q − s²) / (n·(n−1)), one division with PostgreSQL's scale at the end; the root is taken to that same scale.
 * Floats follow Youngs and Cramer (1971) as PostgreSQL does, so that the digits agree.
 */
import { SqlError } from '../../../base/sql-error.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { multiplyNumeric, subtractNumeric } from '../../numeric/arithmetic.ts';
import { divideNumeric } from '../../numeric/division.ts';
import { OID } from '../../oid.ts';
import { Numeric, type Value } from '../../value.ts';
import { aggregate } from '../define.ts';
import { ExactSum, NumericSum } from './exact-sum.ts';
import { squareRootAtScale } from './square-root.ts';

const { int2, int4, int8, float4, float8, numeric } = OID;

interface Measure {
  /** Over the sample (n − 1) rather than the population (n). */
  readonly sample: boolean;
  readonly root: boolean;
}

const MEASURES: readonly (readonly [name: string, measure: Measure])[] = [
  ['var_pop', { sample: false, root: false }],
  ['var_samp', { sample: true, root: false }],
  ['variance', { sample: true, root: false }],
  ['stddev_pop', { sample: false, root: true }],
  ['stddev_samp', { sample: true, root: true }],
  ['stddev', { sample: true, root: true }],
];

/** var_pop, var_samp, variance, stddev_pop, stddev_samp, stddev. */
export function varianceFunctions(): SqlFunction[] {
  return MEASURES.flatMap(([name, measure]) => [
    ...[int2, int4, int8].map((type) => aggregate(name, [type], numeric, () => () => new IntegerVariance(measure))),
    aggregate(name, [numeric], numeric, () => () => new NumericVariance(measure)),
    ...[float4, float8].map((type) => aggregate(name, [type], float8, () => () => new FloatVariance(measure))),
  ]);
}

/** Below this a square is a safe integer. */
const SQUARE_SAFE = 2 ** 26;

class IntegerVariance implements Accumulator {
  readonly #measure: Measure;
  readonly #sum = new ExactSum();
  readonly #squares = new ExactSum();
  #count = 0;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  step(_context: EvaluationContext, value: Value): void {
    this.#count++;
    this.#sum.add(value as number | bigint);
    this.#squares.add(square(value as number | bigint));
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#count--;
    this.#sum.subtract(value as number | bigint);
    this.#squares.subtract(square(value as number | bigint));
  }

  finish(): Value {
    return exactMeasure(this.#measure, this.#count, new Numeric(this.#sum.total, 0), new Numeric(this.#squares.total, 0));
  }
}

function square(value: number | bigint): number | bigint {
  if (typeof value === 'number' && value < SQUARE_SAFE && value > -SQUARE_SAFE) return value * value;
  const wide = BigInt(value);
  return wide * wide;
}

class NumericVariance implements Accumulator {
  readonly #measure: Measure;
  readonly #sum = new NumericSum();
  readonly #squares = new NumericSum();

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  step(_context: EvaluationContext, value: Value): void {
    this.#sum.add(value as Numeric);
    this.#squares.add(multiplyNumeric(value as Numeric, value as Numeric));
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#sum.subtract(value as Numeric);
    this.#squares.subtract(multiplyNumeric(value as Numeric, value as Numeric));
  }

  finish(): Value {
    return exactMeasure(this.#measure, this.#sum.count, this.#sum.total, this.#squares.total);
  }
}

function exactMeasure(measure: Measure, count: number, sum: Numeric, squares: Numeric): Value {
  if (count === 0 || (measure.sample && count === 1)) return null;
  if (sum.kind !== 'finite') return new Numeric(0, 0, 'nan');
  const n = new Numeric(count, 0);
  const numerator = subtractNumeric(multiplyNumeric(n, squares), multiplyNumeric(sum, sum));
  if (numerator.coefficient <= 0) return new Numeric(0, 0);
  const quotient = divideNumeric(numerator, new Numeric(BigInt(count) * BigInt(measure.sample ? count - 1 : count), 0));
  return measure.root ? squareRootAtScale(quotient, quotient.scale) : quotient;
}

class FloatVariance implements Accumulator {
  readonly #measure: Measure;
  #count = 0;
  #sum = 0;
  #squares = 0;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  step(_context: EvaluationContext, value: Value): void {
    const added = value as number;
    const before = this.#count++;
    const sumBefore = this.#sum;
    this.#sum += added;
    if (before === 0) {
      if (!Number.isFinite(added)) this.#squares = Number.NaN;
      return;
    }
    const deviation = added * this.#count - this.#sum;
    this.#squares += (deviation * deviation) / (this.#count * before);
    if (infinite(this.#sum) || infinite(this.#squares)) {
      if (!infinite(sumBefore) && !infinite(added)) throw new SqlError('numeric_value_out_of_range', 'value out of range: overflow');
      this.#squares = Number.NaN;
    }
  }

  finish(): Value {
    const divisor = this.#measure.sample ? this.#count - 1 : this.#count;
    if (divisor < 1) return null;
    const variance = this.#squares / divisor;
    return this.#measure.root ? Math.sqrt(variance) : variance;
  }
}

function infinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}
