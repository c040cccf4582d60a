/** Calls of functions as closures: one shape per number of arguments, so that the common ones build no argument list. */
import type { ScalarFunction } from '../../types/function.ts';
import type { SqlType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate } from './scope.ts';

/** The function's code for these argument and result types. */
export function implementationOf(fn: ScalarFunction, types: readonly SqlType[], result: SqlType): ScalarFunction['evaluate'] {
  return fn.specialize === undefined ? fn.evaluate : fn.specialize(types, result);
}

/** A closure that calls `fn`; a strict function answers null when an argument is null, without being called. */
export function compileCall(fn: ScalarFunction, types: readonly SqlType[], result: SqlType, args: readonly Evaluate[]): Evaluate {
  const evaluate = implementationOf(fn, types, result) as Synchronous;
  switch (args.length) {
    case 0:
      return (_row, environment) => evaluate(environment.context);
    case 1:
      return fn.strict ? strictUnary(evaluate, args[0]) : (row, environment) => evaluate(environment.context, args[0](row, environment));
    case 2:
      return fn.strict
        ? strictBinary(evaluate, args[0], args[1])
        : (row, environment) => evaluate(environment.context, args[0](row, environment), args[1](row, environment));
    default:
      return fn.strict
        ? strictMany(evaluate, args)
        : (row, environment) => evaluate(environment.context, ...args.map((arg) => arg(row, environment)));
  }
}

/** A function that answers at once. Those that may wait are volatile, and compiled by the waiting compiler. */
type Synchronous = (context: Environment['context'], ...args: Value[]) => Value;

function strictUnary(evaluate: Synchronous, arg: Evaluate): Evaluate {
  return (row, environment) => {
    const value = arg(row, environment);
    return value === null ? null : evaluate(environment.context, value);
  };
}

function strictBinary(evaluate: Synchronous, left: Evaluate, right: Evaluate): Evaluate {
  return (row, environment) => {
    const a = left(row, environment);
    if (a === null) return null;
    const b = right(row, environment);
    return b === null ? null : evaluate(environment.context, a, b);
  };
}

function strictMany(evaluate: Synchronous, args: readonly Evaluate[]): Evaluate {
  return (row, environment) => {
    const values = new Array<Value>(args.length);
    for (let at = 0; at < args.length; at++) {
      const value = args[at](row, environment);
      if (value === null) return null;
      values[at] = value;
    }
    return evaluate(environment.context, ...values);
  };
}
