/**
 * What part of the rows a condition lets through, by statistics: equality by common values, ranges by histogram, anything else over
 * one column by trying it on the values that statistics name. Guesses where nothing is known are PostgreSQL's.
 *
 * Conditions on different columns of one relation are taken for independent as far as the two strongest go; further ones count less,
 * since columns of a table tend to say the same thing.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import { SqlArray } from '../../types/value.ts';
import { conjunctsOf, refsOf } from '../expression-tools.ts';
import { operatorOf, swapped, type Comparison } from '../type-facts.ts';
import { fractionBelow, fractionEqual, fractionOfAnyOne, type Point } from './distribution.ts';
import { columnOf, factsOf, type ColumnFacts, type Facts, type RelationFacts } from './facts.ts';
import { joinEquality } from './join-equality.ts';
import { isPattern, patternSelectivity } from './pattern.ts';
import { knownPoint, knownValue, sampleEvaluator, sampleOf } from './sample-evaluator.ts';
import { typicalPlace } from './typical.ts';

const EQUALITY = 0.005;
const RANGE = 1 / 3;
const CLOSED_RANGE = 0.005;
const OTHER = 1 / 3;
const SUBQUERY = 0.5;
/** Elements of an array that nobody knows. */
const ARRAY_ELEMENTS = 10;
const LEAST = 1e-9;
/** What the first, second, … strongest condition on one relation counts, as exponents. */
const COUNTS: readonly number[] = [1, 1, 0.75, 0.5, 0.25];

export function selectivityOf(condition: Expression | undefined, facts: Facts): number {
  return selectivityOfAll(conjunctsOf(condition), facts);
}

export function selectivityOfAll(conjuncts: readonly Expression[], facts: Facts): number {
  if (conjuncts.length === 0) return 1;
  if (conjuncts.length === 1) return clamped(ofConjunct(conjuncts[0], facts));
  const { selectivity, explained } = byCompositeKey(conjuncts, facts);
  const local = new Map<RelationFacts | undefined, number[]>();
  let product = selectivity;
  const put = (relation: RelationFacts | undefined, value: number): void => {
    const known = local.get(relation);
    if (known === undefined) local.set(relation, [value]);
    else known.push(value);
  };
  const ranges = new Map<ColumnRef, RangePart[]>();
  for (const conjunct of conjuncts) {
    if (explained.has(conjunct)) continue;
    const range = rangePartOf(conjunct, facts);
    if (range !== undefined) {
      const parts = ranges.get(range.ref);
      if (parts === undefined) ranges.set(range.ref, [range]);
      else parts.push(range);
      continue;
    }
    const relation = relationOf(conjunct, facts);
    const part = clamped(ofConjunct(conjunct, facts));
    if (relation === undefined) product *= part;
    else put(relation, part);
  }
  for (const parts of ranges.values()) put(parts[0].known.relation, clamped(ofRange(parts)));
  for (const parts of local.values()) {
    parts.sort((a, b) => a - b);
    for (const [at, part] of parts.entries()) product *= part ** (COUNTS[at] ?? 0);
  }
  return clamped(product);
}

function clamped(selectivity: number): number {
  return Math.min(1, Math.max(LEAST, selectivity));
}

/** The one relation whose columns the condition reads. */
function relationOf(conjunct: Expression, facts: Facts): RelationFacts | undefined {
  let found: RelationFacts | undefined;
  for (const ref of refsOf(conjunct)) {
    const relation = facts.get(ref)?.relation;
    if (relation === undefined || (found !== undefined && relation !== found)) return undefined;
    found = relation;
  }
  return found;
}

/** Equalities that together fix a unique key of several columns pick one of its relation's rows; one by one they would seem rarer. */
function byCompositeKey(
  conjuncts: readonly Expression[],
  facts: Facts,
): { readonly selectivity: number; readonly explained: ReadonlySet<Expression> } {
  const fixed = new Map<RelationFacts, Map<ColumnRef, Expression>>();
  for (const conjunct of conjuncts) {
    const parts = comparisonParts(conjunct);
    if (parts?.operator !== '=') continue;
    for (const side of [parts.left, parts.right]) {
      const ref = columnOf(side);
      const relation = ref === undefined ? undefined : facts.get(ref)?.relation;
      if (ref === undefined || relation === undefined || !relation.keys.some((key) => key.columns.length > 1 && key.columns.includes(ref)))
        continue;
      const known = fixed.get(relation) ?? new Map<ColumnRef, Expression>();
      fixed.set(relation, known.set(ref, conjunct));
    }
  }
  for (const [relation, columns] of fixed) {
    const key = relation.keys.find((candidate) => candidate.columns.length > 1 && candidate.columns.every((ref) => columns.has(ref)));
    if (key !== undefined)
      return {
        selectivity: 1 / Math.max(1, key.domain),
        explained: new Set(key.columns.map((ref) => columns.get(ref)).filter((conjunct) => conjunct !== undefined)),
      };
  }
  return { selectivity: 1, explained: NONE };
}

const NONE: ReadonlySet<Expression> = new Set();
const NO_COLUMN = -1 as ColumnRef;

/** A comparison of two values by one of the six operators, whatever their types. */
export function comparisonParts(
  expression: Expression,
): { readonly operator: Comparison; readonly left: Expression; readonly right: Expression } | undefined {
  if (expression.kind !== 'call' || expression.args.length !== 2) return undefined;
  const operator = operatorOf(expression);
  return operator === undefined ? undefined : { operator, left: expression.args[0], right: expression.args[1] };
}

// ── ranges ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `column < point` and its kin; without a point when what it is compared with is not known. */
export interface RangePart {
  readonly ref: ColumnRef;
  readonly known: ColumnFacts;
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly point: Point | undefined;
}

export function rangePartOf(conjunct: Expression, facts: Facts): RangePart | undefined {
  const parts = comparisonParts(conjunct);
  if (parts === undefined || parts.operator === '=' || parts.operator === '<>') return undefined;
  for (const [side, other, operator] of [
    [parts.left, parts.right, parts.operator],
    [parts.right, parts.left, swapped(parts.operator)],
  ] as const) {
    const ref = columnOf(side);
    const known = ref === undefined ? undefined : facts.get(ref);
    if (ref === undefined || known === undefined || operator === '=' || operator === '<>') continue;
    if (known.relation === relationOf(other, facts)) continue; // two columns of one row
    const point = pointOf(other, facts);
    if (point === undefined && refsOf(other).size > 0 && known.bell === undefined && factsOf(other, facts) !== undefined) continue;
    return { ref, known, operator, point };
  }
  return undefined;
}

function pointOf(expression: Expression, facts: Facts): Point | undefined {
  const point = knownPoint(expression, facts);
  if (point !== undefined) return point;
  const place = typicalPlace(expression, facts);
  return place === undefined ? undefined : { kind: 'place', place };
}

function ofRange(parts: readonly RangePart[]): number {
  const [{ known }] = parts;
  let [below, above] = [1 - known.nullFraction, 0];
  let unknown = 0;
  for (const { operator, point } of parts) {
    const upper = operator === '<' || operator === '<=';
    // What `>` excludes is what `<=` includes.
    const fraction = point === undefined ? undefined : fractionBelow(known, point, operator === '<=' || operator === '>');
    if (fraction === undefined) unknown++;
    else if (upper) below = Math.min(below, fraction);
    else above = Math.max(above, fraction);
  }
  const least = 0.2 / Math.max(known.relation.rows, 1000);
  const within = Math.max(below - above, least);
  if (unknown === 0) return within;
  return unknown > 1 ? Math.min(within, CLOSED_RANGE) : within * RANGE;
}

// ── one condition ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function ofConjunct(condition: Expression, facts: Facts): number {
  switch (condition.kind) {
    case 'constant':
      return condition.value === true ? 1 : 0;
    case 'and':
      return selectivityOfAll(conjunctsOf(condition), facts);
    case 'or':
      return ofDisjunction(condition.args, facts);
    case 'not':
      return 1 - ofConjunct(condition.arg, facts);
    case 'is_null':
      return ofNullTest(condition.arg, condition.negated, facts);
    case 'is_truth': {
      const part = condition.test === 'unknown' ? 0 : ofConjunct(condition.arg, facts);
      return (condition.test === 'false') !== condition.negated ? 1 - part : part;
    }
    case 'in_list': {
      const { arg, items } = condition;
      const known = factsOf(arg, facts);
      const all = known === undefined ? undefined : items.reduce((sum, item) => sum + equalTo(known, item, facts), 0);
      const part = Math.min(1, all ?? bySample({ ...condition, negated: false }, facts) ?? EQUALITY * items.length);
      return condition.negated ? 1 - part - (known?.nullFraction ?? 0) : part;
    }
    case 'quantified':
      return ofQuantified(condition, facts);
    case 'is_distinct': {
      const left = factsOf(condition.left, facts);
      const right = factsOf(condition.right, facts);
      const equal = ofEquality(condition.left, condition.right, left, right, facts);
      const nulls = (left?.nullFraction ?? 0) * (right?.nullFraction ?? 0);
      return condition.negated ? equal + nulls : 1 - equal - nulls;
    }
    case 'subquery':
      return SUBQUERY;
    case 'column': {
      const known = facts.get(condition.ref);
      return known === undefined || known.common.length === 0 ? SUBQUERY : fractionEqual(known, true, known.type);
    }
    case 'call':
      return ofCall(condition, facts);
    default:
      return bySample(condition, facts) ?? OTHER;
  }
}

function ofNullTest(arg: Expression, negated: boolean, facts: Facts): number {
  const ref = columnOf(arg);
  const nulls = (ref === undefined ? undefined : facts.get(ref)?.nullFraction) ?? EQUALITY;
  return negated ? 1 - nulls : nulls;
}

/** Branches over one column that fix its value exclude each other; others are taken for independent. */
function ofDisjunction(args: readonly Expression[], facts: Facts): number {
  const parts = args.map((arg) => clamped(ofConjunct(arg, facts)));
  const columns = new Set(args.map(fixedColumn));
  if (columns.size === 1 && !columns.has(undefined))
    return Math.min(
      1,
      parts.reduce((sum, part) => sum + part, 0),
    );
  return 1 - parts.reduce((rest, part) => rest * (1 - part), 1);
}

function fixedColumn(condition: Expression): ColumnRef | undefined {
  if (condition.kind === 'in_list' && !condition.negated) return columnOf(condition.arg);
  const parts = comparisonParts(condition);
  if (parts?.operator !== '=') return undefined;
  return columnOf(parts.left) ?? columnOf(parts.right);
}

function ofQuantified(condition: Expression & { readonly kind: 'quantified' }, facts: Facts): number {
  const known = factsOf(condition.left, facts);
  if (condition.operator !== '=' || condition.all) return OTHER;
  const array = knownValue(condition.array, facts);
  if (array instanceof SqlArray) {
    const type = condition.function.arguments[1];
    return Math.min(
      1,
      array.items.reduce<number>((sum, item) => sum + (known === undefined ? EQUALITY : fractionEqual(known, item, type)), 0),
    );
  }
  return Math.min(1, (known === undefined ? EQUALITY : fractionOfAnyOne(known)) * ARRAY_ELEMENTS);
}

function ofCall(condition: Expression & { readonly kind: 'call' }, facts: Facts): number {
  if (isPattern(condition)) return patternSelectivity(condition, facts);
  const parts = comparisonParts(condition);
  if (parts === undefined) return bySample(condition, facts) ?? OTHER;
  const { operator, left, right } = parts;
  const leftFacts = factsOf(left, facts);
  const rightFacts = factsOf(right, facts);
  if (operator === '=' || operator === '<>') {
    const equal = ofEquality(left, right, leftFacts, rightFacts, facts);
    return operator === '=' ? equal : Math.max(0, 1 - equal - (leftFacts?.nullFraction ?? 0) - (rightFacts?.nullFraction ?? 0));
  }
  const range = rangePartOf(condition, facts);
  if (range !== undefined) return ofRange([range]);
  if (leftFacts !== undefined && rightFacts !== undefined) {
    const upper = operator === '<' || operator === '<=';
    const below = partBelow(leftFacts, rightFacts);
    return below === undefined ? RANGE : upper ? below : 1 - below;
  }
  return bySample(condition, facts) ?? RANGE;
}

function ofEquality(
  left: Expression,
  right: Expression,
  leftFacts: ColumnFacts | undefined,
  rightFacts: ColumnFacts | undefined,
  facts: Facts,
): number {
  if (leftFacts !== undefined && rightFacts !== undefined) {
    const narrowed = [left, right].map((side) => facts.narrowing(columnOf(side) ?? NO_COLUMN));
    return joinEquality(leftFacts, rightFacts, narrowed);
  }
  if (leftFacts !== undefined) return equalTo(leftFacts, right, facts);
  if (rightFacts !== undefined) return equalTo(rightFacts, left, facts);
  return byExpression(left, right, facts) ?? byExpression(right, left, facts) ?? EQUALITY;
}

function equalTo(known: ColumnFacts, other: Expression, facts: Facts): number {
  const value = knownValue(other, facts);
  return value === undefined ? fractionOfAnyOne(known) : fractionEqual(known, value, other.type.oid);
}

/** A function of a column that equals something. */
function byExpression(side: Expression, other: Expression, facts: Facts): number | undefined {
  const results = resultsOf(side, facts);
  if (results === undefined) return undefined;
  const value = knownValue(other, facts);
  const least = 1 / (results.size + 1);
  if (value === undefined || value === null) return least;
  return results.get(keyOf(value)) ?? least / 2;
}

/** The values of a function of one column, each with the part of the rows that have it; undefined when statistics do not tell. */
function resultsOf(expression: Expression, facts: Facts): Map<string, number> | undefined {
  const refs = refsOf(expression);
  const [ref] = refs;
  const known = refs.size === 1 ? facts.get(ref) : undefined;
  const samples = known === undefined ? [] : sampleOf(known);
  if (samples.length === 0) return undefined;
  const evaluate = sampleEvaluator(expression, ref, facts);
  if (evaluate === undefined) return undefined;
  const results = new Map<string, number>();
  for (const { value, fraction } of samples) {
    const answer = evaluate(value);
    if (answer === undefined) return undefined;
    if (answer !== null) results.set(keyOf(answer), (results.get(keyOf(answer)) ?? 0) + fraction);
  }
  return results;
}

/** How many different values a function of one column has among those that statistics name, and of how many. */
export function sampledResults(expression: Expression, facts: Facts): { readonly results: number; readonly samples: number } | undefined {
  const results = resultsOf(expression, facts);
  const [ref] = refsOf(expression);
  const known = facts.get(ref);
  return results === undefined || known === undefined ? undefined : { results: results.size, samples: sampleOf(known).length };
}

function keyOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : (JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? '');
}

/** A condition over one column, tried on the values that statistics name. */
function bySample(condition: Expression, facts: Facts): number | undefined {
  const refs = refsOf(condition);
  const [ref] = refs;
  const known = refs.size === 1 ? facts.get(ref) : undefined;
  const samples = known === undefined ? [] : sampleOf(known);
  if (samples.length === 0) return undefined;
  const evaluate = sampleEvaluator(condition, ref, facts);
  if (evaluate === undefined) return undefined;
  let passed = 0;
  for (const { value, fraction } of samples) {
    const answer = evaluate(value);
    if (answer === undefined) return undefined;
    if (answer === true) passed += fraction;
  }
  return Math.min(1 - 0.25 / samples.length, Math.max(0.25 / samples.length, passed));
}

/** The part of the pairs in which a value of the one column is below one of the other, as if they had nothing to do with each other. */
function partBelow(left: ColumnFacts, right: ColumnFacts): number | undefined {
  const samples = sampleOf(left);
  if (samples.length === 0) return undefined;
  let total = 0;
  for (const { value, fraction } of samples) {
    const below = fractionBelow(right, { kind: 'value', value, type: left.type }, true);
    if (below === undefined) return undefined;
    total += fraction * (1 - right.nullFraction - below);
  }
  return total;
}
