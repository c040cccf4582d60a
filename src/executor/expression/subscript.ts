/** array[i], array[l:u], by PostgreSQL's rules: outside is null for an element and empty for a slice. */
import { OID } from '../../types/oid.ts';
import type { Expression, SubscriptExpression } from '../../binder/expression.ts';
import { SqlError } from '../../base/sql-error.ts';
import { Jsonb, SqlArray, type JsonNode, type Value } from '../../types/value.ts';
import type { Evaluate } from './scope.ts';

export function compileSubscript(expression: SubscriptExpression, arg: Evaluate, compilePart: (part: Expression) => Evaluate): Evaluate {
  if (expression.arg.type.oid === OID.jsonb) return compileJsonSubscript(expression, arg, compilePart);
  if (expression.indexes.every((index) => 'at' in index)) {
    const indexes = expression.indexes.map((index) => compilePart('at' in index ? index.at : expression.arg));
    return (row, environment) => {
      const array = arg(row, environment);
      if (array === null) return null;
      return elementOf(
        array as SqlArray,
        indexes.map((index) => index(row, environment)),
      );
    };
  }
  const bounds = expression.indexes.map((index) => ({
    lower: 'at' in index ? undefined : index.lower === undefined ? undefined : compilePart(index.lower),
    upper: 'at' in index ? compilePart(index.at) : index.upper === undefined ? undefined : compilePart(index.upper),
    single: 'at' in index,
  }));
  return (row, environment) => {
    const array = arg(row, environment);
    if (array === null) return null;
    const ranges: (readonly [number | undefined, number | undefined])[] = [];
    for (const bound of bounds) {
      const lower = bound.single ? 1 : bound.lower?.(row, environment);
      const upper = bound.upper?.(row, environment);
      if (lower === null || upper === null) return null;
      ranges.push([lower === undefined ? undefined : Number(lower), upper === undefined ? undefined : Number(upper)]);
    }
    return sliceOf(array as SqlArray, ranges);
  };
}

function elementOf(array: SqlArray, indexes: readonly Value[]): Value {
  if (indexes.length !== array.lengths.length) return null;
  let position = 0;
  for (const [dimension, index] of indexes.entries()) {
    if (index === null) return null;
    const at = Number(index) - array.lowerBounds[dimension];
    if (at < 0 || at >= array.lengths[dimension]) return null;
    position = position * array.lengths[dimension] + at;
  }
  return array.items[position];
}

function sliceOf(array: SqlArray, ranges: readonly (readonly [number | undefined, number | undefined])[]): SqlArray {
  if (ranges.length > array.lengths.length) return new SqlArray([]);
  const starts: number[] = [];
  const lengths: number[] = [];
  for (const [dimension, length] of array.lengths.entries()) {
    const base = array.lowerBounds[dimension];
    const [lower, upper] = ranges[dimension] ?? [undefined, undefined];
    const start = Math.max(lower ?? base, base) - base;
    const end = Math.min(upper ?? base + length - 1, base + length - 1) - base;
    if (end < start) return new SqlArray([]);
    starts.push(start);
    lengths.push(end - start + 1);
  }
  const items: Value[] = [];
  gather(array, starts, lengths, 0, 0, items);
  return new SqlArray(items, lengths);
}

function gather(
  array: SqlArray,
  starts: readonly number[],
  lengths: readonly number[],
  dimension: number,
  offset: number,
  items: Value[],
): void {
  for (let at = 0; at < lengths[dimension]; at++) {
    const position = offset * array.lengths[dimension] + starts[dimension] + at;
    if (dimension === lengths.length - 1) items.push(array.items[position]);
    else gather(array, starts, lengths, dimension + 1, position, items);
  }
}

function compileJsonSubscript(expression: SubscriptExpression, arg: Evaluate, compilePart: (part: Expression) => Evaluate): Evaluate {
  const steps = expression.indexes.map((index) => {
    if (!('at' in index)) throw new SqlError('datatype_mismatch', 'jsonb subscript does not support slices');
    return compilePart(index.at);
  });
  return (row, environment) => {
    const document = arg(row, environment);
    if (document === null) return null;
    let node: JsonNode | undefined = (document as Jsonb).root;
    for (const step of steps) {
      const key = step(row, environment);
      if (key === null) return null;
      node = childOf(node, key);
      if (node === undefined) return null;
    }
    return new Jsonb(node);
  };
}

function childOf(node: JsonNode, key: Value): JsonNode | undefined {
  if (node instanceof Map) return node.get(String(key));
  if (!Array.isArray(node)) return undefined;
  const at = Number(key);
  return Number.isInteger(at) ? node.at(at) : undefined;
}
