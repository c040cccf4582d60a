// Comparisons of strings to masks: the twin of ../twin/compare.ts. Order is decided by the first eight bytes where these differ.
import { addressOf, compareRefs, equalBytes, lastBlock, lengthOf } from "./text";
import { EQUALS, testConstant } from "./text-constant";

const NE: u32 = 1;
const LE: u32 = 3;
const GT: u32 = 4;

/** The first eight bytes as a number that orders like them; shorter strings end with zeros. */
@inline
function keyOf(ref: u64, limit: usize): u64 {
  const p = addressOf(ref);
  const length = lengthOf(ref);
  if (p > limit) {
    let key: u64 = 0;
    for (let at: usize = 0; at < min<usize>(length, 8); at++) key |= <u64>load<u8>(p + at) << (56 - (<u64>at << 3));
    return key;
  }
  const key = bswap<u64>(load<u64>(p));
  return length >= 8 ? key : key & ~(u64.MAX_VALUE >> (<u64>length << 3));
}

/** Whether a is above b, whose first bytes are equal. */
@inline
function isAbove(a: u64, b: u64): bool {
  return (lengthOf(a) | lengthOf(b)) <= 8 ? lengthOf(a) > lengthOf(b) : compareRefs(a, b) > 0;
}

/** dst = (a above b) ^ flip. */
function above(a: usize, b: usize, n: usize, dst: usize, flip: u32): void {
  const limit = lastBlock();
  for (let at: usize = 0; at < n; at++) {
    const x = load<u64>(a + (at << 3));
    const y = load<u64>(b + (at << 3));
    const left = keyOf(x, limit);
    const right = keyOf(y, limit);
    const order = left == right ? isAbove(x, y) : left > right;
    store<u8>(dst + at, <u8>(<u32>order ^ flip));
  }
}

/** dst = (a above the constant) ^ flip, or below it. */
function aboveConstant(a: usize, constant: usize, isBelow: bool, n: usize, dst: usize, flip: u32): void {
  const limit = lastBlock();
  const bound = load<u64>(constant);
  const key = keyOf(bound, limit);
  const reverse = <u32>isBelow;
  for (let at: usize = 0; at < n; at++) {
    const x = load<u64>(a + (at << 3));
    const left = keyOf(x, limit);
    let order = <u32>(left > key) ^ reverse;
    if (left == key) order = <u32>(isBelow ? isAbove(bound, x) : isAbove(x, bound));
    store<u8>(dst + at, <u8>(order ^ flip));
  }
}

function equal(a: usize, b: usize, n: usize, dst: usize, flip: u32): void {
  for (let at: usize = 0; at < n; at++) {
    const x = load<u64>(a + (at << 3));
    const y = load<u64>(b + (at << 3));
    const isEqual = lengthOf(x) == lengthOf(y) && equalBytes(addressOf(x), addressOf(y), lengthOf(x));
    store<u8>(dst + at, <u8>(<u32>isEqual ^ flip));
  }
}

export function compareStr(op: u32, a: usize, b: usize, n: usize, dst: usize): void {
  if (op <= NE) equal(a, b, n, dst, op);
  else if (op == GT || op == LE) above(a, b, n, dst, <u32>(op == LE));
  else above(b, a, n, dst, <u32>(op > GT));
}

export function compareConstantStr(op: u32, a: usize, constant: usize, n: usize, dst: usize): void {
  if (op <= NE) testConstant(EQUALS, a, constant, n, dst, op);
  else {
    const isBelow = op != GT && op != LE;
    aboveConstant(a, constant, isBelow, n, dst, <u32>(isBelow ? op > GT : op == LE));
  }
}

export function inListStr(a: usize, list: usize, count: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(a + at * 8);
    let low: usize = 0;
    let high = count;
    let found: u8 = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compareRefs(load<u64>(list + middle * 8), ref);
      if (order == 0) {
        found = 1;
        break;
      }
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    store<u8>(dst + at, found);
  }
}
