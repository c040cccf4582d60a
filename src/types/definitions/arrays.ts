import { parseArray, printArray } from '../array-text.ts';
import { loadArray, storeArray, writeSortKey } from '../nested-codec.ts';
import { OID, type Oid } from '../oid.ts';
import { SortKeyWriter } from '../sort-key.ts';
import { SqlError } from '../../base/sql-error.ts';
import type { TypeContext, TypeDefinition } from '../type.ts';
import { SqlArray, type Value } from '../value.ts';
import { define } from './define.ts';

/** The array type over `element`, which has a nonzero `arrayOid`. */
export function arrayDefinition(element: TypeDefinition): TypeDefinition {
  const { compare } = element;
  return define<SqlArray>({
    oid: element.arrayOid,
    name: `_${element.name}`,
    displayName: `${element.displayName}[]`,
    category: 'A',
    length: -1,
    arrayOid: 0,
    elementOid: element.oid,
    physical: 'bytes',
    input: (text, context, modifier) => parseArray(text, (item) => element.input(item, context, modifier)),
    output: (value, context) => printArray(value, (item) => element.output(item, context)),
    compare: compare && ((a, b) => compareArrays(a, b, compare)),
    hashKey: (value) => arrayHashKey(value, element),
    store: (value) => storeArray(value, element),
    load: (stored: Uint8Array) => loadArray(stored, element),
    ...(compare === undefined ? {} : { sortKey: (value: SqlArray) => arraySortKey(value, element) }),
  });
}

/** int2vector and oidvector: numbers between blanks, counted from 0. */
function vectorDefinition(oid: Oid, name: string, arrayOid: number, element: TypeDefinition): TypeDefinition {
  const base = arrayDefinition({ ...element, arrayOid: oid });
  return {
    ...base,
    name,
    displayName: name,
    arrayOid: arrayOid as Oid,
    input: (text: string, context: TypeContext) =>
      vectorOf(
        text
          .split(/\s+/)
          .filter((part) => part !== '')
          .map((part) => element.input(part, context, -1)),
      ),
    output: (value: Value) => (value as SqlArray).items.map(String).join(' '),
  };
}

/** A vector's value from its items. */
function vectorOf(items: readonly Value[]): SqlArray {
  return items.length === 0 ? new SqlArray([], [], []) : new SqlArray(items, [items.length], [0]);
}

/** PostgreSQL's order of arrays: items, then their number, then the shape. Nulls sort last. */
export function compareArrays(a: SqlArray, b: SqlArray, compare: (a: Value, b: Value) => number): number {
  const count = Math.min(a.items.length, b.items.length);
  for (let index = 0; index < count; index++) {
    const order = compareNullable(a.items[index], b.items[index], compare);
    if (order !== 0) return order;
  }
  return a.items.length - b.items.length || compareLists(a.lengths, b.lengths) || compareLists(a.lowerBounds, b.lowerBounds);
}

/** Order of two values of which either may be null; null sorts last. */
export function compareNullable(a: Value, b: Value, compare: (a: Value, b: Value) => number): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return compare(a, b);
}

/** Whether arrays of this type have an order; SQLSTATE 42883 naming the element type otherwise. */
export function requireElementOrder(element: TypeDefinition): (a: Value, b: Value) => number {
  if (element.compare === undefined)
    throw new SqlError('undefined_function', `could not identify a comparison function for type ${element.displayName}`);
  return element.compare;
}

/** The definitions of vectors, over int2 and oid. */
export function vectorDefinitions(int2: TypeDefinition, oid: TypeDefinition): TypeDefinition[] {
  return [vectorDefinition(OID.int2vector, 'int2vector', 1006, int2), vectorDefinition(OID.oidvector, 'oidvector', 1013, oid)];
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return a[index] - b[index];
  return 0;
}

function arrayHashKey(value: SqlArray, element: TypeDefinition): string {
  const shape = value.lengths.length === 1 && value.lowerBounds[0] === 1 ? '' : `${value.lengths.join()};${value.lowerBounds.join()}:`;
  return shape + value.items.map((item) => hashPiece(item, element)).join('');
}

/** One value's hash key as text that ends itself. */
export function hashPiece(value: Value, definition: TypeDefinition): string {
  if (value === null) return 'n;';
  const key = String(definition.hashKey(value));
  return `${key.length}:${key}`;
}

function arraySortKey(value: SqlArray, element: TypeDefinition): Uint8Array {
  const writer = new SortKeyWriter();
  for (const item of value.items) {
    writer.byte(item === null ? 2 : 1);
    if (item !== null) writeSortKey(writer, item, element);
  }
  writer.byte(0).byte(value.lengths.length);
  for (const length of value.lengths) writer.uint32(length);
  for (const bound of value.lowerBounds) writer.int32(bound);
  return writer.finish();
}
