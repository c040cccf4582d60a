/** The binary formats of the simplest types, both ways; others are 0A000 until they are asked for in text. */
import { SqlError } from '../base/sql-error.ts';
import { utf8 } from '../base/bytes.ts';
import { OID, type Oid } from '../types/oid.ts';
import { canonicalInt8, type Value } from '../types/value.ts';
import { textOfClient } from './body-reader.ts';

const TEXTUAL: ReadonlySet<Oid> = new Set([OID.text, OID.varchar, OID.bpchar, OID.name, OID.unknown, OID.json]);

export function binaryOf(type: Oid, value: Value): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  switch (type) {
    case OID.bool:
      return Uint8Array.of(value === true ? 1 : 0);
    case OID.int2:
      view.setInt16(0, Number(value));
      return bytes.subarray(0, 2);
    case OID.int4:
    case OID.oid:
    case OID.date:
      view.setInt32(0, Number(value));
      return bytes.subarray(0, 4);
    case OID.int8:
    case OID.timestamp:
    case OID.timestamptz:
      view.setBigInt64(0, BigInt(value as number | bigint));
      return bytes;
    case OID.float4:
      view.setFloat32(0, Number(value));
      return bytes.subarray(0, 4);
    case OID.float8:
      view.setFloat64(0, Number(value));
      return bytes;
    case OID.bytea:
      return value as Uint8Array;
    default:
      if (TEXTUAL.has(type)) return utf8(String(value));
      throw unsupported(type);
  }
}

export function valueOfBinary(type: Oid, bytes: Uint8Array, number: number): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sized = (length: number): void => {
    if (bytes.length !== length) throw new SqlError('invalid_binary_representation', `incorrect binary data format in bind parameter ${number}`);
  };
  switch (type) {
    case OID.bool:
      sized(1);
      return bytes[0] !== 0;
    case OID.int2:
      sized(2);
      return view.getInt16(0);
    case OID.int4:
      sized(4);
      return view.getInt32(0);
    case OID.oid:
      sized(4);
      return view.getUint32(0);
    case OID.int8:
      sized(8);
      return canonicalInt8(view.getBigInt64(0));
    case OID.float4:
      sized(4);
      return view.getFloat32(0);
    case OID.float8:
      sized(8);
      return view.getFloat64(0);
    case OID.bytea:
      return bytes.slice();
    default:
      if (TEXTUAL.has(type)) return textOfClient(bytes);
      throw unsupported(type);
  }
}

function unsupported(type: Oid): SqlError {
  return new SqlError('feature_not_supported', `binary format of type ${type} is not supported`, { hint: 'Use the text format.' });
}
