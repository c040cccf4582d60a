/**
 * Bound expressions: every node has a type, every call its function. Immutable. Columns are named by `ColumnRef`, a number
 * unique within the statement, so that rewriting and moving an expression never re-binds a name.
 */
import type { Brand } from '../base/brand.ts';
import type { AggregateFunction, ScalarFunction, SetFunction, SqlCast, WindowFunction } from '../types/function.ts';
import type { SqlType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Plan } from './plan.ts';

/** One column of one relation instance within a statement. */
export type ColumnRef = Brand<number, 'ColumnRef'>;

export type Expression =
  | ConstantExpression
  | ParameterExpression
  | ColumnExpression
  | CallExpression
  | CastExpression
  | LogicExpression
  | NotExpression
  | NullTestExpression
  | TruthTestExpression
  | DistinctExpression
  | CaseExpression
  | CoalesceExpression
  | NullIfExpression
  | ExtremumExpression
  | ArrayExpression
  | RowExpression
  | FieldExpression
  | SubscriptExpression
  | InListExpression
  | QuantifiedExpression
  | SubqueryExpression
  | DomainCheckExpression;

interface Typed {
  readonly type: SqlType;
}

export interface ConstantExpression extends Typed {
  readonly kind: 'constant';
  readonly value: Value;
}
/** `$n`; `index` counts from 0. */
export interface ParameterExpression extends Typed {
  readonly kind: 'parameter';
  readonly index: number;
}
export interface ColumnExpression extends Typed {
  readonly kind: 'column';
  readonly ref: ColumnRef;
}
/** A function or operator call; arguments already have the function's types. `operator` is its symbol, for EXPLAIN and for index matching. */
export interface CallExpression extends Typed {
  readonly kind: 'call';
  readonly function: ScalarFunction;
  readonly args: readonly Expression[];
  readonly operator?: string | undefined;
}
export interface CastExpression extends Typed {
  readonly kind: 'cast';
  readonly arg: Expression;
  readonly cast: SqlCast;
  readonly explicit: boolean;
}
export interface LogicExpression extends Typed {
  readonly kind: 'and' | 'or';
  readonly args: readonly Expression[];
}
export interface NotExpression extends Typed {
  readonly kind: 'not';
  readonly arg: Expression;
}
export interface NullTestExpression extends Typed {
  readonly kind: 'is_null';
  readonly arg: Expression;
  readonly negated: boolean;
}
export interface TruthTestExpression extends Typed {
  readonly kind: 'is_truth';
  readonly arg: Expression;
  readonly test: 'true' | 'false' | 'unknown';
  readonly negated: boolean;
}
/** IS [NOT] DISTINCT FROM. */
export interface DistinctExpression extends Typed {
  readonly kind: 'is_distinct';
  readonly left: Expression;
  readonly right: Expression;
  readonly equals: ScalarFunction;
  readonly negated: boolean;
}
/** Searched CASE (a simple CASE is bound to comparisons). Branches and `otherwise` have the node's type. */
export interface CaseExpression extends Typed {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression;
}
export interface CoalesceExpression extends Typed {
  readonly kind: 'coalesce';
  readonly args: readonly Expression[];
}
export interface NullIfExpression extends Typed {
  readonly kind: 'nullif';
  readonly left: Expression;
  readonly right: Expression;
  /** Equality over (possibly coerced) copies of both; the answer is `left` as written. */
  readonly test: Expression;
}
/** GREATEST and LEAST. */
export interface ExtremumExpression extends Typed {
  readonly kind: 'extremum';
  readonly greatest: boolean;
  readonly args: readonly Expression[];
}
/** ARRAY[…]; with `nested`, the args are arrays and become sub-arrays. */
export interface ArrayExpression extends Typed {
  readonly kind: 'array';
  readonly args: readonly Expression[];
  readonly nested: boolean;
}
export interface RowExpression extends Typed {
  readonly kind: 'row';
  readonly args: readonly Expression[];
  /** Field names of a whole row (`t` of table t); absent for ROW(…), whose fields are f1, f2 … */
  readonly names?: readonly string[] | undefined;
}
export interface FieldExpression extends Typed {
  readonly kind: 'field';
  readonly arg: Expression;
  readonly index: number;
}
export interface SubscriptExpression extends Typed {
  readonly kind: 'subscript';
  readonly arg: Expression;
  /** An element for `[i]`; slices have `lower`/`upper` (either may be undefined). */
  readonly indexes: readonly (
    | { readonly at: Expression }
    | { readonly lower: Expression | undefined; readonly upper: Expression | undefined }
  )[];
}
/** `arg IN (items)`: every item coerced so that one `equals` fits all. */
export interface InListExpression extends Typed {
  readonly kind: 'in_list';
  readonly arg: Expression;
  readonly items: readonly Expression[];
  readonly equals: ScalarFunction;
  readonly negated: boolean;
}
/** `left op ANY|ALL (array)`. */
export interface QuantifiedExpression extends Typed {
  readonly kind: 'quantified';
  readonly left: Expression;
  readonly array: Expression;
  readonly function: ScalarFunction;
  readonly operator: string;
  readonly all: boolean;
}
/**
 * A subquery used as a value.
 *   scalar   the one column of at most one row (21000 when more), null when none
 *   exists   whether there is a row
 *   array    ARRAY(SELECT …)
 *   any/all  row comparison `left op ANY|ALL (SELECT …)`: `tests[i]` compares left[i] with output column i by a function; IN is any '='
 */
export interface SubqueryExpression extends Typed {
  readonly kind: 'subquery';
  readonly mode: 'scalar' | 'exists' | 'array' | 'any' | 'all';
  readonly plan: Plan;
  /** The subquery's output columns, in order. */
  readonly output: readonly ColumnRef[];
  /** Columns of enclosing queries that `plan` refers to. Empty: run once. */
  readonly outer: readonly ColumnRef[];
  readonly left: readonly Expression[];
  /** For any/all: a boolean expression over `left` placeholders is not needed: `tests[i]` is called with (left[i], column i), after `casts`. */
  readonly tests: readonly ScalarFunction[];
  readonly operator: string | undefined;
}
/** A value entering a domain type: NOT NULL and CHECKs; `value` is the ref the checks use. */
export interface DomainCheckExpression extends Typed {
  readonly kind: 'domain_check';
  readonly arg: Expression;
  readonly value: ColumnRef;
  readonly notNull: boolean;
  readonly domain: string;
  readonly checks: readonly { readonly name: string; readonly condition: Expression }[];
}

export interface SortKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** One aggregate of an Aggregate node, or an aggregate used as a window function. An ordered-set aggregate's `args` are its `orderBy` expressions. */
export interface AggregateCall extends Typed {
  readonly function: AggregateFunction;
  readonly args: readonly Expression[];
  readonly distinct: boolean;
  readonly filter: Expression | undefined;
  readonly orderBy: readonly SortKey[];
  /** Direct arguments of an ordered-set aggregate (its aggregated arguments are `orderBy`). */
  readonly direct: readonly Expression[];
}

export type FrameBound =
  | { readonly kind: 'unbounded preceding' | 'unbounded following' | 'current row' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expression };

export interface WindowFrameClause {
  readonly mode: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: 'no others' | 'current row' | 'group' | 'ties';
  /** For RANGE with an offset: how to add or subtract it from the one sort key. */
  readonly inRange: { readonly add: ScalarFunction; readonly subtract: ScalarFunction } | undefined;
}

export interface WindowCall extends Typed {
  readonly function: WindowFunction | AggregateCall;
  readonly args: readonly Expression[];
  readonly ignoreNulls: boolean;
}

/** A set-returning function call in FROM or in a select list. */
export interface SetCall {
  readonly function: SetFunction | ScalarFunction;
  readonly args: readonly Expression[];
  readonly type: SqlType;
  /** The column definition list of `f(…) AS t(a int, b text)`; the function is called with its types. */
  readonly definitions?: readonly { readonly name: string; readonly type: SqlType }[] | undefined;
}
