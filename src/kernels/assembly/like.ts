// LIKE by compiled patterns (../like-pattern.ts): the twin of ../twin/like.ts.
import { addressOf, lastBlock, lengthOf, nextCharacter } from "./text";
import { find, isFound, search } from "./text-search";

const STARTS: u32 = 1;
const ENDS: u32 = 2;

/** In a segment: any one character. UTF-8 has no such byte. */
const ANY: u8 = 0xff;

const WILD: u32 = 0x80000000;

const NO_MATCH: usize = 0xffffffff;

@inline
function segmentAt(pattern: usize, index: u32): usize {
  return pattern + 8 + (<usize>index << 3);
}

@inline
function bytesOf(pattern: usize, segment: usize): usize {
  return pattern + load<u32>(segment);
}

@inline
function sizeOf(segment: usize): usize {
  return load<u32>(segment, 4) & ~WILD;
}

@inline
function isWild(segment: usize): bool {
  return (load<u32>(segment, 4) & WILD) != 0;
}

/** Where the segment that begins at p ends, NO_MATCH when it does not lie there. */
function matchAt(bytes: usize, size: usize, p: usize, end: usize): usize {
  let at = p;
  for (let index: usize = 0; index < size; index++) {
    if (at >= end) return NO_MATCH;
    const wanted = load<u8>(bytes + index);
    if (wanted == ANY) at = nextCharacter(at, end);
    else if (load<u8>(at++) != wanted) return NO_MATCH;
  }
  return at;
}

/** Where the segment begins that ends at `end`, NO_MATCH when it does not or begins before `from`. */
function matchBefore(bytes: usize, size: usize, from: usize, end: usize): usize {
  let at = end;
  for (let index = size; index > 0; index--) {
    if (at <= from) return NO_MATCH;
    const wanted = load<u8>(bytes + index - 1);
    at--;
    if (wanted == ANY) while (at > from && (load<u8>(at) & 0xc0) == 0x80) at--;
    else if (load<u8>(at) != wanted) return NO_MATCH;
  }
  return at;
}

/** Where the segment ends that begins soonest in [from, end). */
function matchWithin(pattern: usize, segment: usize, from: usize, end: usize, limit: usize): usize {
  const bytes = bytesOf(pattern, segment);
  const size = sizeOf(segment);
  if (!isWild(segment)) {
    const place = find(from, end, bytes, size, limit);
    return isFound(place) ? place + size : NO_MATCH;
  }
  for (let p = from; p < end; p = nextCharacter(p, end)) {
    const to = matchAt(bytes, size, p, end);
    if (to != NO_MATCH) return to;
  }
  return NO_MATCH;
}

function matches(pattern: usize, from: usize, end: usize, limit: usize): bool {
  const flags = load<u32>(pattern, 4);
  let last = load<u32>(pattern);
  let index: u32 = 0;
  let at = from;
  if ((flags & STARTS) != 0) {
    const segment = segmentAt(pattern, 0);
    at = matchAt(bytesOf(pattern, segment), sizeOf(segment), at, end);
    if (at == NO_MATCH) return false;
    index = 1;
    if (last == 1 && (flags & ENDS) != 0) return at == end;
  }
  if ((flags & ENDS) != 0) last--;
  for (; index < last; index++) {
    at = matchWithin(pattern, segmentAt(pattern, index), at, end, limit);
    if (at == NO_MATCH) return false;
  }
  if ((flags & ENDS) == 0) return true;
  const segment = segmentAt(pattern, last);
  return matchBefore(bytesOf(pattern, segment), sizeOf(segment), at, end) != NO_MATCH;
}

export function likeStr(refs: usize, pattern: usize, n: usize, dst: usize): void {
  const limit = lastBlock();
  const first = segmentAt(pattern, 0);
  const floats = load<u32>(pattern) > 0 && (load<u32>(pattern, 4) & STARTS) == 0 && !isWild(first);
  // Few rows hold the first segment: those that do not are told in one search.
  if (floats) search(refs, n, bytesOf(pattern, first), sizeOf(first), dst);
  for (let at: usize = 0; at < n; at++) {
    if (floats && load<u8>(dst + at) == 0) continue;
    const ref = load<u64>(refs + (at << 3));
    const from = addressOf(ref);
    store<u8>(dst + at, <u8>matches(pattern, from, from + lengthOf(ref), limit));
  }
}
