import { SqlError } from '../../base/sql-error.ts';
import { SqlArray, type Value } from '../../types/value.ts';

/** ARRAY[a, b] of arrays: one more dimension over arrays of one shape; empty and null ones vanish together. */
export function nestedArray(parts: readonly Value[]): Value {
  const arrays = parts.filter((part): part is SqlArray => part instanceof SqlArray && part.lengths.length > 0);
  if (arrays.length === 0) return new SqlArray([]);
  const [first] = arrays;
  const same =
    arrays.length === parts.length &&
    arrays.every(
      (array) => array.lengths.length === first.lengths.length && array.lengths.every((length, at) => length === first.lengths[at]),
    );
  if (!same) throw new SqlError('array_subscript_error', 'multidimensional arrays must have array expressions with matching dimensions');
  return new SqlArray(
    arrays.flatMap((array) => array.items),
    [arrays.length, ...first.lengths],
  );
}
