/**
 * The logical algebra. A plan is a tree of immutable nodes; each produces rows of `output` columns, named by ColumnRef.
 * A node may refer to columns of its inputs and, inside a subquery or a lateral right side, to columns of enclosing queries.
 */
import type { IndexDescriptor, TableDescriptor, VirtualDescriptor } from '../catalog/descriptor.ts';
import type { Oid } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import type { AggregateCall, ColumnRef, Expression, SetCall, SortKey, WindowCall, WindowFrameClause } from './expression.ts';

export type Plan =
  | ScanPlan
  | VirtualScanPlan
  | ValuesPlan
  | FilterPlan
  | ProjectPlan
  | ProjectSetPlan
  | JoinPlan
  | AggregatePlan
  | WindowPlan
  | SortPlan
  | LimitPlan
  | DistinctPlan
  | SetOperationPlan
  | FunctionScanPlan
  | WithPlan
  | WithReferencePlan
  | RecursivePlan
  | LockPlan
  | InsertPlan
  | UpdatePlan
  | DeletePlan;

/** A table. `columns[i].position` indexes `table.tree.columns` (the hidden row id included). */
export interface ScanPlan {
  readonly kind: 'scan';
  readonly table: TableDescriptor;
  readonly alias: string;
  readonly columns: readonly { readonly ref: ColumnRef; readonly position: number }[];
}
export interface VirtualScanPlan {
  readonly kind: 'virtual_scan';
  readonly relation: VirtualDescriptor;
  readonly columns: readonly { readonly ref: ColumnRef; readonly position: number }[];
}
/** Literal rows; with no columns and one row it is the FROM-less SELECT's input. */
export interface ValuesPlan {
  readonly kind: 'values';
  readonly output: readonly ColumnRef[];
  readonly rows: readonly (readonly Expression[])[];
}
export interface FilterPlan {
  readonly kind: 'filter';
  readonly input: Plan;
  readonly condition: Expression;
}
/** Computes `items`; its output is exactly them (a column passed through is a column expression, under the same ref if it likes). */
export interface ProjectPlan {
  readonly kind: 'project';
  readonly input: Plan;
  readonly items: readonly { readonly ref: ColumnRef; readonly expression: Expression }[];
}
/** Set-returning functions in a select list: all advance together, the shorter padded with nulls. Output: the input's columns, then `calls`. */
export interface ProjectSetPlan {
  readonly kind: 'project_set';
  readonly input: Plan;
  readonly calls: readonly { readonly ref: ColumnRef; readonly call: SetCall }[];
}
/** Output: left's columns, then right's (semi and anti: left's only). `lateral`: right refers to left's columns. */
export interface JoinPlan {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';
  readonly left: Plan;
  readonly right: Plan;
  /** Undefined: every pair. */
  readonly condition: Expression | undefined;
  readonly lateral: boolean;
}
/**
 * Groups by the refs of `groups`. With `sets`, GROUPING SETS: each lists positions in `groups`; the others read as null in that
 * set's rows; `grouping` makes GROUPING() values. No groups and no sets: one row always.
 */
export interface AggregatePlan {
  readonly kind: 'aggregate';
  readonly input: Plan;
  readonly groups: readonly { readonly ref: ColumnRef; readonly expression: Expression }[];
  readonly sets: readonly (readonly number[])[] | undefined;
  readonly aggregates: readonly { readonly ref: ColumnRef; readonly call: AggregateCall }[];
  readonly grouping: readonly { readonly ref: ColumnRef; readonly groups: readonly number[] }[];
}
/** All calls share one partitioning and order. Output: the input's columns, then `calls`. */
export interface WindowPlan {
  readonly kind: 'window';
  readonly input: Plan;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly calls: readonly { readonly ref: ColumnRef; readonly call: WindowCall; readonly frame: WindowFrameClause }[];
}
export interface SortPlan {
  readonly kind: 'sort';
  readonly input: Plan;
  readonly keys: readonly SortKey[];
}
export interface LimitPlan {
  readonly kind: 'limit';
  readonly input: Plan;
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
  /** FETCH … WITH TIES: the sort keys whose ties go on. */
  readonly ties: readonly SortKey[] | undefined;
}
/** DISTINCT over all of `on` (refs of the input); DISTINCT ON keeps the first row of each group, in input order. */
export interface DistinctPlan {
  readonly kind: 'distinct';
  readonly input: Plan;
  readonly on: readonly Expression[];
}
/** Column i of the output takes column i of `leftColumns` / `rightColumns`. */
export interface SetOperationPlan {
  readonly kind: 'set_operation';
  readonly operation: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: Plan;
  readonly right: Plan;
  readonly leftColumns: readonly ColumnRef[];
  readonly rightColumns: readonly ColumnRef[];
  readonly output: readonly ColumnRef[];
  readonly types: readonly SqlType[];
}
/** Functions in FROM, ROWS FROM zipped; each contributes `columns`; `ordinality` numbers rows from 1. */
export interface FunctionScanPlan {
  readonly kind: 'function_scan';
  readonly calls: readonly { readonly call: SetCall; readonly columns: readonly ColumnRef[] }[];
  readonly ordinality: ColumnRef | undefined;
  readonly alias: string;
}
/** Common table expressions visible in `body`: computed once when referred to more than once, or when `materialized`. */
export interface WithPlan {
  readonly kind: 'with';
  readonly definitions: readonly {
    readonly id: number;
    readonly name: string;
    readonly plan: Plan;
    readonly output: readonly ColumnRef[];
    readonly materialized: boolean | undefined;
  }[];
  readonly body: Plan;
}
/** Reads definition `id`: its column i appears as `output[i]`. Inside a RecursivePlan's step, `id` may be the recursion itself (the working table). */
export interface WithReferencePlan {
  readonly kind: 'with_reference';
  readonly id: number;
  readonly name: string;
  readonly output: readonly ColumnRef[];
}
/** WITH RECURSIVE's body: `base` rows, then `step` over the rows of the last round until none is new. */
export interface RecursivePlan {
  readonly kind: 'recursive';
  readonly id: number;
  readonly name: string;
  readonly base: Plan;
  readonly step: Plan;
  readonly baseColumns: readonly ColumnRef[];
  readonly stepColumns: readonly ColumnRef[];
  readonly output: readonly ColumnRef[];
  readonly all: boolean;
  readonly types: readonly SqlType[];
}
/** SELECT … FOR UPDATE/SHARE: rows pass through, reads of `tables` are validated as if written. */
export interface LockPlan {
  readonly kind: 'lock';
  readonly input: Plan;
  readonly tables: readonly Oid[];
}

/** What has to be computed for an index beyond copying columns: expressions and predicates over the row's refs. */
export interface IndexExpressions {
  readonly index: IndexDescriptor;
  /** One per index key: undefined copies the key's column. */
  readonly keys: readonly (Expression | undefined)[];
  readonly predicate: Expression | undefined;
}

export interface CheckExpression {
  readonly name: string;
  /** Violated when false (null passes). */
  readonly condition: Expression;
}

/** How rows of a table are written: common to INSERT and UPDATE. `row[i]` stands for column i of `table.columns` in checks, index expressions and RETURNING. */
export interface WriteTarget {
  readonly table: TableDescriptor;
  readonly row: readonly ColumnRef[];
  readonly checks: readonly CheckExpression[];
  /** Only indexes with expressions or predicates. */
  readonly indexExpressions: readonly IndexExpressions[];
  /** Stored generated columns, computed from `row` before checks. */
  readonly generated: readonly { readonly position: number; readonly expression: Expression }[];
}

/** RETURNING: over `target.row` (and, in UPDATE … FROM / DELETE … USING, the source's columns). Undefined: no rows come out. */
export type Returning = readonly { readonly ref: ColumnRef; readonly expression: Expression }[] | undefined;

export interface InsertPlan {
  readonly kind: 'insert';
  readonly target: WriteTarget;
  readonly source: Plan;
  /** One ref of `source` per table column, defaults filled in and assignment casts applied. */
  readonly values: readonly ColumnRef[];
  readonly onConflict: OnConflict | undefined;
  readonly returning: Returning;
}
/** ON CONFLICT: `arbiters` are the unique indexes (primary key included) it watches; empty with `nothing` means all. */
export interface OnConflict {
  readonly action: 'nothing' | 'update';
  readonly arbiters: readonly IndexDescriptor[];
  /** The existing row, one ref per table column, in `set` and `where`; `excluded` the proposed one. */
  readonly existing: readonly ColumnRef[];
  readonly excluded: readonly ColumnRef[];
  readonly set: readonly { readonly position: number; readonly expression: Expression }[];
  readonly where: Expression | undefined;
}
export interface UpdatePlan {
  readonly kind: 'update';
  readonly target: WriteTarget;
  /** Yields, per row to update, all columns of `table.tree.columns` as `current`, and whatever `set` refers to. */
  readonly source: Plan;
  readonly current: readonly ColumnRef[];
  readonly set: readonly { readonly position: number; readonly expression: Expression }[];
  readonly returning: Returning;
}
export interface DeletePlan {
  readonly kind: 'delete';
  /** `row` stands for the deleted row in RETURNING. */
  readonly target: WriteTarget;
  readonly source: Plan;
  readonly current: readonly ColumnRef[];
  readonly returning: Returning;
}
