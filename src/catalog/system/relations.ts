import type { Oid } from '../../types/oid.ts';
import type { VirtualDescriptor } from '../descriptor.ts';
import type { SystemRelations } from '../snapshot.ts';
import { systemRelationList } from './list.ts';

interface Directory {
  readonly byName: ReadonlyMap<string, VirtualDescriptor>;
  readonly byOid: ReadonlyMap<Oid, VirtualDescriptor>;
}

let directory: Directory | undefined;

/** Every system relation, by name and by OID. */
export function systemRelations(): SystemRelations {
  return { find: (schema, name) => found().byName.get(`${schema}.${name}`), byOid: (oid) => found().byOid.get(oid) };
}

/** Made when first asked for, so that opening a database costs nothing of it. */
function found(): Directory {
  if (directory === undefined) {
    const all = systemRelationList();
    directory = {
      byName: new Map(all.map((relation) => [`${relation.schemaName}.${relation.name}`, relation])),
      byOid: new Map(all.map((relation) => [relation.oid, relation])),
    };
  }
  return directory;
}
