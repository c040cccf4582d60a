/** Parameters in the binary formats of PostgreSQL's `…recv` functions, checked as strictly as text is. */
import { SqlError } from '../../base/sql-error.ts';
import type { Session } from '../../session/session.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { typeDefinition } from '../../types/types.ts';
import { canonicalInt8, Interval, SqlArray, TimeTz, type Value } from '../../types/value.ts';
import { BodyReader, textOfClient } from '../body-reader.ts';
import { numericOf } from './numeric.ts';
import { isTextual, isUnsigned, JSONB_VERSION, NEGATIVE_INFINITY_64, POSITIVE_INFINITY_64, unsupported } from './shared.ts';

const DIMENSIONS_MAX = 6;
const DAY_MICROSECONDS = 86_400_000_000n;
/** From 4713 BC to before 5874898 and 294277, in days and microseconds since 2000. */
const DATE_MIN = -2_451_545;
const DATE_END = 2_145_031_949;
const TIMESTAMP_MIN = -211_813_488_000_000_000n;
const TIMESTAMP_END = 9_223_371_331_200_000_000n;

/**
 * SQLSTATE 22P03 when `bytes` are not the type's form (`number` names the parameter), 08P01 when they end too early, 22008 for a moment
 * outside the calendar.
 */
export function valueOfBinary(type: Oid, bytes: Uint8Array, number: number, texts: Pick<Session, 'valueOfText'>): Value {
  const reader = new BodyReader(bytes);
  const value = read(reader, type, number, texts);
  if (reader.remaining > 0) throw incorrect(number);
  return value;
}

function read(reader: BodyReader, type: Oid, number: number, texts: Pick<Session, 'valueOfText'>): Value {
  switch (type) {
    case OID.bool:
      return reader.byte() !== 0;
    case OID.int2:
      return reader.int16();
    case OID.int4:
      return reader.int32();
    case OID.int8:
    case OID.xid8:
      return canonicalInt8(reader.int64());
    case OID.float4:
      return reader.float32();
    case OID.float8:
      return reader.float64();
    case OID.numeric:
      return numericOf(reader);
    case OID.bytea:
      return reader.rest().slice();
    case OID.date:
      return dateOf(reader.int32());
    case OID.time:
      return timeOf(reader.int64());
    case OID.timetz:
      return new TimeTz(timeOf(reader.int64()), reader.int32());
    case OID.timestamp:
    case OID.timestamptz:
      return timestampOf(reader.int64());
    case OID.interval: {
      const microseconds = canonicalInt8(reader.int64());
      const days = reader.int32();
      return new Interval(reader.int32(), days, microseconds);
    }
    case OID.uuid:
      return uuidOf(reader.bytes(16));
    case OID.jsonb:
      if (reader.byte() !== JSONB_VERSION) throw new SqlError('internal_error', 'unsupported jsonb version number');
      return texts.valueOfText(type, textOfClient(reader.rest()));
    default:
      break;
  }
  if (isUnsigned(type)) return reader.uint32();
  if (isTextual(type)) return texts.valueOfText(type, textOfClient(reader.rest()));
  const { elementOid } = typeDefinition(type);
  if (elementOid === 0) throw unsupported(type);
  return arrayOf(reader, elementOid, number, texts);
}

function arrayOf(reader: BodyReader, element: Oid, number: number, texts: Pick<Session, 'valueOfText'>): SqlArray {
  const dimensions = reader.int32();
  if (dimensions < 0 || dimensions > DIMENSIONS_MAX) {
    throw new SqlError(
      'program_limit_exceeded',
      `number of array dimensions (${dimensions}) exceeds the maximum allowed (${DIMENSIONS_MAX})`,
    );
  }
  const flags = reader.int32();
  if (flags !== 0 && flags !== 1) throw new SqlError('invalid_binary_representation', 'invalid array flags');
  const given = reader.uint32();
  if (given !== element)
    throw new SqlError('datatype_mismatch', `binary data has array element type ${given} instead of expected ${element}`);
  const lengths: number[] = [];
  const lowerBounds: number[] = [];
  for (let at = 0; at < dimensions; at++) {
    lengths.push(reader.int32());
    lowerBounds.push(reader.int32());
  }
  const count = dimensions === 0 ? 0 : lengths.reduce((product, length) => (length < 0 ? Infinity : product * length), 1);
  if (count * 4 > reader.remaining) throw incorrect(number);
  if (count === 0) return new SqlArray([]);
  const items: Value[] = [];
  while (items.length < count) {
    const length = reader.int32();
    items.push(length === -1 ? null : valueOfBinary(element, reader.bytes(length), number, texts));
  }
  return new SqlArray(items, lengths, lowerBounds);
}

function dateOf(days: number): number {
  if (days === 0x7fffffff) return Infinity;
  if (days === -0x80000000) return -Infinity;
  if (days < DATE_MIN || days >= DATE_END) throw new SqlError('datetime_field_overflow', 'date out of range');
  return days;
}

function timeOf(microseconds: bigint): number {
  if (microseconds < 0n || microseconds > DAY_MICROSECONDS) throw new SqlError('datetime_field_overflow', 'time out of range');
  return Number(microseconds);
}

function timestampOf(microseconds: bigint): number | bigint {
  if (microseconds === POSITIVE_INFINITY_64) return Infinity;
  if (microseconds === NEGATIVE_INFINITY_64) return -Infinity;
  if (microseconds < TIMESTAMP_MIN || microseconds >= TIMESTAMP_END)
    throw new SqlError('datetime_field_overflow', 'timestamp out of range');
  return canonicalInt8(microseconds);
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function incorrect(number: number): SqlError {
  return new SqlError('invalid_binary_representation', `incorrect binary data format in bind parameter ${number}`);
}
