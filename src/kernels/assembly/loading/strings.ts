// Strings of a leaf: distinct values, bounds, and their bytes laid end to end (see src/storage/chunk/string-writer.ts). Null rows hold nothing.

import { addressOf, compareStrings, copyWide, equalStrings, lengthOf, refOf } from "./bytes";

const DICTIONARY_MAX: u32 = 4096;
/** Up to so many distinct values a dictionary is tried whatever share of the rows they are. */
const DICTIONARY_SMALL: u32 = 256;

/** A slot of the table: u64 hash, u32 number of the string plus 1 (0: free), u32 zero. Few strings have a small table, many a large one. */
const SLOT_BITS: usize = 4;
const SLOTS_SMALL: u32 = 1024;
const SLOTS_LARGE: u32 = 16384;

/**
 * Distinct strings in the order they are met: the row of each at `entries` (u32), and for every row the number of its string at `codes` (u32;
 * 0 for nulls). Answers how many, or -1 when they are too many for a dictionary to pay. `table` is 256 KiB of scratch.
 */
export function buildDictionary(refs: usize, nulls: usize, count: u32, entries: usize, codes: usize, table: usize): i32 {
  let slots = SLOTS_SMALL;
  memory.fill(table, 0, (<usize>slots) << SLOT_BITS);
  let size: u32 = 0;
  let present: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const code = codes + ((<usize>row) << 2);
    if (nulls != 0 && load<u8>(nulls + row) != 0) {
      store<u32>(code, 0);
      continue;
    }
    present++;
    const ref = load<u64>(refs + ((<usize>row) << 3));
    const address = addressOf(ref);
    const length = lengthOf(ref);
    const hash = hashOf(address, length);
    let slot = <u32>hash & (slots - 1);
    for (;;) {
      const place = table + ((<usize>slot) << SLOT_BITS);
      const found = load<u32>(place, 8);
      if (found == 0) {
        store<u32>(entries + ((<usize>size) << 2), row);
        store<u32>(code, size);
        size++;
        if (size > DICTIONARY_MAX || (size > DICTIONARY_SMALL && size * 2 > present)) return -1;
        store<u64>(place, hash);
        store<u32>(place, size, 8);
        if (size == SLOTS_SMALL / 2) {
          slots = SLOTS_LARGE;
          refill(refs, entries, size, table, slots);
        }
        break;
      }
      if (load<u64>(place) == hash) {
        const known = load<u64>(refs + ((<usize>load<u32>(entries + ((<usize>(found - 1)) << 2))) << 3));
        if (lengthOf(known) == length && equalStrings(addressOf(known), address, length)) {
          store<u32>(code, found - 1);
          break;
        }
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
  return size;
}

function refill(refs: usize, entries: usize, size: u32, table: usize, slots: u32): void {
  memory.fill(table, 0, (<usize>slots) << SLOT_BITS);
  for (let entry: u32 = 0; entry < size; entry++) {
    const ref = load<u64>(refs + ((<usize>load<u32>(entries + ((<usize>entry) << 2))) << 3));
    const hash = hashOf(addressOf(ref), lengthOf(ref));
    let slot = <u32>hash & (slots - 1);
    while (load<u32>(table + ((<usize>slot) << SLOT_BITS), 8) != 0) slot = (slot + 1) & (slots - 1);
    store<u64>(table + ((<usize>slot) << SLOT_BITS), hash);
    store<u32>(table + ((<usize>slot) << SLOT_BITS), entry + 1, 8);
  }
}

/** Up to seven bytes behind the string are read. */
// @ts-ignore: decorator
@inline
function hashOf(address: usize, length: u32): u64 {
  let hash: u64 = <u64>length * 0x9e3779b97f4a7c15;
  let at: u32 = 0;
  while (at + 8 <= length) {
    hash = (hash ^ load<u64>(address + at)) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
    at += 8;
  }
  if (at < length) hash = (hash ^ (load<u64>(address + at) << ((8 - (length & 7)) << 3))) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 32);
}

/** Puts the `size` entries into the order of their strings; the rank of each, by its number before, at `ranks` (u32). `scratch` has 4 bytes an entry. */
export function sortDictionary(refs: usize, entries: usize, size: u32, ranks: usize, scratch: usize): void {
  // order[i]: the entry that comes i-th.
  const order = scratch;
  for (let at: u32 = 0; at < size; at++) store<u32>(order + ((<usize>at) << 2), at);
  heapSort(refs, entries, order, size);
  for (let at: u32 = 0; at < size; at++) {
    const place = order + ((<usize>at) << 2);
    const entry = load<u32>(place);
    store<u32>(ranks + ((<usize>entry) << 2), at);
    store<u32>(place, load<u32>(entries + ((<usize>entry) << 2)));
  }
  memory.copy(entries, order, (<usize>size) << 2);
}

function heapSort(refs: usize, entries: usize, order: usize, size: u32): void {
  for (let root = size / 2; root > 0; root--) sink(refs, entries, order, root - 1, size);
  for (let end = size; end > 1; end--) {
    const last = order + ((<usize>(end - 1)) << 2);
    const top = load<u32>(order);
    store<u32>(order, load<u32>(last));
    store<u32>(last, top);
    sink(refs, entries, order, 0, end - 1);
  }
}

function sink(refs: usize, entries: usize, order: usize, from: u32, size: u32): void {
  let root = from;
  const moved = load<u32>(order + ((<usize>root) << 2));
  for (;;) {
    let child = root * 2 + 1;
    if (child >= size) break;
    if (child + 1 < size && isBelow(refs, entries, order, child, child + 1)) child++;
    const greater = load<u32>(order + ((<usize>child) << 2));
    if (orderOfEntries(refs, entries, moved, greater) >= 0) break;
    store<u32>(order + ((<usize>root) << 2), greater);
    root = child;
  }
  store<u32>(order + ((<usize>root) << 2), moved);
}

// @ts-ignore: decorator
@inline
function isBelow(refs: usize, entries: usize, order: usize, a: u32, b: u32): bool {
  return orderOfEntries(refs, entries, load<u32>(order + ((<usize>a) << 2)), load<u32>(order + ((<usize>b) << 2))) < 0;
}

function orderOfEntries(refs: usize, entries: usize, a: u32, b: u32): i32 {
  const left = load<u64>(refs + ((<usize>load<u32>(entries + ((<usize>a) << 2))) << 3));
  const right = load<u64>(refs + ((<usize>load<u32>(entries + ((<usize>b) << 2))) << 3));
  return compareStrings(addressOf(left), lengthOf(left), addressOf(right), lengthOf(right));
}

/**
 * The rows of the least and of the greatest string, u32 each at `out`. At least one is not null. Up to seven bytes behind each string are
 * read.
 */
export function boundsOfStrings(refs: usize, nulls: usize, count: u32, out: usize): void {
  let least: u32 = 0xffffffff;
  let most: u32 = 0;
  let low: u64 = 0;
  let high: u64 = 0;
  // The first eight bytes of both, as numbers that order alike: most strings need no other look.
  let lowHead: u64 = 0;
  let highHead: u64 = 0;
  for (let row: u32 = 0; row < count; row++) {
    if (nulls != 0 && load<u8>(nulls + row) != 0) continue;
    const ref = load<u64>(refs + ((<usize>row) << 3));
    const head = headOf(ref);
    if (least == 0xffffffff) {
      least = row;
      most = row;
      low = ref;
      high = ref;
      lowHead = head;
      highHead = head;
    } else if (head < lowHead || (head == lowHead && orderOf(ref, low) < 0)) {
      least = row;
      low = ref;
      lowHead = head;
    } else if (head > highHead || (head == highHead && orderOf(ref, high) > 0)) {
      most = row;
      high = ref;
      highHead = head;
    }
  }
  store<u32>(out, least);
  store<u32>(out, most, 4);
}

// @ts-ignore: decorator
@inline
function headOf(ref: u64): u64 {
  const length = lengthOf(ref);
  const head = bswap(load<u64>(addressOf(ref)));
  return length >= 8 ? head : length == 0 ? 0 : head & ~((<u64>0xffffffffffffffff) >> (length << 3));
}

function orderOf(a: u64, b: u64): i32 {
  return compareStrings(addressOf(a), lengthOf(a), addressOf(b), lengthOf(b));
}

/** The bytes of all strings together. */
export function totalLength(refs: usize, nulls: usize, count: u32): u32 {
  let total: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    if (nulls == 0 || load<u8>(nulls + row) == 0) total += lengthOf(load<u64>(refs + ((<usize>row) << 3)));
  }
  return total;
}

/**
 * The strings end to end at `bytes` and u32 ends at `ends`; with `rows` (u32[count]) those of these rows, else of rows 0 to `count`. Up to 15
 * bytes behind are written, and behind each string read.
 */
export function copyStrings(refs: usize, nulls: usize, rows: usize, count: u32, ends: usize, bytes: usize): void {
  let at = bytes;
  for (let place: u32 = 0; place < count; place++) {
    const row = rows == 0 ? place : load<u32>(rows + ((<usize>place) << 2));
    if (nulls == 0 || load<u8>(nulls + row) == 0) {
      const ref = load<u64>(refs + ((<usize>row) << 3));
      const length = lengthOf(ref);
      copyWide(at, addressOf(ref), length);
      at += length;
    }
    store<u32>(ends + ((<usize>place) << 2), <u32>(at - bytes));
  }
}

/** Copies to `arena` the strings that lie in [low, high) and refers to the copies; the address behind them, 15 bytes behind which are written. */
export function moveStrings(refs: usize, count: u32, low: usize, high: usize, arena: usize): usize {
  let at = arena;
  for (let row: u32 = 0; row < count; row++) {
    const place = refs + ((<usize>row) << 3);
    const ref = load<u64>(place);
    const address = addressOf(ref);
    if (address < low || address >= high) continue;
    copyWide(at, address, lengthOf(ref));
    store<u64>(place, refOf(at, lengthOf(ref)));
    at += lengthOf(ref);
  }
  return at;
}
