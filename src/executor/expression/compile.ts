/**
 * Expressions as closures, compiled once per plan. Everything an execution brings (parameters, the frame, the session's
 * context) arrives through the environment, so that one closure serves all executions.
 *
 *     a + 1 < $1        (row, env) => row[0] + 1 < env.parameters[0], with null and overflow taken care of
 *
 * Invariant C1: a closure made here never waits. Expressions that may go through `compileWaiting`.
 */
import { assert, unreachable } from '../../base/assert.ts';
import { SqlError } from '../../base/sql-error.ts';
import type {
  ArrayExpression,
  CallExpression,
  CaseExpression,
  ColumnExpression,
  DomainCheckExpression,
  Expression,
  InListExpression,
  LogicExpression,
  QuantifiedExpression,
} from '../../binder/expression.ts';
import { SqlArray, SqlRecord, type Value } from '../../types/value.ts';
import { compileArithmetic } from './arithmetic.ts';
import { columnTest, comparisonTest, comparisonValue, inlineComparison } from './comparison.ts';
import { compileCall, implementationOf } from './function-call.ts';
import { hashKeyOf, compareOf } from './value-order.ts';
import { familyOf } from '../../planner/type-facts.ts';
import { nestedArray } from './array-value.ts';
import type { Evaluate, Scope, Test } from './scope.ts';
import { compileSubscript } from './subscript.ts';

/** The expression as a closure over rows of the scope's layout. */
export function compile(expression: Expression, scope: Scope): Evaluate {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'parameter': {
      const { index } = expression;
      return (_row, environment) => environment.parameters[index];
    }
    case 'column':
      return compileColumn(expression, scope);
    case 'call':
      return compileCallExpression(expression, scope);
    case 'cast': {
      const arg = compile(expression.arg, scope);
      const { cast, explicit } = expression;
      const { modifier } = expression.type;
      if (cast.binary === true && modifier === -1) return arg;
      return (row, environment) => {
        const value = arg(row, environment);
        return value === null ? null : cast.convert(value, environment.context, modifier, explicit);
      };
    }
    case 'and':
    case 'or':
      return compileLogic(expression, scope);
    case 'not': {
      const arg = compile(expression.arg, scope);
      return (row, environment) => {
        const value = arg(row, environment);
        return value === null ? null : !value;
      };
    }
    case 'is_null': {
      const holds = compileNullTest(expression.arg, scope);
      return expression.negated ? compileNotNullTest(expression.arg, scope) : holds;
    }
    case 'is_truth': {
      const arg = compile(expression.arg, scope);
      const wanted = expression.test === 'unknown' ? null : expression.test === 'true';
      const { negated } = expression;
      return (row, environment) => (arg(row, environment) === wanted) !== negated;
    }
    case 'is_distinct': {
      const left = compile(expression.left, scope);
      const right = compile(expression.right, scope);
      const equals = implementationOf(expression.equals, [expression.left.type, expression.right.type], expression.type);
      const { negated } = expression;
      return (row, environment) => {
        const a = left(row, environment);
        const b = right(row, environment);
        const distinct = a === null || b === null ? a !== b : equals(environment.context, a, b) !== true;
        return distinct !== negated;
      };
    }
    case 'case':
      return compileCase(expression, scope);
    case 'coalesce': {
      const args = expression.args.map((arg) => compile(arg, scope));
      return (row, environment) => {
        for (const arg of args) {
          const value = arg(row, environment);
          if (value !== null) return value;
        }
        return null;
      };
    }
    case 'nullif': {
      const left = compile(expression.left, scope);
      const test = compileTest(expression.test, scope);
      return (row, environment) => (test(row, environment) ? null : left(row, environment));
    }
    case 'extremum': {
      const args = expression.args.map((arg) => compile(arg, scope));
      const compare = compareOf(expression.type);
      const sign = expression.greatest ? 1 : -1;
      return (row, environment) => {
        let best: Value = null;
        for (const arg of args) {
          const value = arg(row, environment);
          if (value !== null && (best === null || compare(value, best) * sign > 0)) best = value;
        }
        return best;
      };
    }
    case 'array':
      return compileArray(expression, scope);
    case 'row': {
      const args = expression.args.map((arg) => compile(arg, scope));
      const types = expression.args.map((arg) => arg.type.oid);
      return (row, environment) =>
        new SqlRecord(
          args.map((arg) => arg(row, environment)),
          types,
          expression.names,
        );
    }
    case 'field': {
      const arg = compile(expression.arg, scope);
      const { index } = expression;
      return (row, environment) => {
        const record = arg(row, environment);
        return record === null ? null : (record as SqlRecord).fields[index];
      };
    }
    case 'subscript':
      return compileSubscript(expression, compile(expression.arg, scope), (part) => compile(part, scope));
    case 'in_list':
      return compileInList(expression, scope);
    case 'quantified':
      return compileQuantified(expression, scope);
    case 'domain_check':
      return compileDomainCheck(expression, scope);
    case 'subquery':
      throw new SqlError('feature_not_supported', 'a subquery is not supported at this place');
    default:
      return unreachable(expression);
  }
}

/** The expression as a test that is true only where it is true. */
export function compileTest(expression: Expression, scope: Scope): Test {
  if (expression.kind === 'constant') {
    const holds = expression.value === true;
    return () => holds;
  }
  if (expression.kind === 'and') {
    const tests = expression.args.map((arg) => compileTest(arg, scope));
    if (tests.length === 2) {
      const [first, second] = tests;
      return (row, environment) => first(row, environment) && second(row, environment);
    }
    return (row, environment) => {
      for (const test of tests) if (!test(row, environment)) return false;
      return true;
    };
  }
  if (expression.kind === 'or') {
    const tests = expression.args.map((arg) => compileTest(arg, scope));
    return (row, environment) => {
      for (const test of tests) if (test(row, environment)) return true;
      return false;
    };
  }
  if (expression.kind === 'call') {
    const operator = inlineComparison(expression);
    if (operator !== undefined) {
      const [left, right] = expression.args;
      const slot = left.kind === 'column' ? scope.layout.get(left.ref) : undefined;
      if (slot !== undefined && right.kind === 'constant') return columnTest(operator, slot, right.value);
      return comparisonTest(operator, compile(left, scope), compile(right, scope));
    }
  }
  const evaluate = compile(expression, scope);
  return (row, environment) => evaluate(row, environment) === true;
}

function compileColumn(expression: ColumnExpression, scope: Scope): Evaluate {
  const slot = scope.layout.get(expression.ref);
  if (slot !== undefined) return (row) => row[slot];
  const frameSlot = scope.program.frameSlot(expression.ref);
  const { ref } = expression;
  return (_row, environment) => {
    const value = environment.frame[frameSlot];
    assert(value !== undefined, 'a column of an enclosing query is in the frame', { ref });
    return value;
  };
}

function compileCallExpression(expression: CallExpression, scope: Scope): Evaluate {
  const args = expression.args.map((arg) => compile(arg, scope));
  if (args.length === 2 && expression.operator !== undefined) {
    const operator = inlineComparison(expression);
    if (operator !== undefined) return comparisonValue(operator, args[0], args[1]);
    const arithmetic = compileArithmetic(expression, args[0], args[1]);
    if (arithmetic !== undefined) return arithmetic;
  }
  return compileCall(
    expression.function,
    expression.args.map((arg) => arg.type),
    expression.type,
    args,
  );
}

/** Three-valued logic: a deciding side wins over null, whatever the order. */
function compileLogic(expression: LogicExpression, scope: Scope): Evaluate {
  const args = expression.args.map((arg) => compile(arg, scope));
  const deciding = expression.kind === 'or';
  return (row, environment) => {
    let unknown = false;
    for (const arg of args) {
      const value = arg(row, environment);
      if (value === deciding) return deciding;
      if (value === null) unknown = true;
    }
    return unknown ? null : !deciding;
  };
}

/** IS NULL of a row value: all its fields are null. */
function compileNullTest(arg: Expression, scope: Scope): Evaluate {
  const evaluate = compile(arg, scope);
  return (row, environment) => {
    const value = evaluate(row, environment);
    return value === null || (value instanceof SqlRecord && value.fields.every((field) => field === null));
  };
}

/** IS NOT NULL of a row value: none of its fields is null. */
function compileNotNullTest(arg: Expression, scope: Scope): Evaluate {
  const evaluate = compile(arg, scope);
  return (row, environment) => {
    const value = evaluate(row, environment);
    return value !== null && !(value instanceof SqlRecord && value.fields.some((field) => field === null));
  };
}

function compileCase(expression: CaseExpression, scope: Scope): Evaluate {
  const tests = expression.branches.map((branch) => compileTest(branch.when, scope));
  const values = expression.branches.map((branch) => compile(branch.then, scope));
  const otherwise = compile(expression.otherwise, scope);
  if (tests.length === 1) {
    const [test] = tests;
    const [value] = values;
    return (row, environment) => (test(row, environment) ? value(row, environment) : otherwise(row, environment));
  }
  return (row, environment) => {
    for (let at = 0; at < tests.length; at++) if (tests[at](row, environment)) return values[at](row, environment);
    return otherwise(row, environment);
  };
}

function compileArray(expression: ArrayExpression, scope: Scope): Evaluate {
  const args = expression.args.map((arg) => compile(arg, scope));
  if (expression.nested) return (row, environment) => nestedArray(args.map((arg) => arg(row, environment)));
  return (row, environment) => new SqlArray(args.map((arg) => arg(row, environment)));
}

/** Constant items of a hashable type become a set. */
function compileInList(expression: InListExpression, scope: Scope): Evaluate {
  const arg = compile(expression.arg, scope);
  const { negated } = expression;
  if (
    expression.items.length > 4 &&
    expression.items.every((item) => item.kind === 'constant' && familyOf(item.type.oid) === familyOf(expression.arg.type.oid))
  ) {
    const hashKey = hashKeyOf(expression.arg.type);
    const values = expression.items.map((item) => (item.kind === 'constant' ? item.value : null));
    const keys = new Set(values.filter((value) => value !== null).map(hashKey));
    const hasNull = values.includes(null);
    return (row, environment) => {
      const value = arg(row, environment);
      if (value === null) return null;
      if (keys.has(hashKey(value))) return !negated;
      return hasNull ? null : negated;
    };
  }
  const items = expression.items.map((item) => compile(item, scope));
  const equals = implementationOf(expression.equals, [expression.arg.type, expression.items[0].type], expression.type);
  return (row, environment) => {
    const value = arg(row, environment);
    if (value === null) return null;
    let unknown = false;
    for (const item of items) {
      const candidate = item(row, environment);
      if (candidate === null) unknown = true;
      else {
        const same = equals(environment.context, value, candidate);
        if (same === true) return !negated;
        if (same === null) unknown = true;
      }
    }
    return unknown ? null : negated;
  };
}

function compileQuantified(expression: QuantifiedExpression, scope: Scope): Evaluate {
  const left = compile(expression.left, scope);
  const array = compile(expression.array, scope);
  const holds = implementationOf(
    expression.function,
    [expression.left.type, { oid: expression.function.arguments[1], modifier: -1 }],
    expression.type,
  );
  const { strict } = expression.function;
  const deciding = !expression.all;
  return (row, environment) => {
    const items = array(row, environment);
    if (items === null) return null;
    const value = left(row, environment);
    let unknown = false;
    for (const item of (items as SqlArray).items) {
      const answer = strict && (value === null || item === null) ? null : holds(environment.context, value, item);
      if (answer === deciding) return deciding;
      if (answer === null) unknown = true;
    }
    return unknown ? null : !deciding;
  };
}

function compileDomainCheck(expression: DomainCheckExpression, scope: Scope): Evaluate {
  const arg = compile(expression.arg, scope);
  const { width } = scope;
  const inner = scope.extended(width, [expression.value]);
  const checks = expression.checks.map((check) => ({ name: check.name, holds: compile(check.condition, inner) }));
  const { domain, notNull } = expression;
  return (row, environment) => {
    const value = arg(row, environment);
    if (value === null && notNull)
      throw new SqlError('not_null_violation', `domain ${domain} does not allow null values`, { dataType: domain });
    const extended = row.slice(0, width);
    extended[width] = value;
    for (const check of checks) {
      if (check.holds(extended, environment) === false)
        throw new SqlError('check_violation', `value for domain ${domain} violates check constraint "${check.name}"`, {
          dataType: domain,
          constraint: check.name,
        });
    }
    return value;
  };
}
