// Two states of one group into one: the twin of ../twin/merge-aggregate.ts. `into` and `from` are u32[n] of tuples of one layout.
import { compareRefs } from "./text";
import { keepText } from "./group-aggregate";
import { keepsLess, keepsMore } from "./float-order";

@inline
function stateOf(tuples: usize, offset: usize, row: u32): usize {
  return <usize>load<u32>(tuples + (<usize>row << 2)) + offset;
}

export function mergeCount(into: usize, from: usize, offset: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    store<u64>(state, load<u64>(state) + load<u64>(stateOf(from, offset, row)));
  }
}

export function mergeSumInt(into: usize, from: usize, offset: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    const before = load<u64>(state);
    const low = before + load<u64>(other);
    store<u64>(state, low);
    store<i64>(state, load<i64>(state, 8) + load<i64>(other, 8) + <i64>(low < before), 8);
    store<u64>(state, load<u64>(state, 16) + load<u64>(other, 16), 16);
  }
}

/** 0, or how many finite sums overflowed. */
export function mergeSumF64(into: usize, from: usize, offset: usize, n: u32): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    if (load<u64>(other, 8) == 0) continue;
    const count = load<u64>(state, 8);
    const before = load<f64>(state);
    const value = load<f64>(other);
    const sum = count == 0 ? value : before + value;
    store<f64>(state, sum);
    store<u64>(state, count + load<u64>(other, 8), 8);
    if (abs<f64>(sum) == Infinity && abs<f64>(before) < Infinity && abs<f64>(value) < Infinity) failed++;
  }
  return failed;
}

@inline
function mergeInt(isMin: bool, into: usize, from: usize, offset: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    if (load<u64>(other, 8) == 0) continue;
    const kept = load<i64>(state);
    const value = load<i64>(other);
    if (load<u64>(state, 8) != 0 && (isMin ? kept < value : kept > value)) continue;
    store<i64>(state, value);
    store<u64>(state, 1, 8);
  }
}

/** Least of i32 or i64. */
export function mergeMinInt(into: usize, from: usize, offset: usize, n: u32): void {
  mergeInt(true, into, from, offset, n);
}

export function mergeMaxInt(into: usize, from: usize, offset: usize, n: u32): void {
  mergeInt(false, into, from, offset, n);
}

@inline
function mergeFloat(isMin: bool, into: usize, from: usize, offset: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    if (load<u64>(other, 8) == 0) continue;
    const kept = load<f64>(state);
    const value = load<f64>(other);
    if (load<u64>(state, 8) != 0 && (isMin ? keepsLess(kept, value) : keepsMore(kept, value))) continue;
    store<f64>(state, value);
    store<u64>(state, 1, 8);
  }
}

export function mergeMinF64(into: usize, from: usize, offset: usize, n: u32): void {
  mergeFloat(true, into, from, offset, n);
}

export function mergeMaxF64(into: usize, from: usize, offset: usize, n: u32): void {
  mergeFloat(false, into, from, offset, n);
}

@inline
function mergeText(isMin: bool, into: usize, from: usize, offset: usize, n: u32, start: u32, arena: usize): u32 {
  for (let row = start; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    if (load<u32>(other, 8) == 0) continue;
    const ref = load<u64>(other);
    if (load<u32>(state, 8) != 0) {
      const order = compareRefs(ref, load<u64>(state));
      if (isMin ? order >= 0 : order <= 0) continue;
    }
    if (!keepText(state, ref, arena)) return row;
  }
  return n;
}

/** Rows [start, n): rows done, less than n when the arena {at, end} is short. */
export function mergeMinStr(into: usize, from: usize, offset: usize, n: u32, start: u32, arena: usize): u32 {
  return mergeText(true, into, from, offset, n, start, arena);
}

export function mergeMaxStr(into: usize, from: usize, offset: usize, n: u32, start: u32, arena: usize): u32 {
  return mergeText(false, into, from, offset, n, start, arena);
}

export function mergeAnd(into: usize, from: usize, offset: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    if (load<u64>(other, 8) == 0) continue;
    store<u64>(state, load<u64>(state, 8) == 0 ? load<u64>(other) : load<u64>(state) & load<u64>(other));
    store<u64>(state, 1, 8);
  }
}

export function mergeOr(into: usize, from: usize, offset: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    store<u64>(state, load<u64>(state) | load<u64>(other));
    store<u64>(state, load<u64>(state, 8) | load<u64>(other, 8), 8);
  }
}

/** PostgreSQL's float8_combine. 0, or how many overflowed. */
export function mergeVarF64(into: usize, from: usize, offset: usize, n: u32): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const state = stateOf(into, offset, row);
    const other = stateOf(from, offset, row);
    const countA = load<f64>(state);
    const countB = load<f64>(other);
    if (countB == 0) continue;
    const sumA = load<f64>(state, 8);
    const sumB = load<f64>(other, 8);
    const squaresA = load<f64>(state, 16);
    const squaresB = load<f64>(other, 16);
    if (countA == 0) {
      store<f64>(state, countB);
      store<f64>(state, sumB, 8);
      store<f64>(state, squaresB, 16);
      continue;
    }
    const count = countA + countB;
    const sum = sumA + sumB;
    const apart = sumA / countA - sumB / countB;
    const squares = squaresA + squaresB + (countA * countB * apart * apart) / count;
    store<f64>(state, count);
    store<f64>(state, sum, 8);
    store<f64>(state, squares, 16);
    if (abs<f64>(sum) == Infinity && abs<f64>(sumA) != Infinity && abs<f64>(sumB) != Infinity) failed++;
    else if (abs<f64>(squares) == Infinity && abs<f64>(squaresA) != Infinity && abs<f64>(squaresB) != Infinity) failed++;
  }
  return failed;
}
