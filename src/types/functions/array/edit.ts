import { SqlError } from '../../../base/sql-error.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import { SqlArray, type Value } from '../../value.ts';
import { ARRAY, generic, NULLS, scalar } from '../define.ts';
import { knownType } from '../known-type.ts';

const { int4, anycompatible, anycompatiblearray } = OID;
type Equal = (a: Value, b: Value) => boolean;

/** Building arrays from arrays, and finding, removing and replacing elements (nulls are equal to nulls here). */
export function editFunctions(): SqlFunction[] {
  return [
    scalar(
      'array_append',
      [anycompatiblearray, anycompatible],
      anycompatiblearray,
      (_, array: SqlArray | null, item: Value) => extended(array, (items) => [...items, item]),
      NULLS,
    ),
    scalar(
      'array_prepend',
      [anycompatible, anycompatiblearray],
      anycompatiblearray,
      (_, item: Value, array: SqlArray | null) => extended(array, (items) => [item, ...items]),
      NULLS,
    ),
    scalar(
      'array_cat',
      [anycompatiblearray, anycompatiblearray],
      anycompatiblearray,
      (_, a: SqlArray | null, b: SqlArray | null) => (a === null ? b : b === null ? a : concatenateArrays(a, b)),
      NULLS,
    ),
    generic(
      'array_position',
      [anycompatiblearray, anycompatible],
      int4,
      byEquality((equal, array, item) => positionIn(equal, array, item, 1)),
      NULLS,
    ),
    generic('array_position', [anycompatiblearray, anycompatible, int4], int4, byEquality(positionIn), NULLS),
    generic(
      'array_positions',
      [anycompatiblearray, anycompatible],
      ARRAY.int4,
      byEquality((equal, array, item) => {
        const lower = searchable(array);
        return new SqlArray(array.items.flatMap((candidate, at) => (equal(candidate, item) ? [lower + at] : [])));
      }),
      NULLS,
    ),
    generic(
      'array_remove',
      [anycompatiblearray, anycompatible],
      anycompatiblearray,
      byEquality((equal, array, item) => {
        if (array.lengths.length > 1)
          throw new SqlError('feature_not_supported', 'removing elements from multidimensional arrays is not supported');
        const kept = array.items.filter((candidate) => !equal(candidate, item));
        return kept.length === array.items.length
          ? array
          : kept.length === 0
            ? new SqlArray([])
            : new SqlArray(kept, [kept.length], array.lowerBounds);
      }),
      NULLS,
    ),
    generic(
      'array_replace',
      [anycompatiblearray, anycompatible, anycompatible],
      anycompatiblearray,
      byEquality(
        (equal, array, item, other) =>
          new SqlArray(
            array.items.map((candidate) => (equal(candidate, item) ? other : candidate)),
            array.lengths,
            array.lowerBounds,
          ),
      ),
      NULLS,
    ),
  ];
}

function byEquality(run: (equal: Equal, array: SqlArray, item: Value, other: Value) => Value) {
  return ([type]: readonly SqlType[]) => {
    const element = knownType(knownType(type.oid).elementOid);
    const equal: Equal = (a, b) => (a === null || b === null ? a === b : same(a, b));
    const same = (a: Value, b: Value): boolean => {
      if (element.compare === undefined)
        throw new SqlError('undefined_function', `could not identify an equality operator for type ${element.displayName}`);
      return element.compare(a, b) === 0;
    };
    return (_context: EvaluationContext, array: SqlArray | null, item: Value, other: Value): Value =>
      array === null ? null : run(equal, array, item, other);
  };
}

function searchable(array: SqlArray): number {
  if (array.lengths.length > 1)
    throw new SqlError('feature_not_supported', 'searching for elements in multidimensional arrays is not supported');
  return array.lowerBounds[0] ?? 1;
}

function positionIn(equal: Equal, array: SqlArray, item: Value, from: Value): Value {
  const lower = searchable(array);
  if (from === null) throw new SqlError('null_value_not_allowed', 'initial position must not be null');
  const start = Math.max(0, (from as number) - lower);
  const found = array.items.findIndex((candidate, at) => at >= start && equal(candidate, item));
  return found < 0 ? null : lower + found;
}

function extended(array: SqlArray | null, extend: (items: readonly Value[]) => Value[]): SqlArray {
  if (array === null || array.lengths.length === 0) return new SqlArray(extend([]));
  if (array.lengths.length > 1) throw new SqlError('data_exception', 'argument must be empty or one-dimensional array');
  const items = extend(array.items);
  return new SqlArray(items, [items.length], array.lowerBounds);
}

/** `a || b`: outer dimensions joined when both have as many, else the smaller one becomes an element of the larger. SQLSTATE 2202E when the shapes do not fit. */
export function concatenateArrays(a: SqlArray, b: SqlArray): SqlArray {
  if (a.lengths.length === 0) return b;
  if (b.lengths.length === 0) return a;
  const [dimensionsA, dimensionsB] = [a.lengths.length, b.lengths.length];
  if (Math.abs(dimensionsA - dimensionsB) > 1)
    incompatible(`Arrays of ${dimensionsA} and ${dimensionsB} dimensions are not compatible for concatenation.`);
  const items = [...a.items, ...b.items];
  if (dimensionsA === dimensionsB) {
    if (!fits(a.lengths.slice(1), b.lengths.slice(1)))
      incompatible('Arrays with differing element dimensions are not compatible for concatenation.');
    return new SqlArray(items, [a.lengths[0] + b.lengths[0], ...a.lengths.slice(1)], a.lowerBounds);
  }
  const [larger, smaller] = dimensionsA > dimensionsB ? [a, b] : [b, a];
  if (!fits(larger.lengths.slice(1), smaller.lengths))
    incompatible('Arrays with differing dimensions are not compatible for concatenation.');
  return new SqlArray(items, [larger.lengths[0] + 1, ...larger.lengths.slice(1)], larger.lowerBounds);
}

function fits(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, at) => length === b[at]);
}

function incompatible(detail: string): never {
  throw new SqlError('array_subscript_error', 'cannot concatenate incompatible arrays', { detail });
}
