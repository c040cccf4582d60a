// Strings to numbers and other strings: the twin of ../twin/string.ts.
import { addressOf, lastBlock, lengthOf, lowBits, nextCharacter, refOf } from "./text";

/** Which of sixteen bytes begin a character: those that do not continue one. */
@inline
function starts(p: usize): u32 {
  return i8x16.bitmask(i8x16.gt_s(v128.load(p), i8x16.splat(-65)));
}

/** Characters of a string of any length. */
function characters(from: usize, length: usize, limit: usize): u32 {
  let count: u32 = 0;
  let at: usize = 0;
  for (; at < length && from + at <= limit; at += 16) {
    let bits = starts(from + at);
    if (length - at < 16) bits &= lowBits(length - at);
    count += popcnt<u32>(bits);
  }
  for (; at < length; at++) count += <u32>((load<u8>(from + at) & 0xc0) != 0x80);
  return count;
}

export function lengthStr(refs: usize, n: usize, dst: usize): void {
  const limit = lastBlock();
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const p = addressOf(ref);
    const length = lengthOf(ref);
    let count: u32;
    if (length <= 16 && p <= limit) count = popcnt<u32>(starts(p) & lowBits(length));
    else count = characters(p, length, limit);
    store<u32>(dst + (at << 2), count);
  }
}

export function octetLengthStr(refs: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<u32>(dst + (at << 2), load<u32>(refs + (at << 3), 4));
}

export function rtrimStr(refs: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const from = addressOf(ref);
    let length = lengthOf(ref);
    while (length > 0 && load<u8>(from + length - 1) == 0x20) length--;
    store<u64>(dst + (at << 3), refOf(from, length));
  }
}

/** Past `count` characters. */
function skip(start: usize, end: usize, count: u64): usize {
  let p = start;
  let rest = count;
  while (rest >= 8 && p + 8 <= end && (load<u64>(p) & 0x8080808080808080) == 0) {
    p += 8;
    rest -= 8;
  }
  for (; rest > 0 && p < end; rest--) p = nextCharacter(p, end);
  return p;
}

export function substringStr(refs: usize, start: i32, count: i32, n: usize, dst: usize): void {
  const first: i64 = start < 1 ? 1 : start;
  // One past the last character; a count of -1 has no end.
  const stop: i64 = count < 0 ? i64.MAX_VALUE : <i64>start + <i64>count;
  const wanted: u64 = stop > first ? <u64>(stop - first) : 0;
  const limit = lastBlock();
  // Substrings within the first sixteen bytes are cut without looking, where these are ASCII.
  const isShort = stop <= 17;
  const skipped = <usize>(first - 1);
  const kept = <usize>(first - 1 + wanted);
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const p = addressOf(ref);
    const length = lengthOf(ref);
    if (isShort && p <= limit) {
      const reach = min(kept, length);
      if ((<u32>i8x16.bitmask(v128.load(p)) & lowBits(reach)) == 0) {
        const cut = min(skipped, reach);
        store<u64>(dst + (at << 3), refOf(p + cut, reach - cut));
        continue;
      }
    }
    const end = p + length;
    const from = skip(p, end, <u64>(first - 1));
    const to = count < 0 ? end : skip(from, end, wanted);
    store<u64>(dst + (at << 3), refOf(from, to - from));
  }
}
