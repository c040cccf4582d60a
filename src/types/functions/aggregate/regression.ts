import { SqlError } from '../../../base/sql-error.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { Value } from '../../value.ts';
import { aggregate } from '../define.ts';

const { int8, float8 } = OID;

/** What a pass over pairs (y, x) leaves behind: count, sums, and sums of squared deviations. */
interface Moments {
  count: number;
  sumX: number;
  sumY: number;
  squaresX: number;
  squaresY: number;
  products: number;
}

/** corr, covar_* and regr_* over pairs of float8, by Youngs and Cramer's update as PostgreSQL computes them. */
export function regressionFunctions(): SqlFunction[] {
  const pairs = (name: string, least: number, answer: (m: Moments) => Value, result: typeof int8 | typeof float8 = float8): SqlFunction =>
    aggregate(name, [float8, float8], result, () => () => new Regression((m) => (m.count < least ? null : answer(m))));
  return [
    pairs('regr_count', 0, (m) => m.count, int8),
    pairs('regr_sxx', 1, (m) => m.squaresX),
    pairs('regr_syy', 1, (m) => m.squaresY),
    pairs('regr_sxy', 1, (m) => m.products),
    pairs('regr_avgx', 1, (m) => m.sumX / m.count),
    pairs('regr_avgy', 1, (m) => m.sumY / m.count),
    pairs('covar_pop', 1, (m) => m.products / m.count),
    pairs('covar_samp', 2, (m) => m.products / (m.count - 1)),
    pairs('corr', 1, (m) => (m.squaresX === 0 || m.squaresY === 0 ? null : m.products / Math.sqrt(m.squaresX * m.squaresY))),
    pairs('regr_r2', 1, (m) => (m.squaresX === 0 ? null : m.squaresY === 0 ? 1 : (m.products * m.products) / (m.squaresX * m.squaresY))),
    pairs('regr_slope', 1, (m) => (m.squaresX === 0 ? null : m.products / m.squaresX)),
    pairs('regr_intercept', 1, (m) => (m.squaresX === 0 ? null : (m.sumY - (m.sumX * m.products) / m.squaresX) / m.count)),
  ];
}

class Regression implements Accumulator {
  readonly #answer: (moments: Moments) => Value;
  readonly #moments: Moments = { count: 0, sumX: 0, sumY: 0, squaresX: 0, squaresY: 0, products: 0 };

  constructor(answer: (moments: Moments) => Value) {
    this.#answer = answer;
  }

  step(_context: EvaluationContext, valueY: Value, valueX: Value): void {
    const m = this.#moments;
    const y = valueY as number;
    const x = valueX as number;
    const before = m.count++;
    const finiteBefore = Number.isFinite(m.sumX) && Number.isFinite(m.sumY);
    m.sumX += x;
    m.sumY += y;
    if (before === 0) {
      if (!Number.isFinite(x)) m.squaresX = m.products = Number.NaN;
      if (!Number.isFinite(y)) m.squaresY = m.products = Number.NaN;
      return;
    }
    const deviationX = x * m.count - m.sumX;
    const deviationY = y * m.count - m.sumY;
    const scale = 1 / (m.count * before);
    m.squaresX += deviationX * deviationX * scale;
    m.squaresY += deviationY * deviationY * scale;
    m.products += deviationX * deviationY * scale;
    const sums = [m.sumX, m.sumY, m.squaresX, m.squaresY, m.products];
    if (!sums.some((sum) => Math.abs(sum) === Number.POSITIVE_INFINITY)) return;
    if (finiteBefore && Number.isFinite(x) && Number.isFinite(y))
      throw new SqlError('numeric_value_out_of_range', 'value out of range: overflow');
    m.squaresX = nanIfInfinite(m.squaresX);
    m.squaresY = nanIfInfinite(m.squaresY);
    m.products = nanIfInfinite(m.products);
  }

  finish(): Value {
    return this.#answer(this.#moments);
  }
}

function nanIfInfinite(value: number): number {
  return Math.abs(value) === Number.POSITIVE_INFINITY ? Number.NaN : value;
}
