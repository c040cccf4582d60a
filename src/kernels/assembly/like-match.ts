// Matching one string with a compiled LIKE pattern (../like-pattern.ts).
import { nextCharacter } from "./text";
import { NOT_FOUND, find } from "./text-find";

const STARTS: u32 = 1;
const ENDS: u32 = 2;

/** In a segment: any one character. UTF-8 has no such byte. */
const ANY: u8 = 0xff;

const WILD: u32 = 0x80000000;

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

/** A reference to the first segment where it may lie anywhere and is plain text; else 0. */
export function floatingHead(pattern: usize): u64 {
  const first = segmentAt(pattern, 0);
  if (load<u32>(pattern) == 0 || (load<u32>(pattern, 4) & STARTS) != 0 || isWild(first)) return 0;
  if (load<u32>(pattern) == 1 && (load<u32>(pattern, 4) & ENDS) != 0) return 0;
  return (<u64>sizeOf(first) << 32) | <u64>bytesOf(pattern, first);
}

/** Where the segment that begins at p ends, NOT_FOUND when it does not lie there. */
function matchAt(bytes: usize, size: usize, p: usize, end: usize): usize {
  let at = p;
  for (let index: usize = 0; index < size; index++) {
    if (at >= end) return NOT_FOUND;
    const wanted = load<u8>(bytes + index);
    if (wanted == ANY) at = nextCharacter(at, end);
    else if (load<u8>(at++) != wanted) return NOT_FOUND;
  }
  return at;
}

/** Whether the segment ends at `end` and begins no sooner than `from`. */
function matchesBefore(bytes: usize, size: usize, from: usize, end: usize): bool {
  let at = end;
  for (let index = size; index > 0; index--) {
    if (at <= from) return false;
    const wanted = load<u8>(bytes + index - 1);
    at--;
    if (wanted == ANY) while (at > from && (load<u8>(at) & 0xc0) == 0x80) at--;
    else if (load<u8>(at) != wanted) return false;
  }
  return true;
}

/** Where the segment ends that begins soonest in [from, end). */
function matchWithin(pattern: usize, segment: usize, from: usize, end: usize, limit: usize): usize {
  const bytes = bytesOf(pattern, segment);
  const size = sizeOf(segment);
  if (!isWild(segment)) {
    const place = find(from, end, bytes, size, limit);
    return place == NOT_FOUND ? NOT_FOUND : place + size;
  }
  for (let p = from; p < end; p = nextCharacter(p, end)) {
    const to = matchAt(bytes, size, p, end);
    if (to != NOT_FOUND) return to;
  }
  return NOT_FOUND;
}

/** Whether [from, end) is what the segments from `start` on allow. */
export function matchesFrom(pattern: usize, start: u32, from: usize, end: usize, limit: usize): bool {
  const flags = load<u32>(pattern, 4);
  let last = load<u32>(pattern);
  let index = start;
  let at = from;
  if (index == 0 && (flags & STARTS) != 0) {
    const segment = segmentAt(pattern, 0);
    at = matchAt(bytesOf(pattern, segment), sizeOf(segment), at, end);
    if (at == NOT_FOUND) return false;
    index = 1;
    if (last == 1 && (flags & ENDS) != 0) return at == end;
  }
  if ((flags & ENDS) != 0) last--;
  for (; index < last; index++) {
    at = matchWithin(pattern, segmentAt(pattern, index), at, end, limit);
    if (at == NOT_FOUND) return false;
  }
  if ((flags & ENDS) == 0) return true;
  const segment = segmentAt(pattern, last);
  return matchesBefore(bytesOf(pattern, segment), sizeOf(segment), at, end);
}
