// Key columns of groups and joins, as ../key-descriptor.ts lays them out: rows of vectors against fields of tuples.
import { copyBytes } from "./bytes";
import { addressOf, equalBytes, lengthOf, refOf } from "./text";

export const KEY_BYTES: usize = 32;

export const I32: u32 = 0;
export const I64: u32 = 1;
const F64: u32 = 2;
const BOOL: u32 = 3;

const NULLS_EQUAL: u32 = 1;

@inline
export function typeOf(key: usize): u32 {
  return load<u32>(key);
}

@inline
export function dataOf(key: usize): usize {
  return load<u32>(key, 4);
}

@inline
export function nullsOf(key: usize): usize {
  return load<u32>(key, 8);
}

@inline
export function fieldOf(key: usize): usize {
  return load<u32>(key, 12);
}

@inline
export function flagOf(key: usize): usize {
  return load<u32>(key, 16);
}

/** Whether a column is of a type and has no nulls. */
@inline
export function isPlain(key: usize, type: u32): bool {
  return typeOf(key) == type && nullsOf(key) == 0;
}

@inline
function isNull(nulls: usize, row: u32): bool {
  return nulls != 0 && load<u8>(nulls + row) != 0;
}

@inline
function sameFloat(a: f64, b: f64): bool {
  return a == b || (a != a && b != b);
}

@inline
function sameRefs(a: u64, b: u64): bool {
  return a == b || (a >> 32 == b >> 32 && equalBytes(addressOf(a), addressOf(b), lengthOf(a)));
}

/** Whether a row's keys are those of a tuple; null is the same as null. */
export function isSameKey(keys: usize, keyCount: u32, row: u32, tuple: usize): bool {
  const end = keys + <usize>keyCount * KEY_BYTES;
  for (let key = keys; key < end; key += KEY_BYTES) {
    const rowNull = isNull(nullsOf(key), row);
    if (rowNull != (load<u8>(tuple + flagOf(key)) != 0)) return false;
    if (!rowNull && !isSameValue(key, row, tuple)) return false;
  }
  return true;
}

@inline
function isSameValue(key: usize, row: u32, tuple: usize): bool {
  const data = dataOf(key);
  const field = tuple + fieldOf(key);
  const type = typeOf(key);
  if (type == I32) return <i64>load<i32>(data + (<usize>row << 2)) == load<i64>(field);
  if (type == I64) return load<i64>(data + (<usize>row << 3)) == load<i64>(field);
  if (type == F64) return sameFloat(load<f64>(data + (<usize>row << 3)), load<f64>(field));
  if (type == BOOL) return <u64>load<u8>(data + row) == load<u64>(field);
  return sameRefs(load<u64>(data + (<usize>row << 3)), load<u64>(field));
}

/** Of rows [from, n) with a tuple (not 0) in u32[n] at `tuples`: 0 where a key differs. Column by column. */
export function dropOthers(keys: usize, keyCount: u32, from: u32, n: u32, tuples: usize): void {
  const end = keys + <usize>keyCount * KEY_BYTES;
  for (let key = keys; key < end; key += KEY_BYTES) {
    const nulls = nullsOf(key);
    const data = dataOf(key);
    const field = fieldOf(key);
    const flag = flagOf(key);
    const type = typeOf(key);
    if (nulls != 0) dropNulls(key, from, n, tuples);
    else if (type == I32) {
      for (let row = from; row < n; row++) {
        const at = tuples + (<usize>row << 2);
        const tuple: usize = load<u32>(at);
        const same = i32(<i64>load<i32>(data + (<usize>row << 2)) == load<i64>(tuple + field)) & i32(load<u8>(tuple + flag) == 0);
        store<u32>(at, select<u32>(<u32>tuple, 0, same != 0));
      }
    } else if (type == I64) {
      for (let row = from; row < n; row++) {
        const at = tuples + (<usize>row << 2);
        const tuple: usize = load<u32>(at);
        const same = i32(load<i64>(data + (<usize>row << 3)) == load<i64>(tuple + field)) & i32(load<u8>(tuple + flag) == 0);
        store<u32>(at, select<u32>(<u32>tuple, 0, same != 0));
      }
    } else dropValues(key, from, n, tuples);
  }
}

function dropNulls(key: usize, from: u32, n: u32, tuples: usize): void {
  const nulls = nullsOf(key);
  const flag = flagOf(key);
  for (let row = from; row < n; row++) {
    const at = tuples + (<usize>row << 2);
    const tuple: usize = load<u32>(at);
    if (tuple == 0) continue;
    const rowNull = load<u8>(nulls + row) != 0;
    if (rowNull != (load<u8>(tuple + flag) != 0) || (!rowNull && !isSameValue(key, row, tuple))) store<u32>(at, 0);
  }
}

function dropValues(key: usize, from: u32, n: u32, tuples: usize): void {
  const flag = flagOf(key);
  for (let row = from; row < n; row++) {
    const at = tuples + (<usize>row << 2);
    const tuple: usize = load<u32>(at);
    if (tuple != 0 && (load<u8>(tuple + flag) != 0 || !isSameValue(key, row, tuple))) store<u32>(at, 0);
  }
}

/** Bytes that the texts among a row's keys take. */
export function keyTextBytes(keys: usize, keyCount: u32, row: u32): u32 {
  const end = keys + <usize>keyCount * KEY_BYTES;
  let bytes: u32 = 0;
  for (let key = keys; key < end; key += KEY_BYTES) {
    if (typeOf(key) > BOOL && !isNull(nullsOf(key), row)) bytes += <u32>lengthOf(load<u64>(dataOf(key) + (<usize>row << 3)));
  }
  return bytes;
}

/** Writes a row's keys into a tuple of zeros, texts copied to `strings`. The end of what was copied. */
export function writeKeys(keys: usize, keyCount: u32, row: u32, tuple: usize, strings: usize): usize {
  const end = keys + <usize>keyCount * KEY_BYTES;
  let to = strings;
  for (let key = keys; key < end; key += KEY_BYTES) {
    if (isNull(nullsOf(key), row)) {
      store<u8>(tuple + flagOf(key), 1);
      continue;
    }
    const data = dataOf(key);
    const field = tuple + fieldOf(key);
    const type = typeOf(key);
    if (type == I32) store<i64>(field, <i64>load<i32>(data + (<usize>row << 2)));
    else if (type == BOOL) store<u64>(field, <u64>load<u8>(data + row));
    else if (type <= F64) store<u64>(field, load<u64>(data + (<usize>row << 3)));
    else {
      const ref = load<u64>(data + (<usize>row << 3));
      const length = <u32>lengthOf(ref);
      copyBytes(to, addressOf(ref), length);
      store<u64>(field, refOf(to, length));
      to += length;
    }
  }
  return to;
}

/** Whether a tuple has a null key that matches nothing. */
export function isLoneTuple(keys: usize, keyCount: u32, tuple: usize): bool {
  const end = keys + <usize>keyCount * KEY_BYTES;
  for (let key = keys; key < end; key += KEY_BYTES) {
    if ((load<u32>(key, 20) & NULLS_EQUAL) == 0 && load<u8>(tuple + flagOf(key)) != 0) return true;
  }
  return false;
}
