// The group table, as ../group-table.ts lays it out: the twin of ../twin/groups.ts.
import { dataOf, dropOthers, fieldOf, flagOf, I32, I64, isPlain, isSameKey, keyTextBytes, writeKeys } from "./keys";
import { findByHash, place } from "./slots";

const WANTS_NOTHING: u32 = 0;
const WANTS_ENTRIES: u32 = 1;
const WANTS_TUPLES: u32 = 2;
const WANTS_STRINGS: u32 = 3;

/** The tuples of rows [from, n) into u32[n], made where there is none of their keys. Rows done: less than n when room is wanted. */
export function groupFind(table: usize, keys: usize, keyCount: u32, hashes: usize, n: u32, from: u32, tuples: usize): u32 {
  const entries: usize = load<u32>(table);
  const mask = load<u32>(table, 4);
  // Rows whose tuple was not where it is first looked for.
  const missed: usize = load<u32>(table, 44);
  store<u32>(table, WANTS_NOTHING, 36);
  findByHash(entries, mask, 0, hashes, from, n, tuples, missed);
  let count: u32;
  if (keyCount == 1 && isPlain(keys, I64)) count = checkSingle<i64>(keys, from, n, tuples, missed);
  else if (keyCount == 1 && isPlain(keys, I32)) count = checkSingle<i32>(keys, from, n, tuples, missed);
  else {
    dropOthers(keys, keyCount, from, n, tuples);
    count = 0;
    for (let row = from; row < n; row++) {
      store<u32>(missed + (<usize>count << 2), row);
      count += <u32>(load<u32>(tuples + (<usize>row << 2)) == 0);
    }
  }
  for (let at: u32 = 0; at < count; at++) {
    const row = load<u32>(missed + (<usize>at << 2));
    const tuple = findOrMake(table, entries, mask, keys, keyCount, load<u32>(hashes + (<usize>row << 2)), row);
    if (tuple == 0) return row;
    store<u32>(tuples + (<usize>row << 2), tuple);
  }
  return n;
}

/** One integer key without nulls against the tuples found by hash, without a branch that waits for memory. Rows missed. */
@inline
function checkSingle<T>(key: usize, from: u32, n: u32, tuples: usize, missed: usize): u32 {
  const field = fieldOf(key);
  const flag = flagOf(key);
  let data = dataOf(key) + <usize>from * sizeof<T>();
  let miss = missed;
  let row = from;
  const end = tuples + (<usize>n << 2);
  for (let at = tuples + (<usize>from << 2); at < end; at += 4) {
    // Of tuple 0, none, bytes at the start of memory are compared to no effect.
    const tuple: usize = load<u32>(at);
    const differs = u32(load<i64>(tuple + field) != <i64>load<T>(data)) | <u32>load<u8>(tuple + flag) | u32(tuple == 0);
    store<u32>(miss, row++);
    miss += <usize>(differs != 0) << 2;
    data += sizeof<T>();
  }
  return <u32>(miss - missed) >> 2;
}

function findOrMake(table: usize, entries: usize, mask: u32, keys: usize, keyCount: u32, hash: u32, row: u32): u32 {
  let slot = hash & mask;
  let entry = load<u64>(entries + (<usize>slot << 3));
  while (entry != 0) {
    if (<u32>entry == hash && isSameKey(keys, keyCount, row, <usize>(entry >> 32))) return <u32>(entry >> 32);
    slot = (slot + 1) & mask;
    entry = load<u64>(entries + (<usize>slot << 3));
  }
  const tuple = make(table, keys, keyCount, hash, row);
  if (tuple != 0) store<u64>(entries + (<usize>slot << 3), (<u64>tuple << 32) | <u64>hash);
  return tuple;
}

export function make(table: usize, keys: usize, keyCount: u32, hash: u32, row: u32): u32 {
  const count = load<u32>(table, 8);
  const tuple = load<u32>(table, 16);
  const stride = load<u32>(table, 32);
  const strings = load<u32>(table, 24);
  if (count >= load<u32>(table, 12)) {
    store<u32>(table, WANTS_ENTRIES, 36);
    return 0;
  }
  if (load<u32>(table, 20) - tuple < stride) {
    store<u32>(table, WANTS_TUPLES, 36);
    return 0;
  }
  const text = keyTextBytes(keys, keyCount, row);
  if (load<u32>(table, 28) - strings < text) {
    store<u32>(table, WANTS_STRINGS, 36);
    store<u32>(table, text, 40);
    return 0;
  }
  const at = <usize>tuple;
  store<u64>(at, <u64>hash);
  for (let offset: usize = 8; offset < <usize>stride; offset += 8) store<u64>(at + offset, 0);
  store<u32>(table, <u32>writeKeys(keys, keyCount, row, at, strings), 24);
  store<u32>(table, count + 1, 8);
  store<u32>(table, tuple + stride, 16);
  return tuple;
}

/** Moves a table to `capacity` (a power of two) entries at `entries`, whatever bytes are there. */
export function groupGrow(table: usize, entries: usize, capacity: u32): void {
  const old: usize = load<u32>(table);
  const oldCapacity = load<u32>(table, 4) + 1;
  memory.fill(entries, 0, <usize>capacity << 3);
  for (let slot: u32 = 0; slot < oldCapacity; slot++) {
    const entry = load<u64>(old + (<usize>slot << 3));
    if (entry != 0) place(entries, capacity - 1, entry);
  }
  store<u32>(table, <u32>entries);
  store<u32>(table, capacity - 1, 4);
  store<u32>(table, capacity >> 1, 12);
}
