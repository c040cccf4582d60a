import { present } from '../../base/assert.ts';
import type { ColumnRef } from '../../binder/expression.ts';
import type { Row } from '../../types/value.ts';

export type Pick = (row: Row) => Row;

/** Cuts rows of columns `from` to columns `to`; undefined when they are the same. */
export function compilePick(from: readonly ColumnRef[], to: readonly ColumnRef[]): Pick | undefined {
  if (from.length === to.length && from.every((ref, at) => ref === to[at])) return undefined;
  return pickPositions(positionsOf(from, to));
}

/** Where the columns `to` lie in rows of columns `from`. */
export function positionsOf(from: readonly ColumnRef[], to: readonly ColumnRef[]): readonly number[] {
  const places = new Map(from.map((ref, position) => [ref, position]));
  return to.map((ref) => present(places.get(ref), `column ${ref} is among its input's`));
}

export function pickPositions(positions: readonly number[]): Pick {
  const [a, b, c] = positions;
  switch (positions.length) {
    case 0:
      return () => [];
    case 1:
      return (row) => [row[a]];
    case 2:
      return (row) => [row[a], row[b]];
    case 3:
      return (row) => [row[a], row[b], row[c]];
    default:
      return (row) => {
        const picked: Row = new Array(positions.length);
        for (let at = 0; at < positions.length; at++) picked[at] = row[positions[at]];
        return picked;
      };
  }
}

/** Joins a left and a right row and cuts the pair to the columns `to`. */
export type PickPair = (left: Row, right: Row) => Row;

export function compilePickPair(left: readonly ColumnRef[], right: readonly ColumnRef[], to: readonly ColumnRef[]): PickPair {
  const positions = positionsOf([...left, ...right], to);
  const width = left.length;
  if (positions.length === width + right.length && positions.every((position, at) => position === at)) return (a, b) => a.concat(b);
  if (positions.every((position) => position < width)) {
    const pick = pickPositions(positions);
    return (a) => pick(a);
  }
  return (a, b) => {
    const picked: Row = new Array(positions.length);
    for (let at = 0; at < positions.length; at++) {
      const position = positions[at];
      picked[at] = position < width ? a[position] : b[position - width];
    }
    return picked;
  };
}
