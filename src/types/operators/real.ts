import { SqlError } from '../../base/sql-error.ts';
import { checkOverflow, checkProduct, checkQuotient } from '../float.ts';
import type { SqlOperator } from '../function.ts';
import { powerFloat } from '../functions/math/float.ts';
import { absNumeric, addNumeric, multiplyNumeric, negateNumeric, subtractNumeric } from '../numeric/arithmetic.ts';
import { divideNumeric, remainderNumeric } from '../numeric/division.ts';
import { powerNumeric } from '../numeric/transcendental.ts';
import { OID, type Oid } from '../oid.ts';
import type { Numeric } from '../value.ts';
import { infix, prefix } from './define.ts';

const { float4, float8, numeric } = OID;

/** Arithmetic over real, double precision and numeric. */
export function realOperators(): SqlOperator[] {
  return [
    ...floatArithmetic(float4, float4, 'float4', float4),
    ...floatArithmetic(float8, float8, 'float8', float8),
    ...floatArithmetic(float4, float8, 'float48', float8),
    ...floatArithmetic(float8, float4, 'float84', float8),
    ...[float4, float8].flatMap((type) => floatUnary(type, type === float4 ? 'float4' : 'float8')),
    infix('^', float8, float8, float8, 'dpow', (_, a: number, b: number) => powerFloat(a, b)),
    prefix('|/', float8, float8, 'dsqrt', (_, a: number) => squareRoot(a)),
    prefix('||/', float8, float8, 'dcbrt', (_, a: number) => Math.cbrt(a)),
    infix('+', numeric, numeric, numeric, 'numeric_add', (_, a: Numeric, b: Numeric) => addNumeric(a, b), { commutator: '+' }),
    infix('-', numeric, numeric, numeric, 'numeric_sub', (_, a: Numeric, b: Numeric) => subtractNumeric(a, b)),
    infix('*', numeric, numeric, numeric, 'numeric_mul', (_, a: Numeric, b: Numeric) => multiplyNumeric(a, b), { commutator: '*' }),
    infix('/', numeric, numeric, numeric, 'numeric_div', (_, a: Numeric, b: Numeric) => divideNumeric(a, b)),
    infix('%', numeric, numeric, numeric, 'numeric_mod', (_, a: Numeric, b: Numeric) => remainderNumeric(a, b)),
    infix('^', numeric, numeric, numeric, 'numeric_power', (_, a: Numeric, b: Numeric) => powerNumeric(a, b)),
    prefix('+', numeric, numeric, 'numeric_uplus', (_, a: Numeric) => a),
    prefix('-', numeric, numeric, 'numeric_uminus', (_, a: Numeric) => negateNumeric(a)),
    prefix('@', numeric, numeric, 'numeric_abs', (_, a: Numeric) => absNumeric(a)),
  ];
}

function floatArithmetic(left: Oid, right: Oid, stem: string, result: Oid): SqlOperator[] {
  const narrow = result === float4 ? Math.fround : (value: number) => value;
  return [
    infix('+', left, right, result, `${stem}pl`, (_, a: number, b: number) => checkOverflow(narrow(a + b), a, b), { commutator: '+' }),
    infix('-', left, right, result, `${stem}mi`, (_, a: number, b: number) => checkOverflow(narrow(a - b), a, b)),
    infix('*', left, right, result, `${stem}mul`, (_, a: number, b: number) => checkProduct(narrow(a * b), a, b), { commutator: '*' }),
    infix('/', left, right, result, `${stem}div`, (_, a: number, b: number) => checkQuotient(narrow(a / b), a, b)),
  ];
}

function floatUnary(type: Oid, stem: string): SqlOperator[] {
  return [
    prefix('+', type, type, `${stem}up`, (_, a: number) => a),
    prefix('-', type, type, `${stem}um`, (_, a: number) => -a),
    prefix('@', type, type, `${stem}abs`, (_, a: number) => Math.abs(a)),
  ];
}

function squareRoot(value: number): number {
  if (value < 0) throw new SqlError('invalid_argument_for_power_function', 'cannot take square root of a negative number');
  return Math.sqrt(value);
}
