/**
 * Subqueries that are values as columns of a left join:
 *
 *     (SELECT agg(…) … = outer)      the aggregate grouped by the inner sides of the equalities, or over the domain of what it reads,
 *                                    or over groups of the enclosing query's own rows
 *     (SELECT x … key = outer)       the one row that the key allows
 *     EXISTS under OR, in a list     whether the outer values are among those that have rows
 *
 * Of several ways the cheapest by estimate is taken; running the subquery once per distinct outer values is one of them.
 */
import type { AggregateCall, ColumnExpression, ColumnRef, Expression, SubqueryExpression } from '../../binder/expression.ts';
import type { AggregatePlan, Plan } from '../../binder/plan.ts';
import { mapOwnExpressions, outputOf } from '../../binder/walk.ts';
import type { Planning } from '../context.ts';
import { COST } from '../cost.ts';
import { BOOL, column, conjunction, conjunctsOf, hasSubquery, outerRefs, refsOf, substitute, TRUE } from '../expression-tools.ts';
import { freshRef } from '../fresh-ref.ts';
import { freeRefs, planIsVolatile } from '../plan-tools.ts';
import { comparisonOf } from '../type-facts.ts';
import { comparison, sameValue } from './comparisons.ts';
import { overDomain } from './domain.ts';
import { leafSource, outerColumns, sharedInput, sharedSource, type DomainSource } from './domain-source.ts';
import { extractCorrelated, groupedBy, readsAny, type Extracted } from './extract-correlated.ts';
import { foldConstants } from './fold-constants.ts';
import { overNothing } from './over-nothing.ts';
import { ownGroups } from './own-groups.ts';
import { isNotNull, notNullRefs } from './not-null.ts';
import { pushDown } from './push-down.ts';
import { withoutSelectList } from './subquery-joins.ts';
import { isUniqueBy } from './unique-keys.ts';

/** An expression in place of the subquery, over an input that has what it reads. */
export interface Replaced {
  readonly expression: Expression;
  readonly input: Plan;
}

type Decorrelate = (plan: Plan) => Plan;

/** The value of a scalar subquery that reads columns of the input, as a column; undefined when it is to be run per row. */
export function scalarJoin(subquery: SubqueryExpression, given: Plan, context: Planning, decorrelate: Decorrelate): Replaced | undefined {
  const outer = new Set(outputOf(given));
  if (!readsAny(outerRefs(subquery), outer) || planIsVolatile(subquery.plan)) return undefined;
  const plan = decorrelate(subquery.plan);
  const input = pushDown(given);
  const candidates = [
    ...grouped(plan, subquery, input, context),
    keyed(plan, subquery, input),
    ofDomain(plan, subquery, input, context),
  ].filter((candidate) => candidate !== undefined);
  return cheapest(candidates, { input, plan, columns: outerColumns(plan, outer) }, context);
}

/** The cheapest candidate, unless running the plan for each distinct values of the outer columns costs less. */
function cheapest(
  candidates: readonly Replaced[],
  perRow: { readonly input: Plan; readonly plan: Plan; readonly columns: readonly Expression[] },
  context: Planning,
): Replaced | undefined {
  const { input, plan, columns } = perRow;
  const each = context.estimate(plan);
  const before = context.estimate(input);
  const runs = context.estimate({ kind: 'distinct', input, on: columns }).rows;
  // A join opens more operators than the subquery alone: for few rows it has to save more than that.
  let least = before.cost + runs * (each.cost + COST.reopen) - COST.reopen;
  let best: Replaced | undefined;
  for (const candidate of candidates) {
    const { cost } = context.estimate(candidate.input);
    if (cost >= least) continue;
    least = cost;
    best = candidate;
  }
  return best;
}

// ── aggregates ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The aggregate over all groups that equalities with outer columns make, whole or of those groups only that the input asks for. */
function grouped(plan: Plan, subquery: SubqueryExpression, input: Plan, context: Planning): Replaced[] {
  const outer = new Set(outputOf(input));
  const found = aggregateBelow(plan, subquery.output[0], subquery);
  if (found === undefined || readsAny(refsOf(found.value), outer)) return [];
  const { aggregate, value } = found;
  if (aggregate.aggregates.some(({ call }) => callReads(call, outer))) return [];
  const extracted = extractCorrelated(aggregate.input, outer, false);
  if (extracted === undefined || extracted.conditions.length === 0) return [];
  const columns = outerColumns(plan, outer);
  const sources = [undefined, leafSource(input, columns), sharedSource(input, columns)];
  const candidates = sources
    .filter((source, at) => at === 0 || source !== undefined)
    .map((source) => ({
      source,
      aggregate: { ...aggregate, input: source === undefined ? extracted.plan : reducedTo(source, extracted.plan, extracted.conditions) },
      conditions: extracted.conditions,
    }));
  const own = overItself(aggregate, extracted, input);
  const joined = ({ source, aggregate: reduced, conditions }: GroupedBy): Replaced | undefined => {
    const groups = groupedBy(reduced, conditions, outer);
    if (groups === undefined || groups.plan.kind !== 'aggregate') return undefined;
    const keys = groups.plan.groups.map((group) => ({ ref: group.ref, expression: column(group.ref, group.expression.type) }));
    const [valueRef, markRef] = [freshRef(), freshRef()];
    const items = [...keys, { ref: valueRef, expression: value }, { ref: markRef, expression: TRUE }];
    const right: Plan = { kind: 'project', input: groups.plan, items };
    const left = source?.input ?? input;
    const join: Plan = { kind: 'join', type: 'left', left, right, condition: conjunction(groups.conditions), lateral: false };
    return {
      input: source === undefined ? join : source.around(join),
      expression: orWhenAbsent(column(valueRef, subquery.type), markRef, valueOfNothing(value, aggregate, context)),
    };
  };
  return [...candidates, ...(own === undefined ? [] : [own])].map(joined).filter((candidate) => candidate !== undefined);
}

/** An aggregate that stands on its own, the conditions that tell its groups apart, and where the input comes from beside it. */
interface GroupedBy {
  readonly source: Pick<DomainSource, 'input' | 'around'> | undefined;
  readonly aggregate: AggregatePlan;
  readonly conditions: readonly Expression[];
}

/** The aggregate over groups of the input's own rows, computed once and kept; undefined where they are not the subquery's rows. */
function overItself(aggregate: AggregatePlan, extracted: Extracted, input: Plan): GroupedBy | undefined {
  const images = ownGroups(extracted, input);
  if (images === undefined) return undefined;
  const { source, copies } = sharedInput(input);
  const renamed = new Map<ColumnRef, Expression>();
  for (const [ref, image] of images) {
    const copy = image.kind === 'column' ? copies.columns.get(image.ref) : undefined;
    if (copy !== undefined) renamed.set(ref, column(copy, image.type));
  }
  const translated = mapOwnExpressions({ ...aggregate, input: copies.plan }, (expression) => substitute(expression, renamed));
  if (translated.kind !== 'aggregate') return undefined;
  return { source, aggregate: translated, conditions: extracted.conditions.map((condition) => substitute(condition, renamed)) };
}

/** The rows of the plan that some value of the domain meets. */
function reducedTo({ domain }: DomainSource, plan: Plan, conditions: readonly Expression[]): Plan {
  const { plan: values, keys } = domain.use();
  const replacements = new Map<ColumnRef, Expression>(domain.columns.map(({ ref, type }, at) => [ref, column(keys[at], type)]));
  const condition = conjunction(conditions.map((each) => substitute(each, replacements)));
  return { kind: 'join', type: 'semi', left: plan, right: values, condition, lateral: false };
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
function valueOfNothing(value: Expression, aggregate: AggregatePlan, context: Planning): Expression {
  const empty = new Map<ColumnRef, Expression>(aggregate.aggregates.map(({ ref, call }) => [ref, overNothing(call, context)]));
  return foldConstants(substitute(value, empty), context.context);
}

function orWhenAbsent(plain: Expression, mark: ColumnRef, absent: Expression): Expression {
  if (absent.kind === 'constant' && absent.value === null) return plain;
  const isAbsent: Expression = { kind: 'is_null', arg: column(mark, BOOL), negated: false, type: BOOL };
  return { kind: 'case', branches: [{ when: isAbsent, then: absent }], otherwise: plain, type: plain.type };
}

// ── other rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A subquery that a unique key keeps to one row, joined by its conditions. */
function keyed(plan: Plan, subquery: SubqueryExpression, input: Plan): Replaced | undefined {
  const outer = new Set(outputOf(input));
  if (!isKeptToOneRow(plan, outer)) return undefined;
  const extracted = extractCorrelated(plan, outer, false);
  if (extracted === undefined || extracted.conditions.length === 0) return undefined;
  const condition = conjunction(extracted.conditions);
  return {
    input: { kind: 'join', type: 'left', left: input, right: extracted.plan, condition, lateral: false },
    expression: column(subquery.output[0], subquery.type),
  };
}

/** Whether equalities with what the rows themselves do not decide fix a unique key of the one table that is read. */
function isKeptToOneRow(plan: Plan, outer: ReadonlySet<ColumnRef>): boolean {
  const fixed = new Set<ColumnRef>();
  let node = plan;
  for (;;) {
    if (node.kind === 'project') node = node.input;
    else if (node.kind === 'filter') {
      for (const conjunct of conjunctsOf(node.condition)) {
        const parts = comparisonOf(conjunct);
        if (parts?.operator !== '=') continue;
        for (const [side, other] of [
          [parts.left, parts.right],
          [parts.right, parts.left],
        ])
          if (side.kind === 'column' && [...refsOf(other)].every((ref) => outer.has(ref))) fixed.add(side.ref);
      }
      node = node.input;
    } else break;
  }
  if (node.kind !== 'scan') return false;
  return isUniqueBy(node, fixed);
}

/** Anything that gives at most one row for each outer values, run over their domain. */
function ofDomain(plan: Plan, subquery: SubqueryExpression, input: Plan, context: Planning): Replaced | undefined {
  if (!givesOneRow(plan)) return undefined;
  const joined = domainJoin('left', plan, input, undefined, context);
  return joined && { input: joined, expression: column(subquery.output[0], subquery.type) };
}

function givesOneRow(plan: Plan): boolean {
  switch (plan.kind) {
    case 'project':
    case 'filter':
    case 'sort':
      return givesOneRow(plan.input);
    case 'aggregate':
      return plan.groups.length === 0 && plan.sets === undefined;
    case 'limit':
      return (
        givesOneRow(plan.input) ||
        (plan.ties === undefined && plan.limit?.kind === 'constant' && plan.limit.value !== null && Number(plan.limit.value) <= 1)
      );
    case 'values':
      return plan.rows.length <= 1;
    default:
      return false;
  }
}

/** The input joined with what the plan gives over the domain of the outer columns it reads. */
export function domainJoin(
  type: 'left' | 'inner',
  plan: Plan,
  input: Plan,
  condition: Expression | undefined,
  context: Planning,
): Plan | undefined {
  const outer = new Set(outputOf(input));
  const columns = outerColumns(plan, outer);
  const source = leafSource(input, columns) ?? sharedSource(input, columns);
  const over = overDomain(plan, source.domain, context);
  if (over === undefined || readsAny(freeRefs(over.plan), outer)) return undefined;
  const same = sameKeys(columns, over.keys, input, context);
  if (same === undefined) return undefined;
  const all = conjunction([...same, ...conjunctsOf(condition)]);
  return source.around({ kind: 'join', type, left: source.input, right: over.plan, condition: all, lateral: false });
}

/** Conditions that the columns have the values in `keys`; plain equalities where no column can be null. */
function sameKeys(
  columns: readonly ColumnExpression[],
  keys: readonly ColumnRef[],
  input: Plan,
  context: Planning,
): Expression[] | undefined {
  const known = notNullRefs(input);
  const same = columns.map((outside, at) => {
    const key = column(keys[at], outside.type);
    return (isNotNull(outside, known) ? comparison('=', outside, key, context) : undefined) ?? sameValue(outside, key, context);
  });
  return same.includes(undefined) ? undefined : same.filter((each) => each !== undefined);
}

// ── whether there are rows ────────────────────────────────────────────────────────────────────────────────────────────────

/** EXISTS that no semi join can make (under OR, in a select list) as a mark: whether a left join found the outer values. Never null. */
export function markJoin(subquery: SubqueryExpression, given: Plan, context: Planning, decorrelate: Decorrelate): Replaced | undefined {
  const outer = new Set(outputOf(given));
  if (!readsAny(outerRefs(subquery), outer) || planIsVolatile(subquery.plan)) return undefined;
  const plan = withoutSelectList(decorrelate(subquery.plan));
  const input = pushDown(given);
  const candidates = [markByKeys(plan, input), markByDomain(plan, input, context)].filter((candidate) => candidate !== undefined);
  return cheapest(candidates, { input, plan, columns: outerColumns(plan, outer) }, context);
}

/** The distinct inner sides of the equalities, where every condition is one. */
function markByKeys(plan: Plan, input: Plan): Replaced | undefined {
  const outer = new Set(outputOf(input));
  const extracted = extractCorrelated(plan, outer, true);
  if (extracted === undefined || extracted.conditions.length === 0) return undefined;
  const nothing: AggregatePlan = { kind: 'aggregate', input: extracted.plan, groups: [], sets: undefined, aggregates: [], grouping: [] };
  const groups = groupedBy(nothing, extracted.conditions, outer);
  return groups && marked(input, groups.plan, conjunction(groups.conditions));
}

function markByDomain(plan: Plan, input: Plan, context: Planning): Replaced | undefined {
  const columns = outerColumns(plan, new Set(outputOf(input)));
  const source = leafSource(input, columns) ?? sharedSource(input, columns);
  const over = overDomain(plan, source.domain, context);
  if (over === undefined || readsAny(freeRefs(over.plan), new Set(outputOf(input)))) return undefined;
  const groups = columns.map(({ type }, at) => ({ ref: freshRef(), expression: column(over.keys[at], type) as Expression }));
  const distinct: Plan = { kind: 'aggregate', input: over.plan, groups, sets: undefined, aggregates: [], grouping: [] };
  const same = sameKeys(
    columns,
    groups.map(({ ref }) => ref),
    input,
    context,
  );
  if (same === undefined) return undefined;
  const condition = conjunction(same);
  const replaced = marked(source.input, distinct, condition);
  return { ...replaced, input: source.around(replaced.input) };
}

function marked(input: Plan, distinct: Plan, condition: Expression | undefined): Replaced {
  const mark = freshRef();
  const keys = outputOf(distinct);
  const groups = distinct.kind === 'aggregate' ? distinct.groups : [];
  const items = keys.map((ref, at) => ({ ref, expression: column(ref, groups[at].expression.type) as Expression }));
  const right: Plan = { kind: 'project', input: distinct, items: [...items, { ref: mark, expression: TRUE }] };
  return {
    input: { kind: 'join', type: 'left', left: input, right, condition, lateral: false },
    expression: { kind: 'is_null', arg: column(mark, BOOL), negated: true, type: BOOL },
  };
}
