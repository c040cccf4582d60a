// Vectors into fields of tuples and back: the twin of ../twin/tuples.ts.
import { copyBytes } from "./bytes";
import { addressOf, lengthOf, refOf } from "./text";

/** u32[n] addresses of tuples that follow each other. */
export function tupleAddresses(first: usize, stride: u32, n: u32, dst: usize): void {
  let tuple = <u32>first;
  for (let row: u32 = 0; row < n; row++) {
    store<u32>(dst + (<usize>row << 2), tuple);
    tuple += stride;
  }
}

/** Sets hash and an empty `next` of n tuples. */
export function writeHashes(hashes: usize, n: u32, tuples: usize): void {
  for (let row: u32 = 0; row < n; row++) store<u64>(tupleOf(tuples, row), <u64>load<u32>(hashes + (<usize>row << 2)));
}

/** The hashes of n tuples as u32[n]. */
export function readHashes(tuples: usize, n: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) store<u32>(dst + (<usize>row << 2), load<u32>(tupleOf(tuples, row)));
}

@inline
function writeField<T>(src: usize, nulls: usize, n: u32, tuples: usize, field: usize, flag: usize): void {
  const end = tuples + (<usize>n << 2);
  let value = src;
  if (nulls == 0) {
    for (let at = tuples; at < end; at += 4) {
      const tuple: usize = load<u32>(at);
      store<u8>(tuple + flag, 0);
      store<i64>(tuple + field, <i64>load<T>(value));
      value += sizeof<T>();
    }
    return;
  }
  let isNull = nulls;
  for (let at = tuples; at < end; at += 4) {
    const tuple: usize = load<u32>(at);
    const absent = load<u8>(isNull++);
    store<u8>(tuple + flag, absent);
    store<i64>(tuple + field, select<i64>(0, <i64>load<T>(value), absent != 0));
    value += sizeof<T>();
  }
}

/** i32[n] into a field, its null flags set or cleared. */
export function writeFieldI32(src: usize, nulls: usize, n: u32, tuples: usize, field: usize, flag: usize): void {
  writeField<i32>(src, nulls, n, tuples, field, flag);
}

/** i64[n], f64[n] or str u64[n] into a field. Text stays where it is. */
export function writeField64(src: usize, nulls: usize, n: u32, tuples: usize, field: usize, flag: usize): void {
  writeField<i64>(src, nulls, n, tuples, field, flag);
}

/** bool u8[n] into a field. */
export function writeFieldBool(src: usize, nulls: usize, n: u32, tuples: usize, field: usize, flag: usize): void {
  writeField<u8>(src, nulls, n, tuples, field, flag);
}

/** Of tuple 0 the bytes at the start of memory are read, to no effect: no row waits for a branch. */
@inline
function readField<T>(tuples: usize, n: u32, field: usize, flag: usize, dst: usize, dstNulls: usize): u32 {
  const end = tuples + (<usize>n << 2);
  let any: u32 = 0;
  let to = dst;
  let toNull = dstNulls;
  for (let at = tuples; at < end; at += 4) {
    const tuple: usize = load<u32>(at);
    const absent = select<u32>(<u32>load<u8>(tuple + flag), 1, tuple != 0);
    any |= absent;
    store<u8>(toNull++, <u8>absent);
    store<T>(to, select<T>(load<T>(tuple + field), 0, absent == 0));
    to += sizeof<T>();
  }
  return any;
}

/** A field as i32[n] and nulls u8[n]; row without a tuple (address 0) is null. 1 when any is null. */
export function readFieldI32(tuples: usize, n: u32, field: usize, flag: usize, dst: usize, dstNulls: usize): u32 {
  return readField<i32>(tuples, n, field, flag, dst, dstNulls);
}

/** A field as i64[n], f64[n] or str u64[n] and nulls. 1 when any is null. */
export function readField64(tuples: usize, n: u32, field: usize, flag: usize, dst: usize, dstNulls: usize): u32 {
  return readField<i64>(tuples, n, field, flag, dst, dstNulls);
}

/** A field as bool u8[n] and nulls. 1 when any is null. */
export function readFieldBool(tuples: usize, n: u32, field: usize, flag: usize, dst: usize, dstNulls: usize): u32 {
  return readField<u8>(tuples, n, field, flag, dst, dstNulls);
}

@inline
function readState<T>(tuples: usize, n: u32, value: usize, count: usize, dst: usize, dstNulls: usize): u32 {
  let any: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const tuple = tupleOf(tuples, row);
    const absent = u32(tuple == 0) | u32(load<u64>(tuple + count) == 0);
    any |= absent;
    store<u8>(dstNulls + row, <u8>absent);
    store<T>(dst + <usize>row * sizeof<T>(), select<T>(load<T>(tuple + value), 0, absent == 0));
  }
  return any;
}

/** The value of aggregate states as i64[n], f64[n] or str u64[n]: null where the u64 at `count` is 0. 1 when any is null. */
export function readState64(tuples: usize, n: u32, value: usize, count: usize, dst: usize, dstNulls: usize): u32 {
  return readState<i64>(tuples, n, value, count, dst, dstNulls);
}

/** The same as i32[n]. */
export function readStateI32(tuples: usize, n: u32, value: usize, count: usize, dst: usize, dstNulls: usize): u32 {
  return readState<i32>(tuples, n, value, count, dst, dstNulls);
}

/** The same as bool u8[n]. */
export function readStateBool(tuples: usize, n: u32, value: usize, count: usize, dst: usize, dstNulls: usize): u32 {
  return readState<u8>(tuples, n, value, count, dst, dstNulls);
}

/** 128-bit sums (low, high, count from `offset`) as i64[n] and nulls: 0, or how many rows' sums do not fit 64 bits. */
export function readSumInt(tuples: usize, n: u32, offset: usize, dst: usize, dstNulls: usize): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const state = tupleOf(tuples, row) + offset;
    const isNull: u32 = state == offset || load<u64>(state, 16) == 0 ? 1 : 0;
    const low = load<i64>(state);
    store<u8>(dstNulls + row, <u8>isNull);
    store<i64>(dst + (<usize>row << 3), isNull != 0 ? 0 : low);
    if (isNull == 0 && load<i64>(state, 8) != low >> 63) failed++;
  }
  return failed;
}

/** Bytes of the texts of n rows that are not null; 2^31 - 1 where they are more. */
export function stringBytes(refs: usize, nulls: usize, n: u32): u32 {
  let bytes: u64 = 0;
  for (let row: u32 = 0; row < n; row++) {
    if (nulls == 0 || load<u8>(nulls + row) == 0) bytes += <u64>lengthOf(load<u64>(refs + (<usize>row << 3)));
  }
  return <u32>min<u64>(bytes, 0x7fffffff);
}

/** Copies texts to `arena` and refers to the copies in u64[n] at `dst` (null: 0). Bytes used, or -1 when there is not the room. */
export function copyStrings(refs: usize, nulls: usize, n: u32, arena: usize, arenaEnd: usize, dst: usize): i32 {
  if (stringBytes(refs, nulls, n) > <u32>(arenaEnd - arena)) return -1;
  let to = arena;
  for (let row: u32 = 0; row < n; row++) {
    const isNull = nulls != 0 && load<u8>(nulls + row) != 0;
    const ref = load<u64>(refs + (<usize>row << 3));
    const length = <u32>lengthOf(ref);
    if (isNull) store<u64>(dst + (<usize>row << 3), 0);
    else {
      copyBytes(to, addressOf(ref), length);
      store<u64>(dst + (<usize>row << 3), refOf(to, length));
      to += length;
    }
  }
  return <i32>(to - arena);
}

@inline
function tupleOf(tuples: usize, row: u32): usize {
  return <usize>load<u32>(tuples + (<usize>row << 2));
}
