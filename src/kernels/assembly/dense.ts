// Integers of a small range by their distance from the least: the twin of ../twin/dense.ts.
import { dataOf, fieldOf, flagOf, I32, nullsOf, typeOf } from "./keys";
import { make } from "./groups";
import { place, withoutZeros } from "./slots";

const WANTS_NOTHING: u32 = 0;
const WANTS_RANGE: u32 = 4;

@inline
function setBits<T>(words: usize, bits: u32, least: usize, src: usize, n: u32): u32 {
  const from = load<i64>(least);
  const end = src + <usize>n * sizeof<T>();
  let inside: u32 = 0;
  for (let at = src; at < end; at += sizeof<T>()) {
    const slot = <u64>(<i64>load<T>(at) - from);
    const isInside = u32(slot < <u64>bits);
    const bit = select<u32>(<u32>slot, 0, isInside != 0);
    const word = words + (<usize>(bit >> 6) << 3);
    store<u64>(word, load<u64>(word) | (<u64>isInside << <u64>(bit & 63)));
    inside += isInside;
  }
  return n - inside;
}

/** Sets bits of u64[bits / 64] by i32[n] less the i64 at `least`: how many lie outside. */
export function denseSetI32(words: usize, bits: u32, least: usize, src: usize, n: u32): u32 {
  return setBits<i32>(words, bits, least, src, n);
}

/** The same of i64[n]. */
export function denseSetI64(words: usize, bits: u32, least: usize, src: usize, n: u32): u32 {
  return setBits<i64>(words, bits, least, src, n);
}

/** Values of the bits set in `count` words from word `from`, ascending, as i64: how many. */
export function denseList(words: usize, from: u32, count: u32, least: usize, dst: usize): u32 {
  let to = dst;
  for (let word = from; word < from + count; word++) {
    let left = load<u64>(words + (<usize>word << 3));
    const first = load<i64>(least) + <i64>((<u64>word) << 6);
    while (left != 0) {
      store<i64>(to, first + <i64>ctz<u64>(left));
      to += 8;
      left &= left - 1;
    }
  }
  return <u32>(to - dst) >> 3;
}

/** The tuples of rows [from, n) by their one integer key, over slots u32[range + 1], the last one of null. Rows done. */
export function groupDirect(table: usize, slots: usize, range: u32, least: usize, key: usize, n: u32, from: u32, tuples: usize): u32 {
  if (typeOf(key) == I32) return direct<i32>(table, slots, range, load<i64>(least), key, n, from, tuples);
  return direct<i64>(table, slots, range, load<i64>(least), key, n, from, tuples);
}

@inline
function direct<T>(table: usize, slots: usize, range: u32, least: i64, key: usize, n: u32, from: u32, tuples: usize): u32 {
  const missed: usize = load<u32>(table, 44);
  const data = dataOf(key);
  const nulls = nullsOf(key);
  store<u32>(table, WANTS_NOTHING, 36);
  let outside: u32 = 0;
  let value = data + <usize>from * sizeof<T>();
  const end = tuples + (<usize>n << 2);
  let to = tuples + (<usize>from << 2);
  if (nulls == 0) {
    for (; to < end; to += 4) {
      const slot = <u64>(<i64>load<T>(value) - least);
      value += sizeof<T>();
      const isOutside = u32(slot >= <u64>range);
      outside |= isOutside;
      store<u32>(to, load<u32>(slots + (<usize>select<u32>(range, <u32>slot, isOutside != 0) << 2)));
    }
  } else {
    let isNull = nulls + from;
    for (; to < end; to += 4) {
      const slot = <u64>(<i64>load<T>(value) - least);
      value += sizeof<T>();
      const hasPlace = u32(slot < <u64>range);
      const absent = u32(load<u8>(isNull++) != 0);
      outside |= (hasPlace | absent) ^ 1;
      store<u32>(to, load<u32>(slots + (<usize>select<u32>(<u32>slot, range, (hasPlace & (absent ^ 1)) != 0) << 2)));
    }
  }
  if (outside != 0) {
    store<u32>(table, WANTS_RANGE, 36);
    return from;
  }
  // Apart from what waits for memory: rows whose slot was free.
  let miss = missed;
  for (let row = from; row < n; row++) {
    store<u32>(miss, row);
    miss += <usize>(load<u32>(tuples + (<usize>row << 2)) == 0) << 2;
  }
  for (let at = missed; at < miss; at += 4) {
    const row = load<u32>(at);
    const isNull = nulls != 0 && load<u8>(nulls + row) != 0;
    const slot = isNull ? range : <u32>(<i64>load<T>(data + <usize>row * sizeof<T>()) - least);
    const found = slots + (<usize>slot << 2);
    let tuple = load<u32>(found);
    if (tuple == 0) {
      tuple = make(table, key, 1, 0, row);
      if (tuple == 0) return row;
      store<u32>(found, tuple);
    }
    store<u32>(tuples + (<usize>row << 2), tuple);
  }
  return n;
}

/** Hangs n tuples of different keys on entries by their hashes. */
export function groupPlace(entries: usize, mask: u32, tuples: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const tuple = load<u32>(tuples + (<usize>row << 2));
    place(entries, mask, (<u64>tuple << 32) | <u64>load<u32>(<usize>tuple));
  }
}

/** Places from 1 of the integer fields of n tuples, 0 where there is none; their bits are set: how many were already. */
export function densePlaces(present: usize, least: usize, range: u32, field: usize, flag: usize, tuples: usize, n: u32, dst: usize): u32 {
  const from = load<i64>(least);
  let again: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const tuple: usize = load<u32>(tuples + (<usize>row << 2));
    const slot = <u64>(load<i64>(tuple + field) - from);
    const isInside = u32(slot < <u64>range) & u32(load<u8>(tuple + flag) == 0);
    const bit = select<u32>(<u32>slot, 0, isInside != 0);
    const word = present + (<usize>(bit >> 6) << 3);
    const before = load<u64>(word);
    const mask = <u64>isInside << <u64>(bit & 63);
    again += u32((before & mask) != 0);
    store<u64>(word, before | mask);
    store<u32>(dst + (<usize>row << 2), select<u32>(bit + 1, 0, isInside != 0));
  }
  return again;
}

/** Rows with a place, from 1, whose bit is set (`present` 0: all are), as u32[m] and u32[m] (room for n): m. */
export function denseCandidates(present: usize, least: usize, range: u32, key: usize, n: u32, dstRows: usize, dstPlaces: usize): u32 {
  if (typeOf(key) == I32) return candidates<i32>(present, load<i64>(least), range, key, n, dstRows, dstPlaces);
  return candidates<i64>(present, load<i64>(least), range, key, n, dstRows, dstPlaces);
}

@inline
function candidates<T>(present: usize, from: i64, range: u32, key: usize, n: u32, dstRows: usize, dstPlaces: usize): u32 {
  let value = dataOf(key);
  const nulls = nullsOf(key);
  const end = dstPlaces + (<usize>n << 2);
  let isNull = nulls;
  for (let to = dstPlaces; to < end; to += 4) {
    const slot = <u64>(<i64>load<T>(value) - from);
    value += sizeof<T>();
    let isMatch = u32(slot < <u64>range);
    if (nulls != 0) isMatch &= u32(load<u8>(isNull++) == 0);
    const bit = select<u32>(<u32>slot, 0, isMatch != 0);
    if (present != 0) isMatch &= <u32>(load<u64>(present + (<usize>(bit >> 6) << 3)) >> <u64>(bit & 63));
    store<u32>(to, select<u32>(bit + 1, 0, isMatch != 0));
  }
  return withoutZeros(dstRows, dstPlaces, n);
}
