// Search for a byte string in many: the twin of ../twin/text-search.ts. Candidates are places where the first and the last byte of
// what is sought both fit, found sixteen at a time.
import { addressOf, equalBytes, lastBlock, lengthOf } from "./text";

const NOT_FOUND: usize = 0xffffffff;

/** Bit i: the needle of `length` > 0 bytes may begin at p + i. Reads sixteen bytes at p and at p + length - 1. */
@inline
function candidates(p: usize, first: v128, last: v128, length: usize): u32 {
  const starts = i8x16.eq(v128.load(p), first);
  if (length == 1) return i8x16.bitmask(starts);
  return i8x16.bitmask(v128.and(starts, i8x16.eq(v128.load(p + length - 1), last)));
}

/** The first place in [from, to) where the needle of `length` > 0 bytes lies whole; NOT_FOUND where there is none. */
export function find(from: usize, to: usize, needle: usize, length: usize, limit: usize): usize {
  if (to - from < length || to < from) return NOT_FOUND;
  const end = to - length + 1;
  const first = v128.load_splat<u8>(needle);
  const last = v128.load_splat<u8>(needle + length - 1);
  let p = from;
  while (p < end && p + length - 1 <= limit) {
    let bits = candidates(p, first, last, length);
    if (end - p < 16) bits &= (<u32>1 << <u32>(end - p)) - 1;
    while (bits != 0) {
      const place = p + <usize>ctz<u32>(bits);
      if (length <= 2 || equalBytes(place + 1, needle + 1, length - 2)) return place;
      bits &= bits - 1;
    }
    p += 16;
  }
  for (; p < end; p++) if (equalBytes(p, needle, length)) return p;
  return NOT_FOUND;
}

@inline
export function isFound(place: usize): bool {
  return place != NOT_FOUND;
}

/** Whether rows lie in memory in their order, apart, and mostly side by side: then one search goes over all. */
function areDense(refs: usize, n: usize): bool {
  let end: usize = 0;
  let start: usize = 0;
  let total: usize = 0;
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const length = lengthOf(ref);
    if (length == 0) continue;
    if (addressOf(ref) < end) return false;
    if (total == 0) start = addressOf(ref);
    end = addressOf(ref) + length;
    total += length;
  }
  return end - start <= 2 * total;
}

/** dst = 1 where the needle of `length` > 0 bytes lies in the row; rows are dense. */
function searchAll(refs: usize, n: usize, needle: usize, length: usize, dst: usize): void {
  memory.fill(dst, 0, n);
  const limit = lastBlock();
  const first = v128.load_splat<u8>(needle);
  const last = v128.load_splat<u8>(needle + length - 1);
  let row: usize = 0;
  let start: usize = 0;
  let end: usize = 0;
  // The first row that is not empty.
  while (row < n && end <= start) {
    const ref = load<u64>(refs + (row << 3));
    start = addressOf(ref);
    end = start + lengthOf(ref);
    row++;
  }
  let finish = end;
  for (let at = n; at > row; at--) {
    const ref = load<u64>(refs + ((at - 1) << 3));
    if (lengthOf(ref) == 0) continue;
    finish = addressOf(ref) + lengthOf(ref);
    break;
  }
  if (finish - start < length) return;
  finish -= length - 1;
  let p = start;
  while (p < finish) {
    let bits: u32;
    if (p + length - 1 <= limit) bits = candidates(p, first, last, length);
    else {
      bits = 0;
      for (let at: usize = 0; at < min<usize>(16, finish - p); at++) bits |= <u32>(load<u8>(p + at) == load<u8>(needle)) << <u32>at;
    }
    while (bits != 0) {
      const place = p + <usize>ctz<u32>(bits);
      bits &= bits - 1;
      if (place >= finish) break;
      if (length > 1 && !equalBytes(place + 1, needle + 1, length - 1)) continue;
      while (end <= place && row < n) {
        const ref = load<u64>(refs + (row << 3));
        row++;
        if (lengthOf(ref) == 0) continue;
        start = addressOf(ref);
        end = start + lengthOf(ref);
      }
      if (place >= start && place + length <= end) store<u8>(dst + row - 1, 1);
    }
    p += 16;
  }
}

/** dst = 1 where the needle lies in the row. */
export function search(refs: usize, n: usize, needle: usize, length: usize, dst: usize): void {
  if (length == 0) return memory.fill(dst, 1, n);
  if (areDense(refs, n)) return searchAll(refs, n, needle, length, dst);
  const limit = lastBlock();
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const from = addressOf(ref);
    store<u8>(dst + at, <u8>isFound(find(from, from + lengthOf(ref), needle, length, limit)));
  }
}

export function containsStr(refs: usize, constant: usize, n: usize, dst: usize): void {
  const ref = load<u64>(constant);
  search(refs, n, addressOf(ref), lengthOf(ref), dst);
}

export function prefixStr(refs: usize, constant: usize, n: usize, dst: usize): void {
  const ref = load<u64>(constant);
  const needle = addressOf(ref);
  const length = lengthOf(ref);
  for (let at: usize = 0; at < n; at++) {
    const row = load<u64>(refs + (at << 3));
    store<u8>(dst + at, <u8>(lengthOf(row) >= length && equalBytes(addressOf(row), needle, length)));
  }
}

export function suffixStr(refs: usize, constant: usize, n: usize, dst: usize): void {
  const ref = load<u64>(constant);
  const needle = addressOf(ref);
  const length = lengthOf(ref);
  for (let at: usize = 0; at < n; at++) {
    const row = load<u64>(refs + (at << 3));
    const has = lengthOf(row) >= length && equalBytes(addressOf(row) + lengthOf(row) - length, needle, length);
    store<u8>(dst + at, <u8>has);
  }
}
