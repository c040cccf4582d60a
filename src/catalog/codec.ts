/**
 * Catalog objects as the JSON text of the object tree's `definition` column. Trees are left out and derived again when read
 * (derive.ts); exact integers beyond 2^53 are written {"bigint": "…"}; the `missing` value of an added column is its text form.
 */
import { SqlError } from '../base/sql-error.ts';
import type { SqlType, TypeContext } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { oid, type Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import { indexTree, tableTree } from './derive.ts';
import type {
  ColumnDescriptor,
  IndexDescriptor,
  RelationDescriptor,
  SchemaDescriptor,
  SequenceDescriptor,
  TableDescriptor,
  UserTypeDescriptor,
  ViewDescriptor,
} from './descriptor.ts';

/** Everything the object tree holds. */
export type CatalogObject = TableDescriptor | ViewDescriptor | SequenceDescriptor | SchemaDescriptor | UserTypeDescriptor;

type StoredColumn = Omit<ColumnDescriptor, 'missing'> & { readonly missing: string | null };
type StoredIndex = Omit<IndexDescriptor, 'tree' | 'tableKeyPositions'> & { readonly treeId: number };
type StoredTable = Omit<TableDescriptor, 'tree' | 'columns' | 'indexes'> & {
  readonly treeId: number;
  readonly columns: readonly StoredColumn[];
  readonly indexes: readonly StoredIndex[];
};

/** The text form in which missing values are kept, whatever the session's settings. */
export const CATALOG_TEXT: TypeContext = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
};

export function encodeObject(object: CatalogObject): string {
  return JSON.stringify(object.kind === 'table' ? storedTable(object) : object, (_, value: unknown) =>
    typeof value === 'bigint' ? { bigint: value.toString() } : value,
  );
}

/** The object of one row of the object tree; XX001 when the text is not what `encodeObject` writes. */
export function decodeObject(id: Oid, text: string): CatalogObject {
  try {
    const stored = JSON.parse(text, reviveBigint) as StoredTable | Exclude<CatalogObject, TableDescriptor>;
    return stored.kind === 'table' ? loadedTable(stored) : stored;
  } catch (error) {
    throw new SqlError('data_corrupted', `catalog object ${id} is damaged`, { cause: error });
  }
}

/** Whether `object` is a relation, with a name in the relations' space. */
export function isRelation(object: CatalogObject): object is Exclude<RelationDescriptor, { kind: 'virtual' }> {
  return object.kind === 'table' || object.kind === 'view' || object.kind === 'sequence';
}

function storedTable(table: TableDescriptor): StoredTable {
  const { tree, columns, indexes, ...rest } = table;
  return {
    ...rest,
    treeId: tree.id,
    columns: columns.map((column) => ({ ...column, missing: missingText(column.type, column.missing) })),
    indexes: indexes.map(storedIndex),
  };
}

function storedIndex(index: IndexDescriptor): StoredIndex {
  const { oid: id, name, keys, unique, primary, predicateText, constraint, state } = index;
  return { oid: id, name, keys, unique, primary, predicateText, constraint, state, treeId: index.tree.id };
}

function loadedTable(stored: StoredTable): TableDescriptor {
  const { treeId, columns: storedColumns, indexes: storedIndexes, ...rest } = stored;
  const columns = storedColumns.map((column) => ({
    ...column,
    missing: column.missing === null ? null : typeDefinition(column.type.oid).input(column.missing, CATALOG_TEXT, column.type.modifier),
  }));
  const primary = rest.constraints.find((constraint) => constraint.kind === 'primary');
  const tree = tableTree(treeId, columns, primary?.kind === 'primary' ? primary.columns : undefined);
  const indexes = storedIndexes.map(({ treeId: id, ...index }) =>
    index.primary
      ? { ...index, tree, tableKeyPositions: tree.key.map((part) => part.column) }
      : { ...index, ...indexTree(id, tree, index.keys, index.unique) },
  );
  return { ...rest, columns, tree, indexes };
}

function missingText(type: SqlType, missing: Value): string | null {
  return missing === null ? null : typeDefinition(type.oid).output(missing, CATALOG_TEXT);
}

function reviveBigint(_: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'bigint' in value && typeof value.bigint === 'string') return BigInt(value.bigint);
  return value;
}

/** The schemas that exist in every database, with PostgreSQL's OIDs. */
export const PG_CATALOG_SCHEMA: SchemaDescriptor = { kind: 'schema', oid: oid(11), name: 'pg_catalog' };
export const PUBLIC_SCHEMA: SchemaDescriptor = { kind: 'schema', oid: oid(2200), name: 'public' };
export const INFORMATION_SCHEMA: SchemaDescriptor = { kind: 'schema', oid: oid(13000), name: 'information_schema' };

/** The first OID of a user's object, as in PostgreSQL. */
export const FIRST_USER_OID = 16384;
