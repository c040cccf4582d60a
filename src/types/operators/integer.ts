import type { SqlOperator } from '../function.ts';
import {
  addInt8,
  checkInt,
  divideInt,
  divideInt8,
  multiplyInt8,
  negateInt8,
  remainderInt,
  remainderInt8,
  subtractInt8,
} from '../integer.ts';
import { OID, type Oid } from '../oid.ts';
import { canonicalInt8 } from '../value.ts';
import { infix, prefix } from './define.ts';

const { int2, int4, int8 } = OID;

type Int8 = number | bigint;

/** Arithmetic and bits over smallint, integer and bigint, mixed widths included. */
export function integerOperators(): SqlOperator[] {
  return [
    ...narrowArithmetic(int2, int2, 'int2', int2, 2),
    ...narrowArithmetic(int4, int4, 'int4', int4, 4),
    ...narrowArithmetic(int2, int4, 'int24', int4, 4),
    ...narrowArithmetic(int4, int2, 'int42', int4, 4),
    ...wideArithmetic(int8, int8, 'int8'),
    ...wideArithmetic(int2, int8, 'int28'),
    ...wideArithmetic(int8, int2, 'int82'),
    ...wideArithmetic(int4, int8, 'int48'),
    ...wideArithmetic(int8, int4, 'int84'),
    infix('%', int2, int2, int2, 'int2mod', (_, a: number, b: number) => remainderInt(a, b)),
    infix('%', int4, int4, int4, 'int4mod', (_, a: number, b: number) => remainderInt(a, b)),
    infix('%', int8, int8, int8, 'int8mod', (_, a: Int8, b: Int8) => remainderInt8(a, b)),
    ...unary(int2, 2),
    ...unary(int4, 4),
    prefix('+', int8, int8, 'int8up', (_, a: Int8) => a),
    prefix('-', int8, int8, 'int8um', (_, a: Int8) => negateInt8(a)),
    prefix('@', int8, int8, 'int8abs', (_, a: Int8) => (a < 0 ? negateInt8(a) : a)),
    ...narrowBits(int2, 'int2'),
    ...narrowBits(int4, 'int4'),
    ...wideBits(),
  ];
}

function narrowArithmetic(left: Oid, right: Oid, stem: string, result: Oid, width: 2 | 4): SqlOperator[] {
  return [
    infix('+', left, right, result, `${stem}pl`, (_, a: number, b: number) => checkInt(a + b, width), { commutator: '+' }),
    infix('-', left, right, result, `${stem}mi`, (_, a: number, b: number) => checkInt(a - b, width)),
    infix('*', left, right, result, `${stem}mul`, (_, a: number, b: number) => checkInt(a * b, width), { commutator: '*' }),
    infix('/', left, right, result, `${stem}div`, (_, a: number, b: number) => divideInt(a, b, width)),
  ];
}

function wideArithmetic(left: Oid, right: Oid, stem: string): SqlOperator[] {
  return [
    infix('+', left, right, int8, `${stem}pl`, (_, a: Int8, b: Int8) => addInt8(a, b), { commutator: '+' }),
    infix('-', left, right, int8, `${stem}mi`, (_, a: Int8, b: Int8) => subtractInt8(a, b)),
    infix('*', left, right, int8, `${stem}mul`, (_, a: Int8, b: Int8) => multiplyInt8(a, b), { commutator: '*' }),
    infix('/', left, right, int8, `${stem}div`, (_, a: Int8, b: Int8) => divideInt8(a, b)),
  ];
}

function unary(type: Oid, width: 2 | 4): SqlOperator[] {
  return [
    prefix('+', type, type, `int${width}up`, (_, a: number) => a),
    prefix('-', type, type, `int${width}um`, (_, a: number) => checkInt(-a, width)),
    prefix('@', type, type, `int${width}abs`, (_, a: number) => checkInt(Math.abs(a), width)),
  ];
}

function narrowBits(type: Oid, stem: string): SqlOperator[] {
  const shifted = type === int2 ? (value: number) => (value << 16) >> 16 : (value: number) => value;
  return [
    infix('&', type, type, type, `${stem}and`, (_, a: number, b: number) => a & b, { commutator: '&' }),
    infix('|', type, type, type, `${stem}or`, (_, a: number, b: number) => a | b, { commutator: '|' }),
    infix('#', type, type, type, `${stem}xor`, (_, a: number, b: number) => a ^ b, { commutator: '#' }),
    prefix('~', type, type, `${stem}not`, (_, a: number) => ~a),
    infix('<<', type, int4, type, `${stem}shl`, (_, a: number, b: number) => shifted(a << b)),
    infix('>>', type, int4, type, `${stem}shr`, (_, a: number, b: number) => a >> b),
  ];
}

function wideBits(): SqlOperator[] {
  const bits = (a: Int8, b: Int8, work: (a: bigint, b: bigint) => bigint) => canonicalInt8(BigInt.asIntN(64, work(BigInt(a), BigInt(b))));
  return [
    infix('&', int8, int8, int8, 'int8and', (_, a: Int8, b: Int8) => bits(a, b, (x, y) => x & y), { commutator: '&' }),
    infix('|', int8, int8, int8, 'int8or', (_, a: Int8, b: Int8) => bits(a, b, (x, y) => x | y), { commutator: '|' }),
    infix('#', int8, int8, int8, 'int8xor', (_, a: Int8, b: Int8) => bits(a, b, (x, y) => x ^ y), { commutator: '#' }),
    prefix('~', int8, int8, 'int8not', (_, a: Int8) => canonicalInt8(~BigInt(a))),
    infix('<<', int8, int4, int8, 'int8shl', (_, a: Int8, b: number) => bits(a, b & 63, (x, y) => x << y)),
    infix('>>', int8, int4, int8, 'int8shr', (_, a: Int8, b: number) => bits(a, b & 63, (x, y) => x >> y)),
  ];
}
