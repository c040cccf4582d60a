import { OID, type Oid } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import { findType, typeDefinition } from '../types.ts';
import { SqlRecord } from '../value.ts';

/**
 * The definition of a type, built in or not. Functions over any type know nothing of the catalog, so that a user's type
 * is taken by its values: a composite behaves as a record, anything else as text.
 */
export function knownType(type: Oid): TypeDefinition {
  return findType(type) ?? userType(type);
}

function userType(type: Oid): TypeDefinition {
  const text = typeDefinition(OID.text);
  const record = typeDefinition(OID.record);
  return {
    ...text,
    oid: type,
    category: 'U',
    output: (value, context) => (value instanceof SqlRecord ? record.output(value, context) : text.output(value, context)),
    compare: (a, b) => (a instanceof SqlRecord ? (record.compare?.(a, b) ?? 0) : (text.compare?.(a, b) ?? 0)),
    hashKey: (value) => (value instanceof SqlRecord ? record.hashKey(value) : text.hashKey(value)),
  };
}
