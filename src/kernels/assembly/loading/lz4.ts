// LZ4 blocks: the same bytes as ../lz4.ts and ../../lz4.ts make, quicker, since there is room behind what is read and written.

import { copyWide } from "./bytes";

const MATCH_MIN: u32 = 4;
const LAST_LITERALS: u32 = 5;
const MATCH_START_LIMIT: u32 = 12;
const DISTANCE_MAX: u32 = 65535;
const HASH_BITS: u32 = 12;

/**
 * Compresses; bytes written, or -1 when they would be more than `outMax`. Up to 15 bytes behind `raw` are read, and behind `outMax` written.
 * `table` is 16 KiB that the calls share: each counts its places from `base`, which must be DISTANCE_MAX more than any place of a call
 * before, so that what those left there is further away than anything may be. At first it is zeros.
 */
export function compress(raw: usize, length: u32, out: usize, outMax: u32, table: usize, base: u32): i32 {
  if (length < MATCH_START_LIMIT + 1) return -1;
  const matchLimit = length - LAST_LITERALS;
  const startLimit = length - MATCH_START_LIMIT;
  let at: u32 = 0;
  let anchor: u32 = 0;
  let to: u32 = 0;
  let misses: u32 = 0;
  while (at <= startLimit) {
    const word = load<u32>(raw + at);
    const slot = table + (<usize>((word * 2654435761) >> (32 - HASH_BITS)) << 2);
    const place = base + at;
    const distance = place - load<u32>(slot);
    store<u32>(slot, place);
    const candidate = at - distance;
    if (distance > DISTANCE_MAX || load<u32>(raw + candidate) != word) {
      at += 1 + (misses >> 6);
      misses++;
      continue;
    }
    misses = 0;
    let end = at + MATCH_MIN;
    let from = candidate + MATCH_MIN;
    while (end + 8 <= matchLimit) {
      const difference = load<u64>(raw + end) ^ load<u64>(raw + from);
      if (difference != 0) {
        end += <u32>(ctz(difference) >> 3);
        break;
      }
      end += 8;
      from += 8;
    }
    if (end + 8 > matchLimit) {
      from = end - distance;
      while (end < matchLimit && load<u8>(raw + end) == load<u8>(raw + from)) {
        end++;
        from++;
      }
    }
    // A sequence: token, more literal length, literals, distance, more match length.
    const literals = at - anchor;
    const matchRest = end - at - MATCH_MIN;
    if (to + 5 + literals + literals / 255 + matchRest / 255 > outMax) return -1;
    let next = out + to;
    store<u8>(next++, <u8>(((literals < 15 ? literals : 15) << 4) | (matchRest < 15 ? matchRest : 15)));
    if (literals >= 15) next = writeLength(next, literals - 15);
    copyWide(next, raw + anchor, literals);
    next += literals;
    store<u16>(next, <u16>distance);
    next += 2;
    if (matchRest >= 15) next = writeLength(next, matchRest - 15);
    to = <u32>(next - out);
    at = end;
    anchor = end;
  }
  const literals = length - anchor;
  if (to + 5 + literals + literals / 255 > outMax) return -1;
  let next = out + to;
  store<u8>(next++, <u8>((literals < 15 ? literals : 15) << 4));
  if (literals >= 15) next = writeLength(next, literals - 15);
  copyWide(next, raw + anchor, literals);
  return <i32>(next + literals - out);
}

function writeLength(start: usize, length: u32): usize {
  let at = start;
  let rest = length;
  while (rest >= 255) {
    store<u8>(at++, 255);
    rest -= 255;
  }
  store<u8>(at++, <u8>rest);
  return at;
}
