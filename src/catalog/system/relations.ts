import type { Oid } from '../../types/oid.ts';
import type { VirtualDescriptor } from '../descriptor.ts';
import type { SystemRelations } from '../snapshot.ts';
import { SYSTEM_RELATIONS } from './list.ts';

const byName = new Map<string, VirtualDescriptor>(SYSTEM_RELATIONS.map((relation) => [`${relation.schemaName}.${relation.name}`, relation]));
const byOid = new Map<Oid, VirtualDescriptor>(SYSTEM_RELATIONS.map((relation) => [relation.oid, relation]));

/** Every system relation, by name and by OID. */
export function systemRelations(): SystemRelations {
  return { find: (schema, name) => byName.get(`${schema}.${name}`), byOid: (oid) => byOid.get(oid) };
}
