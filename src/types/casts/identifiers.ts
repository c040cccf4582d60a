import { SqlError } from '../../base/sql-error.ts';
import type { SqlCast } from '../function.ts';
import { OID, type Oid } from '../oid.ts';
import { typeDefinition } from '../types.ts';
import { assignment, binary, explicitly, implicit } from './define.ts';

const { int2, int4, int8, oid, text, varchar, regclass, xid, xid8 } = OID;

const REGISTERED: readonly Oid[] = [
  OID.regclass,
  OID.regtype,
  OID.regproc,
  OID.regprocedure,
  OID.regoper,
  OID.regoperator,
  OID.regnamespace,
  OID.regrole,
  OID.regcollation,
];

type Int8 = number | bigint;

/** Between oid, the types that name objects by it, and integers; and text to regclass. */
export function identifierCasts(): SqlCast[] {
  const toRegclass = (value: string, context: Parameters<SqlCast['convert']>[1]) => typeDefinition(regclass).input(value, context, -1);
  return [
    ...[oid, ...REGISTERED].flatMap((target) => [
      implicit(int2, target, unsigned),
      implicit(int4, target, unsigned),
      implicit(int8, target, (value: Int8) => oidOfInt8(value)),
      assignment(target, int4, (value: number) => value | 0),
      assignment(target, int8, (value: number) => value),
    ]),
    ...REGISTERED.flatMap((type) => [binary(oid, type), binary(type, oid)]),
    binary(OID.regproc, OID.regprocedure),
    binary(OID.regprocedure, OID.regproc),
    binary(OID.regoper, OID.regoperator),
    binary(OID.regoperator, OID.regoper),
    implicit(text, regclass, toRegclass),
    implicit(varchar, regclass, toRegclass),
    explicitly(xid8, xid, (value: Int8) => Number(BigInt.asUintN(32, BigInt(value)))),
  ];
}

function unsigned(value: number): number {
  return value >>> 0;
}

function oidOfInt8(value: Int8): number {
  if (value < 0 || value > 4294967295) throw new SqlError('numeric_value_out_of_range', 'OID out of range');
  return Number(value);
}
