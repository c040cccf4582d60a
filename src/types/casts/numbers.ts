import { SqlError } from '../../base/sql-error.ts';
import { float4OfFloat8, integerOfFloat } from '../float.ts';
import type { SqlCast } from '../function.ts';
import { checkInt } from '../integer.ts';
import { floatOfNumeric, intOfNumeric, numericOfFloat, numericOfInt } from '../numeric/convert.ts';
import { textOfNumeric } from '../numeric/print.ts';
import { OID } from '../oid.ts';
import type { Numeric } from '../value.ts';
import { assignment, explicitly, implicit } from './define.ts';

const { bool, int2, int4, int8, float4, float8, numeric } = OID;

type Int8 = number | bigint;

/** Between the numeric types, and integer and boolean. */
export function numberCasts(): SqlCast[] {
  return [
    implicit(int2, int4, (value: number) => value),
    implicit(int2, int8, (value: number) => value),
    implicit(int4, int8, (value: number) => value),
    assignment(int4, int2, (value: number) => checkInt(value, 2)),
    assignment(int8, int2, (value: Int8) => narrow(value, 2)),
    assignment(int8, int4, (value: Int8) => narrow(value, 4)),
    ...[int2, int4, int8].flatMap((integer) => [
      implicit(integer, float4, (value: Int8) => Math.fround(Number(value))),
      implicit(integer, float8, (value: Int8) => Number(value)),
      implicit(integer, numeric, numericOfInt),
    ]),
    implicit(float4, float8, (value: number) => value),
    assignment(float8, float4, float4OfFloat8),
    ...[float4, float8].flatMap((float) => [
      assignment(float, int2, (value: number) => integerOfFloat(value, 'smallint')),
      assignment(float, int4, (value: number) => integerOfFloat(value, 'integer')),
      assignment(float, int8, (value: number) => integerOfFloat(value, 'bigint')),
      assignment(float, numeric, (value: number) => numericOfFloat(value, float === float4 ? 6 : 15)),
    ]),
    implicit(numeric, float4, (value: Numeric) => floatFrom(value, 'real')),
    implicit(numeric, float8, (value: Numeric) => floatFrom(value, 'double precision')),
    assignment(numeric, int2, (value: Numeric) => intOfNumeric(value, 'smallint')),
    assignment(numeric, int4, (value: Numeric) => intOfNumeric(value, 'integer')),
    assignment(numeric, int8, (value: Numeric) => intOfNumeric(value, 'bigint')),
    explicitly(bool, int4, (value: boolean) => (value ? 1 : 0)),
    explicitly(int4, bool, (value: number) => value !== 0),
  ];
}

function narrow(value: Int8, width: 2 | 4): number {
  if (typeof value === 'number') return checkInt(value, width);
  throw new SqlError('numeric_value_out_of_range', `${width === 2 ? 'smallint' : 'integer'} out of range`);
}

function floatFrom(value: Numeric, typeName: 'real' | 'double precision'): number {
  const wide = floatOfNumeric(value);
  const float = typeName === 'real' ? Math.fround(wide) : wide;
  const vanished = float === 0 && value.kind === 'finite' && value.coefficient !== 0;
  if (vanished || (value.kind === 'finite' && !Number.isFinite(float))) {
    throw new SqlError('numeric_value_out_of_range', `"${textOfNumeric(value)}" is out of range for type ${typeName}`);
  }
  return float;
}
