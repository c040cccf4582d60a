import { AssertionError } from '../../base/assert.ts';
import type {
  AggregateFunction,
  Accumulator,
  EvaluationContext,
  ScalarFunction,
  SetFunction,
  Volatility,
  WindowFrame,
  WindowFunction,
} from '../function.ts';
import { oid, OID, type Oid } from '../oid.ts';
import type { SqlType } from '../type.ts';
import type { Row, Value } from '../value.ts';

/** The array types that signatures name (pg_type.dat). */
export const ARRAY = {
  bool: oid(1000),
  bytea: oid(1001),
  name: oid(1003),
  int2: oid(1005),
  int4: oid(1007),
  text: oid(1009),
  int8: oid(1016),
  float8: oid(1022),
  oid: oid(1028),
  interval: oid(1187),
} as const;

/** A function's code: the context, then its arguments, typed as the values of the declared types are. */
export type Body = (context: EvaluationContext, ...args: never[]) => Value | Promise<Value>;

/** What sets a function apart from the usual one: strict, immutable, fixed arguments. */
export interface Traits {
  readonly strict?: boolean | undefined;
  readonly volatility?: Volatility | undefined;
  readonly variadic?: Oid | undefined;
  readonly defaults?: readonly Value[] | undefined;
}

export const STABLE: Traits = { volatility: 'stable' };
export const VOLATILE: Traits = { volatility: 'volatile' };
/** Called with nulls too. */
export const NULLS: Traits = { strict: false };
/** VARIADIC "any", called with nulls too. */
export const VARIADIC_ANY: Traits = { strict: false, variadic: OID.any };

/** An ordinary function, strict and immutable unless `traits` say otherwise. */
export function scalar(name: string, args: readonly Oid[], result: Oid, body: Body, traits: Traits = {}): ScalarFunction {
  return {
    kind: 'scalar',
    ...signature(name, args, result, traits),
    strict: traits.strict ?? true,
    volatility: traits.volatility ?? 'immutable',
    evaluate: body as ScalarFunction['evaluate'],
  };
}

/** An ordinary function whose code depends on the resolved types of its arguments and result. */
export function generic(
  name: string,
  args: readonly Oid[],
  result: Oid,
  specialize: (types: readonly SqlType[], result: SqlType) => Body,
  traits: Traits = {},
): ScalarFunction {
  const unbound: Body = () => {
    throw new AssertionError('a generic function is specialized before it is called', { name });
  };
  return { ...scalar(name, args, result, unbound, traits), specialize: specialize as NonNullable<ScalarFunction['specialize']> };
}

/** The same function under several signatures that share one body. */
export function overloads(
  name: string,
  signatures: readonly (readonly [args: readonly Oid[], result: Oid])[],
  body: Body,
  traits: Traits = {},
): ScalarFunction[] {
  return signatures.map(([args, result]) => scalar(name, args, result, body, traits));
}

/** An aggregate that skips rows with a null argument. `make` receives the resolved types and returns the factory of accumulators. */
export function aggregate(
  name: string,
  args: readonly Oid[],
  result: Oid,
  make: (types: readonly SqlType[], result: SqlType) => () => Accumulator,
  traits: Traits & { readonly orderedSet?: boolean } = {},
): AggregateFunction {
  return {
    kind: 'aggregate',
    ...signature(name, args, result, traits),
    strict: traits.strict ?? true,
    ...(traits.orderedSet === true ? { orderedSet: true } : {}),
    specialize: make,
  };
}

/** A window function. */
export function windowFunction(name: string, args: readonly Oid[], result: Oid, evaluate: (frame: WindowFrame) => Value): WindowFunction {
  return { kind: 'window', name, arguments: args, result, evaluate };
}

/** A set-returning function's code: yields rows; `types` are the resolved argument types. */
export type SetBody = (context: EvaluationContext, types: readonly SqlType[], ...args: never[]) => Iterable<Row>;

/** A set-returning function, strict and immutable unless `traits` say otherwise; `columns` when it returns several. */
export function setReturning(
  name: string,
  args: readonly Oid[],
  result: Oid,
  body: SetBody,
  traits: Traits & { readonly columns?: SetFunction['columns'] } = {},
): SetFunction {
  return {
    kind: 'set',
    ...signature(name, args, result, traits),
    strict: traits.strict ?? true,
    volatility: traits.volatility ?? 'immutable',
    ...(traits.columns === undefined ? {} : { columns: traits.columns }),
    generate: body as SetFunction['generate'],
  };
}

function signature(name: string, args: readonly Oid[], result: Oid, traits: Traits) {
  return {
    name,
    arguments: args,
    result,
    ...(traits.variadic === undefined ? {} : { variadic: traits.variadic }),
    ...(traits.defaults === undefined ? {} : { defaults: traits.defaults }),
  };
}
