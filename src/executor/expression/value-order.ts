/** Ordering and hashing of values by type. */
import { SqlError } from '../../base/sql-error.ts';
import type { SortKey } from '../../binder/expression.ts';
import { isPlainNumber, isPlainText } from '../../planner/type-facts.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { typeDefinition } from '../../types/types.ts';
import type { Row, Value } from '../../types/value.ts';

export type Compare = (a: Value, b: Value) => number;
export type HashKey = string | number | bigint | boolean;

/** The B-tree order of two non-null values of the type; 42883 for a type without one. */
export function compareOf(type: SqlType): Compare {
  if (isPlainNumber(type.oid)) return compareNumbers;
  const definition = typeDefinition(type.oid);
  if (definition.compare === undefined) {
    throw new SqlError('undefined_function', `could not identify an ordering operator for type ${definition.displayName}`, {
      hint: 'Use an explicit ordering operator or modify the query.',
    });
  }
  return definition.compare;
}

/** A primitive for a non-null value, equal exactly where `=` holds within the type's family. */
export function hashKeyOf(type: SqlType): (value: Value) => HashKey {
  if (isPlainNumber(type.oid) || isPlainText(type.oid) || type.oid === OID.bool) return (value) => value as HashKey;
  const definition = typeDefinition(type.oid);
  return (value) => definition.hashKey(value);
}

/** Order of values with nulls placed. */
export function sortOrder(key: Pick<SortKey, 'descending' | 'nullsFirst'>, type: SqlType): Compare {
  const compare = compareOf(type);
  const sign = key.descending ? -1 : 1;
  const nullSign = key.nullsFirst ? -1 : 1;
  return (a, b) => {
    if (a === null) return b === null ? 0 : nullSign;
    if (b === null) return -nullSign;
    return sign * compare(a, b);
  };
}

/** One primitive for several values of fixed types, nulls equal to each other; equal for exactly the equal tuples. */
export function tupleKey(types: readonly SqlType[]): (values: readonly Value[]) => HashKey {
  const hashes = types.map(hashKeyOf);
  if (hashes.length === 1) {
    const [hash] = hashes;
    return (values) => (values[0] === null ? NULL_KEY : tagged(hash(values[0])));
  }
  return (values) => {
    let key = '';
    for (let at = 0; at < hashes.length; at++) key += values[at] === null ? 'n;' : partKey(hashes[at](values[at]));
    return key;
  };
}

/** A part of a concatenated key that no neighbour can run into. */
export function partKey(key: HashKey): string {
  return typeof key === 'string' ? `${key.length}:${key}` : `${key};`;
}

const NULL_KEY = '\u0000null';

/** Keeps the key of null apart from every string. */
function tagged(key: HashKey): HashKey {
  return typeof key === 'string' && key.charCodeAt(0) === 0 ? `\u0000${key}` : key;
}

function compareNumbers(a: Value, b: Value): number {
  const left = a as number;
  const right = b as number;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Compares two rows of sort-key values. */
export function rowOrder(orders: readonly Compare[]): (a: Row, b: Row) => number {
  if (orders.length === 1) {
    const [order] = orders;
    return (a, b) => order(a[0], b[0]);
  }
  return (a, b) => {
    for (let at = 0; at < orders.length; at++) {
      const difference = orders[at](a[at], b[at]);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}
