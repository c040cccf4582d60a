import { systemTable } from './define.ts';

/** The role that owns everything, with PostgreSQL's OID of its bootstrap superuser. */
export const OWNER_OID = 10;

export const pgNamespace = systemTable(2615, 'pg_namespace', 'oid oid, nspname name, nspowner oid, nspacl text[]', (catalog) =>
  catalog.schemas().map((schema) => [schema.oid, schema.name, OWNER_OID, null]),
);
