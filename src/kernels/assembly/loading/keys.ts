// Keys of a batch, byte for byte as src/storage/key-writer.ts writes them, their order, and the chunk that holds them in a leaf
// (src/storage/key-column.ts).
//
//     part, 20 bytes:  u32 kind | u32 data | u32 nulls or 0 | u32 flags: 1 descending, 2 nulls first | u32 decimal scale
//     kinds            0 bool u8 | 1 i32 | 2 i64 | 3 string | 4 string without blanks at its end | 5 f32 | 6 f64 | 7 scaled decimal i64

import { addressOf, compareStrings, lengthOf } from "./bytes";

const PART_BYTES: usize = 20;

const NULL_FIRST: u8 = 1;
const PRESENT: u8 = 2;
const NULL_LAST: u8 = 3;

const LENGTHS_DIFFER: u32 = 0xffffffff;

/**
 * The keys of `count` rows end to end at `out`, their u32 ends at `ends`; where `uniqueParts` is not 0, a key stops after so many parts when
 * none of them is null. `whole` gets 1 for rows whose key has every part. Answers the length of the longest key. `scratch` has 32 bytes.
 */
export function writeKeys(
  parts: usize,
  partCount: u32,
  uniqueParts: u32,
  count: u32,
  out: usize,
  ends: usize,
  whole: usize,
  scratch: usize,
): u32 {
  let at = out;
  let longest: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const start = at;
    let stop = partCount;
    let hasNull = false;
    for (let part: u32 = 0; part < stop; part++) {
      const plan = parts + <usize>part * PART_BYTES;
      const nulls = <usize>load<u32>(plan, 8);
      const flags = load<u32>(plan, 12);
      if (nulls != 0 && load<u8>(nulls + row) != 0) {
        store<u8>(at++, (flags & 2) != 0 ? NULL_FIRST : NULL_LAST);
        hasNull = true;
      } else {
        store<u8>(at++, PRESENT);
        const from = at;
        at = writePayload(load<u32>(plan), <usize>load<u32>(plan, 4), row, at, load<u32>(plan, 16), scratch);
        if ((flags & 1) != 0) invert(from, at);
      }
      if (part + 1 == uniqueParts && !hasNull) stop = uniqueParts;
    }
    store<u8>(whole + row, uniqueParts == 0 || uniqueParts == partCount || stop == partCount ? 1 : 0);
    store<u32>(ends + ((<usize>row) << 2), <u32>(at - out));
    longest = max(longest, <u32>(at - start));
  }
  return longest;
}

function writePayload(kind: u32, data: usize, row: u32, out: usize, scale: u32, scratch: usize): usize {
  switch (kind) {
    case 0: {
      store<u8>(out, load<u8>(data + row));
      return out + 1;
    }
    case 1: {
      store<u32>(out, bswap(load<u32>(data + ((<usize>row) << 2)) ^ 0x80000000));
      return out + 4;
    }
    case 2: {
      store<u64>(out, bswap(load<u64>(data + ((<usize>row) << 3)) ^ 0x8000000000000000));
      return out + 8;
    }
    case 3:
    case 4: {
      const ref = load<u64>(data + ((<usize>row) << 3));
      const address = addressOf(ref);
      let length = lengthOf(ref);
      if (kind == 4) while (length > 0 && load<u8>(address + length - 1) == 32) length--;
      let at = out;
      for (let index: u32 = 0; index < length; index++) {
        const byte = load<u8>(address + index);
        if (byte <= 1) {
          store<u8>(at++, 1);
          store<u8>(at++, byte + 1);
        } else store<u8>(at++, byte);
      }
      store<u8>(at++, 0);
      return at;
    }
    case 5: {
      const value = load<f32>(data + ((<usize>row) << 2));
      const bits: u32 = value == 0 ? 0 : reinterpret<u32>(value);
      store<u32>(out, value != value ? 0xffffffff : bswap((bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000));
      return out + 4;
    }
    case 6: {
      const value = load<f64>(data + ((<usize>row) << 3));
      const bits: u64 = value == 0 ? 0 : reinterpret<u64>(value);
      store<u64>(out, value != value ? 0xffffffffffffffff : bswap((bits & 0x8000000000000000) != 0 ? ~bits : bits | 0x8000000000000000));
      return out + 8;
    }
    default:
      return writeDecimal(load<i64>(data + ((<usize>row) << 3)), scale, out, scratch);
  }
}

/** Class, exponent, pairs of digits; below zero inverted after the class. */
function writeDecimal(value: i64, scale: u32, out: usize, scratch: usize): usize {
  if (value == 0) {
    store<u8>(out, 3);
    return out + 1;
  }
  const isNegative = value < 0;
  store<u8>(out, isNegative ? 2 : 4);
  // Digits from the last: those that are zero at the end are left out.
  let rest: u64 = isNegative ? -(<u64>value) : <u64>value;
  let count: u32 = 0;
  while (rest > 0) {
    const next = rest / 10;
    store<u8>(scratch + count++, <u8>(rest - next * 10));
    rest = next;
  }
  let last: u32 = 0;
  while (load<u8>(scratch + last) == 0) last++;
  let at = out + 1;
  store<u8>(at++, <u8>(<i32>count - <i32>scale + 64));
  let left = count;
  while (left > last) {
    const tens: u32 = load<u8>(scratch + left - 1);
    const ones: u32 = left - 1 > last ? load<u8>(scratch + left - 2) : 0;
    left = left - 1 > last ? left - 2 : last;
    store<u8>(at++, <u8>((tens * 10 + ones) * 2 + (left > last ? 1 : 0)));
  }
  if (isNegative) invert(out + 1, at);
  return at;
}

function invert(from: usize, to: usize): void {
  for (let at = from; at < to; at++) store<u8>(at, ~load<u8>(at));
}

/** The first row whose key is not greater than the one before it (row 0: than `previous`, unless its length is FFFFFFFF); `count` if none. */
export function firstDisorder(keys: usize, ends: usize, count: u32, previous: usize, previousLength: u32): u32 {
  let before = previous;
  let beforeLength = previousLength;
  let start: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const end = load<u32>(ends + ((<usize>row) << 2));
    const key = keys + start;
    const length = end - start;
    if (beforeLength != 0xffffffff && compareStrings(before, beforeLength, key, length) >= 0) return row;
    before = key;
    beforeLength = length;
    start = end;
  }
  return count;
}

/** How many leading bytes all keys share with the `length` bytes at `other`. */
export function sharedBytes(keys: usize, ends: usize, count: u32, other: usize, length: u32): u32 {
  let shared = length;
  let start: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const end = load<u32>(ends + ((<usize>row) << 2));
    const common = min(shared, end - start);
    let at: u32 = 0;
    while (at < common && load<u8>(keys + start + at) == load<u8>(other + at)) at++;
    shared = at;
    start = end;
  }
  return shared;
}

/** The chunk of keys whose first `skip` bytes are the same; its length. The bytes are all written, padding too. */
export function writeKeyChunk(keys: usize, ends: usize, count: u32, skip: u32, out: usize): u32 {
  let longest: u32 = 0;
  let shortest: u32 = 0xffffffff;
  let start: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const end = load<u32>(ends + ((<usize>row) << 2));
    longest = max(longest, end - start);
    shortest = min(shortest, end - start);
    start = end;
  }
  longest -= skip;
  shortest -= skip;
  const isFixed = longest == shortest;
  const words: u32 = isFixed ? min(<u32>2, (longest + 3) / 4) : 2;
  const wordBytes = pad8(count * 4);
  const endsAt = out + 8 + words * wordBytes;
  const lengthsAt = endsAt + pad8(count * 4);
  const tails = isFixed ? endsAt : lengthsAt + pad8(count * 2);
  memory.fill(out, 0, tails - out);
  store<u32>(out, isFixed ? longest : LENGTHS_DIFFER);
  store<u32>(out, words, 4);
  let at = tails;
  start = 0;
  for (let row: u32 = 0; row < count; row++) {
    const end = load<u32>(ends + ((<usize>row) << 2));
    const key = keys + start + skip;
    const length = end - start - skip;
    if (words >= 1) store<u32>(out + 8 + ((<usize>row) << 2), word(key, length));
    if (words == 2) store<u32>(out + 8 + wordBytes + ((<usize>row) << 2), length > 4 ? word(key + 4, length - 4) : 0);
    if (length > 8) {
      memory.copy(at, key + 8, length - 8);
      at += length - 8;
    }
    if (!isFixed) {
      store<u32>(endsAt + ((<usize>row) << 2), <u32>(at - tails));
      store<u16>(lengthsAt + ((<usize>row) << 1), <u16>length);
    }
    start = end;
  }
  return <u32>(at - out);
}

/** Up to four bytes, big-endian, zeros past the end. */
// @ts-ignore: decorator
@inline
function word(key: usize, length: u32): u32 {
  if (length >= 4) return bswap(load<u32>(key));
  let value: u32 = 0;
  for (let at: u32 = 0; at < 4; at++) value = (value << 8) | (at < length ? <u32>load<u8>(key + at) : 0);
  return value;
}

// @ts-ignore: decorator
@inline
function pad8(bytes: u32): u32 {
  return (bytes + 7) & ~7;
}
