/** What is known of columns that a plan makes: passed on, computed, grouped, aggregated. */
import type { AggregateCall, ColumnRef, Expression } from '../../binder/expression.ts';
import { refsOf } from '../expression-tools.ts';
import { columnOf, type ColumnFacts, type Facts, type RelationFacts } from './facts.ts';
import { distinctOfExpression } from './groups.ts';
import { sampleEvaluator, sampleOf } from './sample-evaluator.ts';
import { placeOf } from './scale.ts';
import { typicalPlace } from './typical.ts';

/** Aggregates that answer a value of one of the rows. */
const PICKING: readonly string[] = ['min', 'max'];

type Items = readonly { readonly ref: ColumnRef; readonly expression: Expression }[];

/** Columns of a projection over so many rows. */
export function addProjection(facts: Facts, items: Items, rows: number): void {
  for (const { ref, expression } of items) {
    if (facts.get(ref) !== undefined) continue;
    const source = columnOf(expression);
    const known = source === undefined ? undefined : facts.get(source);
    if (known !== undefined) {
      facts.set(ref, known);
      if (expression.kind === 'column') facts.equate(expression.ref, ref);
      continue;
    }
    const [first] = refsOf(expression);
    const relation = facts.get(first)?.relation ?? { rows, kept: rows, keys: [] };
    const mean = typicalPlace(expression, facts);
    facts.set(ref, {
      ...blank(expression, relation),
      distinct: distinctOfExpression(expression, rows, facts),
      bell: mean === undefined || refsOf(expression).size === 0 ? undefined : { mean, deviation: Math.abs(mean) / 2 },
    });
  }
}

/** Groups and aggregates: `rows` go in, `groups` come out. */
export function addAggregation(
  facts: Facts,
  keys: Items,
  aggregates: readonly { readonly ref: ColumnRef; readonly call: AggregateCall }[],
  { rows, groups }: { readonly rows: number; readonly groups: number },
): void {
  const relation: RelationFacts = {
    rows: groups,
    kept: groups,
    keys:
      keys.length === 0
        ? []
        : [
            {
              columns: keys.map(({ ref }) => ref),
              domain:
                keyDomain(
                  keys.map(({ expression }) => columnOf(expression)),
                  facts,
                ) ?? groups,
            },
          ],
  };
  for (const { ref, expression } of keys) {
    const source = columnOf(expression);
    const known = source === undefined ? undefined : facts.get(source);
    facts.set(ref, {
      ...(known ?? blank(expression, relation)),
      common: [],
      distinct: Math.min(groups, distinctOfExpression(expression, rows, facts)),
      unique: keys.length === 1,
      relation,
    });
  }
  const perGroup = Math.max(1, rows / Math.max(1, groups));
  for (const { ref, call } of aggregates) {
    const picked = PICKING.includes(call.function.name) ? 1 / perGroup : undefined;
    facts.set(ref, { ...blank(call, relation), bell: bellOf(call, perGroup, keys.length === 0, facts), picked });
  }
}

/** Rows that are all different in `on`. */
export function addDistinct(facts: Facts, on: readonly Expression[], rows: number): void {
  const refs = on.map(columnOf);
  const columns = refs.filter((ref) => ref !== undefined);
  const key = { columns, domain: keyDomain(refs, facts) ?? rows };
  const relation: RelationFacts = { rows, kept: rows, keys: columns.length < refs.length ? [] : [key] };
  for (const ref of refs) {
    const known = ref === undefined ? undefined : facts.get(ref);
    if (ref !== undefined && known !== undefined)
      facts.set(ref, { ...known, common: [], distinct: Math.min(rows, known.distinct ?? rows), unique: refs.length === 1, relation });
  }
}

/** Columns `to` that hold what columns `from` hold, in an instance of their own. */
export function addCopy(facts: Facts, from: readonly ColumnRef[], to: readonly ColumnRef[], rows: number): void {
  const first = facts.get(from[0])?.relation;
  const keys = (first?.keys ?? [])
    .map(({ columns, domain }) => ({ columns: columns.map((ref) => to[from.indexOf(ref)]), domain }))
    .filter(({ columns }) => columns.every((ref) => (ref as ColumnRef | undefined) !== undefined));
  const relation: RelationFacts = { rows, kept: rows, keys };
  for (const [at, ref] of to.entries()) {
    const known = facts.get(from[at]);
    if (known !== undefined)
      facts.set(ref, { ...known, distinct: known.distinct === undefined ? undefined : Math.min(known.distinct, rows), relation });
  }
}

/** How many values a key of one table is chosen from, where the columns hold one. */
function keyDomain(refs: readonly (ColumnRef | undefined)[], facts: Facts): number | undefined {
  const relations = new Set(refs.map((ref) => (ref === undefined ? undefined : facts.get(ref)?.relation)));
  const [relation] = relations;
  if (relations.size !== 1 || relation === undefined) return undefined;
  return relation.keys.find(({ columns }) => columns.every((ref) => refs.includes(ref)))?.domain;
}

function blank(of: { readonly type: Expression['type'] }, relation: RelationFacts): ColumnFacts {
  return {
    type: of.type.oid,
    distinct: undefined,
    unique: false,
    nullFraction: 0,
    common: [],
    bounds: [],
    correlation: 0,
    relation,
  };
}

/** How an aggregate over about so many rows spreads, as sums of independent values do; the numbers of rows spread too. */
function bellOf(call: AggregateCall, perGroup: number, isWhole: boolean, facts: Facts): ColumnFacts['bell'] {
  const countDeviation = isWhole ? 0 : Math.sqrt(perGroup);
  if (call.distinct) return undefined;
  if (call.function.name === 'count') return { mean: perGroup, deviation: countDeviation };
  if (call.args.length !== 1) return undefined;
  const moments = momentsOf(call.args[0], facts);
  if (moments === undefined) return undefined;
  const { mean, deviation } = moments;
  switch (call.function.name) {
    case 'avg':
      return { mean, deviation: deviation / Math.sqrt(perGroup) };
    case 'sum':
      return { mean: mean * perGroup, deviation: Math.hypot(deviation * Math.sqrt(perGroup), mean * countDeviation) };
    default:
      return undefined;
  }
}

function momentsOf(expression: Expression, facts: Facts): { readonly mean: number; readonly deviation: number } | undefined {
  const refs = refsOf(expression);
  const [ref] = refs;
  const known = refs.size === 1 ? facts.get(ref) : undefined;
  const evaluate = known === undefined ? undefined : sampleEvaluator(expression, ref, facts);
  if (known === undefined || evaluate === undefined) return undefined;
  let weight = 0;
  let sum = 0;
  let squares = 0;
  for (const { value, fraction } of sampleOf(known)) {
    const answer = evaluate(value);
    const place = answer === undefined ? undefined : placeOf(answer, expression.type.oid);
    if (place === undefined || !Number.isFinite(place)) continue;
    weight += fraction;
    sum += fraction * place;
    squares += fraction * place * place;
  }
  if (weight === 0) return known.bell;
  const mean = sum / weight;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / weight - mean * mean)) };
}
