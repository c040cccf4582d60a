import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar } from '../define.ts';

const { float8 } = OID;
const DEGREES = 180 / Math.PI;

/** Trigonometry in radians, in degrees (exact at the multiples of 30 and 45 where the true value is), and hyperbolic. */
export function trigonometryFunctions(): SqlFunction[] {
  const unary = (name: string, body: (x: number) => number): SqlFunction => scalar(name, [float8], float8, (_, x: number) => body(x));
  return [
    unary('sin', (x) => Math.sin(finite(x))),
    unary('cos', (x) => Math.cos(finite(x))),
    unary('tan', (x) => Math.tan(finite(x))),
    unary('cot', (x) => 1 / Math.tan(finite(x))),
    unary('asin', (x) => Math.asin(unit(x))),
    unary('acos', (x) => Math.acos(unit(x))),
    unary('atan', Math.atan),
    scalar('atan2', [float8, float8], float8, (_, y: number, x: number) => Math.atan2(y, x)),
    unary('sind', (x) => sineOfDegrees(finite(x))),
    unary('cosd', (x) => cosineOfDegrees(finite(x))),
    unary('tand', (x) => tangentOfDegrees(finite(x))),
    unary('cotd', (x) => cotangentOfDegrees(finite(x))),
    unary('asind', (x) => inverseSine(unit(x))),
    unary('acosd', (x) => inverseCosine(unit(x))),
    unary('atand', (x) => (Math.atan(x) / Math.atan(1)) * 45),
    scalar('atan2d', [float8, float8], float8, (_, y: number, x: number) => (Math.atan2(y, x) / Math.atan(1)) * 45),
    unary('sinh', Math.sinh),
    unary('cosh', Math.cosh),
    unary('tanh', Math.tanh),
    unary('asinh', Math.asinh),
    unary('acosh', (x) => (x < 1 ? outOfRange() : Math.acosh(x))),
    unary('atanh', (x) => (x < -1 || x > 1 ? outOfRange() : Math.atanh(x))),
  ];
}

function outOfRange(): never {
  throw new SqlError('numeric_value_out_of_range', 'input is out of range');
}

function finite(x: number): number {
  return x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY ? outOfRange() : x;
}

function unit(x: number): number {
  return x < -1 || x > 1 ? outOfRange() : x;
}

const SIN_30 = Math.sin(30 / DEGREES);
const ONE_MINUS_COS_60 = 1 - Math.cos(60 / DEGREES);
const ASIN_HALF = Math.asin(0.5);
const ACOS_HALF = Math.acos(0.5);

/** Sine of 0..30 degrees, scaled so that 30 gives exactly one half. */
function sine30(x: number): number {
  return Math.sin(x / DEGREES) / SIN_30 / 2;
}

/** Cosine of 0..60 degrees, scaled so that 60 gives exactly one half. */
function cosine60(x: number): number {
  return 1 - (1 - Math.cos(x / DEGREES)) / ONE_MINUS_COS_60 / 2;
}

function sineQuadrant(x: number): number {
  return x <= 30 ? sine30(x) : cosine60(90 - x);
}

function cosineQuadrant(x: number): number {
  return x <= 60 ? cosine60(x) : sine30(90 - x);
}

function sineOfDegrees(angle: number): number {
  let x = angle % 360;
  let sign = 1;
  if (x < 0) [x, sign] = [-x, -sign];
  if (x > 180) [x, sign] = [360 - x, -sign];
  if (x > 90) x = 180 - x;
  return sign * sineQuadrant(x);
}

function cosineOfDegrees(angle: number): number {
  let x = Math.abs(angle % 360);
  let sign = 1;
  if (x > 180) x = 360 - x;
  if (x > 90) [x, sign] = [180 - x, -sign];
  return sign * cosineQuadrant(x);
}

const TANGENT_45 = sineQuadrant(45) / cosineQuadrant(45);
const COTANGENT_45 = cosineQuadrant(45) / sineQuadrant(45);

/** Folds an angle into 0..90 degrees and the sign that tangent and cotangent then have. */
function foldTangent(angle: number): [x: number, sign: number] {
  let x = angle % 360;
  let sign = 1;
  if (x < 0) [x, sign] = [-x, -sign];
  if (x > 180) [x, sign] = [360 - x, -sign];
  if (x > 90) [x, sign] = [180 - x, -sign];
  return [x, sign];
}

function tangentOfDegrees(angle: number): number {
  const [x, sign] = foldTangent(angle);
  const value = (sign * (sineQuadrant(x) / cosineQuadrant(x))) / TANGENT_45;
  return value === 0 ? 0 : value;
}

function cotangentOfDegrees(angle: number): number {
  const [x, sign] = foldTangent(angle);
  const value = (sign * (cosineQuadrant(x) / sineQuadrant(x))) / COTANGENT_45;
  return value === 0 ? 0 : value;
}

function arcSineQuadrant(x: number): number {
  return x <= 0.5 ? (Math.asin(x) / ASIN_HALF) * 30 : 90 - (Math.acos(x) / ACOS_HALF) * 60;
}

function arcCosineQuadrant(x: number): number {
  return x <= 0.5 ? 90 - (Math.asin(x) / ASIN_HALF) * 30 : (Math.acos(x) / ACOS_HALF) * 60;
}

function inverseSine(x: number): number {
  return x >= 0 ? arcSineQuadrant(x) : -arcSineQuadrant(-x);
}

function inverseCosine(x: number): number {
  return x >= 0 ? arcCosineQuadrant(x) : 90 + arcSineQuadrant(-x);
}
