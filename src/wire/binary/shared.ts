/** What both directions agree on. */
import { SqlError } from '../../base/sql-error.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { typeDefinition } from '../../types/types.ts';

export const JSONB_VERSION = 1;
/** How timestamps spell infinity. */
export const POSITIVE_INFINITY_64 = 0x7fffffffffffffffn;
export const NEGATIVE_INFINITY_64 = -0x8000000000000000n;

const UNSIGNED: ReadonlySet<Oid> = new Set([
  OID.oid,
  OID.xid,
  OID.cid,
  OID.regproc,
  OID.regprocedure,
  OID.regoper,
  OID.regoperator,
  OID.regclass,
  OID.regtype,
  OID.regrole,
  OID.regnamespace,
  OID.regcollation,
]);

const TEXTUAL: ReadonlySet<Oid> = new Set([
  OID.text,
  OID.varchar,
  OID.bpchar,
  OID.name,
  OID.char,
  OID.unknown,
  OID.json,
  OID.cstring,
  OID.void,
]);

/** Types sent as an unsigned 32-bit number. */
export function isUnsigned(type: Oid): boolean {
  return UNSIGNED.has(type);
}

/** Types whose binary form is their text. */
export function isTextual(type: Oid): boolean {
  return TEXTUAL.has(type) || typeDefinition(type).category === 'E';
}

export function unsupported(type: Oid): SqlError {
  return new SqlError('feature_not_supported', `binary format of type ${typeDefinition(type).displayName} is not supported`, {
    hint: 'Use the text format.',
  });
}
