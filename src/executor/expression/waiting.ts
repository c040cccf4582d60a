/**
 * Expressions that may wait: they run subqueries or volatile functions. Lazy forms (AND, CASE, COALESCE …) wait part by part;
 * every other form has its waiting parts evaluated first, appended to the row, and is then an ordinary expression over the
 * longer row.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import { column, mapChildren, mayWait } from '../../planner/expression-tools.ts';
import type { Value } from '../../types/value.ts';
import { compile } from './compile.ts';
import { implementationOf } from './function-call.ts';
import type { EvaluateWaiting, Scope } from './scope.ts';

/** A closure that answers at once when it can, and with a promise when bytes, a block of numbers, or time are missing. */
export function compileWaiting(expression: Expression, scope: Scope): EvaluateWaiting {
  if (!mayWait(expression)) return compile(expression, scope);
  switch (expression.kind) {
    case 'subquery':
      return scope.program.subquery(expression, scope);
    case 'and':
    case 'or':
      return lazyLogic(
        expression.args.map((arg) => compileWaiting(arg, scope)),
        expression.kind === 'or',
      );
    case 'case':
      return lazyCase(
        expression.branches.map((branch) => ({ when: compileWaiting(branch.when, scope), then: compileWaiting(branch.then, scope) })),
        compileWaiting(expression.otherwise, scope),
      );
    case 'coalesce':
      return lazyCoalesce(expression.args.map((arg) => compileWaiting(arg, scope)));
    case 'call':
      if (expression.function.volatility === 'volatile') return volatileCall(expression, scope);
      return eager(expression, scope);
    default:
      return eager(expression, scope);
  }
}

/** Continues with `next` now or later. */
export function chain<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function eager(expression: Expression, scope: Scope): EvaluateWaiting {
  const { width } = scope;
  const waiting: Expression[] = [];
  const refs: ColumnRef[] = [];
  const replaced = mapChildren(expression, (part) => {
    if (!mayWait(part)) return part;
    const ref = temporaryRef();
    waiting.push(part);
    refs.push(ref);
    return column(ref, part.type);
  });
  const parts = waiting.map((part) => compileWaiting(part, scope));
  const evaluate = compile(replaced, scope.extended(width, refs));
  return (row, environment) => {
    const extended = row.slice(0, width);
    while (extended.length < width) extended.push(null);
    return chain(
      inOrder(parts, (part) => part(row, environment)),
      (values) => evaluate(extended.concat(values), environment),
    );
  };
}

function volatileCall(expression: Expression & { readonly kind: 'call' }, scope: Scope): EvaluateWaiting {
  const args = expression.args.map((arg) => compileWaiting(arg, scope));
  const { strict } = expression.function;
  const evaluate = implementationOf(
    expression.function,
    expression.args.map((arg) => arg.type),
    expression.type,
  );
  return (row, environment) =>
    chain(
      inOrder(args, (arg) => arg(row, environment)),
      (values) => (strict && values.includes(null) ? null : evaluate(environment.context, ...values)),
    );
}

/** Evaluates one after the other; a promise only if one of them gave one. */
export function inOrder<P>(parts: readonly P[], evaluate: (part: P) => Value | Promise<Value>): Value[] | Promise<Value[]> {
  const values: Value[] = [];
  for (let at = 0; at < parts.length; at++) {
    const value = evaluate(parts[at]);
    if (value instanceof Promise) return finishInOrder(parts, evaluate, values, value);
    values.push(value);
  }
  return values;
}

async function finishInOrder<P>(
  parts: readonly P[],
  evaluate: (part: P) => Value | Promise<Value>,
  values: Value[],
  first: Promise<Value>,
): Promise<Value[]> {
  values.push(await first);
  for (let at = values.length; at < parts.length; at++) values.push(await evaluate(parts[at]));
  return values;
}

function lazyLogic(args: readonly EvaluateWaiting[], deciding: boolean): EvaluateWaiting {
  return (row, environment) => {
    const from = (at: number, unknown: boolean): Value | Promise<Value> => {
      for (; at < args.length; at++) {
        const value = args[at](row, environment);
        if (value instanceof Promise) {
          const next = at + 1;
          return value.then((settled) => (settled === deciding ? deciding : from(next, unknown || settled === null)));
        }
        if (value === deciding) return deciding;
        if (value === null) unknown = true;
      }
      return unknown ? null : !deciding;
    };
    return from(0, false);
  };
}

function lazyCase(
  branches: readonly { readonly when: EvaluateWaiting; readonly then: EvaluateWaiting }[],
  otherwise: EvaluateWaiting,
): EvaluateWaiting {
  return (row, environment) => {
    const from = (at: number): Value | Promise<Value> => {
      for (; at < branches.length; at++) {
        const { when, then } = branches[at];
        const value = when(row, environment);
        if (value instanceof Promise) {
          const next = at + 1;
          return value.then((settled) => (settled === true ? then(row, environment) : from(next)));
        }
        if (value === true) return then(row, environment);
      }
      return otherwise(row, environment);
    };
    return from(0);
  };
}

function lazyCoalesce(args: readonly EvaluateWaiting[]): EvaluateWaiting {
  return (row, environment) => {
    const from = (at: number): Value | Promise<Value> => {
      for (; at < args.length; at++) {
        const value = args[at](row, environment);
        if (value instanceof Promise) {
          const next = at + 1;
          return value.then((settled) => settled ?? from(next));
        }
        if (value !== null) return value;
      }
      return null;
    };
    return from(0);
  };
}

let nextTemporary = -1;

/** A reference that no binder hands out: they count from zero upwards. */
export function temporaryRef(): ColumnRef {
  return nextTemporary-- as ColumnRef;
}
