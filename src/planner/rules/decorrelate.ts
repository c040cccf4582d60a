/**
 * Subqueries become joins, so that they run over sets and not once per row.
 *
 *     WHERE EXISTS (…)            semi join          WHERE x IN (…)         semi join
 *     WHERE NOT EXISTS (…)        anti join          WHERE x NOT IN (…)     anti join, where neither side can be null
 *     (SELECT agg(…) … = outer)   left join with the aggregate grouped by the inner sides of the equalities
 *
 * What does not fit stays an expression: run once when uncorrelated, else once per distinct outer values.
 */
import type { AggregateCall, ColumnRef, Expression, SubqueryExpression } from '../../binder/expression.ts';
import type { AggregatePlan, Plan } from '../../binder/plan.ts';
import { expressionsOf, mapInputs, outputOf } from '../../binder/walk.ts';
import { assert } from '../../base/assert.ts';
import type { Planning } from '../context.ts';
import {
  BOOL,
  column,
  conjunction,
  conjunctsOf,
  constant,
  hasSubquery,
  isVolatile,
  mapChildren,
  outerRefs,
  refsOf,
  substitute,
  TRUE,
} from '../expression-tools.ts';
import { freshRef } from '../fresh-ref.ts';
import { freeRefs, visitPlan } from '../plan-tools.ts';
import { comparisonOf } from '../type-facts.ts';
import { extractCorrelated, groupedBy, readsAny } from './extract-correlated.ts';
import { foldConstants } from './fold-constants.ts';
import { isNotNull, notNullRefs } from './not-null.ts';
import { filtered } from './push-down.ts';

export function decorrelate(plan: Plan, context: Planning): Plan {
  const mapped = mapInputs(plan, (input) => decorrelate(input, context));
  switch (mapped.kind) {
    case 'filter': {
      if (!hasSubquery(mapped.condition)) return mapped;
      let input = mapped.input;
      const kept: Expression[] = [];
      for (const conjunct of conjunctsOf(mapped.condition)) {
        const joined = hasSubquery(conjunct) ? joinOf(conjunct, input, context) : undefined;
        if (joined !== undefined) {
          input = joined;
          continue;
        }
        const replaced = replaceScalars(conjunct, input, context);
        input = replaced.input;
        kept.push(replaced.expression);
      }
      // Columns that the joins added are seen by nobody above, since everything names what it reads.
      return filtered(input, kept);
    }
    case 'project': {
      if (!mapped.items.some((item) => hasSubquery(item.expression))) return mapped;
      let { input } = mapped;
      const items = mapped.items.map((item) => {
        const replaced = replaceScalars(item.expression, input, context);
        input = replaced.input;
        return { ...item, expression: replaced.expression };
      });
      return { ...mapped, input, items };
    }
    default:
      return mapped;
  }
}

/** The input joined with what the condition asks for, when the condition is a subquery test that a join can make. */
function joinOf(condition: Expression, input: Plan, context: Planning): Plan | undefined {
  const negated = condition.kind === 'not';
  const test = negated ? condition.arg : condition;
  if (test.kind !== 'subquery' || test.left.some(hasSubquery) || planIsVolatile(test.plan)) return undefined;
  switch (test.mode) {
    case 'exists':
      return existsJoin(test, negated, input, context);
    case 'any':
      return test.operator === '=' ? inJoin(test, negated, input, context) : undefined;
    case 'all':
      return test.operator === '<>' && !negated ? inJoin(test, true, input, context) : undefined;
    default:
      return undefined;
  }
}

function existsJoin(test: SubqueryExpression, negated: boolean, input: Plan, context: Planning): Plan | undefined {
  const outer = new Set(outputOf(input));
  if (!readsAny(outerRefs(test), outer)) return undefined; // run once is better
  // What EXISTS selects does not matter; dropping it frees the plan of references in the select list.
  const extracted = extractCorrelated(withoutSelectList(decorrelate(test.plan, context)), outer, true);
  if (extracted === undefined) return undefined;
  return {
    kind: 'join',
    type: negated ? 'anti' : 'semi',
    left: input,
    right: extracted.plan,
    condition: conjunction(extracted.conditions),
    lateral: false,
  };
}

function withoutSelectList(plan: Plan): Plan {
  if (plan.kind !== 'project') return plan;
  return plan.items.some((item) => isVolatile(item.expression)) ? plan : plan.input;
}

function inJoin(test: SubqueryExpression, negated: boolean, input: Plan, context: Planning): Plan | undefined {
  const outer = new Set(outputOf(input));
  if (!test.left.some((part) => readsAny(refsOf(part), outer))) return undefined;
  const extracted = extractCorrelated(decorrelate(test.plan, context), outer, true);
  if (extracted === undefined) return undefined;
  if (negated && !neverNull(test, input, extracted.plan)) return undefined;
  const equalities: Expression[] = [];
  for (const [at, left] of test.left.entries()) {
    const fn = test.mode === 'any' ? test.tests[at] : equalityFor(test, at, context);
    if (fn === undefined) return undefined;
    const declared = fn.arguments[1];
    const right = column(test.output[at], declared === fn.arguments[0] ? left.type : { oid: declared, modifier: -1 });
    equalities.push({ kind: 'call', function: fn, args: [left, right], operator: '=', type: BOOL });
  }
  return {
    kind: 'join',
    type: negated ? 'anti' : 'semi',
    left: input,
    right: extracted.plan,
    condition: conjunction([...equalities, ...extracted.conditions]),
    lateral: false,
  };
}

/** NOT IN is an anti join only where no comparison can be null. */
function neverNull(test: SubqueryExpression, input: Plan, right: Plan): boolean {
  const leftKnown = notNullRefs(input);
  const rightKnown = notNullRefs(right);
  return test.left.every((part) => isNotNull(part, leftKnown)) && test.output.every((ref) => rightKnown.has(ref));
}

function equalityFor(test: SubqueryExpression, at: number, context: Planning): SubqueryExpression['tests'][number] | undefined {
  const [left, right] = test.tests[at].arguments;
  return context.registry.operators('=').find((operator) => operator.left === left && operator.right === right)?.function;
}

interface Replaced {
  readonly expression: Expression;
  readonly input: Plan;
}

/** Scalar aggregate subqueries in the expression become columns of a left join. */
function replaceScalars(expression: Expression, given: Plan, context: Planning): Replaced {
  let input = given;
  const replace = (node: Expression): Expression => {
    // Branches of CASE and COALESCE may be there to keep a subquery from running.
    if (node.kind === 'case' || node.kind === 'coalesce') return node;
    const mapped = mapChildren(node, replace);
    if (mapped.kind !== 'subquery') return mapped;
    if (mapped.mode === 'exists') return membershipOf(mapped, input, context) ?? mapped;
    if (mapped.mode !== 'scalar') return mapped;
    const joined = scalarJoin(mapped, input, context);
    if (joined === undefined) return mapped;
    input = joined.input;
    return joined.expression;
  };
  return hasSubquery(expression) ? { expression: replace(expression), input } : { expression, input };
}

function scalarJoin(subquery: SubqueryExpression, input: Plan, context: Planning): Replaced | undefined {
  const outer = new Set(outputOf(input));
  if (!readsAny(outerRefs(subquery), outer) || planIsVolatile(subquery.plan)) return undefined;
  const found = aggregateBelow(decorrelate(subquery.plan, context), subquery.output[0], subquery);
  if (found === undefined || readsAny(refsOf(found.value), outer)) return undefined;
  const { aggregate, value } = found;
  if (aggregate.aggregates.some(({ call }) => callReads(call, outer))) return undefined;
  const extracted = extractCorrelated(aggregate.input, outer, false);
  if (extracted === undefined || extracted.conditions.length === 0) return undefined;
  const grouped = groupedBy({ ...aggregate, input: extracted.plan }, extracted.conditions, outer);
  if (grouped === undefined) return undefined;
  assert(grouped.plan.kind === 'aggregate', 'a grouped aggregate is one');
  if (isCheaperPerRow(subquery.plan, grouped.plan, input, context)) return undefined;

  const valueRef = freshRef();
  const markRef = freshRef();
  const keys = grouped.plan.groups.map((group) => ({ ref: group.ref, expression: column(group.ref, group.expression.type) }));
  const right: Plan = {
    kind: 'project',
    input: grouped.plan,
    items: [...keys, { ref: valueRef, expression: value }, { ref: markRef, expression: TRUE }],
  };
  const joined: Plan = { kind: 'join', type: 'left', left: input, right, condition: conjunction(grouped.conditions), lateral: false };
  const whenEmpty = overNothing(value, aggregate, context);
  const plain = column(valueRef, subquery.type);
  const expression: Expression =
    whenEmpty.kind === 'constant' && whenEmpty.value === null
      ? plain
      : {
          kind: 'case',
          branches: [{ when: { kind: 'is_null', arg: column(markRef, BOOL), negated: false, type: BOOL }, then: whenEmpty }],
          otherwise: plain,
          type: subquery.type,
        };
  return { expression, input: joined };
}

/**
 * EXISTS that no join can make (under OR, in a select list), correlated by equalities, as `keys IN (SELECT keys …)`: one hash
 * table instead of one run per row. Never null, as EXISTS never is.
 */
function membershipOf(subquery: SubqueryExpression, input: Plan, context: Planning): Expression | undefined {
  const outer = new Set(outputOf(input));
  if (!readsAny(outerRefs(subquery), outer) || planIsVolatile(subquery.plan)) return undefined;
  const extracted = extractCorrelated(withoutSelectList(decorrelate(subquery.plan, context)), outer, true);
  if (extracted === undefined || extracted.conditions.length === 0) return undefined;
  const left: Expression[] = [];
  const tests: SubqueryExpression['tests'][number][] = [];
  const items: { ref: ColumnRef; expression: Expression }[] = [];
  for (const condition of extracted.conditions) {
    const parts = comparisonOf(condition);
    if (parts?.operator !== '=' || condition.kind !== 'call' || condition.function.arguments[0] !== condition.function.arguments[1])
      return undefined;
    const leftInner = !readsAny(refsOf(parts.left), outer);
    const rightInner = !readsAny(refsOf(parts.right), outer);
    if (leftInner === rightInner) return undefined;
    left.push(leftInner ? parts.right : parts.left);
    items.push({ ref: freshRef(), expression: leftInner ? parts.left : parts.right });
    tests.push(condition.function);
  }
  const plan: Plan = { kind: 'project', input: extracted.plan, items };
  if (isCheaperPerRow(subquery.plan, plan, input, context)) return undefined;
  const test: SubqueryExpression = {
    kind: 'subquery',
    mode: 'any',
    plan,
    output: items.map((item) => item.ref),
    outer: [...freeRefs(plan)],
    left,
    tests,
    operator: '=',
    type: BOOL,
  };
  return { kind: 'is_truth', arg: test, test: 'true', negated: false, type: BOOL };
}

/** Whether running the correlated plan for each row costs less than computing `whole` once. */
function isCheaperPerRow(correlated: Plan, whole: Plan, input: Plan, context: Planning): boolean {
  return context.estimate(input).rows * context.estimate(correlated).cost < context.estimate(whole).cost;
}

/** The group-less aggregate under projections, and the subquery's value as an expression over its columns. */
function aggregateBelow(
  plan: Plan,
  ref: ColumnRef,
  subquery: SubqueryExpression,
): { readonly aggregate: AggregatePlan; readonly value: Expression } | undefined {
  let value: Expression = column(ref, subquery.type);
  let node = plan;
  while (node.kind === 'project') {
    value = substitute(value, new Map(node.items.map((item) => [item.ref, item.expression])));
    node = node.input;
  }
  if (node.kind !== 'aggregate' || node.groups.length > 0 || node.sets !== undefined || node.grouping.length > 0) return undefined;
  return hasSubquery(value) ? undefined : { aggregate: node, value };
}

function callReads(call: AggregateCall, outer: ReadonlySet<ColumnRef>): boolean {
  const parts = [
    ...call.args,
    ...call.direct,
    ...call.orderBy.map((key) => key.expression),
    ...(call.filter === undefined ? [] : [call.filter]),
  ];
  return parts.some((part) => readsAny(refsOf(part), outer) || hasSubquery(part));
}

/** What the value is when the aggregates saw no row. */
function overNothing(value: Expression, aggregate: AggregatePlan, context: Planning): Expression {
  const empty = new Map<ColumnRef, Expression>(
    aggregate.aggregates.map(({ ref, call }) => {
      const aggregated = call.function.orderedSet === true ? call.orderBy.map((key) => key.expression) : call.args;
      const make = call.function.specialize(
        [...call.direct, ...aggregated].map((arg) => arg.type),
        call.type,
      );
      return [ref, constant(make().finish(context.context, []), call.type)];
    }),
  );
  return foldConstants(substitute(value, empty), context.context);
}

function planIsVolatile(plan: Plan): boolean {
  let found = false;
  visitPlan(plan, (node) => {
    found ||= expressionsOf(node).some(isVolatile) || node.kind === 'lock';
  });
  return found;
}
