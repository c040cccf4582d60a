/** Values in the binary formats of PostgreSQL's `…send` functions; other types are 0A000 until they are asked for in text. */
import { utf8 } from '../../base/bytes.ts';
import { SqlError } from '../../base/sql-error.ts';
import type { Session } from '../../session/session.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { typeDefinition } from '../../types/types.ts';
import { Interval, Numeric, SqlArray, TimeTz, type Value } from '../../types/value.ts';
import { bytesOfNumeric } from './numeric.ts';
import { isTextual, isUnsigned, JSONB_VERSION, NEGATIVE_INFINITY_64, POSITIVE_INFINITY_64, unsupported } from './shared.ts';
import { BinaryWriter } from './writer.ts';

/** `value` is not null. `texts` gives the text form where the binary one is made of it. */
export function binaryOf(type: Oid, value: Exclude<Value, null>, texts: Pick<Session, 'textOfValue'>): Uint8Array {
  const writer = new BinaryWriter();
  write(writer, type, value, texts);
  return writer.bytes();
}

function write(writer: BinaryWriter, type: Oid, value: Exclude<Value, null>, texts: Pick<Session, 'textOfValue'>): void {
  switch (type) {
    case OID.bool:
      return writer.int8(value === true ? 1 : 0);
    case OID.int2:
      return writer.int16(Number(value));
    case OID.int4:
      return writer.int32(Number(value));
    case OID.int8:
    case OID.xid8:
      return writer.int64(BigInt(whole(value)));
    case OID.float4:
      return writer.float32(Number(value));
    case OID.float8:
      return writer.float64(Number(value));
    case OID.date:
      return writer.int32(value === Infinity ? 0x7fffffff : value === -Infinity ? -0x80000000 : Number(value));
    case OID.time:
      return writer.int64(BigInt(whole(value)));
    case OID.timestamp:
    case OID.timestamptz:
      return writer.int64(value === Infinity ? POSITIVE_INFINITY_64 : value === -Infinity ? NEGATIVE_INFINITY_64 : BigInt(whole(value)));
    case OID.uuid:
      return writer.append(bytesOfUuid(texts.textOfValue(type, value)));
    case OID.jsonb:
      writer.int8(JSONB_VERSION);
      return writer.append(utf8(texts.textOfValue(type, value)));
    default:
      break;
  }
  if (value instanceof Uint8Array) return writer.append(value);
  if (value instanceof Numeric) return writer.append(bytesOfNumeric(value));
  if (value instanceof SqlArray) return writeArray(writer, type, value, texts);
  if (value instanceof TimeTz) {
    writer.int64(BigInt(value.microseconds));
    return writer.int32(value.zoneSeconds);
  }
  if (value instanceof Interval) {
    writer.int64(BigInt(value.microseconds));
    writer.int32(value.days);
    return writer.int32(value.months);
  }
  if (isUnsigned(type)) return writer.int32(Number(value));
  if (!isTextual(type)) throw unsupported(type);
  writer.append(utf8(texts.textOfValue(type, value)));
}

/**
 *     int32  dimensions        then for each: int32 length, int32 lower bound
 *     int32  1 when a NULL is among the elements
 *     int32  element type      then for each element: int32 length (-1: NULL), bytes
 */
function writeArray(writer: BinaryWriter, type: Oid, array: SqlArray, texts: Pick<Session, 'textOfValue'>): void {
  const { elementOid } = typeDefinition(type);
  if (elementOid === 0) throw unsupported(type);
  writer.int32(array.lengths.length);
  writer.int32(array.items.includes(null) ? 1 : 0);
  writer.int32(elementOid);
  array.lengths.forEach((length, at) => {
    writer.int32(length);
    writer.int32(array.lowerBounds[at]);
  });
  for (const item of array.items) {
    if (item === null) {
      writer.int32(-1);
      continue;
    }
    const bytes = binaryOf(elementOid, item, texts);
    writer.int32(bytes.length);
    writer.append(bytes);
  }
}

function bytesOfUuid(text: string): Uint8Array {
  const hex = text.replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

function whole(value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw new SqlError('internal_error', 'a whole number was expected');
}
