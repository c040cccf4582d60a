/** Which leaves a scan with column bounds may pass over. */
import { OID } from '../types/oid.ts';
import type { StoredValue } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { CHUNK_FLAG } from './chunk/chunk-entry.ts';
import { columnForm } from './column-form.ts';
import type { Leaf } from './leaf-reader.ts';
import type { SkipSubtree } from './run-reader.ts';
import { STATISTICS_COLUMNS_MAX } from './statistics.ts';
import type { ColumnBounds, TreeSchema } from './tree.ts';

/** The tests that `bounds` allow, undefined when they allow none. */
export function zoneMap(
  schema: TreeSchema,
  bounds: readonly ColumnBounds[] | undefined,
): { readonly skip: SkipSubtree; readonly skipLeaf: (leaf: Leaf) => boolean } | undefined {
  const tests = (bounds ?? []).map((bound) => boundTest(schema, bound)).filter((test) => test !== undefined);
  if (tests.length === 0) return undefined;
  return {
    skip: (statistics) =>
      tests.some(({ id, mayHold }) => {
        const column = statistics.columns.find((one) => one.column === id);
        if (column === undefined) return statistics.columns.length < STATISTICS_COLUMNS_MAX && !mayHold(undefined, undefined, false, true);
        return !mayHold(column.min, column.max, column.physical !== undefined, column.absent > 0 || statistics.tombstones > 0);
      }),
    skipLeaf: (leaf) =>
      tests.some(({ id, mayHold }) => {
        const column = leaf.bounds(id);
        if (column === undefined) return !mayHold(undefined, undefined, false, true);
        return !mayHold(column.min, column.max, column.entry.physical !== 0, (column.entry.flags & CHUNK_FLAG.absent) !== 0);
      }),
  };
}

interface BoundTest {
  readonly id: number;
  /** Whether rows with values in [min, max] (undefined: open), or without the column, can lie inside the bounds. */
  mayHold(min: StoredValue | undefined, max: StoredValue | undefined, hasValues: boolean, hasAbsent: boolean): boolean;
}

function boundTest(schema: TreeSchema, bound: ColumnBounds): BoundTest | undefined {
  const column = schema.columns[bound.column];
  const { definition, load } = columnForm(column.type);
  const compare = definition.compare;
  // Bounds in pages follow the natural order of the stored form: types that order otherwise have none to go by.
  if (compare === undefined || definition.sortKey !== undefined || column.type.oid === OID.bpchar) return undefined;
  const loaded = (stored: StoredValue): Value => (load === undefined ? stored : load(stored));
  const inside = (value: Value): boolean =>
    value !== null && (bound.min === null || compare(value, bound.min) >= 0) && (bound.max === null || compare(value, bound.max) <= 0);
  const missingInside = inside(column.missing);
  const quick = load === undefined ? numbersOutside(bound) : undefined;
  return {
    id: column.id,
    mayHold(min, max, hasValues, hasAbsent) {
      if (hasAbsent && missingInside) return true;
      if (!hasValues) return false;
      if (quick !== undefined && typeof min === 'number' && typeof max === 'number') return !quick(min, max);
      if (bound.min !== null && max !== undefined && compare(loaded(max), bound.min) < 0) return false;
      return !(bound.max !== null && min !== undefined && compare(loaded(min), bound.max) > 0);
    },
  };
}

/** Whether [min, max] lies outside of bounds that are plain numbers; undefined where one is not. */
function numbersOutside(bound: ColumnBounds): ((min: number, max: number) => boolean) | undefined {
  if (typeof (bound.min ?? 0) !== 'number' || typeof (bound.max ?? 0) !== 'number') return undefined;
  const low = bound.min === null ? Number.NEGATIVE_INFINITY : Number(bound.min);
  const high = bound.max === null ? Number.POSITIVE_INFINITY : Number(bound.max);
  if (Number.isNaN(low) || Number.isNaN(high)) return undefined; // NaN orders above every number, which comparisons do not know
  return (min, max) => max < low || min > high;
}
