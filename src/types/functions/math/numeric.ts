import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { absNumeric, signNumeric, trimNumeric } from '../../numeric/arithmetic.ts';
import { divideToInteger, remainderNumeric } from '../../numeric/division.ts';
import { ceilNumeric, floorNumeric, roundNumeric, truncateNumeric } from '../../numeric/rounding.ts';
import { shiftLeft } from '../../numeric/scale.ts';
import { expNumeric, lnNumeric, logNumeric, powerNumeric, sqrtNumeric } from '../../numeric/transcendental.ts';
import { OID } from '../../oid.ts';
import { Numeric } from '../../value.ts';
import { scalar } from '../define.ts';
import { divisorWide } from './integer.ts';

const { int4, int8, numeric } = OID;
/** The largest factorial that a numeric holds. */
const FACTORIAL_MAX = 32177;
/** round() and trunc() clamp their scale as PostgreSQL does. */
const SCALE_MAX = 2000;
const TEN = new Numeric(10, 0);

/** Functions of numeric, exact or to PostgreSQL's result scale. */
export function numericFunctions(): SqlFunction[] {
  const unary = (names: readonly string[], body: (x: Numeric) => Numeric): SqlFunction[] =>
    names.map((name) => scalar(name, [numeric], numeric, (_, x: Numeric) => body(x)));
  const binary = (names: readonly string[], body: (x: Numeric, y: Numeric) => Numeric): SqlFunction[] =>
    names.map((name) => scalar(name, [numeric, numeric], numeric, (_, x: Numeric, y: Numeric) => body(x, y)));
  return [
    ...unary(['abs'], absNumeric),
    ...unary(['sign'], signNumeric),
    ...unary(['ceil', 'ceiling'], ceilNumeric),
    ...unary(['floor'], floorNumeric),
    ...unary(['round'], (x) => roundNumeric(x, 0)),
    ...unary(['trunc'], (x) => truncateNumeric(x, 0)),
    scalar('round', [numeric, int4], numeric, (_, x: Numeric, scale: number) => roundNumeric(x, clamp(scale))),
    scalar('trunc', [numeric, int4], numeric, (_, x: Numeric, scale: number) => truncateNumeric(x, clamp(scale))),
    ...unary(['sqrt'], sqrtNumeric),
    ...unary(['exp'], expNumeric),
    ...unary(['ln'], lnNumeric),
    ...unary(['log', 'log10'], (x) => logNumeric(TEN, x)),
    ...binary(['log'], logNumeric),
    ...binary(['power', 'pow'], powerNumeric),
    ...binary(['mod'], remainderNumeric),
    ...binary(['div'], divideToInteger),
    ...binary(['gcd'], gcd),
    ...binary(['lcm'], lcm),
    scalar('factorial', [int8], numeric, (_, n: number | bigint) => factorial(n)),
    scalar('scale', [numeric], int4, (_, x: Numeric) => (x.kind === 'finite' ? x.scale : null)),
    scalar('min_scale', [numeric], int4, (_, x: Numeric) => (x.kind === 'finite' ? trimNumeric(x).scale : null)),
    ...unary(['trim_scale'], trimNumeric),
  ];
}

function clamp(scale: number): number {
  return Math.max(-SCALE_MAX, Math.min(SCALE_MAX, scale));
}

function gcd(x: Numeric, y: Numeric): Numeric {
  if (x.kind !== 'finite' || y.kind !== 'finite') return new Numeric(0, 0, 'nan');
  const [a, b, scale] = aligned(x, y);
  return new Numeric(divisorWide(a, b), scale);
}

function lcm(x: Numeric, y: Numeric): Numeric {
  if (x.kind !== 'finite' || y.kind !== 'finite') return new Numeric(0, 0, 'nan');
  const [a, b, scale] = aligned(x, y);
  if (a === 0n || b === 0n) return new Numeric(0, scale);
  const multiple = (a / divisorWide(a, b)) * b;
  return new Numeric(multiple < 0n ? -multiple : multiple, scale);
}

function aligned(x: Numeric, y: Numeric): [bigint, bigint, number] {
  const scale = Math.max(x.scale, y.scale);
  return [BigInt(shiftLeft(x.coefficient, scale - x.scale)), BigInt(shiftLeft(y.coefficient, scale - y.scale)), scale];
}

function factorial(n: number | bigint): Numeric {
  if (n < 0) throw new SqlError('numeric_value_out_of_range', 'factorial of a negative number is undefined');
  if (n > FACTORIAL_MAX) throw new SqlError('numeric_value_out_of_range', 'value overflows numeric format');
  return n < 2 ? new Numeric(1, 0) : new Numeric(product(2n, BigInt(n)), 0);
}

/** The product of `from`..`to`, halved again and again so that the factors stay of one size. */
function product(from: bigint, to: bigint): bigint {
  if (to - from < 8n) {
    let result = from;
    for (let factor = from + 1n; factor <= to; factor++) result *= factor;
    return result;
  }
  const middle = (from + to) >> 1n;
  return product(from, middle) * product(middle + 1n, to);
}
