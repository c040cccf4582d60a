/** One aggregate call compiled: FILTER, DISTINCT and ORDER BY laid around the function's accumulator. */
import type { AggregateCall } from '../../binder/expression.ts';
import type { Accumulator } from '../../types/function.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile, compileTest } from '../expression/compile.ts';
import type { Evaluate, Scope, Test } from '../expression/scope.ts';
import { rowOrder, sortOrder, tupleKey, type HashKey } from '../expression/value-order.ts';

/** The state of one call over one group. */
export interface Fold {
  add(row: Row, environment: Environment): void;
  finish(environment: Environment): Value;
}

export type PreparedFold = () => Fold;

export function compileAggregate(call: AggregateCall, scope: Scope): PreparedFold {
  const aggregated = call.function.orderedSet === true ? call.orderBy.map((key) => key.expression) : call.args;
  const args = aggregated.map((arg) => compile(arg, scope));
  const make = accumulatorOf(call);
  const filter = call.filter === undefined ? undefined : compileTest(call.filter, scope);
  const direct = call.direct.map((arg) => compile(arg, scope));
  const { strict } = call.function;
  if (call.orderBy.length === 0 && !call.distinct && direct.length === 0) {
    if (args.length === 0) return () => new CountingFold(make(), filter);
    if (args.length === 1) return () => new UnaryFold(make(), args[0], filter, strict);
  }
  const orders = call.orderBy.map((key) => sortOrder(key, key.expression.type));
  const prepared: CollectedCall = {
    args,
    filter,
    direct,
    strict,
    keyOf: call.distinct ? tupleKey(aggregated.map((arg) => arg.type)) : undefined,
    sortKeys: call.orderBy.map((key) => compile(key.expression, scope)),
    order: orders.length === 0 ? undefined : rowOrder(orders),
    // DISTINCT sorts its arguments when nothing else orders them, as PostgreSQL does.
    argumentOrder: call.distinct && orders.length === 0 && aggregated.length > 0 ? orderOfArguments(call) : undefined,
  };
  return () => new CollectingFold(make(), prepared);
}

/** A factory of accumulators for the call's argument types. */
export function accumulatorOf(call: AggregateCall): () => Accumulator {
  const aggregated = call.function.orderedSet === true ? call.orderBy.map((key) => key.expression) : call.args;
  return call.function.specialize(
    [...call.direct, ...aggregated].map((arg) => arg.type),
    call.type,
  );
}

function orderOfArguments(call: AggregateCall): ((a: Row, b: Row) => number) | undefined {
  return rowOrder(call.args.map((arg) => sortOrder({ descending: false, nullsFirst: false }, arg.type)));
}

class CountingFold implements Fold {
  readonly #accumulator: Accumulator;
  readonly #filter: Test | undefined;

  constructor(accumulator: Accumulator, filter: Test | undefined) {
    this.#accumulator = accumulator;
    this.#filter = filter;
  }

  add(row: Row, environment: Environment): void {
    if (this.#filter === undefined || this.#filter(row, environment)) this.#accumulator.step(environment.context);
  }

  finish(environment: Environment): Value {
    return this.#accumulator.finish(environment.context, []);
  }
}

class UnaryFold implements Fold {
  readonly #accumulator: Accumulator;
  readonly #arg: Evaluate;
  readonly #filter: Test | undefined;
  readonly #strict: boolean;

  constructor(accumulator: Accumulator, arg: Evaluate, filter: Test | undefined, strict: boolean) {
    this.#accumulator = accumulator;
    this.#arg = arg;
    this.#filter = filter;
    this.#strict = strict;
  }

  add(row: Row, environment: Environment): void {
    if (this.#filter !== undefined && !this.#filter(row, environment)) return;
    const value = this.#arg(row, environment);
    if (value !== null || !this.#strict) this.#accumulator.step(environment.context, value);
  }

  finish(environment: Environment): Value {
    return this.#accumulator.finish(environment.context, []);
  }
}

interface CollectedCall {
  readonly args: readonly Evaluate[];
  readonly filter: Test | undefined;
  readonly direct: readonly Evaluate[];
  readonly strict: boolean;
  readonly keyOf: ((values: readonly Value[]) => HashKey) | undefined;
  readonly sortKeys: readonly Evaluate[];
  readonly order: ((a: Row, b: Row) => number) | undefined;
  readonly argumentOrder: ((a: Row, b: Row) => number) | undefined;
}

/** Keeps argument rows until the end when their order or distinctness matters. */
class CollectingFold implements Fold {
  readonly #accumulator: Accumulator;
  readonly #call: CollectedCall;
  readonly #collected: { readonly values: Row; readonly key: Row }[] = [];
  readonly #seen = new Set<HashKey>();
  #direct: Row | undefined;

  constructor(accumulator: Accumulator, call: CollectedCall) {
    this.#accumulator = accumulator;
    this.#call = call;
  }

  add(row: Row, environment: Environment): void {
    const { filter, args, strict, keyOf, sortKeys, order, argumentOrder, direct } = this.#call;
    this.#direct ??= direct.map((arg) => arg(row, environment));
    if (filter !== undefined && !filter(row, environment)) return;
    const values = args.map((arg) => arg(row, environment));
    if (strict && values.includes(null)) return;
    if (keyOf !== undefined) {
      const key = keyOf(values);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
    }
    if (order === undefined && argumentOrder === undefined) this.#accumulator.step(environment.context, ...values);
    else this.#collected.push({ values, key: order === undefined ? values : sortKeys.map((key) => key(row, environment)) });
  }

  finish(environment: Environment): Value {
    const order = this.#call.order ?? this.#call.argumentOrder;
    if (order !== undefined) {
      this.#collected.sort((a, b) => order(a.key, b.key));
      for (const { values } of this.#collected) this.#accumulator.step(environment.context, ...values);
      this.#collected.length = 0;
    }
    const direct = this.#direct ?? this.#call.direct.map((arg) => arg([], environment));
    return this.#accumulator.finish(environment.context, direct);
  }
}
