/** Comparison and containment of arrays and records: their order is their items', so it is made once their types are known. */
import { AssertionError } from '../../base/assert.ts';
import { compareArrays, requireElementOrder } from '../definitions/arrays.ts';
import type { ScalarFunction, SqlOperator } from '../function.ts';
import { OID, type Oid } from '../oid.ts';
import type { SqlType } from '../type.ts';
import { elementTypeOf, typeDefinition } from '../types.ts';
import type { SqlArray, Value } from '../value.ts';
import { infix, type Body } from './define.ts';

const { bool, anyarray, record } = OID;

type Order = (a: Value, b: Value) => number;

const COMPARISONS: readonly (readonly [
  symbol: string,
  suffix: string,
  commutator: string,
  negator: string,
  holds: (order: number) => boolean,
])[] = [
  ['=', 'eq', '=', '<>', (order) => order === 0],
  ['<>', 'ne', '<>', '=', (order) => order !== 0],
  ['<', 'lt', '>', '>=', (order) => order < 0],
  ['<=', 'le', '>=', '>', (order) => order <= 0],
  ['>', 'gt', '<', '<=', (order) => order > 0],
  ['>=', 'ge', '<=', '<', (order) => order >= 0],
];

/** Comparisons of arrays and records, and @> <@ && of arrays. */
export function arrayOperators(): SqlOperator[] {
  const records = typeDefinition(record).compare;
  const compareRecord = (a: Value, b: Value): number => records?.(a, b) ?? 0;
  return [
    ...COMPARISONS.map(([symbol, suffix, commutator, negator, holds]) =>
      overArrays(symbol, `array_${suffix}`, { commutator, negator }, (order) => (a, b) => holds(compareArrays(a, b, order))),
    ),
    ...COMPARISONS.flatMap(([symbol, suffix, commutator, negator, holds]) => {
      const body: Body = (_, a: Value, b: Value) => holds(compareRecord(a, b));
      return [
        infix(symbol, record, record, bool, `record_${suffix}`, body, { commutator, negator }),
        infix(`*${symbol}`, record, record, bool, `record_image_${suffix}`, body, { commutator: `*${commutator}`, negator: `*${negator}` }),
      ];
    }),
    overArrays('@>', 'arraycontains', { commutator: '<@' }, (order) => (a, b) => contains(a, b, order)),
    overArrays('<@', 'arraycontained', { commutator: '@>' }, (order) => (a, b) => contains(b, a, order)),
    overArrays('&&', 'arrayoverlap', { commutator: '&&' }, (order) => (a, b) => b.items.some((item) => has(a, item, order))),
  ];
}

function overArrays(
  symbol: string,
  proc: string,
  traits: { readonly commutator: string; readonly negator?: string },
  make: (order: Order) => (a: SqlArray, b: SqlArray) => boolean,
): SqlOperator {
  const unbound: Body = () => {
    throw new AssertionError('an array operator is specialized before it is called', { proc });
  };
  const specialize = ([left, right]: readonly SqlType[]): ScalarFunction['evaluate'] => {
    const run = make(requireElementOrder(typeDefinition(elementOf(left, right))));
    return (_context, a, b) => run(a as SqlArray, b as SqlArray);
  };
  return infix(symbol, anyarray, anyarray, bool, proc, unbound, { ...traits, specialize });
}

function elementOf(left: SqlType, right: SqlType): Oid {
  return elementTypeOf(left.oid) === 0 ? elementTypeOf(right.oid) : elementTypeOf(left.oid);
}

function contains(container: SqlArray, contained: SqlArray, order: Order): boolean {
  return contained.items.every((item) => has(container, item, order));
}

/** A null is in no array. */
function has(array: SqlArray, wanted: Value, order: Order): boolean {
  return wanted !== null && array.items.some((item) => item !== null && order(item, wanted) === 0);
}
