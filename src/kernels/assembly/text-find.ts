// Finding one byte string in another. Candidates are places where the first and the last byte both fit, found sixteen at a time.
import { equalBytes, lowBits } from "./text";

export const NOT_FOUND: usize = 0xffffffff;

/** Bit i: a needle of `length` > 0 bytes may begin at p + i. Reads sixteen bytes at p and at p + length - 1. */
@inline
export function candidates(p: usize, first: v128, last: v128, length: usize): u32 {
  const starts = i8x16.eq(v128.load(p), first);
  if (length == 1) return i8x16.bitmask(starts);
  return i8x16.bitmask(v128.and(starts, i8x16.eq(v128.load(p + length - 1), last)));
}

/** The same for 64 places. */
@inline
export function candidates64(p: usize, first: v128, last: v128, length: usize): u64 {
  const q = p + length - 1;
  let a = i8x16.eq(v128.load(p), first);
  let b = i8x16.eq(v128.load(p, 16), first);
  let c = i8x16.eq(v128.load(p, 32), first);
  let d = i8x16.eq(v128.load(p, 48), first);
  if (length != 1) {
    a = v128.and(a, i8x16.eq(v128.load(q), last));
    b = v128.and(b, i8x16.eq(v128.load(q, 16), last));
    c = v128.and(c, i8x16.eq(v128.load(q, 32), last));
    d = v128.and(d, i8x16.eq(v128.load(q, 48), last));
  }
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) | (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32)
  );
}

/** Whether a candidate is the needle. */
@inline
export function isNeedle(place: usize, needle: usize, length: usize): bool {
  return length <= 2 || equalBytes(place + 1, needle + 1, length - 2);
}

/** The first place in [from, to) where a needle of `length` > 0 bytes lies whole; `first` and `last` are its bytes in every lane. */
@inline
export function findWith(from: usize, to: usize, needle: usize, length: usize, limit: usize, first: v128, last: v128): usize {
  if (to < from + length) return NOT_FOUND;
  const end = to - length + 1;
  let p = from;
  while (p < end && p + length - 1 <= limit) {
    let bits = candidates(p, first, last, length);
    if (end - p < 16) bits &= lowBits(end - p);
    while (bits != 0) {
      const place = p + <usize>ctz<u32>(bits);
      if (isNeedle(place, needle, length)) return place;
      bits &= bits - 1;
    }
    p += 16;
  }
  for (; p < end; p++) if (equalBytes(p, needle, length)) return p;
  return NOT_FOUND;
}

/** The same for one search alone. */
export function find(from: usize, to: usize, needle: usize, length: usize, limit: usize): usize {
  return findWith(from, to, needle, length, limit, v128.load_splat<u8>(needle), v128.load_splat<u8>(needle + length - 1));
}
