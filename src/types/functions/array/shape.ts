import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { SqlArray, type Value } from '../../value.ts';
import { ARRAY, scalar } from '../define.ts';

const { int4, text, anyarray, anyelement } = OID;
const DIMENSIONS_MAX = 6;
const SIZE_MAX = 134217727;

/** Functions of an array's shape: lengths, bounds, dimensions, cutting and filling. */
export function shapeFunctions(): SqlFunction[] {
  return [
    scalar('array_length', [anyarray, int4], int4, (_, array: SqlArray, dimension: number) => array.lengths[dimension - 1] ?? null),
    scalar('array_lower', [anyarray, int4], int4, (_, array: SqlArray, dimension: number) => array.lowerBounds[dimension - 1] ?? null),
    scalar('array_upper', [anyarray, int4], int4, (_, array: SqlArray, dimension: number) =>
      dimension >= 1 && dimension <= array.lengths.length ? array.lowerBounds[dimension - 1] + array.lengths[dimension - 1] - 1 : null,
    ),
    scalar('array_ndims', [anyarray], int4, (_, array: SqlArray) => (array.lengths.length === 0 ? null : array.lengths.length)),
    scalar('array_dims', [anyarray], text, (_, array: SqlArray) =>
      array.lengths.length === 0
        ? null
        : array.lengths.map((length, at) => `[${array.lowerBounds[at]}:${array.lowerBounds[at] + length - 1}]`).join(''),
    ),
    scalar('cardinality', [anyarray], int4, (_, array: SqlArray) => array.items.length),
    scalar('trim_array', [anyarray, int4], anyarray, (_, array: SqlArray, count: number) => trimmed(array, count)),
    scalar(
      'array_fill',
      [anyelement, ARRAY.int4],
      anyarray,
      (_, value: Value, lengths: SqlArray | null) => filled(value, lengths, undefined),
      { strict: false },
    ),
    scalar(
      'array_fill',
      [anyelement, ARRAY.int4, ARRAY.int4],
      anyarray,
      (_, value: Value, lengths: SqlArray | null, bounds: SqlArray | null) => filled(value, lengths, bounds),
      { strict: false },
    ),
  ];
}

function trimmed(array: SqlArray, count: number): SqlArray {
  const length = array.lengths[0] ?? 0;
  if (count < 0 || count > length)
    throw new SqlError('array_subscript_error', `number of elements to trim must be between 0 and ${length}`);
  if (count === length) return new SqlArray([]);
  const kept = array.items.slice(0, (array.items.length / length) * (length - count));
  return new SqlArray(kept, [length - count, ...array.lengths.slice(1)]);
}

function filled(value: Value, lengths: SqlArray | null, bounds: SqlArray | null | undefined): SqlArray {
  if (lengths === null || bounds === null)
    throw new SqlError('null_value_not_allowed', 'dimension array or low bound array cannot be null');
  const sizes = numbersIn(lengths, 'Dimension array must be one dimensional.');
  if (sizes.length > DIMENSIONS_MAX)
    throw new SqlError(
      'program_limit_exceeded',
      `number of array dimensions (${sizes.length}) exceeds the maximum allowed (${DIMENSIONS_MAX})`,
    );
  const lowers = bounds === undefined ? sizes.map(() => 1) : numbersIn(bounds, 'Low bound array must be one dimensional.');
  if (lowers.length !== sizes.length)
    throw new SqlError('array_subscript_error', 'wrong number of array subscripts', {
      detail: 'Low bound array has different size than dimensions array.',
    });
  const total = sizes.reduce((product, size) => product * size, sizes.length === 0 ? 0 : 1);
  if (sizes.some((size) => size < 0) || total > SIZE_MAX)
    throw new SqlError('program_limit_exceeded', `array size exceeds the maximum allowed (${SIZE_MAX})`);
  return total === 0 ? new SqlArray([]) : new SqlArray(new Array<Value>(total).fill(value), sizes, lowers);
}

function numbersIn(array: SqlArray, detail: string): number[] {
  if (array.lengths.length > 1) throw new SqlError('array_subscript_error', 'wrong number of array subscripts', { detail });
  return array.items.map((item) => {
    if (item === null) throw new SqlError('null_value_not_allowed', 'dimension values cannot be null');
    return item as number;
  });
}
