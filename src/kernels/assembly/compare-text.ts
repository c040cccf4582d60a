// Comparisons of strings to masks: the twin of ../twin/compare-text.ts.
import { addressOf, compareRefs, equalBytes, lengthOf } from "./text";

const EQ: u32 = 0;
const NE: u32 = 1;
const LT: u32 = 2;
const LE: u32 = 3;
const GT: u32 = 4;

@inline
function isEqual(a: u64, b: u64): bool {
  return lengthOf(a) == lengthOf(b) && equalBytes(addressOf(a), addressOf(b), lengthOf(a));
}

/** `step` is 8, or 0 where b is a constant. */
function compareStrings(op: u32, a: usize, b: usize, step: usize, n: usize, dst: usize): void {
  if (op <= NE) {
    const flip = <u32>(op == NE);
    for (let at: usize = 0; at < n; at++) {
      store<u8>(dst + at, <u8>(<u32>isEqual(load<u64>(a + at * 8), load<u64>(b + at * step)) ^ flip));
    }
    return;
  }
  const flip = <u32>(op == LE || op > GT);
  const sign: i32 = op == GT || op == LE ? 1 : -1;
  for (let at: usize = 0; at < n; at++) {
    const order = compareRefs(load<u64>(a + at * 8), load<u64>(b + at * step));
    store<u8>(dst + at, <u8>(<u32>(order * sign > 0) ^ flip));
  }
}

export function compareStr(op: u32, a: usize, b: usize, n: usize, dst: usize): void {
  compareStrings(op, a, b, 8, n, dst);
}

export function compareConstantStr(op: u32, a: usize, constant: usize, n: usize, dst: usize): void {
  compareStrings(op, a, constant, 0, n, dst);
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
