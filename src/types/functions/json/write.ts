import { SqlError } from '../../../base/sql-error.ts';
import { oid, OID, type Oid } from '../../oid.ts';
import type { TypeContext, TypeDefinition } from '../../type.ts';
import { SqlArray, SqlRecord, type Value } from '../../value.ts';
import { knownType } from '../known-type.ts';

/** How a SQL type becomes JSON. */
export type JsonCategory = 'boolean' | 'number' | 'datetime' | 'json' | 'jsonb' | 'array' | 'record' | 'text';

const NUMBERS: ReadonlySet<Oid> = new Set([OID.int2, OID.int4, OID.int8, OID.float4, OID.float8, OID.numeric]);
const DATETIMES: ReadonlySet<Oid> = new Set([OID.date, OID.timestamp, OID.timestamptz]);

/** The category of a type; a composite type that is no array is a record. */
export function jsonCategory(definition: TypeDefinition): JsonCategory {
  if (definition.oid === OID.bool) return 'boolean';
  if (NUMBERS.has(definition.oid)) return 'number';
  if (DATETIMES.has(definition.oid)) return 'datetime';
  if (definition.oid === OID.json) return 'json';
  if (definition.oid === OID.jsonb) return 'jsonb';
  if (definition.elementOid !== 0 && definition.category === 'A') return 'array';
  return definition.oid === OID.record || definition.category === 'C' ? 'record' : 'text';
}

/** Writes values of one type as JSON text, as to_json does; `separator` stands between the parts of the outermost array or record. */
export type JsonWriter = (value: Value, context: TypeContext, separator?: string) => string;

/** The writer for a type, made once per call site. */
export function jsonWriter(type: Oid): JsonWriter {
  const definition = knownType(type);
  const category = jsonCategory(definition);
  const write = writerOf(category, definition);
  return (value, context, separator) => (value === null ? 'null' : write(value, context, separator));
}

function writerOf(category: JsonCategory, definition: TypeDefinition): JsonWriter {
  switch (category) {
    case 'boolean':
      return (value) => (value === true ? 'true' : 'false');
    case 'number':
      return (value, context) => numberText(definition.output(value, context));
    case 'datetime':
      return (value, context) => JSON.stringify(isoText(definition, value, context));
    case 'json':
    case 'jsonb':
      return (value, context) => definition.output(value, context);
    case 'array':
      return arrayWriter(jsonWriter(definition.elementOid));
    case 'record':
      return recordText;
    case 'text':
      return (value, context) => JSON.stringify(definition.output(value, context));
  }
}

/** JSON has no NaN and no infinities: they become strings. */
function numberText(output: string): string {
  return /[a-zA-Z]/.test(output.replace(/e[+-]/, '')) ? JSON.stringify(output) : output;
}

const TIME_ZONE = /([+-]\d\d)(?=$| BC$)/;

/** A date or timestamp in ISO 8601, whatever DateStyle says: T between date and time, the zone with minutes. */
export function isoText(definition: TypeDefinition, value: Value, context: TypeContext): string {
  const output = definition.output(value, { ...context, dateStyle: { format: 'ISO', order: context.dateStyle.order } });
  if (definition.oid === OID.date) return output;
  const text = output.replace(/^([+-]?\d+-\d\d-\d\d) /, '$1T');
  return definition.oid === OID.timestamptz ? text.replace(TIME_ZONE, '$1:00') : text;
}

function arrayWriter(write: JsonWriter): JsonWriter {
  const level = (array: SqlArray, dimension: number, start: number, stride: number, context: TypeContext, separator: string): string => {
    const length = array.lengths[dimension];
    const inner = stride / length;
    const parts: string[] = [];
    for (let at = 0; at < length; at++) {
      const from = start + at * inner;
      parts.push(
        dimension === array.lengths.length - 1 ? write(array.items[from], context) : level(array, dimension + 1, from, inner, context, ','),
      );
    }
    return `[${parts.join(separator)}]`;
  };
  return (value, context, separator = ',') => {
    const array = value as SqlArray;
    return array.lengths.length === 0 ? '[]' : level(array, 0, 0, array.items.length, context, separator);
  };
}

function recordText(value: Value, context: TypeContext, separator = ','): string {
  const record = recordOf(value);
  return `{${record.fields.map((field, at) => `${JSON.stringify(fieldName(record, at))}:${jsonWriter(oid(record.types[at]))(field, context)}`).join(separator)}}`;
}

/** The value as a record. */
export function recordOf(value: Value): SqlRecord {
  if (value instanceof SqlRecord) return value;
  throw new SqlError('datatype_mismatch', 'record type has not been registered');
}

/** The name of a record's field: its column's, or f1, f2 … */
export function fieldName(record: SqlRecord, at: number): string {
  return record.names?.[at] ?? `f${at + 1}`;
}
