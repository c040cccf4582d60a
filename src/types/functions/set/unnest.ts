import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import type { Row, SqlArray } from '../../value.ts';
import { setReturning } from '../define.ts';
import { pieces } from '../text/substring.ts';

const { int4, bool, text, anyarray, anyelement } = OID;
type Types = readonly SqlType[];

/** unnest, generate_subscripts, string_to_table. */
export function unnestFunctions(): SqlFunction[] {
  return [
    setReturning('unnest', [anyarray], anyelement, (_, _types: Types, array: SqlArray) => array.items.map((item): Row => [item])),
    setReturning('generate_subscripts', [anyarray, int4], int4, (_, _types: Types, array: SqlArray, dimension: number) =>
      subscripts(array, dimension, false),
    ),
    setReturning(
      'generate_subscripts',
      [anyarray, int4, bool],
      int4,
      (_, _types: Types, array: SqlArray, dimension: number, reverse: boolean) => subscripts(array, dimension, reverse),
    ),
    setReturning(
      'string_to_table',
      [text, text],
      text,
      (_, _types: Types, value: string | null, delimiter: string | null) => table(value, delimiter, null),
      { strict: false },
    ),
    setReturning(
      'string_to_table',
      [text, text, text],
      text,
      (_, _types: Types, value: string | null, delimiter: string | null, nullText: string | null) => table(value, delimiter, nullText),
      { strict: false },
    ),
  ];
}

function subscripts(array: SqlArray, dimension: number, reverse: boolean): Row[] {
  if (dimension < 1 || dimension > array.lengths.length) return [];
  const lower = array.lowerBounds[dimension - 1];
  const rows = Array.from({ length: array.lengths[dimension - 1] }, (_, at): Row => [lower + at]);
  return reverse ? rows.reverse() : rows;
}

function table(value: string | null, delimiter: string | null, nullText: string | null): Row[] {
  return value === null ? [] : pieces(value, delimiter, nullText).map((piece): Row => [piece]);
}
