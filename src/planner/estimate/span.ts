/** Which stretch of a table, in the order of its key, conditions leave: by columns that are ordered like the key. */
import type { Expression } from '../../binder/expression.ts';
import { conjunctsOf } from '../expression-tools.ts';
import { fractionBelow, fractionEqual, type Point } from './distribution.ts';
import { columnOf, ORDERED, type ColumnFacts, type Facts } from './facts.ts';
import { knownPoint } from './sample-evaluator.ts';
import { comparisonParts, rangePartOf } from './selectivity.ts';

/** From, to, as parts of the whole. */
export type Span = readonly [number, number];

const WHOLE: Span = [0, 1];

/** The stretch in which all rows lie that pass the conditions; undefined when they leave the whole. */
export function spanOf(conjuncts: readonly Expression[], facts: Facts): Span | undefined {
  const [from, to] = ofAll(conjuncts, facts);
  return from < to && (from > 0 || to < 1) ? [from, to] : undefined;
}

function ofAll(conjuncts: readonly Expression[], facts: Facts): Span {
  let [from, to] = WHOLE;
  for (const conjunct of conjuncts) {
    const [low, high] = ofOne(conjunct, facts);
    from = Math.max(from, low);
    to = Math.min(to, high);
  }
  return [from, to];
}

function ofOne(conjunct: Expression, facts: Facts): Span {
  if (conjunct.kind === 'or') {
    const branches = conjunct.args.map((branch) => ofAll(conjunctsOf(branch), facts));
    return [Math.min(...branches.map(([from]) => from)), Math.max(...branches.map(([, to]) => to))];
  }
  const fixed = pointsOf(conjunct, facts);
  if (fixed !== undefined) {
    const { known, points } = fixed;
    const low = points.map((point) => fractionBelow(known, point, false) ?? 0);
    const high = points.map((point, at) => {
      const equal = point.kind === 'value' ? fractionEqual(known, point.value, point.type) : 0;
      return Math.max(fractionBelow(known, point, true) ?? 1, low[at] + equal);
    });
    return [Math.min(...low), Math.max(...high)];
  }
  const range = rangePartOf(conjunct, facts);
  if (range?.point === undefined || range.known.correlation < ORDERED) return WHOLE;
  const { known, operator, point } = range;
  const fraction = fractionBelow(known, point, operator === '<=' || operator === '>');
  if (fraction === undefined) return WHOLE;
  return operator === '<' || operator === '<=' ? [0, fraction] : [fraction, 1];
}

/** The ordered column that an equality or a list is about, and the values it allows. */
function pointsOf(conjunct: Expression, facts: Facts): { readonly known: ColumnFacts; readonly points: readonly Point[] } | undefined {
  const [column, values] = sidesOf(conjunct);
  const ref = column === undefined ? undefined : columnOf(column);
  const known = ref === undefined ? undefined : facts.get(ref);
  if (known === undefined || known.correlation < ORDERED) return undefined;
  const points = values.map((value) => knownPoint(value, facts));
  return points.length === 0 || points.includes(undefined) ? undefined : { known, points: points.filter((point) => point !== undefined) };
}

function sidesOf(conjunct: Expression): readonly [Expression | undefined, readonly Expression[]] {
  if (conjunct.kind === 'in_list') return conjunct.negated ? [undefined, []] : [conjunct.arg, conjunct.items];
  const parts = comparisonParts(conjunct);
  if (parts?.operator !== '=') return [undefined, []];
  return columnOf(parts.left) === undefined ? [parts.right, [parts.left]] : [parts.left, [parts.right]];
}
