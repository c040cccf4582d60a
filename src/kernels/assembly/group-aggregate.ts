// Aggregates by group, each row into the state of its own tuple: the twin of ../twin/group-aggregate.ts. Rows that are null or
// masked out (mask 0) change nothing; address 0 is no nulls, no mask.
import { copyBytes } from "./bytes";
import { addressOf, compareRefs, lengthOf, refOf } from "./text";
import { keepsLess, keepsMore } from "./float-order";

@inline
function stateOf(tuples: usize, offset: usize, row: u32): usize {
  return <usize>load<u32>(tuples + (<usize>row << 2)) + offset;
}

@inline
function counts(nulls: usize, mask: usize, row: u32): bool {
  return (nulls == 0 || load<u8>(nulls + row) == 0) && (mask == 0 || load<u8>(mask + row) != 0);
}

@inline
function addOne(state: usize): void {
  store<u64>(state, load<u64>(state) + 1);
}

/** count(*), or count(x) with nulls given, into a u64. */
export function groupCount(tuples: usize, offset: usize, nulls: usize, mask: usize, n: u32): void {
  if (nulls == 0 && mask == 0) {
    const end = tuples + (<usize>n << 2);
    for (let at = tuples; at < end; at += 4) addOne(<usize>load<u32>(at) + offset);
    return;
  }
  for (let row: u32 = 0; row < n; row++) if (counts(nulls, mask, row)) addOne(stateOf(tuples, offset, row));
}

@inline
function addWide(state: usize, value: i64): void {
  const before = load<u64>(state);
  const low = before + <u64>value;
  store<u64>(state, low);
  store<i64>(state, load<i64>(state, 8) + (value >> 63) + <i64>(low < before), 8);
  store<u64>(state, load<u64>(state, 16) + 1, 16);
}

@inline
function sumInts<T>(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  if (nulls == 0 && mask == 0) {
    const end = tuples + (<usize>n << 2);
    let value = src;
    for (let at = tuples; at < end; at += 4) {
      addWide(<usize>load<u32>(at) + offset, <i64>load<T>(value));
      value += sizeof<T>();
    }
    return;
  }
  for (let row: u32 = 0; row < n; row++) {
    if (counts(nulls, mask, row)) addWide(stateOf(tuples, offset, row), <i64>load<T>(src + <usize>row * sizeof<T>()));
  }
}

/** Sum of i32[n] into 128 bits (low, high) and a u64 count. */
export function groupSumI32(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  sumInts<i32>(tuples, offset, src, nulls, mask, n);
}

/** Sum of i64[n] into 128 bits and a count. */
export function groupSumI64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  sumInts<i64>(tuples, offset, src, nulls, mask, n);
}

/** Whether a finite value made a finite sum overflow. */
@inline
function addFloat(state: usize, value: f64): u32 {
  const before = load<f64>(state);
  const count = load<u64>(state, 8);
  // The first value itself, not 0 plus it: the sum of -0 is -0.
  const sum = select<f64>(value, before + value, count == 0);
  store<f64>(state, sum);
  store<u64>(state, count + 1, 8);
  return abs<f64>(sum) < Infinity ? 0 : u32(abs<f64>(before) < Infinity) & u32(abs<f64>(value) < Infinity);
}

/** Sum of f64[n] into f64 and a u64 count, in row order. 0, or how many finite values made a finite sum overflow. */
export function groupSumF64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): u32 {
  let failed: u32 = 0;
  if (nulls == 0 && mask == 0) {
    const end = tuples + (<usize>n << 2);
    let value = src;
    for (let at = tuples; at < end; at += 4) {
      failed += addFloat(<usize>load<u32>(at) + offset, load<f64>(value));
      value += 8;
    }
    return failed;
  }
  for (let row: u32 = 0; row < n; row++) {
    if (counts(nulls, mask, row)) failed += addFloat(stateOf(tuples, offset, row), load<f64>(src + (<usize>row << 3)));
  }
  return failed;
}

@inline
function extreme<T>(isMin: bool, state: usize, value: T): void {
  const kept = load<i64>(state);
  const keeps = load<u64>(state, 8) != 0 && (isMin ? kept < <i64>value : kept > <i64>value);
  store<i64>(state, select<i64>(kept, <i64>value, keeps));
  store<u64>(state, 1, 8);
}

@inline
function extremes<T>(isMin: bool, tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  const all = nulls == 0 && mask == 0;
  for (let row: u32 = 0; row < n; row++) {
    if (all || counts(nulls, mask, row)) extreme<T>(isMin, stateOf(tuples, offset, row), load<T>(src + (<usize>row * sizeof<T>())));
  }
}

/** Least of i32[n] into i64 and a u64 that is 1 once there is one. */
export function groupMinI32(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremes<i32>(true, tuples, offset, src, nulls, mask, n);
}

/** Greatest of i32[n]. */
export function groupMaxI32(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremes<i32>(false, tuples, offset, src, nulls, mask, n);
}

/** Least of i64[n]. */
export function groupMinI64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremes<i64>(true, tuples, offset, src, nulls, mask, n);
}

/** Greatest of i64[n]. */
export function groupMaxI64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremes<i64>(false, tuples, offset, src, nulls, mask, n);
}

@inline
function floatExtremes(isMin: bool, tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    if (!counts(nulls, mask, row)) continue;
    const state = stateOf(tuples, offset, row);
    const value = load<f64>(src + (<usize>row << 3));
    const kept = load<f64>(state);
    if (load<u64>(state, 8) != 0 && (isMin ? keepsLess(kept, value) : keepsMore(kept, value))) continue;
    store<f64>(state, value);
    store<u64>(state, 1, 8);
  }
}

/** Least of f64[n], NaN above all; of equals the last. */
export function groupMinF64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  floatExtremes(true, tuples, offset, src, nulls, mask, n);
}

/** Greatest of f64[n]. */
export function groupMaxF64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  floatExtremes(false, tuples, offset, src, nulls, mask, n);
}

/** Makes a text the one a state keeps, in the state's own room or in new room of the arena {at, end}: false when that is short. */
export function keepText(state: usize, ref: u64, arena: usize): bool {
  const length = <u32>lengthOf(ref);
  let to = addressOf(load<u64>(state));
  if (load<u32>(state, 8) == 0 || load<u32>(state, 12) < length) {
    const room = (length + 15) & ~15;
    to = load<u32>(arena);
    if (load<u32>(arena, 4) - <u32>to < room) return false;
    store<u32>(arena, <u32>to + room);
    store<u32>(state, 1, 8);
    store<u32>(state, room, 12);
  }
  copyBytes(to, addressOf(ref), length);
  store<u64>(state, refOf(to, length));
  return true;
}

@inline
function textExtremes(isMin: bool, tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32, from: u32, arena: usize): u32 {
  for (let row = from; row < n; row++) {
    if (!counts(nulls, mask, row)) continue;
    const state = stateOf(tuples, offset, row);
    const ref = load<u64>(src + (<usize>row << 3));
    if (load<u32>(state, 8) != 0) {
      const order = compareRefs(ref, load<u64>(state));
      if (isMin ? order >= 0 : order <= 0) continue;
    }
    if (!keepText(state, ref, arena)) return row;
  }
  return n;
}

/** Least text of rows [from, n) into a reference, u32 1, u32 room; copies go to the arena {at, end}. Rows done: less than n when the
 * arena is short (of at most the row's length, made a multiple of 16). */
export function groupMinStr(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32, from: u32, arena: usize): u32 {
  return textExtremes(true, tuples, offset, src, nulls, mask, n, from, arena);
}

/** Greatest text. */
export function groupMaxStr(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32, from: u32, arena: usize): u32 {
  return textExtremes(false, tuples, offset, src, nulls, mask, n, from, arena);
}

/** bool_and of u8[n] into a u64 0 or 1, and a u64 that is 1 once there is one. */
export function groupAnd(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    if (!counts(nulls, mask, row)) continue;
    const state = stateOf(tuples, offset, row);
    const value = <u64>load<u8>(src + row);
    store<u64>(state, load<u64>(state, 8) == 0 ? value : load<u64>(state) & value);
    store<u64>(state, 1, 8);
  }
}

/** bool_or of u8[n]. */
export function groupOr(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    if (!counts(nulls, mask, row)) continue;
    const state = stateOf(tuples, offset, row);
    store<u64>(state, load<u64>(state) | <u64>load<u8>(src + row));
    store<u64>(state, 1, 8);
  }
}

/** PostgreSQL's float8_accum (Youngs and Cramer) of one value into f64 count, sum and sum of squared deviations: 1 when it overflows. */
export function addDeviation(state: usize, value: f64): u32 {
  const before = load<f64>(state);
  const sumBefore = load<f64>(state, 8);
  const count = before + 1;
  const sum = sumBefore + value;
  store<f64>(state, count);
  store<f64>(state, sum, 8);
  if (before == 0) {
    if (!(abs<f64>(value) < Infinity)) store<f64>(state, NaN, 16);
    return 0;
  }
  const deviation = value * count - sum;
  const squares = load<f64>(state, 16) + (deviation * deviation) / (count * before);
  store<f64>(state, squares, 16);
  if (abs<f64>(sum) == Infinity || abs<f64>(squares) == Infinity) {
    if (abs<f64>(sumBefore) != Infinity && abs<f64>(value) != Infinity) return 1;
    store<f64>(state, NaN, 16);
  }
  return 0;
}

/** Variance of f64[n]: see addDeviation. 0, or how many rows overflowed. */
export function groupVarF64(tuples: usize, offset: usize, src: usize, nulls: usize, mask: usize, n: u32): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    if (counts(nulls, mask, row)) failed += addDeviation(stateOf(tuples, offset, row), load<f64>(src + (<usize>row << 3)));
  }
  return failed;
}
