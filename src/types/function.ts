import type { Oid } from './oid.ts';
import type { SqlType, TypeContext } from './type.ts';
import type { Row, Value } from './value.ts';

/**
 * What a running function may ask. Stable for one statement: `statementTime` and `transactionTime` do not move within one.
 */
export interface EvaluationContext extends TypeContext {
  /** timestamptz microseconds: of the transaction's start, and of the statement's. */
  readonly transactionTime: number;
  readonly statementTime: number;
  /** timestamptz microseconds, now. */
  clockTime(): number;
  /** A uniform double in [0, 1), from the session's generator. */
  random(): number;
  setSeed(seed: number): void;
  randomBytes(length: number): Uint8Array;
  setting(name: string): string | undefined;
  setSetting(name: string, value: string, local: boolean): void;
  /** Every setting, by name; absent where there is no session. */
  readonly settings?: (() => readonly SettingFacts[]) | undefined;
  readonly userName: string;
  readonly databaseName: string;
  /** Answers that need the catalog (regclass, nextval, pg_get_expr …). */
  readonly catalog: CatalogFunctions;
  /** Throws SQLSTATE 57014 when the statement was cancelled or timed out. Long loops call it now and then. */
  checkCancelled(): void;
  /** Resolves after `ms` milliseconds, or rejects with SQLSTATE 57014 when the statement is cancelled first; absent where nothing may wait. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** Reports to the client without failing. */
  notice(severity: 'NOTICE' | 'WARNING' | 'INFO', message: string, code?: string): void;
}

/** One setting as pg_settings lists it. `initial` is its value before anyone set it; `fixed`: it can only be shown. */
export interface SettingFacts {
  readonly name: string;
  readonly value: string;
  readonly initial: string;
  readonly fixed: boolean;
}

/** The catalog, as functions see it. Names resolve along the session's search_path. All answer synchronously. */
export interface CatalogFunctions {
  /** The relation's OID for a possibly qualified, possibly quoted name; undefined when there is none. */
  relationOid(name: string): Oid | undefined;
  relationName(oid: Oid): string | undefined;
  typeOid(name: string): Oid | undefined;
  typeName(oid: Oid, modifier: number): string | undefined;
  namespaceOid(name: string): Oid | undefined;
  namespaceName(oid: Oid): string | undefined;
  /** Sequence operations work on blocks fetched before; a promise when a new block must be committed first. */
  sequenceNext(relation: Oid): number | bigint | Promise<number | bigint>;
  sequenceCurrent(relation: Oid): number | bigint;
  sequenceLast(): number | bigint;
  sequenceSet(relation: Oid, value: number | bigint, called: boolean): number | bigint | Promise<number | bigint>;
  searchPath(): readonly string[];
  /** Anything rarer, by PostgreSQL's function name: pg_get_indexdef, obj_description … undefined when it has no answer. */
  describe(functionName: string, args: readonly Value[]): Value | undefined;
}

/** PostgreSQL's provolatile: immutable calls fold at plan time, stable ones once per statement. */
export type Volatility = 'immutable' | 'stable' | 'volatile';

interface FunctionSignature {
  readonly name: string;
  /** Declared argument types; polymorphic pseudo-types allowed. */
  readonly arguments: readonly Oid[];
  /** The element type of a trailing VARIADIC argument (also listed as the last of `arguments`). OID.any for VARIADIC "any". */
  readonly variadic?: Oid | undefined;
  /** How many trailing arguments may be left out, with the values they then have. */
  readonly defaults?: readonly Value[] | undefined;
  /** Declared result; polymorphic pseudo-types resolve from the arguments. */
  readonly result: Oid;
}

/** An ordinary function. `evaluate` is called with the context, then one value per argument; with `strict`, never with a null. */
export interface ScalarFunction extends FunctionSignature {
  readonly kind: 'scalar';
  readonly strict: boolean;
  readonly volatility: Volatility;
  /** `types` are the resolved argument types, for polymorphic and VARIADIC "any" functions. */
  readonly evaluate: (context: EvaluationContext, ...args: Value[]) => Value | Promise<Value>;
  /** For functions whose implementation depends on resolved types: makes `evaluate` once, at bind time. */
  readonly specialize?: ((types: readonly SqlType[], result: SqlType) => ScalarFunction['evaluate']) | undefined;
}

/** An aggregate: a fold over rows. With `strict`, rows with a null argument are skipped. */
export interface AggregateFunction extends FunctionSignature {
  readonly kind: 'aggregate';
  readonly strict: boolean;
  /** Ordered-set and hypothetical-set aggregates take their direct arguments in `finish`. */
  readonly orderedSet?: boolean | undefined;
  /** Makes the accumulator factory, for the resolved argument types. */
  readonly specialize: (types: readonly SqlType[], result: SqlType) => () => Accumulator;
}

/** The state of one aggregate over one group. */
export interface Accumulator {
  step(context: EvaluationContext, ...args: Value[]): void;
  /** The result so far; may be called again after more steps (window frames). `direct`: ordered-set aggregates' arguments. */
  finish(context: EvaluationContext, direct: readonly Value[]): Value;
  /** Takes back the oldest step, for moving window frames; absent when it cannot. */
  readonly retract?: ((context: EvaluationContext, ...args: Value[]) => void) | undefined;
}

/** A pure window function (row_number, lag, first_value …). */
export interface WindowFunction extends FunctionSignature {
  readonly kind: 'window';
  /** The value for the row at `frame.row`. Arguments are read through the frame, since some look at other rows. */
  readonly evaluate: (frame: WindowFrame) => Value;
}

/** A row's surroundings within its partition, all positions 0-based within the partition, ends exclusive. */
export interface WindowFrame {
  readonly context: EvaluationContext;
  readonly row: number;
  readonly rowCount: number;
  readonly peerStart: number;
  readonly peerEnd: number;
  /** 0-based number of the current peer group. */
  readonly peerGroup: number;
  /** Positions of the frame's rows, in order, exclusions applied. */
  readonly frameSize: number;
  frameRow(index: number): number;
  /** The `index`-th argument evaluated at partition row `row`. */
  argument(index: number, row: number): Value;
}

/** A set-returning function. */
export interface SetFunction extends FunctionSignature {
  readonly kind: 'set';
  readonly strict: boolean;
  readonly volatility: Volatility;
  /** Output columns when it returns several (jsonb_each: key, value); undefined for one column named as the function. */
  readonly columns?: readonly { readonly name: string; readonly type: Oid }[] | undefined;
  readonly generate: (context: EvaluationContext, types: readonly SqlType[], ...args: Value[]) => Iterable<Row>;
}

export type SqlFunction = ScalarFunction | AggregateFunction | WindowFunction | SetFunction;

/** An operator: a name and operand types over a scalar function. `left` is undefined for a prefix operator. */
export interface SqlOperator {
  readonly name: string;
  readonly left: Oid | undefined;
  readonly right: Oid;
  readonly function: ScalarFunction;
  /** The operator with operands swapped, and the one that answers the opposite, by name. */
  readonly commutator?: string | undefined;
  readonly negator?: string | undefined;
}

/** A conversion between two types. */
export interface SqlCast {
  readonly source: Oid;
  readonly target: Oid;
  /** Where it applies without being written: anywhere, only on assignment, or nowhere (pg_cast.castcontext i, a, e). */
  readonly context: 'implicit' | 'assignment' | 'explicit';
  /** Never called with null. `modifier` is the target's; `explicit` tells whether excess may be cut silently. */
  readonly convert: (value: Value, context: EvaluationContext, modifier: number, explicit: boolean) => Value;
  /** Whether the stored value is the same, so that nothing needs to run when the modifier is -1. */
  readonly binary?: boolean | undefined;
}

/** Everything callable, looked up by name. One per process; built once. */
export interface FunctionRegistry {
  functions(name: string): readonly SqlFunction[];
  operators(name: string): readonly SqlOperator[];
  cast(source: Oid, target: Oid): SqlCast | undefined;
  casts(): Iterable<SqlCast>;
  allFunctions(): Iterable<SqlFunction>;
  allOperators(): Iterable<SqlOperator>;
}
