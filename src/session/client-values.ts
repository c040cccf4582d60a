/**
 * Values as JavaScript programs like them, both ways.
 *
 *   bool boolean · int2 int4 int8 float number (int8 beyond 2^53: bigint) · numeric string · text string · bytea Uint8Array ·
 *   timestamp timestamptz Date (infinities: ±Infinity) · json jsonb parsed · arrays arrays · everything else PostgreSQL's text
 */
import { hexOf } from '../base/bytes.ts';
import { EPOCH_2000_MS } from '../base/epoch.ts';
import { SqlError } from '../base/sql-error.ts';
import { OID, type Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import { SqlArray, type Value } from '../types/value.ts';
import type { Session } from './session.ts';

/** What the API hands out for a value. */
export type ClientValue = bigint | Uint8Array | Date | JsonValue | readonly ClientValue[];
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export function clientValue(session: Session, type: Oid, value: Value): ClientValue {
  if (value === null) return null;
  switch (type) {
    case OID.bool:
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.float4:
    case OID.float8:
    case OID.oid:
    case OID.bytea:
    case OID.text:
    case OID.varchar:
      return value as boolean | number | bigint | string | Uint8Array;
    case OID.timestamp:
    case OID.timestamptz: {
      const ms = Number(value) / 1000 + EPOCH_2000_MS;
      return Number.isFinite(ms) ? new Date(ms) : ms;
    }
    case OID.json:
    case OID.jsonb:
      return JSON.parse(session.textOfValue(type, value)) as JsonValue;
    default:
      return value instanceof SqlArray ? clientArray(session, typeDefinition(type).elementOid, value) : session.textOfValue(type, value);
  }
}

/** The value of a parameter of `type` from whatever a program passed. 22P02 and its like when it does not fit. */
export function valueOfClient(session: Session, type: Oid, given: unknown): Value {
  if (given === null || given === undefined) return null;
  if (given instanceof Uint8Array && type === OID.bytea) return given;
  return session.valueOfText(type, textOfClient(given, type));
}

function textOfClient(given: unknown, type: Oid): string {
  switch (typeof given) {
    case 'string':
      return type === OID.json || type === OID.jsonb ? jsonText(given) : given;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(given);
    case 'object':
      break;
    default:
      throw new SqlError('invalid_parameter_value', `a ${typeof given} is no SQL value`);
  }
  if (given instanceof Date) return given.toISOString();
  if (given instanceof Uint8Array) return `\\x${hexOf(given)}`;
  if (Array.isArray(given) && type !== OID.json && type !== OID.jsonb) return arrayLiteral(given);
  return JSON.stringify(given);
}

/** A string given for json is taken as JSON text when it is some, else as a JSON string. */
function jsonText(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

function arrayLiteral(items: readonly unknown[]): string {
  return `{${items.map((item) => (item === null || item === undefined ? 'NULL' : Array.isArray(item) ? arrayLiteral(item) : quoted(textOfClient(item, OID.text)))).join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function clientArray(session: Session, element: Oid, array: SqlArray): ClientValue {
  const cells: ClientValue[] = array.items.map((item) => clientValue(session, element, item));
  return array.lengths.slice(1).reduceRight<ClientValue[]>((level, length) => {
    const grouped: ClientValue[] = [];
    for (let at = 0; at < level.length; at += length) grouped.push(level.slice(at, at + length));
    return grouped;
  }, cells);
}
