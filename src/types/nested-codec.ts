/**
 * The stored form of values that hold values: arrays and records.
 *
 *     array    dimensions (varint) · per dimension: length (varint), lower bound (i32) · items
 *     record   fields (varint) · per field: type OID (varint) · items
 *     item     00 for null, else 01 and the item by the physical kind of its type: bool u8 · int32 i32 · int64 i64 ·
 *              float64 and float32 f64 · numeric and text as sized UTF-8 · bytes sized
 */
import { ByteReader, ByteWriter, textOf, utf8 } from '../base/bytes.ts';
import { numericOfText } from './numeric/parse.ts';
import { textOfNumeric } from './numeric/print.ts';
import { oid, type Oid } from './oid.ts';
import { SortKeyWriter } from './sort-key.ts';
import type { StoredValue, TypeDefinition } from './type.ts';
import { canonicalInt8, SqlArray, SqlRecord, type Numeric, type Value } from './value.ts';

/** Finds a type's definition. */
export type TypeLookup = (type: Oid) => TypeDefinition;

export function storeArray(array: SqlArray, element: TypeDefinition): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(array.lengths.length);
  for (let index = 0; index < array.lengths.length; index++) writer.varint(array.lengths[index]).u32(array.lowerBounds[index] >>> 0);
  for (const item of array.items) writeItem(writer, item, element);
  return writer.bytes();
}

export function loadArray(stored: Uint8Array, element: TypeDefinition): SqlArray {
  const reader = new ByteReader(stored, 'an array');
  const lengths: number[] = [];
  const bounds: number[] = [];
  for (let dimensions = reader.varint(); dimensions > 0; dimensions--) {
    lengths.push(reader.varint());
    bounds.push(reader.u32() | 0);
  }
  const count = lengths.length === 0 ? 0 : lengths.reduce((product, length) => product * length, 1);
  const items: Value[] = [];
  for (let index = 0; index < count; index++) items.push(readItem(reader, element));
  return new SqlArray(items, lengths, bounds);
}

export function storeRecord(record: SqlRecord, lookup: TypeLookup): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(record.fields.length);
  for (const type of record.types) writer.varint(type);
  record.fields.forEach((field, index) => writeItem(writer, field, lookup(oid(record.types[index]))));
  return writer.bytes();
}

export function loadRecord(stored: Uint8Array, lookup: TypeLookup): SqlRecord {
  const reader = new ByteReader(stored, 'a record');
  const count = reader.varint();
  const types: number[] = [];
  for (let index = 0; index < count; index++) types.push(reader.varint());
  return new SqlRecord(
    types.map((type) => readItem(reader, lookup(oid(type)))),
    types,
  );
}

/** Appends a value's memcomparable bytes, ending themselves, in the order of its type's `compare`. */
export function writeSortKey(writer: SortKeyWriter, value: Value, definition: TypeDefinition): void {
  if (definition.sortKey !== undefined) {
    writer.bytes(definition.sortKey(value));
    return;
  }
  const stored = definition.store === undefined ? (value as StoredValue) : definition.store(value);
  switch (definition.physical) {
    case 'bool':
      writer.byte(stored === true ? 1 : 0);
      return;
    case 'int32':
    case 'int64':
      writer.int64(stored as number | bigint);
      return;
    case 'float32':
    case 'float64':
      writer.float64(stored as number);
      return;
    case 'numeric':
      writer.numeric(stored as Numeric);
      return;
    case 'text':
      writer.text(String(definition.hashKey(value)));
      return;
    case 'bytes':
      writer.bytes(stored as Uint8Array);
  }
}

function writeItem(writer: ByteWriter, value: Value, definition: TypeDefinition): void {
  if (value === null) {
    writer.u8(0);
    return;
  }
  writer.u8(1);
  const stored = definition.store === undefined ? (value as StoredValue) : definition.store(value);
  switch (definition.physical) {
    case 'bool':
      writer.u8(stored === true ? 1 : 0);
      return;
    case 'int32':
      writer.u32((stored as number) >>> 0);
      return;
    case 'int64':
      writer.i64(BigInt(stored as number | bigint));
      return;
    case 'float32':
    case 'float64':
      writer.f64(stored as number);
      return;
    case 'numeric':
      writer.sized(utf8(textOfNumeric(stored as Numeric)));
      return;
    case 'text':
      writer.sized(utf8(stored as string));
      return;
    case 'bytes':
      writer.sized(stored as Uint8Array);
  }
}

function readItem(reader: ByteReader, definition: TypeDefinition): Value {
  if (reader.u8() === 0) return null;
  const stored = readStored(reader, definition);
  return definition.load === undefined ? stored : definition.load(stored);
}

function readStored(reader: ByteReader, definition: TypeDefinition): StoredValue {
  switch (definition.physical) {
    case 'bool':
      return reader.u8() === 1;
    case 'int32':
      return reader.u32() | 0;
    case 'int64':
      return canonicalInt8(reader.i64());
    case 'float32':
    case 'float64':
      return reader.f64();
    case 'numeric':
      return numericOfText(textOf(reader.sized()));
    case 'text':
      return textOf(reader.sized());
    case 'bytes':
      return reader.sized().slice();
  }
}
