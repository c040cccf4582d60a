// Hash joins: the twin of ../twin/join.ts. Tuples of one hash hang on one entry, linked through their `next`. A slot is a hash's high
// bits, so that rows parted by high bits meet a part of the entries only.
import { dataOf, fieldOf, flagOf, I32, I64, isLoneTuple, isPlain, isSameKey, nullsOf, typeOf } from "./keys";
import { findByHash, withoutZeros } from "./slots";

/** How many entries are looked at ahead, so that their misses overlap. */
const AHEAD: u32 = 64;

/** Hangs n tuples, last first, on the entries of their hashes; those with a null key that matches nothing are left out. */
export function joinInsert(entries: usize, mask: u32, keys: usize, keyCount: u32, tuples: usize, n: u32): void {
  const shift = clz<u32>(mask);
  for (let end = n; end > 0; ) {
    const start = end > AHEAD ? end - AHEAD : 0;
    // The store gives the look ahead something to do: `next` is set again below.
    for (let row = start; row < end; row++) {
      const tuple = tupleOf(tuples, row);
      store<u32>(tuple, load<u32>(entries + (<usize>(load<u32>(tuple) >> shift) << 3)), 4);
    }
    for (let row = end; row > start; row--) {
      const tuple = tupleOf(tuples, row - 1);
      if (isLoneTuple(keys, keyCount, tuple)) store<u32>(tuple, 0, 4);
      else hang(entries, mask, shift, tuple);
    }
    end = start;
  }
}

@inline
function hang(entries: usize, mask: u32, shift: u32, tuple: usize): void {
  const hash = load<u32>(tuple);
  let slot = hash >> shift;
  let at = entries + (<usize>slot << 3);
  let entry = load<u64>(at);
  while (entry != 0 && <u32>entry != hash) {
    slot = (slot + 1) & mask;
    at = entries + (<usize>slot << 3);
    entry = load<u64>(at);
  }
  store<u32>(tuple, <u32>(entry >> 32), 4);
  store<u64>(at, (<u64>tuple << 32) | <u64>hash);
}

/** Rows that may match and the first tuple of each one's hash, as u32[m] and u32[m] (room for n): m. */
export function joinCandidates(entries: usize, mask: u32, hashes: usize, n: u32, dstRows: usize, dstHeads: usize): u32 {
  findByHash(entries, mask, clz<u32>(mask), hashes, 0, n, dstHeads, dstRows);
  return withoutZeros(dstRows, dstHeads, n);
}

/** The next pairs of rows and tuples with equal keys, `capacity` at most, of m candidates: see the interface. */
export function joinProbe(keys: usize, keyCount: u32, rows: usize, heads: usize, m: u32, state: usize, dstRows: usize, dstTuples: usize, capacity: u32): u32 {
  if (keyCount == 0) return probe<i8>(keys, 0, rows, heads, m, state, dstRows, dstTuples, capacity);
  if (keyCount == 1 && isPlain(keys, I64)) return probe<i64>(keys, 1, rows, heads, m, state, dstRows, dstTuples, capacity);
  if (keyCount == 1 && isPlain(keys, I32)) return probe<i32>(keys, 1, rows, heads, m, state, dstRows, dstTuples, capacity);
  return probe<u64>(keys, keyCount, rows, heads, m, state, dstRows, dstTuples, capacity);
}

/** Whether a row's keys are a tuple's. T: i32 or i64 for one such column without nulls, i8 when all match, u64 for the general case. */
@inline
function isMatch<T>(keys: usize, keyCount: u32, data: usize, field: usize, flag: usize, row: u32, tuple: usize): u32 {
  if (sizeof<T>() == 1) return 1;
  if (!isSigned<T>()) return <u32>isSameKey(keys, keyCount, row, tuple);
  return u32(<i64>load<T>(data + (<usize>row * sizeof<T>())) == load<i64>(tuple + field)) & u32(load<u8>(tuple + flag) == 0);
}

@inline
function probe<T>(keys: usize, keyCount: u32, rows: usize, heads: usize, m: u32, state: usize, dstRows: usize, dstTuples: usize, capacity: u32): u32 {
  const data = dataOf(keys);
  const field = fieldOf(keys);
  const flag = flagOf(keys);
  let at = load<u32>(state);
  let tuple: usize = load<u32>(state, 4);
  let count: u32 = 0;
  if (at == 0 && tuple == 0 && m <= capacity && isSigned<T>()) {
    // First tuples only, without a branch that waits for memory: all there is where keys of the build side are unique.
    let more: u32 = 0;
    let toRow = dstRows;
    let toTuple = dstTuples;
    let head = heads;
    const end = rows + (<usize>m << 2);
    for (let from = rows; from < end; from += 4) {
      const row = load<u32>(from);
      tuple = load<u32>(head);
      store<u32>(toRow, row);
      store<u32>(toTuple, <u32>tuple);
      more |= load<u32>(tuple, 4);
      const step = <usize>isMatch<T>(keys, keyCount, data, field, flag, row, tuple) << 2;
      toRow += step;
      toTuple += step;
      head += 4;
    }
    count = <u32>(toRow - dstRows) >> 2;
    if (more == 0) {
      store<u32>(state, m);
      return count;
    }
    tuple = 0;
    count = 0;
  }
  for (; at < m; at++) {
    const row = load<u32>(rows + (<usize>at << 2));
    if (tuple == 0) tuple = load<u32>(heads + (<usize>at << 2));
    do {
      if (count == capacity) {
        store<u32>(state, at);
        store<u32>(state, <u32>tuple, 4);
        return count;
      }
      store<u32>(dstRows + (<usize>count << 2), row);
      store<u32>(dstTuples + (<usize>count << 2), <u32>tuple);
      count += isMatch<T>(keys, keyCount, data, field, flag, row, tuple);
      tuple = load<u32>(tuple, 4);
    } while (tuple != 0);
  }
  store<u32>(state, m);
  store<u32>(state, 0, 4);
  return count;
}

/** u8[n]: 1 for rows that a tuple matches. How many. */
export function joinExists(keys: usize, keyCount: u32, rows: usize, heads: usize, m: u32, n: u32, dstMask: usize): u32 {
  memory.fill(dstMask, 0, n);
  if (keyCount == 0) return exists<i8>(keys, 0, rows, heads, m, dstMask);
  if (keyCount == 1 && isPlain(keys, I64)) return exists<i64>(keys, 1, rows, heads, m, dstMask);
  if (keyCount == 1 && isPlain(keys, I32)) return exists<i32>(keys, 1, rows, heads, m, dstMask);
  return exists<u64>(keys, keyCount, rows, heads, m, dstMask);
}

@inline
function exists<T>(keys: usize, keyCount: u32, rows: usize, heads: usize, m: u32, dstMask: usize): u32 {
  const data = dataOf(keys);
  const field = fieldOf(keys);
  const flag = flagOf(keys);
  let count: u32 = 0;
  for (let at: u32 = 0; at < m; at++) {
    const row = load<u32>(rows + (<usize>at << 2));
    let tuple: usize = load<u32>(heads + (<usize>at << 2));
    let found: u32;
    do {
      found = isMatch<T>(keys, keyCount, data, field, flag, row, tuple);
      tuple = load<u32>(tuple, 4);
    } while (found == 0 && tuple != 0);
    store<u8>(dstMask + row, <u8>found);
    count += found;
  }
  return count;
}

/** Hangs n tuples, last first, on slots u32[range] by their integer field less the i64 at `least`; nulls and what is outside are left out. */
export function directInsert(slots: usize, least: usize, range: u32, field: usize, flag: usize, tuples: usize, n: u32): void {
  const from = load<i64>(least);
  for (let row = n; row > 0; row--) {
    const tuple = tupleOf(tuples, row - 1);
    const slot = <u64>(load<i64>(tuple + field) - from);
    if (load<u8>(tuple + flag) != 0 || slot >= <u64>range) {
      store<u32>(tuple, 0, 4);
      continue;
    }
    const at = slots + (<usize>slot << 2);
    store<u32>(tuple, load<u32>(at), 4);
    store<u32>(at, <u32>tuple);
  }
}

/** joinCandidates over such slots: every tuple of a chain matches. */
export function directCandidates(slots: usize, least: usize, range: u32, key: usize, n: u32, dstRows: usize, dstHeads: usize): u32 {
  if (typeOf(key) == I32) return direct<i32>(slots, load<i64>(least), range, key, n, dstRows, dstHeads);
  return direct<i64>(slots, load<i64>(least), range, key, n, dstRows, dstHeads);
}

@inline
function direct<T>(slots: usize, from: i64, range: u32, key: usize, n: u32, dstRows: usize, dstHeads: usize): u32 {
  let value = dataOf(key);
  const nulls = nullsOf(key);
  const end = dstHeads + (<usize>n << 2);
  let isNull = nulls;
  for (let to = dstHeads; to < end; to += 4) {
    const slot = <u64>(<i64>load<T>(value) - from);
    value += sizeof<T>();
    let isInside = u32(slot < <u64>range);
    if (nulls != 0) isInside &= u32(load<u8>(isNull++) == 0);
    store<u32>(to, select<u32>(load<u32>(slots + (select<u32>(<u32>slot, 0, isInside != 0) << 2)), 0, isInside != 0));
  }
  return withoutZeros(dstRows, dstHeads, n);
}

/** Sets the matched flag of n tuples; address 0 is none. */
export function markTuples(tuples: usize, n: u32, matched: usize): void {
  for (let row: u32 = 0; row < n; row++) {
    const tuple = tupleOf(tuples, row);
    if (tuple != 0) store<u8>(tuple + matched, 1);
  }
}

/** The matched flags of n tuples as a mask u8[n]. */
export function readMatched(tuples: usize, n: u32, matched: usize, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) store<u8>(dst + row, load<u8>(tupleOf(tuples, row) + matched));
}

/** Sets the mask of the rows u32[m]. */
export function markRows(rows: usize, m: u32, mask: usize): void {
  for (let at: u32 = 0; at < m; at++) store<u8>(mask + <usize>load<u32>(rows + (<usize>at << 2)), 1);
}

@inline
function tupleOf(tuples: usize, row: u32): usize {
  return <usize>load<u32>(tuples + (<usize>row << 2));
}
