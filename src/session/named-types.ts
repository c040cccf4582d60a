import { OID, type Oid } from '../types/oid.ts';
import { arrayTypeOf } from '../types/types.ts';

const NAMED: readonly Oid[] = [
  OID.regclass,
  OID.regtype,
  OID.regnamespace,
  OID.regproc,
  OID.regprocedure,
  OID.regoper,
  OID.regoperator,
  OID.regrole,
  OID.regcollation,
];
const ALL: ReadonlySet<Oid> = new Set([...NAMED, ...NAMED.map(arrayTypeOf)]);

/** Whether the text of a type's values is names of catalog objects, alone or in an array. */
export function isNamedType(type: Oid): boolean {
  return ALL.has(type);
}
