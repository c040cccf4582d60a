/**
 * Physical plans: what runs, as immutable data. A plan holds no state of an execution, so that it can be cached by its text
 * and run by any number of sessions at once.
 *
 * Rows are arrays; column i of a node's rows is `output[i]`. Expressions name columns by reference; a reference that is not
 * among the columns of a node's inputs belongs to an enclosing query or to the left side of a lateral join, and is read from
 * the frame of the execution.
 *
 * Invariants
 *   P1  An expression that may wait (a subquery, a volatile call) appears only in Project, Filter, Values, ProjectSet,
 *       FunctionScan, Limit, NestedLoop and writes; the planner hoists it out of every other node.
 *   P2  Every SubqueryExpression in the plan is a key of `PhysicalQuery.subplans`.
 */
import type {
  AggregateCall,
  ColumnRef,
  Expression,
  SetCall,
  SortKey,
  SubqueryExpression,
  WindowCall,
  WindowFrameClause,
} from '../binder/expression.ts';
import type { OnConflict, WriteTarget } from '../binder/plan.ts';
import type { IndexDescriptor, TableDescriptor, VirtualDescriptor } from '../catalog/descriptor.ts';
import type { SqlType } from '../types/type.ts';
import type { ReadPurpose } from '../transaction/transaction.ts';

/** A whole statement, planned. */
export interface PhysicalQuery {
  readonly root: PhysicalPlan;
  /** Plans of the subqueries that stayed expressions. */
  readonly subplans: ReadonlyMap<SubqueryExpression, PhysicalPlan>;
  /** Whether a WITH writes: then several nodes may want to change one row. */
  readonly writesInWith: boolean;
}

export interface SharedDefinition {
  readonly id: number;
  readonly name: string;
  readonly plan: PhysicalPlan;
  /** Whether it writes: then it runs to its end even if nobody reads it. */
  readonly writes: boolean;
}

export type PhysicalPlan =
  | TableScanNode
  | VirtualScanNode
  | ValuesNode
  | FilterNode
  | ProjectNode
  | ProjectSetNode
  | NestedLoopNode
  | HashJoinNode
  | LookupJoinNode
  | AggregateNode
  | WindowNode
  | SortNode
  | LimitNode
  | DistinctNode
  | SetOperationNode
  | FunctionScanNode
  | WithNode
  | SharedScanNode
  | RecursiveNode
  | FreezeNode
  | InsertNode
  | UpdateNode
  | DeleteNode;

interface Estimated {
  readonly output: readonly ColumnRef[];
  /** Estimated rows per execution. */
  readonly rows: number;
  /** Estimated cost of all its rows, in units of one row handled. */
  readonly cost: number;
}

/** One leading part of a key fixed by a comparison. `any`: an array whose elements are the values; `list`: alternatives. */
export type KeyEquality =
  | { readonly kind: 'one'; readonly value: Expression }
  | { readonly kind: 'list'; readonly values: readonly Expression[] }
  | { readonly kind: 'any'; readonly array: Expression };

export interface KeyBound {
  readonly value: Expression;
  readonly inclusive: boolean;
}

/**
 * Which keys of a tree to read: the leading parts equal to `equals`, the next one between `lower` and `upper`. The values are
 * of the key columns' own type family; one that the column's type cannot hold matches nothing.
 */
export interface KeyAccess {
  readonly equals: readonly KeyEquality[];
  readonly lower: KeyBound | undefined;
  readonly upper: KeyBound | undefined;
  /** Whether at most one row can match (every part of a unique key is fixed to one value). */
  readonly unique: boolean;
  /** The comparisons it stands for, for EXPLAIN. */
  readonly conditions: readonly Expression[];
}

/** Reads a table through its own key or through an index. `columns[i].position` indexes `table.tree.columns`. */
export interface TableScanNode extends Estimated {
  readonly kind: 'table_scan';
  readonly table: TableDescriptor;
  readonly alias: string;
  readonly columns: readonly { readonly ref: ColumnRef; readonly position: number }[];
  /** Every column the statement names of it, for EXPLAIN. */
  readonly named: readonly { readonly ref: ColumnRef; readonly position: number }[];
  /** Undefined: the table's own tree. */
  readonly index: IndexDescriptor | undefined;
  /** When an index holds every column wanted: their positions in `index.tree.columns`. */
  readonly covering: readonly number[] | undefined;
  /** Undefined: the whole tree. */
  readonly access: KeyAccess | undefined;
  readonly reverse: boolean;
  /** Over `columns`, which may be more than `output`. */
  readonly filter: Expression | undefined;
  /** Simple comparisons of columns with values, for zone maps. */
  readonly bounds: readonly { readonly position: number; readonly min: Expression | undefined; readonly max: Expression | undefined }[];
  readonly purpose: ReadPurpose;
}
export interface VirtualScanNode extends Estimated {
  readonly kind: 'virtual_scan';
  readonly relation: VirtualDescriptor;
  readonly positions: readonly number[];
}
export interface ValuesNode extends Estimated {
  readonly kind: 'values';
  readonly tuples: readonly (readonly Expression[])[];
}
export interface FilterNode extends Estimated {
  readonly kind: 'filter';
  readonly input: PhysicalPlan;
  readonly condition: Expression;
}
export interface ProjectNode extends Estimated {
  readonly kind: 'project';
  readonly input: PhysicalPlan;
  readonly items: readonly { readonly ref: ColumnRef; readonly expression: Expression }[];
}
export interface ProjectSetNode extends Estimated {
  readonly kind: 'project_set';
  readonly input: PhysicalPlan;
  readonly calls: readonly { readonly ref: ColumnRef; readonly call: SetCall }[];
}
export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';

/** For each left row, the right side: opened anew per row when `lateral`, else computed once and kept. Not right or full when lateral. */
export interface NestedLoopNode extends Estimated {
  readonly kind: 'nested_loop';
  readonly type: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly condition: Expression | undefined;
  readonly lateral: boolean;
  /** The left columns that the right side reads from the frame. */
  readonly parameters: readonly ColumnRef[];
}
export interface JoinKey {
  readonly left: Expression;
  readonly right: Expression;
  /** The equality, for EXPLAIN. */
  readonly equals: Expression;
  /** Whether null equals null (IS NOT DISTINCT FROM). */
  readonly nullsEqual: boolean;
}
/** Equality on `keys`, then `residual`. The hash table is built over the side `build`. Order: the other side's, where it streams. */
export interface HashJoinNode extends Estimated {
  readonly kind: 'hash_join';
  readonly type: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly keys: readonly JoinKey[];
  readonly residual: Expression | undefined;
  readonly build: 'left' | 'right';
}
/** For each left row, the rows of `right` whose key equals expressions over the left row; keys are looked up a batch at a time. */
export interface LookupJoinNode extends Estimated {
  readonly kind: 'lookup_join';
  readonly type: 'inner' | 'left' | 'semi' | 'anti';
  readonly left: PhysicalPlan;
  /** Its access reads left columns; its filter only its own. */
  readonly right: TableScanNode;
  readonly residual: Expression | undefined;
}
/** Output: group columns, then aggregates, then grouping values. */
export interface AggregateNode extends Estimated {
  readonly kind: 'aggregate';
  readonly input: PhysicalPlan;
  readonly groups: readonly { readonly ref: ColumnRef; readonly expression: Expression }[];
  readonly sets: readonly (readonly number[])[] | undefined;
  readonly aggregates: readonly { readonly ref: ColumnRef; readonly call: AggregateCall }[];
  readonly grouping: readonly { readonly ref: ColumnRef; readonly groups: readonly number[] }[];
}
/** Output: the input's columns, then the calls. Rows come out by partition and order. */
export interface WindowNode extends Estimated {
  readonly kind: 'window';
  readonly input: PhysicalPlan;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly calls: readonly { readonly ref: ColumnRef; readonly call: WindowCall; readonly frame: WindowFrameClause }[];
}
/** Stable. With `top`, only the first `top` rows (limit plus offset) are kept. */
export interface SortNode extends Estimated {
  readonly kind: 'sort';
  readonly input: PhysicalPlan;
  readonly keys: readonly SortKey[];
  readonly top: { readonly limit: Expression; readonly offset: Expression | undefined } | undefined;
}
export interface LimitNode extends Estimated {
  readonly kind: 'limit';
  readonly input: PhysicalPlan;
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
  readonly ties: readonly SortKey[] | undefined;
}
/** Keeps the first row of each group of `on`, in input order. */
export interface DistinctNode extends Estimated {
  readonly kind: 'distinct';
  readonly input: PhysicalPlan;
  readonly on: readonly Expression[];
}
/** Column i takes input column `leftPositions[i]` / `rightPositions[i]`. */
export interface SetOperationNode extends Estimated {
  readonly kind: 'set_operation';
  readonly operation: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly leftPositions: readonly number[];
  readonly rightPositions: readonly number[];
  readonly types: readonly SqlType[];
}
export interface FunctionScanNode extends Estimated {
  readonly kind: 'function_scan';
  readonly alias: string;
  readonly calls: readonly { readonly call: SetCall; readonly columns: readonly ColumnRef[] }[];
  readonly ordinality: boolean;
}
/** Its definitions are visible, by id, to each other in order and to `body`; each is computed at most once per opening of this node. */
export interface WithNode extends Estimated {
  readonly kind: 'with';
  readonly definitions: readonly SharedDefinition[];
  readonly body: PhysicalPlan;
}
/** Reads a shared definition, or the working table of a recursion, by id: column i is position `positions[i]` there. */
export interface SharedScanNode extends Estimated {
  readonly kind: 'shared_scan';
  readonly id: number;
  readonly name: string;
  /** The plan of the definition; undefined for a working table. */
  readonly source: PhysicalPlan | undefined;
  readonly positions: readonly number[];
}
export interface RecursiveNode extends Estimated {
  readonly kind: 'recursive';
  readonly id: number;
  readonly name: string;
  readonly base: PhysicalPlan;
  readonly step: PhysicalPlan;
  readonly basePositions: readonly number[];
  readonly stepPositions: readonly number[];
  readonly all: boolean;
  readonly types: readonly SqlType[];
}
/** Its input's rows as of the statement's start, whatever the statement itself writes meanwhile. */
export interface FreezeNode extends Estimated {
  readonly kind: 'freeze';
  readonly input: PhysicalPlan;
}

/** Writes give out rows of `output` when it is not empty: the target's columns, then (update, delete) those of the source. */
export interface InsertNode extends Estimated {
  readonly kind: 'insert';
  readonly target: WriteTarget;
  readonly source: PhysicalPlan;
  readonly values: readonly ColumnRef[];
  readonly onConflict: OnConflict | undefined;
  readonly returning: boolean;
  /** Whether the source reads the table it writes, and so has to end first. */
  readonly collect: boolean;
}
export interface UpdateNode extends Estimated {
  readonly kind: 'update';
  readonly target: WriteTarget;
  readonly source: PhysicalPlan;
  readonly current: readonly ColumnRef[];
  readonly set: readonly { readonly position: number; readonly expression: Expression }[];
  readonly returning: boolean;
}
export interface DeleteNode extends Estimated {
  readonly kind: 'delete';
  readonly target: WriteTarget;
  readonly source: PhysicalPlan;
  readonly current: readonly ColumnRef[];
  readonly returning: boolean;
}
