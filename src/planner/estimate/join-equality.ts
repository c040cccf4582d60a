/** What part of the pairs of rows of two relations agree in a column. */
import { typeDefinition } from '../../types/types.ts';
import { fractionBelow, placeAt } from './distribution.ts';
import { distinctOf, ORDERED, type ColumnFacts } from './facts.ts';

/**
 * Equal common values meet each other; of the others, each value of the side with fewer is taken to be among those of the other.
 * `narrowed` is the part of the values that each side's own conditions on the column leave.
 */
export function joinEquality(left: ColumnFacts, right: ColumnFacts, narrowed: readonly number[]): number {
  const [leftShare, rightShare] = narrowed;
  const picked = left.picked ?? right.picked;
  if (picked !== undefined) return picked;
  const spanned = bySpan(left, right) ?? bySpan(right, left);
  if (spanned !== undefined) return spanned;
  const distinct = Math.max(1, distinctOf(left) * leftShare, distinctOf(right) * rightShare);
  const valued = (1 - left.nullFraction) * (1 - right.nullFraction);
  if (leftShare < 1 || rightShare < 1 || left.common.length === 0 || right.common.length === 0 || left.type !== right.type)
    return valued / distinct;
  return Math.min(valued, withCommonValues(left, right));
}

/** Columns with about as many values as rows are as good as declared unique. */
const NEARLY_UNIQUE = 0.98;
/**
 * Where conditions leave a stretch of a table that is ordered by its unique key (the days of a year), the other side's rows whose keys
 * lie in that stretch each meet one of its rows: they may be all of the other side, though the stretch is a small part of the table.
 */
function bySpan(keyed: ColumnFacts, other: ColumnFacts): number | undefined {
  const { span, rows } = keyed.relation;
  if (span === undefined || distinctOf(keyed) < rows * NEARLY_UNIQUE || keyed.correlation < ORDERED) return undefined;
  const [from, to] = span.map((fraction) => placeAt(keyed, fraction));
  if (from === undefined || to === undefined) return undefined;
  const above = fractionBelow(other, { kind: 'place', place: from }, false);
  const below = fractionBelow(other, { kind: 'place', place: to }, true);
  if (above === undefined || below === undefined) return undefined;
  return Math.max(below - above, 1 / Math.max(1, other.relation.rows)) / Math.max(1, rows * (span[1] - span[0]));
}

function withCommonValues(left: ColumnFacts, right: ColumnFacts): number {
  const { hashKey } = typeDefinition(left.type);
  const fractions = new Map(right.common.map(({ value, fraction }) => [value === null ? null : hashKey(value), fraction]));
  let matched = 0;
  let leftMatched = 0;
  let rightMatched = 0;
  for (const { value, fraction } of left.common) {
    const other = fractions.get(value === null ? null : hashKey(value));
    if (other === undefined) continue;
    matched += fraction * other;
    leftMatched += fraction;
    rightMatched += other;
  }
  const total = (side: ColumnFacts): number => side.common.reduce((sum, { fraction }) => sum + fraction, 0);
  const leftRest = Math.max(0, 1 - left.nullFraction - total(left));
  const rightRest = Math.max(0, 1 - right.nullFraction - total(right));
  // Common values without a partner among the common ones meet the rest of the other side, whose values are equally many each.
  const leftOthers = distinctOf(left) - left.common.length;
  const rightOthers = distinctOf(right) - right.common.length;
  const alone = (fraction: number, rest: number, others: number): number => (others < 1 ? 0 : (fraction * rest) / others);
  return (
    matched +
    alone(total(left) - leftMatched, rightRest, rightOthers) +
    alone(total(right) - rightMatched, leftRest, leftOthers) +
    (leftRest * rightRest) / Math.max(1, leftOthers, rightOthers)
  );
}
