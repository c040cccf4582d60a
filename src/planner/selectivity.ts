/** What part of the rows a condition lets through. Guesses where nothing is known are PostgreSQL's. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import type { Value } from '../types/value.ts';
import { conjunctsOf } from './expression-tools.ts';
import { distinctOf, type ColumnFacts, type CompositeKey, type Facts } from './statistics.ts';
import { comparisonOf } from './type-facts.ts';

const EQUALITY = 0.005;
const RANGE = 1 / 3;
const PATTERN = 0.05;
const OTHER = 0.33;

export function selectivityOf(condition: Expression | undefined, facts: Facts): number {
  const conjuncts = conjunctsOf(condition);
  const { selectivity, explained } = conjuncts.length > 1 ? byCompositeKey(conjuncts, facts) : NOTHING_EXPLAINED;
  return conjuncts.reduce((product, conjunct) => (explained.has(conjunct) ? product : product * ofConjunct(conjunct, facts)), selectivity);
}

const NOTHING_EXPLAINED: { readonly selectivity: number; readonly explained: ReadonlySet<Expression> } = {
  selectivity: 1,
  explained: new Set(),
};

/** Equalities that together fix a unique key of several columns pick one of its table's rows; one by one they would seem rarer. */
function byCompositeKey(
  conjuncts: readonly Expression[],
  facts: Facts,
): { readonly selectivity: number; readonly explained: ReadonlySet<Expression> } {
  const fixed = new Map<CompositeKey, { readonly parts: Map<ColumnRef, Expression>; readonly tableRows: number }>();
  for (const conjunct of conjuncts) {
    const parts = comparisonOf(conjunct);
    if (parts?.operator !== '=') continue;
    for (const side of [parts.left, parts.right]) {
      if (side.kind !== 'column') continue;
      const known = facts.get(side.ref);
      for (const key of known?.keys ?? []) {
        const entry = fixed.get(key) ?? { parts: new Map(), tableRows: known?.tableRows ?? 1 };
        entry.parts.set(side.ref, conjunct);
        fixed.set(key, entry);
      }
    }
  }
  for (const [key, { parts, tableRows }] of fixed) {
    if (parts.size === key.size) return { selectivity: 1 / tableRows, explained: new Set(parts.values()) };
  }
  return NOTHING_EXPLAINED;
}

function ofConjunct(condition: Expression, facts: Facts): number {
  switch (condition.kind) {
    case 'constant':
      return condition.value === true ? 1 : 0;
    case 'and':
      return selectivityOf(condition, facts);
    case 'or':
      return 1 - condition.args.reduce((rest, arg) => rest * (1 - ofConjunct(arg, facts)), 1);
    case 'not':
      return 1 - ofConjunct(condition.arg, facts);
    case 'is_null': {
      const nulls = condition.arg.kind === 'column' ? (facts.get(condition.arg.ref)?.nullFraction ?? 0.01) : 0.01;
      return condition.negated ? 1 - nulls : nulls;
    }
    case 'in_list': {
      const each = equality(condition.arg, facts);
      const all = Math.min(1, each * condition.items.length);
      return condition.negated ? 1 - all : all;
    }
    case 'quantified':
      return condition.operator === '=' && !condition.all ? Math.min(1, equality(condition.left, facts) * 10) : OTHER;
    case 'subquery':
      return 0.5;
    case 'call':
      return ofCall(condition, facts);
    default:
      return OTHER;
  }
}

function ofCall(condition: Expression & { readonly kind: 'call' }, facts: Facts): number {
  const parts = comparisonOf(condition);
  if (parts === undefined) {
    const { operator } = condition;
    if (operator === '~~' || operator === '~~*' || operator === '~') return PATTERN;
    return operator === '!~~' || operator === '!~~*' ? 1 - PATTERN : OTHER;
  }
  const left = factsOf(parts.left, facts);
  const right = factsOf(parts.right, facts);
  switch (parts.operator) {
    case '=':
      return left !== undefined && right !== undefined
        ? joinEquality(left, right)
        : equality(left !== undefined ? parts.left : parts.right, facts);
    case '<>':
      return (
        1 -
        (left !== undefined && right !== undefined
          ? joinEquality(left, right)
          : equality(left !== undefined ? parts.left : parts.right, facts))
      );
    default: {
      if (left !== undefined && parts.right.kind === 'constant')
        return within(left, parts.right.value, parts.operator === '<' || parts.operator === '<=');
      if (right !== undefined && parts.left.kind === 'constant')
        return within(right, parts.left.value, parts.operator === '>' || parts.operator === '>=');
      return RANGE;
    }
  }
}

/** Columns of two tables being equal: a unique side is met once by each row of the other. */
function joinEquality(left: ColumnFacts, right: ColumnFacts): number {
  if (left.unique && right.unique) return 1 / Math.max(left.tableRows, right.tableRows);
  if (left.unique) return 1 / left.tableRows;
  if (right.unique) return 1 / right.tableRows;
  return 1 / Math.max(distinctOf(left), distinctOf(right));
}

/** A column being equal to one value. */
function equality(expression: Expression, facts: Facts): number {
  const known = factsOf(expression, facts);
  if (known === undefined) return EQUALITY;
  if (known.distinct !== undefined) return 1 / Math.max(1, known.distinct);
  return Math.max(EQUALITY, 1 / Math.max(1, known.tableRows));
}

function within(column: ColumnFacts, value: Value, below: boolean): number {
  const { min, max } = column;
  if (typeof min !== 'number' || typeof max !== 'number' || typeof value !== 'number' || !(max > min)) return RANGE;
  const part = Math.min(1, Math.max(0, (value - min) / (max - min)));
  return Math.max(0.0005, below ? part : 1 - part);
}

function factsOf(expression: Expression, facts: Facts): ColumnFacts | undefined {
  if (expression.kind === 'column') return facts.get(expression.ref);
  if (expression.kind === 'cast') return factsOf(expression.arg, facts);
  return undefined;
}

/** Distinct values of a column among `rows` rows, for grouping. */
export function groupsOf(expressions: readonly Expression[], rows: number, facts: Facts): number {
  if (expressions.length === 0) return 1;
  let groups = 1;
  for (const expression of expressions) {
    const known = factsOf(expression, facts);
    groups *= known === undefined ? Math.max(1, Math.min(200, rows / 10)) : distinctOf(known);
  }
  return Math.max(1, Math.min(groups, rows));
}
