import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { compareInterval, intervalSpan } from '../datetime/interval-arithmetic.ts';
import { parseInterval } from '../datetime/interval-parse.ts';
import { printInterval } from '../datetime/interval-print.ts';
import { parseDate, parseTime, parseTimestamp, parseTimestampTz, parseTimeTz } from '../datetime/parse.ts';
import { printDate, printTime, printTimestamp, printTimestampTz, printTimeTz } from '../datetime/print.ts';
import { compareInt8 } from '../integer.ts';
import { OID } from '../oid.ts';
import { SortKeyWriter } from '../sort-key.ts';
import type { StoredValue, TypeDefinition } from '../type.ts';
import { canonicalInt8, Interval, TimeTz } from '../value.ts';
import { compareNumbers, define } from './define.ts';

type Int8 = number | bigint;

/** date, time, timetz, timestamp, timestamptz, interval. */
export const datetimeDefinitions: readonly TypeDefinition[] = [
  define<number>({
    oid: OID.date,
    name: 'date',
    category: 'D',
    length: 4,
    arrayOid: 1182,
    physical: 'int32',
    input: parseDate,
    output: printDate,
    compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
    store: (value) => (value === Number.POSITIVE_INFINITY ? DATE_STORED_MAX : value === Number.NEGATIVE_INFINITY ? DATE_STORED_MIN : value),
    load: (stored: number) =>
      stored === DATE_STORED_MAX ? Number.POSITIVE_INFINITY : stored === DATE_STORED_MIN ? Number.NEGATIVE_INFINITY : stored,
  }),
  define<number>({
    oid: OID.time,
    name: 'time',
    displayName: 'time without time zone',
    category: 'D',
    length: 8,
    arrayOid: 1183,
    physical: 'int64',
    input: parseTime,
    output: printTime,
    compare: compareNumbers,
  }),
  define<TimeTz>({
    oid: OID.timetz,
    name: 'timetz',
    displayName: 'time with time zone',
    category: 'D',
    length: 12,
    arrayOid: 1270,
    physical: 'bytes',
    input: parseTimeTz,
    output: printTimeTz,
    compare: compareTimeTz,
    hashKey: (value) => `${value.microseconds} ${value.zoneSeconds}`,
    store: storeTimeTz,
    load: loadTimeTz,
    sortKey: (value) => new SortKeyWriter().int64(utcMicros(value)).int32(value.zoneSeconds).finish(),
  }),
  define<Int8>({
    oid: OID.timestamp,
    name: 'timestamp',
    displayName: 'timestamp without time zone',
    category: 'D',
    length: 8,
    arrayOid: 1115,
    physical: 'int64',
    input: parseTimestamp,
    output: printTimestamp,
    compare: compareInt8,
    hashKey: (value) => value,
    store: storeTimestamp,
    load: loadTimestamp,
  }),
  define<Int8>({
    oid: OID.timestamptz,
    name: 'timestamptz',
    displayName: 'timestamp with time zone',
    category: 'D',
    preferred: true,
    length: 8,
    arrayOid: 1185,
    physical: 'int64',
    input: parseTimestampTz,
    output: printTimestampTz,
    compare: compareInt8,
    hashKey: (value) => value,
    store: storeTimestamp,
    load: loadTimestamp,
  }),
  define<Interval>({
    oid: OID.interval,
    name: 'interval',
    category: 'T',
    preferred: true,
    length: 16,
    arrayOid: 1187,
    physical: 'bytes',
    input: parseInterval,
    output: printInterval,
    compare: compareInterval,
    hashKey: intervalSpan,
    store: storeInterval,
    load: loadInterval,
    sortKey: (value) => intervalKey(value),
  }),
];

/** Order of times with zone: by the moment in UTC, then by the zone. */
export function compareTimeTz(a: TimeTz, b: TimeTz): number {
  return utcMicros(a) - utcMicros(b) || a.zoneSeconds - b.zoneSeconds;
}

const DATE_STORED_MAX = 2147483647;
const DATE_STORED_MIN = -2147483648;
const INT8_MAX = 9223372036854775807n;
const INT8_MIN = -9223372036854775808n;

function storeTimestamp(value: Int8): Int8 {
  return value === Number.POSITIVE_INFINITY ? INT8_MAX : value === Number.NEGATIVE_INFINITY ? INT8_MIN : value;
}

function loadTimestamp(stored: Int8): Int8 {
  return stored === INT8_MAX ? Number.POSITIVE_INFINITY : stored === INT8_MIN ? Number.NEGATIVE_INFINITY : stored;
}

function utcMicros(value: TimeTz): number {
  return value.microseconds + value.zoneSeconds * 1_000_000;
}

/** i64 microseconds, i32 zone. */
function storeTimeTz(value: TimeTz): StoredValue {
  return new ByteWriter(16)
    .i64(BigInt(value.microseconds))
    .u32(value.zoneSeconds >>> 0)
    .bytes();
}

function loadTimeTz(stored: Uint8Array): TimeTz {
  const reader = new ByteReader(stored, 'a time with time zone');
  return new TimeTz(Number(reader.i64()), reader.u32() | 0);
}

/** i64 microseconds, i32 days, i32 months. */
function storeInterval(value: Interval): StoredValue {
  return new ByteWriter(16)
    .i64(BigInt(value.microseconds))
    .u32(value.days >>> 0)
    .u32(value.months >>> 0)
    .bytes();
}

function loadInterval(stored: Uint8Array): Interval {
  const reader = new ByteReader(stored, 'an interval');
  const micros = canonicalInt8(reader.i64());
  const days = reader.u32() | 0;
  return new Interval(reader.u32() | 0, days, micros);
}

/** The span as a 128-bit number: two halves, the upper one signed. */
function intervalKey(value: Interval): Uint8Array {
  const span = BigInt(intervalSpan(value));
  const low = BigInt.asUintN(64, span);
  return new SortKeyWriter()
    .int64(span >> 64n)
    .uint32(Number(low >> 32n))
    .uint32(Number(low & 0xffffffffn))
    .finish();
}
