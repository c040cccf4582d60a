/** The catalog's relations as pg_class counts them: tables, their indexes, views, sequences, and the system's own. */
import { oid, OID, type Oid } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { SqlArray, type Value } from '../../types/value.ts';
import type { CatalogView, IndexDescriptor, SequenceDescriptor, TableDescriptor, ViewDescriptor } from '../descriptor.ts';
import { systemShapes, type SystemShape } from './shape.ts';

/** The role that owns everything, with PostgreSQL's OID of its bootstrap superuser. */
export const OWNER_OID = 10;
export const OWNER_NAME = 'postgres';
/** PostgreSQL's pg_database_owner, to whom `public` belongs. */
export const DATABASE_OWNER_OID = 6171;

/** OIDs of the system relations that others refer to by number. */
export const CLASS = {
  type: 1247,
  attribute: 1249,
  proc: 1255,
  class: 1259,
  attrdef: 2604,
  constraint: 2606,
  description: 2609,
  namespace: 2615,
  rewrite: 2618,
  database: 1262,
  authid: 1260,
} as const;

export const BTREE_OID = 403;
export const HEAP_OID = 2;

/** One thing pg_class has a row for. */
export type ClassObject =
  | { readonly kind: 'table'; readonly relation: TableDescriptor }
  | { readonly kind: 'view'; readonly relation: ViewDescriptor }
  | { readonly kind: 'sequence'; readonly relation: SequenceDescriptor }
  | { readonly kind: 'index'; readonly relation: IndexDescriptor; readonly table: TableDescriptor }
  | { readonly kind: 'system'; readonly relation: SystemShape };

/** What pg_attribute says of one column. */
export interface Attribute {
  readonly number: number;
  readonly name: string;
  readonly type: SqlType;
  readonly notNull: boolean;
  readonly defaultText: string | undefined;
  readonly generated: boolean;
  readonly identity: 'always' | 'by default' | undefined;
  /** The sequence behind identity and serial. */
  readonly sequence: Oid | undefined;
}

/** Everything with a row in pg_class, system relations first. */
export function* classObjects(catalog: CatalogView): Generator<ClassObject> {
  for (const relation of systemShapes()) yield { kind: 'system', relation };
  yield* userClassObjects(catalog);
}

/** What information_schema knows: all but materialized views. */
export function* schemaObjects(catalog: CatalogView): Generator<ClassObject> {
  for (const object of classObjects(catalog)) if (object.kind !== 'table' || object.relation.materialized === undefined) yield object;
}

/** What users made, with a row in pg_class. */
export function* userClassObjects(catalog: CatalogView): Generator<ClassObject> {
  for (const relation of catalog.relations()) {
    if (relation.kind === 'virtual') continue;
    if (relation.kind === 'view') yield { kind: 'view', relation };
    else if (relation.kind === 'sequence') yield { kind: 'sequence', relation };
    else {
      yield { kind: 'table', relation };
      for (const index of relation.indexes) yield { kind: 'index', relation: index, table: relation };
    }
  }
}

/** The tables of users. */
export function tables(catalog: CatalogView): TableDescriptor[] {
  return catalog.relations().filter((relation): relation is TableDescriptor => relation.kind === 'table');
}

/** pg_class.relkind. */
export function relationKind(object: ClassObject): string {
  switch (object.kind) {
    case 'table':
      return object.relation.materialized === undefined ? 'r' : 'm';
    case 'view':
      return 'v';
    case 'sequence':
      return 'S';
    case 'index':
      return 'i';
    default:
      return object.relation.kind;
  }
}

/** The OID and name of the schema an object is in. */
export function schemaOf(object: ClassObject): { readonly oid: Oid; readonly name: string } {
  if (object.kind === 'system') return object.relation.schema;
  const relation = object.kind === 'index' ? object.table : object.relation;
  return { oid: relation.schema, name: relation.schemaName };
}

/** The columns of an object, with their attnum. */
export function attributesOf(object: ClassObject): Attribute[] {
  switch (object.kind) {
    case 'table':
      return object.relation.columns.map((column) => ({
        ...plain(column.id, column.name, column.type),
        notNull: column.notNull,
        defaultText: column.defaultText,
        generated: column.generated !== undefined,
        identity: column.identity,
        sequence: column.sequence,
      }));
    case 'view':
      return object.relation.columns.map((column, at) => plain(at + 1, column.name, column.type));
    case 'sequence':
      return SEQUENCE_COLUMNS.map(([name, type], at) => ({ ...plain(at + 1, name, { oid: type, modifier: -1 }), notNull: true }));
    case 'index':
      return object.relation.keys.map((key, at) =>
        plain(
          at + 1,
          object.table.columns.find((column) => column.id === key.column)?.name ?? expressionName(object.relation, at),
          key.type,
        ),
      );
    default:
      return object.relation.columns.map((column, at) => ({
        ...plain(at + 1, column.name, { oid: column.type, modifier: -1 }),
        notNull: column.notNull,
      }));
  }
}

/** An OID for what the catalog keeps inside a table: the default of column `number`, or the `number`th check of a domain. */
export function partOid(owner: number, number: number): Oid {
  return oid(3 * 2 ** 30 + ((owner * 1600 + number) % 2 ** 30));
}

export function vector(items: readonly Value[]): SqlArray {
  return new SqlArray(items, [items.length], [0]);
}

/** The array, or null when it would be empty. */
export function arrayOrNull(items: readonly Value[]): SqlArray | null {
  return items.length === 0 ? null : new SqlArray(items);
}

function plain(number: number, name: string, type: SqlType): Attribute {
  return { number, name, type, notNull: false, defaultText: undefined, generated: false, identity: undefined, sequence: undefined };
}

function expressionName(index: IndexDescriptor, at: number): string {
  const text = index.keys[at].expressionText ?? '';
  const call = /^\(*([a-z_][a-z0-9_]*)\(/.exec(text);
  if (call !== null) return call[1];
  const before = index.keys.slice(0, at).filter((key) => key.column === undefined).length;
  return before === 0 ? 'expr' : `expr${before}`;
}

const SEQUENCE_COLUMNS: readonly (readonly [string, Oid])[] = [
  ['last_value', OID.int8],
  ['log_cnt', OID.int8],
  ['is_called', OID.bool],
];
