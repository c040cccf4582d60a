// Rows of many batches put in the order of their keys, and columns gathered in that order. A row is numbered batch << 11 | row of the batch.
// A table of batches holds one u32 for each: where the column lies in it; for keys two, their bytes and their ends.

import { compareStrings } from "./bytes";

const ROW_BITS: u32 = 11;
const ROW_MASK: u32 = 2047;

/** For each key of one batch the eight bytes behind the first `skip`, as a number that orders as they do, at `heads`. */
export function headsOfKeys(keys: usize, ends: usize, count: u32, skip: u32, heads: usize): void {
  let start: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const end = load<u32>(ends + ((<usize>row) << 2));
    const length = end - start - skip;
    let head: u64 = 0;
    if (length >= 8) head = bswap(load<u64>(keys + start + skip));
    else for (let at: u32 = 0; at < 8; at++) head = (head << 8) | (at < length ? <u64>load<u8>(keys + start + skip + at) : 0);
    store<u64>(heads + ((<usize>row) << 3), head);
    start = end;
  }
}

/** Sorts `count` rows with their heads by key, equal keys as they came; `otherHeads` and `otherRows` are room for as many. */
export function sortRows(heads: usize, rows: usize, count: u32, otherHeads: usize, otherRows: usize, table: usize): void {
  let fromHeads = heads;
  let fromRows = rows;
  let toHeads = otherHeads;
  let toRows = otherRows;
  for (let width: u32 = 1; width < count; width *= 2) {
    for (let left: u32 = 0; left < count; left += 2 * width) {
      const middle = min(left + width, count);
      const right = min(left + 2 * width, count);
      merge(fromHeads, fromRows, left, middle, right, toHeads, toRows, table);
    }
    const swappedHeads = fromHeads;
    const swappedRows = fromRows;
    fromHeads = toHeads;
    fromRows = toRows;
    toHeads = swappedHeads;
    toRows = swappedRows;
  }
  if (fromRows != rows) {
    memory.copy(heads, fromHeads, (<usize>count) << 3);
    memory.copy(rows, fromRows, (<usize>count) << 2);
  }
}

function merge(heads: usize, rows: usize, left: u32, middle: u32, right: u32, toHeads: usize, toRows: usize, table: usize): void {
  let a = left;
  let b = middle;
  for (let to = left; to < right; to++) {
    let takesA = b == right;
    if (!takesA && a < middle) {
      const headA = load<u64>(heads + ((<usize>a) << 3));
      const headB = load<u64>(heads + ((<usize>b) << 3));
      takesA = headA < headB || (headA == headB && orderOfRows(load<u32>(rows + ((<usize>a) << 2)), load<u32>(rows + ((<usize>b) << 2)), table) <= 0);
    }
    const from = takesA ? a++ : b++;
    store<u64>(toHeads + ((<usize>to) << 3), load<u64>(heads + ((<usize>from) << 3)));
    store<u32>(toRows + ((<usize>to) << 2), load<u32>(rows + ((<usize>from) << 2)));
  }
}

/** The order of the keys of two rows. */
export function orderOfRows(a: u32, b: u32, table: usize): i32 {
  const left = keyOf(a, table);
  const leftLength = lengthOfKey(a, table);
  return compareStrings(left, leftLength, keyOf(b, table), lengthOfKey(b, table));
}

// @ts-ignore: decorator
@inline
function keyOf(number: u32, table: usize): usize {
  const batch = table + ((<usize>(number >> ROW_BITS)) << 3);
  const row = number & ROW_MASK;
  const ends = <usize>load<u32>(batch, 4);
  return <usize>load<u32>(batch) + (row == 0 ? 0 : load<u32>(ends + ((<usize>row) << 2) - 4));
}

// @ts-ignore: decorator
@inline
function lengthOfKey(number: u32, table: usize): u32 {
  const ends = <usize>load<u32>(table + ((<usize>(number >> ROW_BITS)) << 3), 4);
  const row = number & ROW_MASK;
  const end = load<u32>(ends + ((<usize>row) << 2));
  return row == 0 ? end : end - load<u32>(ends + ((<usize>row) << 2) - 4);
}

/** One byte of each row. */
export function gather1(table: usize, rows: usize, count: u32, out: usize): void {
  for (let at: u32 = 0; at < count; at++) {
    const number = load<u32>(rows + ((<usize>at) << 2));
    const base = <usize>load<u32>(table + ((<usize>(number >> ROW_BITS)) << 2));
    store<u8>(out + at, load<u8>(base + (number & ROW_MASK)));
  }
}

export function gather4(table: usize, rows: usize, count: u32, out: usize): void {
  for (let at: u32 = 0; at < count; at++) {
    const number = load<u32>(rows + ((<usize>at) << 2));
    const base = <usize>load<u32>(table + ((<usize>(number >> ROW_BITS)) << 2));
    store<u32>(out + ((<usize>at) << 2), load<u32>(base + ((<usize>(number & ROW_MASK)) << 2)));
  }
}

export function gather8(table: usize, rows: usize, count: u32, out: usize): void {
  for (let at: u32 = 0; at < count; at++) {
    const number = load<u32>(rows + ((<usize>at) << 2));
    const base = <usize>load<u32>(table + ((<usize>(number >> ROW_BITS)) << 2));
    store<u64>(out + ((<usize>at) << 3), load<u64>(base + ((<usize>(number & ROW_MASK)) << 3)));
  }
}

/** The keys of the rows end to end at `out`, their u32 ends at `ends`. */
export function gatherKeys(table: usize, rows: usize, count: u32, out: usize, ends: usize): void {
  let to = out;
  for (let at: u32 = 0; at < count; at++) {
    const number = load<u32>(rows + ((<usize>at) << 2));
    const length = lengthOfKey(number, table);
    memory.copy(to, keyOf(number, table), length);
    to += length;
    store<u32>(ends + ((<usize>at) << 2), <u32>(to - out));
  }
}
