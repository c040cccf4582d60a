import { SqlError } from '../../../base/sql-error.ts';
import { roundHalfEven } from '../../float.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { overloads, scalar } from '../define.ts';

const { float4, float8 } = OID;

/** Functions of double precision outside trigonometry: rounding, roots, exponentials, logarithms. */
export function floatFunctions(): SqlFunction[] {
  const unary = (names: readonly string[], body: (x: number) => number): SqlFunction[] =>
    names.map((name) => scalar(name, [float8], float8, (_, x: number) => body(x)));
  return [
    ...overloads(
      'abs',
      [
        [[float4], float4],
        [[float8], float8],
      ],
      (_, x: number) => Math.abs(x),
    ),
    ...unary(['ceil', 'ceiling'], Math.ceil),
    ...unary(['floor'], Math.floor),
    ...unary(['round', 'dround'], (x) => signed(roundHalfEven(x), x)),
    ...unary(['trunc', 'dtrunc'], Math.trunc),
    ...unary(['sign'], (x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
    ...unary(['sqrt', 'dsqrt'], (x) => {
      if (x < 0) throw new SqlError('invalid_argument_for_power_function', 'cannot take square root of a negative number');
      return Math.sqrt(x);
    }),
    ...unary(['cbrt', 'dcbrt'], Math.cbrt),
    ...unary(['exp', 'dexp'], (x) => checked(Math.exp(x), Number.isFinite(x), x !== Number.NEGATIVE_INFINITY)),
    ...unary(['ln', 'dlog1'], (x) => Math.log(positive(x))),
    ...unary(['log', 'log10', 'dlog10'], (x) => Math.log10(positive(x))),
    ...['power', 'pow'].map((name) => scalar(name, [float8, float8], float8, (_, x: number, y: number) => powerFloat(x, y))),
    ...unary(['degrees'], (x) => checked(x / RADIANS_PER_DEGREE, Number.isFinite(x), false)),
    ...unary(['radians'], (x) => x * RADIANS_PER_DEGREE),
    scalar('pi', [], float8, () => Math.PI),
    scalar('random', [], float8, (context) => context.random(), { volatility: 'volatile' }),
    scalar(
      'setseed',
      [float8],
      OID.void,
      (context, seed: number) => {
        if (!(seed >= -1 && seed <= 1))
          throw new SqlError('invalid_parameter_value', `setseed parameter ${seed} is out of allowed range [-1,1]`);
        context.setSeed(seed);
        return '';
      },
      { volatility: 'volatile' },
    ),
  ];
}

const RADIANS_PER_DEGREE = Math.PI / 180;

/** A zero keeps the sign of what was rounded: -0.4 rounds to -0. */
function signed(value: number, like: number): number {
  return value === 0 && (like < 0 || Object.is(like, -0)) ? -0 : value;
}

function positive(x: number): number {
  if (x === 0) throw new SqlError('invalid_argument_for_logarithm', 'cannot take logarithm of zero');
  if (x < 0) throw new SqlError('invalid_argument_for_logarithm', 'cannot take logarithm of a negative number');
  return x;
}

function checked(value: number, finiteInput: boolean, nonZeroExpected: boolean): number {
  if (finiteInput && Math.abs(value) === Number.POSITIVE_INFINITY)
    throw new SqlError('numeric_value_out_of_range', 'value out of range: overflow');
  if (finiteInput && nonZeroExpected && value === 0) throw new SqlError('numeric_value_out_of_range', 'value out of range: underflow');
  return value;
}

/** x to the power y by POSIX rules (1 to any power is 1, anything to 0 is 1), with SQL's errors. */
export function powerFloat(x: number, y: number): number {
  if (x === 1 || y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === 0 && y < 0) throw new SqlError('invalid_argument_for_power_function', 'zero raised to a negative power is undefined');
  if (x < 0 && Number.isFinite(y) && Math.floor(y) !== y)
    throw new SqlError('invalid_argument_for_power_function', 'a negative number raised to a non-integer power yields a complex result');
  if (x === -1 && !Number.isFinite(y)) return 1;
  return checked(x ** y, Number.isFinite(x) && Number.isFinite(y), x !== 0);
}
