// New strings in an arena: the twin of ../twin/string-build.ts. Bytes move sixteen at a time, past the end of a string where there
// is memory to read and arena to write.
import { addressOf, lastBlock, lengthOf, lowBits, refOf } from "./text";

/** Copies into an arena that has room for them. */
@inline
function copy(to: usize, from: usize, length: usize, limit: usize, arenaEnd: usize): void {
  if (length <= 16 && from <= limit && to + 16 <= arenaEnd) return v128.store(to, v128.load(from));
  copyLong(to, from, length, limit, arenaEnd);
}

function copyLong(to: usize, from: usize, length: usize, limit: usize, arenaEnd: usize): void {
  let at: usize = 0;
  for (; at < length && from + at <= limit && to + at + 16 <= arenaEnd; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < length; at++) store<u8>(to + at, load<u8>(from + at));
}

export function copyStr(refs: usize, n: usize, arena: usize, arenaEnd: usize, dst: usize): i32 {
  const limit = lastBlock();
  let to = arena;
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const length = lengthOf(ref);
    if (length > arenaEnd - to) return -1;
    copy(to, addressOf(ref), length, limit, arenaEnd);
    store<u64>(dst + (at << 3), refOf(to, length));
    to += length;
  }
  return <i32>(to - arena);
}

export function concatStr(a: usize, b: usize, n: usize, arena: usize, arenaEnd: usize, dst: usize): i32 {
  const limit = lastBlock();
  let to = arena;
  for (let at: usize = 0; at < n; at++) {
    const left = load<u64>(a + (at << 3));
    const right = load<u64>(b + (at << 3));
    const leftLength = lengthOf(left);
    const rightLength = lengthOf(right);
    if (<u64>leftLength + <u64>rightLength > <u64>(arenaEnd - to)) return -1;
    copy(to, addressOf(left), leftLength, limit, arenaEnd);
    copy(to + leftLength, addressOf(right), rightLength, limit, arenaEnd);
    store<u64>(dst + (at << 3), refOf(to, leftLength + rightLength));
    to += leftLength + rightLength;
  }
  return <i32>(to - arena);
}

/** Flips the case of the letters from `first` on; -1 also where a byte is no ASCII. */
function turned(first: u8, refs: usize, n: usize, arena: usize, arenaEnd: usize, dst: usize): i32 {
  const limit = lastBlock();
  const before = i8x16.splat(<i8>(first - 1));
  const after = i8x16.splat(<i8>(first + 26));
  const caseBit = i8x16.splat(0x20);
  let to = arena;
  for (let row: usize = 0; row < n; row++) {
    const ref = load<u64>(refs + (row << 3));
    const from = addressOf(ref);
    const length = lengthOf(ref);
    if (length > arenaEnd - to) return -1;
    let at: usize = 0;
    for (; at < length && from + at <= limit && to + at + 16 <= arenaEnd; at += 16) {
      const x = v128.load(from + at);
      let high = <u32>i8x16.bitmask(x);
      if (length - at < 16) high &= lowBits(length - at);
      if (high != 0) return -1;
      const isLetter = v128.and(i8x16.gt_s(x, before), i8x16.lt_s(x, after));
      v128.store(to + at, v128.xor(x, v128.and(isLetter, caseBit)));
    }
    for (; at < length; at++) {
      const byte = load<u8>(from + at);
      if (byte >= 0x80) return -1;
      store<u8>(to + at, byte >= first && byte < first + 26 ? byte ^ 0x20 : byte);
    }
    store<u64>(dst + (row << 3), refOf(to, length));
    to += length;
  }
  return <i32>(to - arena);
}

export function upperStr(refs: usize, n: usize, arena: usize, arenaEnd: usize, dst: usize): i32 {
  return turned(0x61, refs, n, arena, arenaEnd, dst);
}

export function lowerStr(refs: usize, n: usize, arena: usize, arenaEnd: usize, dst: usize): i32 {
  return turned(0x41, refs, n, arena, arenaEnd, dst);
}
