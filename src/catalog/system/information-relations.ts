/** information_schema about schemas, tables, views and sequences, and who may do what with them. */
import type { CatalogView } from '../descriptor.ts';
import { viewText } from '../view-text.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { attributesOf, schemaObjects, OWNER_NAME, schemaOf, userClassObjects, type ClassObject } from './objects.ts';

const PRIVILEGES = ['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];
const COLUMN_PRIVILEGES = ['INSERT', 'SELECT', 'UPDATE', 'REFERENCES'];
const PRECISIONS: Readonly<Record<number, readonly [string, number]>> = { 21: ['smallint', 16], 23: ['integer', 32], 20: ['bigint', 64] };

export const informationRelations: SystemRelationRows = {
  *'information_schema.information_schema_catalog_name'(_, { databaseName }) {
    yield { catalog_name: databaseName };
  },
  *'information_schema.schemata'(catalog, { databaseName }) {
    for (const schema of catalog.schemas())
      yield {
        catalog_name: databaseName,
        schema_name: schema.name,
        schema_owner: schema.name === 'public' ? 'pg_database_owner' : OWNER_NAME,
      };
  },
  *'information_schema.character_sets'(_, { databaseName }) {
    yield {
      character_set_name: 'UTF8',
      character_repertoire: 'UCS',
      form_of_use: 'UTF8',
      default_collate_catalog: databaseName,
      default_collate_schema: 'pg_catalog',
      default_collate_name: 'C',
    };
  },
  *'information_schema.collations'(_, { databaseName }) {
    for (const name of ['default', 'C', 'POSIX', 'ucs_basic'])
      yield { collation_catalog: databaseName, collation_schema: 'pg_catalog', collation_name: name, pad_attribute: 'NO PAD' };
  },
  *'information_schema.tables'(catalog, { databaseName }) {
    for (const object of tablesAndViews(catalog)) {
      const view = isView(object);
      const temporary = object.kind === 'table' && object.relation.persistence === 'temporary';
      yield {
        ...place(databaseName, object),
        table_type: view ? 'VIEW' : temporary ? 'LOCAL TEMPORARY' : 'BASE TABLE',
        is_insertable_into: view ? 'NO' : 'YES',
        is_typed: 'NO',
      };
    }
  },
  *'information_schema.views'(catalog, { databaseName }) {
    const no = {
      check_option: 'NONE',
      is_updatable: 'NO',
      is_insertable_into: 'NO',
      is_trigger_updatable: 'NO',
      is_trigger_deletable: 'NO',
      is_trigger_insertable_into: 'NO',
    };
    for (const object of tablesAndViews(catalog)) {
      if (isView(object))
        yield { ...place(databaseName, object), view_definition: object.kind === 'view' ? viewText(object.relation) : null, ...no };
    }
  },
  *'information_schema.view_table_usage'(catalog, { databaseName }) {
    for (const object of userClassObjects(catalog)) {
      if (object.kind !== 'view') continue;
      for (const id of object.relation.dependsOn) {
        const source = catalog.relation(id);
        if (source === undefined) continue;
        yield {
          view_catalog: databaseName,
          view_schema: object.relation.schemaName,
          view_name: object.relation.name,
          table_catalog: databaseName,
          table_schema: source.schemaName,
          table_name: source.name,
        };
      }
    }
  },
  *'information_schema.sequences'(catalog, { databaseName }) {
    for (const object of userClassObjects(catalog)) {
      // Sequences behind identity columns are not listed, as in PostgreSQL.
      if (object.kind !== 'sequence' || isIdentity(catalog, object.relation.ownedBy)) continue;
      const { schemaName, name, type, start, min, max, increment, cycle } = object.relation;
      const [dataType, precision] = PRECISIONS[type.oid] ?? ['bigint', 64];
      yield {
        sequence_catalog: databaseName,
        sequence_schema: schemaName,
        sequence_name: name,
        data_type: dataType,
        numeric_precision: precision,
        numeric_precision_radix: 2,
        numeric_scale: 0,
        start_value: String(start),
        minimum_value: String(min),
        maximum_value: String(max),
        increment: String(increment),
        cycle_option: cycle ? 'YES' : 'NO',
      };
    }
  },
  'information_schema.table_privileges': (catalog, { databaseName }) => tablePrivileges(catalog, databaseName),
  'information_schema.role_table_grants': (catalog, { databaseName }) => tablePrivileges(catalog, databaseName),
  'information_schema.column_privileges': (catalog, { databaseName }) => columnPrivileges(catalog, databaseName),
  'information_schema.role_column_grants': (catalog, { databaseName }) => columnPrivileges(catalog, databaseName),
};

/** Whether a column with an identity owns the sequence. */
function isIdentity(catalog: CatalogView, owner: { readonly table: number; readonly column: number } | undefined): boolean {
  return (
    owner !== undefined &&
    catalog
      .relations()
      .some(
        (relation) =>
          relation.kind === 'table' &&
          relation.oid === owner.table &&
          relation.columns.some((column) => column.id === owner.column && column.identity !== undefined),
      )
  );
}

function* tablesAndViews(catalog: CatalogView): Generator<Exclude<ClassObject, { kind: 'index' | 'sequence' }>> {
  for (const object of schemaObjects(catalog)) if (object.kind !== 'index' && object.kind !== 'sequence') yield object;
}

function isView(object: ClassObject): boolean {
  return object.kind === 'view' || (object.kind === 'system' && object.relation.kind === 'v');
}

function place(database: string, object: ClassObject): SystemRow {
  return { table_catalog: database, table_schema: schemaOf(object).name, table_name: object.relation.name };
}

function* tablePrivileges(catalog: CatalogView, database: string): Generator<SystemRow> {
  for (const object of tablesAndViews(catalog)) {
    for (const privilege of PRIVILEGES) {
      yield {
        grantor: OWNER_NAME,
        grantee: OWNER_NAME,
        ...place(database, object),
        privilege_type: privilege,
        is_grantable: 'YES',
        with_hierarchy: privilege === 'SELECT' ? 'YES' : 'NO',
      };
    }
  }
}

function* columnPrivileges(catalog: CatalogView, database: string): Generator<SystemRow> {
  for (const object of tablesAndViews(catalog)) {
    for (const attribute of attributesOf(object)) {
      for (const privilege of COLUMN_PRIVILEGES) {
        yield {
          grantor: OWNER_NAME,
          grantee: OWNER_NAME,
          ...place(database, object),
          column_name: attribute.name,
          privilege_type: privilege,
          is_grantable: 'YES',
        };
      }
    }
  }
}
