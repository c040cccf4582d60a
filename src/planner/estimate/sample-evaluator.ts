/**
 * Expressions evaluated while planning, for estimates only: over what is constant within a statement, and over the few values that
 * statistics name of a column. Errors and what cannot be evaluated here answer undefined.
 */
import { isSqlError } from '../../base/sql-error.ts';
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { Value } from '../../types/value.ts';
import { refsOf, someExpression } from '../expression-tools.ts';
import type { Point } from './distribution.ts';
import type { ColumnFacts, Facts } from './facts.ts';

type Evaluate = (value: Value) => Value | undefined;

/** The value of an expression that reads no column; undefined when it is not known before the statement runs. */
export function knownValue(expression: Expression, facts: Facts): Value | undefined {
  if (expression.kind === 'constant') return expression.value;
  if (refsOf(expression).size > 0) return undefined;
  return evaluator(expression, undefined, facts)?.(null);
}

/** The same as a point to compare with. */
export function knownPoint(expression: Expression, facts: Facts): Point | undefined {
  const value = knownValue(expression, facts);
  return value === undefined ? undefined : { kind: 'value', value, type: expression.type.oid };
}

/** Values that stand for all rows of a column, each with its part of them; nulls are left out. Empty when nothing is known. */
export function sampleOf(known: ColumnFacts): readonly { readonly value: Value; readonly fraction: number }[] {
  const { common, bounds, nullFraction } = known;
  const rest = 1 - nullFraction - common.reduce((sum, { fraction }) => sum + fraction, 0);
  if (bounds.length === 0 || rest <= 0) return common;
  return [...common, ...bounds.map((value) => ({ value, fraction: rest / bounds.length }))];
}

/** The expression as a function of the one column that it reads; undefined where it reads others or cannot be evaluated here. */
export function sampleEvaluator(expression: Expression, ref: ColumnRef, facts: Facts): Evaluate | undefined {
  for (const read of refsOf(expression)) if (read !== ref) return undefined;
  return evaluator(expression, ref, facts);
}

function evaluator(expression: Expression, ref: ColumnRef | undefined, facts: Facts): Evaluate | undefined {
  if (someExpression(expression, (node) => node.kind === 'subquery')) return undefined;
  const compiled = compiledOf(expression, ref, facts);
  if (compiled === undefined) return undefined;
  return (value) => {
    try {
      return compiled(value);
    } catch (error) {
      if (isSqlError(error) || error instanceof TypeError || error instanceof RangeError) return undefined;
      throw error;
    }
  };
}

function compiledOf(expression: Expression, ref: ColumnRef | undefined, facts: Facts): Evaluate | undefined {
  const part = (inner: Expression): Evaluate | undefined => compiledOf(inner, ref, facts);
  switch (expression.kind) {
    case 'constant':
      return () => expression.value;
    case 'column':
      return expression.ref === ref ? (value) => value : undefined;
    case 'parameter': {
      const value = facts.parameters?.[expression.index];
      return value === undefined ? undefined : () => value;
    }
    case 'call':
      return callOf(expression, facts, part);
    case 'cast': {
      const arg = part(expression.arg);
      const { cast, type, explicit } = expression;
      return arg && ((value) => through(arg(value), (inner) => cast.convert(inner, facts.context, type.modifier, explicit)));
    }
    case 'and':
    case 'or': {
      const args = expression.args.map(part);
      return args.includes(undefined) ? undefined : (value) => logic(expression.kind === 'or', args, value);
    }
    case 'not': {
      const arg = part(expression.arg);
      return arg && ((value) => through(arg(value), (inner) => inner !== true));
    }
    case 'is_null': {
      const arg = part(expression.arg);
      const { negated } = expression;
      return arg && ((value) => (arg(value) === null) !== negated);
    }
    case 'in_list': {
      const arg = part(expression.arg);
      const items = expression.items.map(part);
      const { equals, negated } = expression;
      if (arg === undefined || items.includes(undefined)) return undefined;
      return (value) =>
        through(
          arg(value),
          (inner) =>
            items.some((item) => through(item?.(value), (other) => equals.evaluate(facts.context, inner, other) as Value) === true) !==
            negated,
        );
    }
    case 'case': {
      const branches = expression.branches.map((branch) => ({ when: part(branch.when), then: part(branch.then) }));
      const otherwise = part(expression.otherwise);
      if (otherwise === undefined || branches.some(({ when, then }) => when === undefined || then === undefined)) return undefined;
      return (value) => (branches.find(({ when }) => when?.(value) === true)?.then ?? otherwise)(value);
    }
    case 'coalesce': {
      const args = expression.args.map(part);
      if (args.includes(undefined)) return undefined;
      return (value) => {
        for (const arg of args) {
          const found = arg?.(value);
          if (found !== null) return found;
        }
        return null;
      };
    }
    default:
      return undefined;
  }
}

function callOf(
  { function: fn, args, type }: Expression & { readonly kind: 'call' },
  { context }: Facts,
  part: (inner: Expression) => Evaluate | undefined,
): Evaluate | undefined {
  if (fn.volatility === 'volatile') return undefined;
  const parts = args.map(part);
  if (parts.includes(undefined)) return undefined;
  const types = args.map((arg) => arg.type);
  const evaluate = fn.specialize === undefined ? fn.evaluate : fn.specialize(types, type);
  return (value) => {
    const values: Value[] = [];
    for (const argument of parts) {
      const found = argument?.(value);
      if (found === undefined) return undefined;
      if (found === null && fn.strict) return null;
      values.push(found);
    }
    const answer = evaluate(context, ...values);
    return answer instanceof Promise ? undefined : answer;
  };
}

function through(value: Value | undefined, map: (value: Value) => Value): Value | undefined {
  return value === undefined || value === null ? value : map(value);
}

function logic(deciding: boolean, args: readonly (Evaluate | undefined)[], value: Value): Value | undefined {
  let answer: Value = !deciding;
  for (const arg of args) {
    const found = arg?.(value);
    if (found === undefined) return undefined;
    if (found === deciding) return deciding;
    if (found === null) answer = null;
  }
  return answer;
}
