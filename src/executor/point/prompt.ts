/** Which expressions a point program may hold. */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import { someExpression } from '../../planner/expression-tools.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { compile, compileTest } from '../expression/compile.ts';
import { layoutOf, NO_PROGRAM, Scope, type Evaluate, type Test } from '../expression/scope.ts';

/** Thrown while a program is made of a plan that turns out not to be in the class. */
export const NOT_PROMPT = new Error('the plan is not for a point program');

/** What a run answers that has to be done the ordinary way. */
export const LATER = -1;

/** A row without columns, for expressions that read none. */
export const NO_ROW: [] = [];

/** Compiles the expressions of one program, refusing those that are not for it (F3). */
export class PromptCompiler {
  /** Whether an expression so far depends on the moment or the session. */
  needsContext = false;

  evaluate(expression: Expression, row: readonly ColumnRef[]): Evaluate {
    return compile(this.checked(expression), scopeOf(row));
  }

  test(expression: Expression, row: readonly ColumnRef[]): Test {
    return compileTest(this.checked(expression), scopeOf(row));
  }

  /** The expression, if it may be part of a program. */
  checked(expression: Expression): Expression {
    if (someExpression(expression, isForbidden)) throw NOT_PROMPT;
    this.needsContext ||= someExpression(expression, dependsOnContext);
    return expression;
  }
}

export function scopeOf(row: readonly ColumnRef[]): Scope {
  return new Scope(NO_PROGRAM, layoutOf(row));
}

function isForbidden(node: Expression): boolean {
  return node.kind === 'subquery' || (node.kind === 'call' && node.function.volatility === 'volatile');
}

function dependsOnContext(node: Expression): boolean {
  if (node.kind === 'call') return node.function.volatility === 'stable';
  return node.kind === 'cast' && (!ALWAYS_ALIKE.has(node.cast.source) || !ALWAYS_ALIKE.has(node.cast.target));
}

/** Types whose casts among each other depend on nothing but the value. */
const ALWAYS_ALIKE: ReadonlySet<Oid> = new Set([
  OID.bool,
  OID.int2,
  OID.int4,
  OID.int8,
  OID.float4,
  OID.float8,
  OID.numeric,
  OID.text,
  OID.varchar,
  OID.bpchar,
]);
