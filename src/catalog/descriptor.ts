/**
 * The catalog's objects, as immutable data. A descriptor is replaced as a whole when DDL changes its object, so whoever holds
 * one holds a consistent picture of one moment; `version` tells two pictures of one object apart.
 */
import type { ColumnId, TreeSchema } from '../storage/tree.ts';
import type { EvaluationContext } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import type { Row, Value } from '../types/value.ts';

export interface ColumnDescriptor {
  /** Stable column id, which is PostgreSQL's attnum. */
  readonly id: ColumnId;
  readonly name: string;
  readonly type: SqlType;
  readonly notNull: boolean;
  /** SQL text of the default, or of the generation expression. */
  readonly defaultText: string | undefined;
  readonly generated: 'stored' | undefined;
  readonly identity: 'always' | 'by default' | undefined;
  /** The sequence behind identity and serial. */
  readonly sequence: Oid | undefined;
  /** What rows written before ADD COLUMN hold. */
  readonly missing: Value;
  readonly comment?: string | undefined;
}

export interface IndexKey {
  /** A table column, or undefined for an expression. */
  readonly column: ColumnId | undefined;
  /** SQL text of the expression; undefined for a plain column. */
  readonly expressionText: string | undefined;
  readonly type: SqlType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface IndexDescriptor {
  readonly oid: Oid;
  readonly name: string;
  readonly keys: readonly IndexKey[];
  readonly unique: boolean;
  /** The table's primary key is the table's own tree: it has a descriptor, `tree` is then the table's. */
  readonly primary: boolean;
  /** SQL text of a partial index's predicate. */
  readonly predicateText: string | undefined;
  /** Which constraint it enforces, by name. */
  readonly constraint: string | undefined;
  /** write-only: maintained and not read; backfilled: complete, not yet trusted; public: usable. */
  readonly state: 'write-only' | 'backfilled' | 'public';
  /** Columns: the index keys, then the table's key columns not among them. */
  readonly tree: TreeSchema;
  /** For each column of the table's key, its position in `tree.columns`. */
  readonly tableKeyPositions: readonly number[];
}

export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export type ConstraintDescriptor =
  | {
      readonly kind: 'check';
      readonly oid: Oid;
      readonly name: string;
      readonly expressionText: string;
      readonly columns: readonly ColumnId[];
    }
  | {
      readonly kind: 'unique' | 'primary';
      readonly oid: Oid;
      readonly name: string;
      readonly columns: readonly ColumnId[];
      readonly index: Oid;
    }
  | {
      readonly kind: 'foreign';
      readonly oid: Oid;
      readonly name: string;
      readonly columns: readonly ColumnId[];
      readonly table: Oid;
      readonly tableColumns: readonly ColumnId[];
      readonly onDelete: ReferentialAction;
      readonly onUpdate: ReferentialAction;
      readonly match: 'simple' | 'full';
      readonly deferrable: boolean;
      readonly initiallyDeferred: boolean;
    };

interface RelationBase {
  readonly oid: Oid;
  readonly schema: Oid;
  readonly schemaName: string;
  readonly name: string;
  readonly version: number;
  readonly comment: string | undefined;
}

export interface TableDescriptor extends RelationBase {
  readonly kind: 'table';
  /** Live columns in attnum order. */
  readonly columns: readonly ColumnDescriptor[];
  readonly nextColumnId: number;
  /**
   * The table's own tree. `tree.columns[i]` is `columns[i]`; a hidden row id, when there is no primary key, comes last
   * (position `columns.length`, `tree.rowId`).
   */
  readonly tree: TreeSchema;
  /** Secondary indexes and the primary key's pseudo-index. */
  readonly indexes: readonly IndexDescriptor[];
  readonly constraints: readonly ConstraintDescriptor[];
  /** Foreign keys of other tables (or this one) that point here. */
  readonly referencedBy: readonly { readonly table: Oid; readonly constraint: string }[];
  readonly persistence: 'permanent' | 'temporary';
  /** Present when the table is a materialized view's: rows come from REFRESH alone. */
  readonly materialized?: MaterializedQuery | undefined;
}

/** What REFRESH computes a materialized view from. */
export interface MaterializedQuery {
  readonly queryText: string;
  /** Relations it reads, for DROP … RESTRICT. */
  readonly dependsOn: readonly Oid[];
  /** False after WITH NO DATA: reading it is SQLSTATE 55000. */
  readonly populated: boolean;
}

export interface ViewDescriptor extends RelationBase {
  readonly kind: 'view';
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  /** SQL text of its query, with every name schema-qualified. */
  readonly queryText: string;
  /** Relations it reads, for DROP … RESTRICT. */
  readonly dependsOn: readonly Oid[];
}

export interface SequenceDescriptor extends RelationBase {
  readonly kind: 'sequence';
  readonly type: SqlType;
  readonly start: number | bigint;
  readonly increment: number | bigint;
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly cache: number;
  readonly cycle: boolean;
  /** The column it is dropped with. */
  readonly ownedBy: { readonly table: Oid; readonly column: ColumnId } | undefined;
}

/** A relation computed from the catalog itself: pg_catalog.*, information_schema.*. */
export interface VirtualDescriptor extends RelationBase {
  readonly kind: 'virtual';
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  rows(catalog: CatalogView, context: EvaluationContext): readonly Row[];
}

export type RelationDescriptor = TableDescriptor | ViewDescriptor | SequenceDescriptor | VirtualDescriptor;

export interface SchemaDescriptor {
  readonly kind: 'schema';
  readonly oid: Oid;
  readonly name: string;
}

/** A type made by CREATE TYPE … AS ENUM or CREATE DOMAIN. */
export type UserTypeDescriptor =
  | {
      readonly kind: 'enum';
      readonly oid: Oid;
      readonly arrayOid: Oid;
      readonly schema: Oid;
      readonly name: string;
      readonly labels: readonly string[];
    }
  | {
      readonly kind: 'domain';
      readonly oid: Oid;
      readonly arrayOid: Oid;
      readonly schema: Oid;
      readonly name: string;
      readonly base: SqlType;
      readonly notNull: boolean;
      readonly defaultText: string | undefined;
      readonly checks: readonly { readonly name: string; readonly expressionText: string }[];
    };

/** Estimates for the planner; absent until ANALYZE or a checkpoint made them. Long texts in them are cut short. */
export interface ColumnStatistics {
  readonly column: ColumnId;
  /** Rows of the table when they were made. */
  readonly rows: number;
  readonly nullFraction: number;
  /** Distinct non-null values. */
  readonly distinct: number;
  readonly averageBytes: number;
  /** Between the order of the table's key and that of the values, from -1 to 1; undefined where values have no order. */
  readonly correlation: number | undefined;
  /** The most common values, most common first, each with its part of all rows. */
  readonly common: readonly { readonly value: Value; readonly fraction: number }[];
  /** Bounds of parts with about equally many rows each, of the values that are not `common`. Empty, or at least two. */
  readonly bounds: readonly Value[];
  readonly min: Value;
  readonly max: Value;
}

/** The whole catalog as of one moment: synchronous, immutable, cached between statements while nothing changed it. */
export interface CatalogView {
  /** Grows with every change; plans are cached per version. */
  readonly version: number;
  /** A relation by name: in `schema` when given, else along `searchPath`. */
  findRelation(schema: string | undefined, name: string, searchPath: readonly string[]): RelationDescriptor | undefined;
  relation(oid: Oid): RelationDescriptor | undefined;
  findSchema(name: string): SchemaDescriptor | undefined;
  schemaByOid(oid: Oid): SchemaDescriptor | undefined;
  schemas(): readonly SchemaDescriptor[];
  /** Every stored relation, in OID order; virtual ones are not among them. */
  relations(): readonly RelationDescriptor[];
  findType(schema: string | undefined, name: string, searchPath: readonly string[]): UserTypeDescriptor | undefined;
  userType(oid: Oid): UserTypeDescriptor | undefined;
  userTypes(): readonly UserTypeDescriptor[];
  statistics(table: Oid): readonly ColumnStatistics[];
}
