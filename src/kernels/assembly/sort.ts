// Sorting tuples by their fields: the twin of ../twin/sort.ts.
//
// A range is sorted by one u64 of the key at hand; what is equal in it is a range again, to be sorted by what comes after: the next
// eight bytes of a text, the next key. Ranges are pairs {u64 word, u32 tuple, u32 -}; all steps are stable.
import { compareRefs, lengthOf } from "./text";
import { keyOfFloat, keyOfInt, keyOfText } from "./sort-key";
import { PAIR, sortPairs } from "./radix";

const KEY: usize = 16;
const F64: u32 = 2;
const BOOL: u32 = 3;
const STR: u32 = 4;
const DESCENDING: u32 = 1;
const NULLS_FIRST: u32 = 2;

/** Ranges this small are sorted by comparing whole tuples. */
const FEW: u32 = 24;

/** Texts that are equal this far are compared from there on: the depth of the recursion is bounded by it. */
const DEEP: u32 = 64;

@inline
function typeOf(key: usize): u32 {
  return load<u32>(key);
}

@inline
function fieldOf(key: usize): usize {
  return load<u32>(key, 4);
}

@inline
function flagOf(key: usize): usize {
  return load<u32>(key, 8);
}

@inline
function isDescending(key: usize): bool {
  return (load<u32>(key, 12) & DESCENDING) != 0;
}

@inline
function nullsFirst(key: usize): bool {
  return (load<u32>(key, 12) & NULLS_FIRST) != 0;
}

@inline
function wordOf(key: usize, tuple: usize): u64 {
  const type = typeOf(key);
  const field = tuple + fieldOf(key);
  if (type == F64) return keyOfFloat(load<f64>(field));
  if (type == STR) return keyOfText(load<u64>(field), 0);
  if (type == BOOL) return load<u64>(field);
  return keyOfInt(load<i64>(field));
}

/** Negative, zero or positive as tuple a comes before, with or after b by the keys [key, end). */
export function order(key: usize, end: usize, a: usize, b: usize): i32 {
  for (let at = key; at < end; at += KEY) {
    const nullA = load<u8>(a + flagOf(at));
    const nullB = load<u8>(b + flagOf(at));
    if ((nullA | nullB) != 0) {
      if (nullA == nullB) continue;
      return (nullA != 0) == nullsFirst(at) ? -1 : 1;
    }
    let difference: i32;
    if (typeOf(at) == STR) difference = compareRefs(load<u64>(a + fieldOf(at)), load<u64>(b + fieldOf(at)));
    else {
      const wordA = wordOf(at, a);
      const wordB = wordOf(at, b);
      difference = i32(wordA > wordB) - i32(wordA < wordB);
    }
    if (difference != 0) return isDescending(at) ? -difference : difference;
  }
  return 0;
}

/** Puts u32[n] addresses of tuples in the order of their keys, equal ones left in theirs. `scratch`: 32 × n + 8192 bytes. */
export function sortTuples(tuples: usize, n: u32, keys: usize, keyCount: u32, scratch: usize): void {
  if (n < 2 || keyCount == 0) return;
  const other = scratch + <usize>n * PAIR;
  for (let at: u32 = 0; at < n; at++) store<u32>(scratch + <usize>at * PAIR, load<u32>(tuples + (<usize>at << 2)), 8);
  sortRange(scratch, other, other + <usize>n * PAIR, n, keys, keys + <usize>keyCount * KEY);
  for (let at: u32 = 0; at < n; at++) store<u32>(tuples + (<usize>at << 2), load<u32>(scratch + <usize>at * PAIR, 8));
}

/** Sorts n pairs by the keys [key, end). `other` is room for as many, `counts` for the radix sort. */
function sortRange(pairs: usize, other: usize, counts: usize, n: u32, key: usize, end: usize): void {
  if (n < 2 || key == end) return;
  if (n <= FEW) {
    insertTuples(pairs, n, key, end);
    return;
  }
  let present: u32 = 0;
  let absent: u32 = 0;
  const flag = flagOf(key);
  const flip: u64 = isDescending(key) ? u64.MAX_VALUE : 0;
  for (let at: u32 = 0; at < n; at++) {
    const tuple = load<u32>(pairs + <usize>at * PAIR, 8);
    if (load<u8>(<usize>tuple + flag) != 0) {
      store<u32>(other + <usize>absent * PAIR, tuple, 8);
      absent++;
    } else {
      const to = pairs + <usize>present * PAIR;
      store<u64>(to, wordOf(key, tuple) ^ flip);
      store<u32>(to, tuple, 8);
      present++;
    }
  }
  let values = pairs;
  if (absent != 0) {
    let nulls = pairs + <usize>present * PAIR;
    if (nullsFirst(key)) {
      nulls = pairs;
      values = pairs + <usize>absent * PAIR;
      memory.copy(values, pairs, <usize>present * PAIR);
    }
    memory.copy(nulls, other, <usize>absent * PAIR);
    sortRange(nulls, other, counts, absent, key + KEY, end);
  }
  sortPairs(values, other, counts, present);
  if (typeOf(key) == STR || key + KEY < end) sortTies(values, other, counts, present, key, end, 0);
}

/** Sorts on where pairs are equal in the words of bytes [from, from + 8) of the key's text, or in the key. */
function sortTies(pairs: usize, other: usize, counts: usize, n: u32, key: usize, end: usize, from: u32): void {
  for (let start: u32 = 0; start < n; ) {
    const at = pairs + <usize>start * PAIR;
    const word = load<u64>(at);
    let stop = start + 1;
    while (stop < n && load<u64>(pairs + <usize>stop * PAIR) == word) stop++;
    if (stop - start > 1) {
      if (stop - start <= FEW) insertTuples(at, stop - start, key, end);
      else if (typeOf(key) == STR) sortTexts(at, other, counts, stop - start, key, end, from);
      else sortRange(at, other, counts, stop - start, key + KEY, end);
    }
    start = stop;
  }
}

/** Sorts texts that are equal, padded with zeros, up to byte from + 8: those that end before it by length, the others by what follows. */
function sortTexts(pairs: usize, other: usize, counts: usize, n: u32, key: usize, end: usize, from: u32): void {
  const field = fieldOf(key);
  const flip: u64 = isDescending(key) ? u64.MAX_VALUE : 0;
  for (let at: u32 = 0; at < n; at++) {
    const pair = pairs + <usize>at * PAIR;
    const length = <u32>lengthOf(load<u64>(<usize>load<u32>(pair, 8) + field));
    store<u64>(pair, <u64>min(length, from + 9) ^ flip);
  }
  sortPairs(pairs, other, counts, n);
  for (let start: u32 = 0; start < n; ) {
    const at = pairs + <usize>start * PAIR;
    const length = load<u64>(at);
    let stop = start + 1;
    while (stop < n && load<u64>(pairs + <usize>stop * PAIR) == length) stop++;
    const count = stop - start;
    if (count > 1) {
      if ((length ^ flip) <= <u64>from + 8) sortRange(at, other, counts, count, key + KEY, end);
      else if (count <= FEW) insertTuples(at, count, key, end);
      else if (from + 8 >= DEEP) mergeTuples(at, other, count, key, end);
      else {
        for (let each: u32 = 0; each < count; each++) {
          const pair = at + <usize>each * PAIR;
          store<u64>(pair, keyOfText(load<u64>(<usize>load<u32>(pair, 8) + field), from + 8) ^ flip);
        }
        sortPairs(at, other, counts, count);
        sortTies(at, other, counts, count, key, end, from + 8);
      }
    }
    start = stop;
  }
}

/** Insertion by comparing tuples. */
function insertTuples(pairs: usize, n: u32, key: usize, end: usize): void {
  for (let at: u32 = 1; at < n; at++) {
    const tuple = load<u32>(pairs + <usize>at * PAIR, 8);
    let to = at;
    while (to > 0 && order(key, end, <usize>load<u32>(pairs + <usize>(to - 1) * PAIR, 8), tuple) > 0) {
      store<u32>(pairs + <usize>to * PAIR, load<u32>(pairs + <usize>(to - 1) * PAIR, 8), 8);
      to--;
    }
    store<u32>(pairs + <usize>to * PAIR, tuple, 8);
  }
}

/** Merge sort by comparing tuples. */
function mergeTuples(pairs: usize, other: usize, n: u32, key: usize, end: usize): void {
  for (let start: u32 = 0; start < n; start += FEW) insertTuples(pairs + <usize>start * PAIR, min(FEW, n - start), key, end);
  let from = pairs;
  let to = other;
  for (let width = FEW; width < n; width <<= 1) {
    for (let start: u32 = 0; start < n; start += width << 1) {
      let a = start;
      let b = min(start + width, n);
      const endA = b;
      const endB = min(start + (width << 1), n);
      for (let at = start; at < endB; at++) {
        const tupleA = from + <usize>a * PAIR;
        const tupleB = from + <usize>b * PAIR;
        const takesA = b == endB || (a < endA && order(key, end, <usize>load<u32>(tupleA, 8), <usize>load<u32>(tupleB, 8)) <= 0);
        store<u32>(to + <usize>at * PAIR, load<u32>(takesA ? tupleA : tupleB, 8), 8);
        if (takesA) a++;
        else b++;
      }
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != pairs) memory.copy(pairs, from, <usize>n * PAIR);
}

/** Two sorted u32[] of tuples into one, those of the left before equal ones of the right. */
export function mergeSorted(left: usize, leftCount: u32, right: usize, rightCount: u32, keys: usize, keyCount: u32, dst: usize): void {
  const end = keys + <usize>keyCount * KEY;
  let to = dst;
  let a: u32 = 0;
  let b: u32 = 0;
  while (a < leftCount && b < rightCount) {
    const tupleA = load<u32>(left + (<usize>a << 2));
    const tupleB = load<u32>(right + (<usize>b << 2));
    const takesB = u32(order(keys, end, tupleA, tupleB) > 0);
    store<u32>(to, takesB != 0 ? tupleB : tupleA);
    b += takesB;
    a += 1 - takesB;
    to += 4;
  }
  memory.copy(to, left + (<usize>a << 2), <usize>(leftCount - a) << 2);
  memory.copy(to + (<usize>(leftCount - a) << 2), right + (<usize>b << 2), <usize>(rightCount - b) << 2);
}

/** u8[n]: 1 for tuples that are not equal to the one before, by keys; the first is compared with `before`, 0 for none. How many. */
export function sortedStarts(tuples: usize, n: u32, keys: usize, keyCount: u32, before: usize, dstMask: usize): u32 {
  const end = keys + <usize>keyCount * KEY;
  let last = before;
  let count: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const tuple: usize = load<u32>(tuples + (<usize>row << 2));
    const starts = u32(last == 0 || order(keys, end, last, tuple) != 0);
    store<u8>(dstMask + row, <u8>starts);
    count += starts;
    last = tuple;
  }
  return count;
}

/** The first key of n tuples as u64[n], as the sortKey kernels have it; nulls at their end. */
export function tupleSortKeys(tuples: usize, n: u32, key: usize, dst: usize): void {
  const flip: u64 = isDescending(key) ? u64.MAX_VALUE : 0;
  for (let row: u32 = 0; row < n; row++) {
    const tuple: usize = load<u32>(tuples + (<usize>row << 2));
    const isNull = load<u8>(tuple + flagOf(key)) != 0;
    const word = isNull ? (nullsFirst(key) ? 0 : u64.MAX_VALUE) : wordOf(key, tuple) ^ flip;
    store<u64>(dst + (<usize>row << 3), word);
  }
}
