import { OID, type Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import { SqlArray, type Value } from '../types/value.ts';

const NUMBERS: ReadonlySet<Oid> = new Set([OID.int2, OID.int4, OID.float4, OID.float8]);

/** A value as JSON when the client did not ask for raw text: small numbers, booleans, JSON and arrays of them; the rest stays text. */
export function jsonValue(type: Oid, value: Value, text: string): unknown {
  if (typeof value === 'boolean') return value;
  if (NUMBERS.has(type)) return Number.isFinite(value) ? value : text;
  if (type === OID.json || type === OID.jsonb) return JSON.parse(text);
  return value instanceof SqlArray ? arrayValue(typeDefinition(type).elementOid, value) : text;
}

function arrayValue(element: Oid, array: SqlArray): unknown {
  const definition = typeDefinition(element);
  const cells = array.items.map((item) => (item === null ? null : jsonValue(element, item, definition.output(item, PLAIN))));
  return array.lengths.slice(1).reduceRight<unknown[]>((level, length) => chunks(level, length), cells);
}

function chunks(items: readonly unknown[], length: number): unknown[] {
  const made: unknown[] = [];
  for (let at = 0; at < items.length; at += length) made.push(items.slice(at, at + length));
  return made;
}

const PLAIN = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
} as const;
