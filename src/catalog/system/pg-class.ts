/** pg_class. */
import type { Oid } from '../../types/oid.ts';
import type { CatalogView } from '../descriptor.ts';
import { rowTypeOid } from '../name-text.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { attributesOf, BTREE_OID, classObjects, HEAP_OID, OWNER_OID, relationKind, schemaOf, type ClassObject } from './objects.ts';

export const pgClass: SystemRelationRows = {
  *pg_class(catalog) {
    for (const object of classObjects(catalog)) yield { ...COMMON, ...row(object), ...counted(catalog, object) };
  },
};

const COMMON: SystemRow = { relowner: OWNER_OID, reltuples: -1, relpersistence: 'p', relreplident: 'n', relispopulated: true };

/** Rows as of the newest statistics. */
function counted(catalog: CatalogView, object: ClassObject): SystemRow {
  const rows = object.kind === 'table' ? catalog.statistics(object.relation.oid).at(0)?.rows : undefined;
  return rows === undefined ? {} : { reltuples: Math.fround(rows) };
}

function row(object: ClassObject): SystemRow {
  const oid: Oid = object.relation.oid;
  const shared = {
    oid,
    relname: object.relation.name,
    relnamespace: schemaOf(object).oid,
    relkind: relationKind(object),
    relnatts: attributesOf(object).length,
    relfilenode: object.kind === 'view' ? 0 : oid,
  };
  switch (object.kind) {
    case 'table': {
      const table = object.relation;
      return {
        ...shared,
        reltype: rowTypeOid(oid),
        relam: HEAP_OID,
        relhasindex: table.indexes.length > 0,
        relchecks: table.constraints.filter((constraint) => constraint.kind === 'check').length,
        relhastriggers: table.referencedBy.length > 0 || table.constraints.some((constraint) => constraint.kind === 'foreign'),
        relpersistence: table.persistence === 'temporary' ? 't' : 'p',
        relreplident: 'd',
        relispopulated: table.materialized?.populated !== false,
        relhasrules: table.materialized !== undefined,
      };
    }
    case 'view':
      return { ...shared, reltype: rowTypeOid(oid), relhasrules: true };
    case 'sequence':
      return { ...shared, reltuples: 1, relpages: 1 };
    case 'index':
      return { ...shared, relam: BTREE_OID, relpersistence: object.table.persistence === 'temporary' ? 't' : 'p' };
    default:
      return {
        ...shared,
        reltype: rowTypeOid(oid),
        relam: object.relation.kind === 'r' ? HEAP_OID : 0,
        relhasrules: object.relation.kind === 'v',
      };
  }
}
