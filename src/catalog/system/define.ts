import { oid, OID, type Oid } from '../../types/oid.ts';
import type { Row } from '../../types/value.ts';
import type { CatalogView, VirtualDescriptor } from '../descriptor.ts';
import { INFORMATION_SCHEMA, PG_CATALOG_SCHEMA } from '../codec.ts';

/** A relation of pg_catalog: `columns` as `name type` pairs, e.g. `oid oid, relname name`. */
export function systemTable(id: number, name: string, columns: string, rows: (catalog: CatalogView) => readonly Row[]): VirtualDescriptor {
  return virtual(PG_CATALOG_SCHEMA, id, name, columns, rows);
}

/** A view of information_schema. */
export function informationView(id: number, name: string, columns: string, rows: (catalog: CatalogView) => readonly Row[]): VirtualDescriptor {
  return virtual(INFORMATION_SCHEMA, id, name, columns, rows);
}

function virtual(schema: { readonly oid: Oid; readonly name: string }, id: number, name: string, columns: string, rows: VirtualDescriptor['rows']): VirtualDescriptor {
  return {
    kind: 'virtual',
    oid: oid(id),
    schema: schema.oid,
    schemaName: schema.name,
    name,
    version: 1,
    comment: undefined,
    columns: columns.split(',').map((column) => {
      const [columnName, type] = column.trim().split(' ');
      return { name: columnName, type: { oid: typeOf(type), modifier: -1 } };
    }),
    rows,
  };
}

const ARRAYS: Readonly<Record<string, Oid>> = { 'text[]': oid(1009), 'oid[]': oid(1028), 'int2[]': oid(1005), 'char[]': oid(1002), 'name[]': oid(1003), 'float4[]': oid(1021) };

function typeOf(name: string): Oid {
  return ARRAYS[name] ?? OID[name as keyof typeof OID];
}
