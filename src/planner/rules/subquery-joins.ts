/**
 * Tests of subqueries as joins:
 *
 *     EXISTS, IN, op ANY          semi join          NOT EXISTS, NOT IN, op ALL       anti join
 *
 * What a null makes unknown is neither true nor false: a row passes `x op ALL` only when no row of the subquery makes the comparison
 * false or unknown, so the anti join's condition is that it is not true.
 */
import type { ColumnRef, Expression, SubqueryExpression } from '../../binder/expression.ts';
import type { Plan } from '../../binder/plan.ts';
import { outputOf } from '../../binder/walk.ts';
import type { Planning } from '../context.ts';
import { BOOL, column, conjunction, hasSubquery, isVolatile, outerRefs, refsOf } from '../expression-tools.ts';
import { freeRefs, planIsVolatile } from '../plan-tools.ts';
import { overDomain } from './domain.ts';
import { outerColumns, sharedSource } from './domain-source.ts';
import { extractCorrelated, readsAny } from './extract-correlated.ts';
import { isNotNull, notNullRefs } from './not-null.ts';
import { sameValue } from './comparisons.ts';

/** The input joined with what the condition asks for, when it is the test of a subquery that a join can make. */
export function joinOf(condition: Expression, input: Plan, context: Planning, decorrelate: (plan: Plan) => Plan): Plan | undefined {
  const isNegated = condition.kind === 'not';
  const test = isNegated ? condition.arg : condition;
  if (test.kind !== 'subquery' || test.left.some(hasSubquery) || test.left.some(isVolatile) || planIsVolatile(test.plan)) return undefined;
  const outer = new Set(outputOf(input));
  const isCorrelated = readsAny(outerRefs(test), outer);
  const wanted = wantedOf(test, isNegated);
  if (wanted === undefined) return undefined;
  if (test.mode === 'exists') {
    if (!isCorrelated) return undefined; // run once is better
    // What EXISTS selects does not matter; dropping it frees the plan of references in the select list.
    return joined(input, withoutSelectList(decorrelate(test.plan)), wanted.type, () => [], context);
  }
  if (!test.left.some((part) => readsAny(refsOf(part), outer))) return undefined;
  if (test.left.length > 1 && test.operator !== '=' && test.operator !== '<>') return undefined;
  const plan = decorrelate(test.plan);
  const isExact = wanted.operator === '=' && (wanted.type === 'semi' || neverNull(test, input, plan));
  // Without an equality every pair is tried: what the subquery answers is kept and compared just as well.
  if (!isCorrelated && !isExact) return undefined;
  const conditions = (): Expression[] | undefined => {
    const tests = comparisons(test, isExact, context);
    if (tests === undefined) return undefined;
    if (isExact) return tests;
    const all = test.operator === '<>' ? disjunction(tests) : (conjunction(tests) ?? tests[0]);
    return [wanted.truth === undefined ? all : { kind: 'is_truth', arg: all, test: wanted.truth, negated: wanted.negated, type: BOOL }];
  };
  return joined(input, plan, wanted.type, conditions, context);
}

interface Wanted {
  readonly type: 'semi' | 'anti';
  /** The comparison as an equality that a match is, where it is one. */
  readonly operator: string | undefined;
  /** What the comparison of a row must (not) be for the row to count as a match. */
  readonly truth: 'true' | 'false' | undefined;
  readonly negated: boolean;
}

function wantedOf(test: SubqueryExpression, isNegated: boolean): Wanted | undefined {
  const operator = test.operator === '=' ? '=' : undefined;
  switch (test.mode) {
    case 'exists':
      return { type: isNegated ? 'anti' : 'semi', operator: undefined, truth: undefined, negated: false };
    case 'any':
      // NOT (x op ANY): every comparison is false, so none is true or unknown.
      return isNegated
        ? { type: 'anti', operator, truth: 'false', negated: true }
        : { type: 'semi', operator, truth: undefined, negated: false };
    case 'all': {
      const isNotIn = test.operator === '<>' ? '=' : undefined;
      if (isNegated) return { type: 'semi', operator: undefined, truth: 'false', negated: false };
      return { type: 'anti', operator: isNotIn, truth: 'true', negated: true };
    }
    default:
      return undefined;
  }
}

/** The join of the input with a plan that may read it: by what can be taken out of the plan, else over its domain. */
function joined(
  input: Plan,
  plan: Plan,
  type: 'semi' | 'anti',
  tests: () => Expression[] | undefined,
  context: Planning,
): Plan | undefined {
  const outer = new Set(outputOf(input));
  const extracted = extractCorrelated(plan, outer, true);
  const own = tests();
  if (own === undefined) return undefined;
  if (extracted !== undefined) {
    const condition = conjunction([...own, ...extracted.conditions]);
    return { kind: 'join', type, left: input, right: extracted.plan, condition, lateral: false };
  }
  const source = sharedSource(input, outerColumns(plan, outer));
  const over = overDomain(plan, source.domain, context);
  if (over === undefined || readsAny(freeRefs(over.plan), outer)) return undefined;
  const same = source.domain.columns.map((outside, at) => sameValue(outside, column(over.keys[at], outside.type), context));
  if (same.includes(undefined)) return undefined;
  const condition = conjunction([...own, ...same.filter((each) => each !== undefined)]);
  return source.around({ kind: 'join', type, left: source.input, right: over.plan, condition, lateral: false });
}

/** The plan of an EXISTS without what it selects. */
export function withoutSelectList(plan: Plan): Plan {
  if (plan.kind !== 'project') return plan;
  return plan.items.some((item) => isVolatile(item.expression)) ? plan : plan.input;
}

/** The comparisons of the left side with the subquery's columns; with `equal`, the equalities whose failing a `<>` is. */
function comparisons(test: SubqueryExpression, equal: boolean, context: Planning): Expression[] | undefined {
  const made = test.left.map((left, at): Expression | undefined => {
    const isSwapped = equal && test.mode === 'all';
    const fn = isSwapped ? equalityFor(test, at, context) : test.tests[at];
    if (fn === undefined) return undefined;
    const declared = fn.arguments[1];
    const right = column(test.output[at], declared === fn.arguments[0] ? left.type : { oid: declared, modifier: -1 });
    return { kind: 'call', function: fn, args: [left, right], operator: isSwapped ? '=' : test.operator, type: BOOL };
  });
  return made.includes(undefined) ? undefined : made.filter((each) => each !== undefined);
}

function disjunction(args: readonly Expression[]): Expression {
  return args.length === 1 ? args[0] : { kind: 'or', args, type: BOOL };
}

/** Whether no comparison can be unknown. */
function neverNull(test: SubqueryExpression, input: Plan, right: Plan): boolean {
  const leftKnown = notNullRefs(input);
  const rightKnown = notNullRefs(right);
  return test.left.every((part) => isNotNull(part, leftKnown)) && test.output.every((ref: ColumnRef) => rightKnown.has(ref));
}

function equalityFor(test: SubqueryExpression, at: number, context: Planning): SubqueryExpression['tests'][number] | undefined {
  const [left, right] = test.tests[at].arguments;
  return context.registry.operators('=').find((operator) => operator.left === left && operator.right === right)?.function;
}
