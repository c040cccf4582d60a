import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { checkInt8, remainderInt, remainderInt8 } from '../../integer.ts';
import { OID } from '../../oid.ts';
import { scalar } from '../define.ts';

const { int2, int4, int8 } = OID;
type Int8 = number | bigint;

/** abs, mod, gcd and lcm of the integer types. */
export function integerFunctions(): SqlFunction[] {
  return [
    scalar('abs', [int2], int2, (_, x: number) => narrow(Math.abs(x), 2 ** 15 - 1, 'smallint')),
    scalar('abs', [int4], int4, (_, x: number) => narrow(Math.abs(x), 2 ** 31 - 1, 'integer')),
    scalar('abs', [int8], int8, (_, x: Int8) => (typeof x === 'number' ? Math.abs(x) : checkInt8(x < 0n ? -x : x))),
    scalar('mod', [int2, int2], int2, (_, x: number, y: number) => remainderInt(x, y)),
    scalar('mod', [int4, int4], int4, (_, x: number, y: number) => remainderInt(x, y)),
    scalar('mod', [int8, int8], int8, (_, x: Int8, y: Int8) => remainderInt8(x, y)),
    scalar('gcd', [int4, int4], int4, (_, x: number, y: number) => narrow(divisor(x, y), 2 ** 31 - 1, 'integer')),
    scalar('gcd', [int8, int8], int8, (_, x: Int8, y: Int8) => checkInt8(divisorWide(BigInt(x), BigInt(y)))),
    scalar('lcm', [int4, int4], int4, (_, x: number, y: number) =>
      x === 0 || y === 0 ? 0 : narrow(Math.abs((x / divisor(x, y)) * y), 2 ** 31 - 1, 'integer'),
    ),
    scalar('lcm', [int8, int8], int8, (_, x: Int8, y: Int8) => {
      const product = BigInt(x) * BigInt(y);
      return product === 0n ? 0 : checkInt8((product < 0n ? -product : product) / divisorWide(BigInt(x), BigInt(y)));
    }),
  ];
}

function narrow(value: number, most: number, type: string): number {
  if (value > most) throw new SqlError('numeric_value_out_of_range', `${type} out of range`);
  return value;
}

function divisor(x: number, y: number): number {
  let [a, b] = [Math.abs(x), Math.abs(y)];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The greatest common divisor, never negative. */
export function divisorWide(x: bigint, y: bigint): bigint {
  let [a, b] = [x < 0n ? -x : x, y < 0n ? -y : y];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
