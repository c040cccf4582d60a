/**
 * The statistics of one column from a sample: blocks of neighbouring rows, evenly along the table.
 *
 * How many distinct values the table has is the hard part. A value met in one block only may lie nowhere else (the table is ordered
 * by the column, or nearly) or in many places (it is random, and rare). So a value counts once a block, and the pairs of (block, value)
 * are the sample that Duj1 (Haas and Stokes, 1998), PostgreSQL's estimator, extrapolates from.
 */
import type { ColumnId } from '../../storage/tree.ts';
import { typeDefinition } from '../../types/types.ts';
import type { SqlType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';
import type { ColumnStatistics } from '../descriptor.ts';

export interface ColumnSample {
  readonly column: ColumnId;
  readonly type: SqlType;
  /** Rows of the table. */
  readonly rows: number;
  /** The column's values, block by block. */
  readonly blocks: readonly (readonly Value[])[];
}

const COMMON_MAX = 50;
const BOUNDS_MAX = 65;
/** How much more often than the average a value occurs that is worth naming. */
const COMMON_FACTOR = 1.25;
/** By so many standard deviations (of a Poisson distribution) a value must be more common than the average in a sample. */
const CHANCE_DEVIATIONS = 4.5;
/** A common value is met in several places; so many blocks, where there are more than twice as many. */
const COMMON_BLOCKS_MIN = 3;
/** Text beyond so many characters says nothing more about where a value lies among others. */
const TEXT_LENGTH_MAX = 32;

/** One distinct value of the sample. */
interface Distinct {
  readonly value: Value;
  count: number;
  /** In how many blocks it was met. */
  blocks: number;
  lastBlock: number;
  /** The place in the order of values of its next row. */
  rank: number;
}

export function describeColumn({ column, type, rows, blocks }: ColumnSample): ColumnStatistics {
  const definition = typeDefinition(type.oid);
  const seen = blocks.reduce((sum, block) => sum + block.length, 0);
  const found = new Map<string | number | bigint | boolean, Distinct>();
  const places: Distinct[] = [];
  let nulls = 0;
  let bytes = 0;
  let pairs = 0;
  for (const [number, block] of blocks.entries()) {
    for (const value of block) {
      if (value === null) {
        nulls++;
        continue;
      }
      bytes += widthOf(value, definition.length);
      const key = definition.hashKey(value);
      const known = found.get(key);
      if (known === undefined) {
        const item = { value, count: 1, blocks: 1, lastBlock: number, rank: 0 };
        found.set(key, item);
        places.push(item);
        pairs++;
        continue;
      }
      places.push(known);
      known.count++;
      if (known.lastBlock === number) continue;
      known.lastBlock = number;
      known.blocks++;
      pairs++;
    }
  }
  const values = seen - nulls;
  const nullFraction = seen === 0 ? 0 : nulls / seen;
  const isWhole = values > 0 && seen >= rows;
  const distinct = isWhole ? found.size : extrapolated(found, pairs, values, rows * (1 - nullFraction), blocks);
  const { compare } = definition;
  const common = commonValues([...found.values()], { distinct, values, isWhole, blocks: blocks.length });
  const sorted = compare === undefined ? [] : [...found.values()].sort((a, b) => compare(a.value, b.value));
  const commonSet = new Set(common);
  const bounds = histogram(sorted.filter((item) => !commonSet.has(item)));
  return {
    column,
    rows,
    nullFraction,
    distinct,
    averageBytes: values === 0 ? Math.max(definition.length, 0) : Math.round(bytes / values),
    correlation: correlationOf(places, sorted),
    common: common.map((item) => ({ value: item.value, fraction: item.count / seen })),
    bounds: bounds.map(shortened),
    min: sorted.length === 0 ? null : shortened(sorted[0].value),
    max: sorted.length === 0 ? null : shortened(sorted[sorted.length - 1].value),
  };
}

/** Duj1 over (block, value) pairs, each taken for a row; where values lie side by side, the lengths of their runs say it better. */
function extrapolated(
  found: ReadonlyMap<unknown, Distinct>,
  pairs: number,
  values: number,
  total: number,
  blocks: readonly (readonly Value[])[],
): number {
  if (values === 0) return 0;
  const distinct = found.size;
  let once = 0;
  for (const item of found.values()) if (item.blocks === 1) once++;
  if (once === 0) return distinct;
  // Of values that fill whole stretches a block shows the ends only: each change of value within it is one more of them.
  const changes = pairs - blocks.length;
  const isClustered = once > distinct * 0.8 && pairs < values * 0.7 && blocks.length > 1;
  if (isClustered && changes > 0) return Math.max(distinct, Math.round((changes / (values - blocks.length)) * total));
  const allPairs = total * (pairs / values);
  const estimate = (pairs * distinct) / (pairs - once + (once * pairs) / allPairs);
  return Math.max(distinct, Math.min(Math.round(estimate), Math.round(total)));
}

/** Values that occur notably more often than the others; all of them where the sample shows that there are no others. */
function commonValues(
  found: Distinct[],
  {
    distinct,
    values,
    isWhole,
    blocks,
  }: { readonly distinct: number; readonly values: number; readonly isWhole: boolean; readonly blocks: number },
): Distinct[] {
  if (values === 0) return [];
  found.sort((a, b) => b.count - a.count);
  const hasAll = found.length <= COMMON_MAX && distinct <= found.length && (isWhole || found[found.length - 1].count > 1);
  if (found.length === values) return []; // each is another: none is common
  if (hasAll) return found;
  const average = values / Math.max(1, distinct);
  if (isWhole) return found.slice(0, COMMON_MAX).filter((item) => item.count > Math.max(2, average * COMMON_FACTOR));
  // In a sample some rare values are met often by chance, or because equal ones lie side by side.
  const least = average * COMMON_FACTOR + CHANCE_DEVIATIONS * Math.sqrt(average + 1);
  const places = Math.min(COMMON_BLOCKS_MIN, Math.ceil(blocks / 2));
  return found.slice(0, COMMON_MAX).filter((item) => item.count > least && item.blocks >= places);
}

/** Bounds of parts with about equally many rows each; the least and the greatest value among them. */
function histogram(sorted: readonly Distinct[]): Value[] {
  if (sorted.length < 2) return [];
  const total = sorted.reduce((sum, item) => sum + item.count, 0);
  const parts = Math.min(BOUNDS_MAX, sorted.length, total) - 1;
  const bounds: Value[] = [];
  let below = 0;
  for (const item of sorted) {
    const next = below + item.count;
    // Bound k of `parts` is the value of row k·(total-1)/parts.
    while (bounds.length <= parts && (bounds.length * (total - 1)) / parts < next) bounds.push(item.value);
    below = next;
  }
  return bounds;
}

/**
 * Between the order of the rows and that of the values: 1 or -1 when sorted, 0 when they have nothing to do with each other. `places`
 * has the value of each row in turn; equal values rank in the order of their rows.
 */
function correlationOf(places: readonly Distinct[], sorted: readonly Distinct[]): number | undefined {
  const count = places.length;
  if (count < 2 || sorted.length === 0) return undefined;
  let below = 0;
  for (const item of sorted) {
    item.rank = below;
    below += item.count;
  }
  let product = 0;
  for (let place = 0; place < count; place++) product += place * places[place].rank++;
  const sum = (count * (count - 1)) / 2;
  const squares = ((count - 1) * count * (2 * count - 1)) / 6;
  return (count * product - sum * sum) / (count * squares - sum * sum);
}

function widthOf(value: Value, length: number): number {
  if (length > 0) return length;
  if (typeof value === 'string') return value.length + 1;
  return value instanceof Uint8Array ? value.length + 1 : 8;
}

function shortened(value: Value): Value {
  return typeof value === 'string' && value.length > TEXT_LENGTH_MAX ? value.slice(0, TEXT_LENGTH_MAX) : value;
}
