/** pg_namespace, and the comments it carries. */
import type { SystemRelationRows } from './define.ts';
import { DATABASE_OWNER_OID, OWNER_OID } from './objects.ts';

export const pgNamespace: SystemRelationRows = {
  *pg_namespace(catalog) {
    for (const schema of catalog.schemas())
      yield { oid: schema.oid, nspname: schema.name, nspowner: schema.name === 'public' ? DATABASE_OWNER_OID : OWNER_OID };
  },
};
