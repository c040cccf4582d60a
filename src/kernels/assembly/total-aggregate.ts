// Aggregates of all rows into one state, of the layouts of group-aggregate.ts: the twin of ../twin/total-aggregate.ts. Rows go by
// four: nulls and masks are read past n into their padding, data are not.
import { compareRefs } from "./text";
import { keepsLess, keepsMore } from "./float-order";
import { addDeviation, keepText } from "./group-aggregate";
import { first2x64, load4x32, load4x8, second2x64 } from "./lanes";

const ONES: u32 = 0x01010101;

/** A byte 1 for each of four rows that counts. */
@inline
function counted4(nulls: usize, mask: usize, row: u32, n: u32): u32 {
  let valid = ONES;
  if (mask != 0) valid &= load<u32>(mask + row);
  if (nulls != 0) valid &= ~load<u32>(nulls + row);
  const left = n - row;
  return left < 4 ? valid & (((<u32>1) << (left << 3)) - 1) : valid;
}

/** 32-bit lanes all ones where a byte is 1. */
@inline
function lanes4(valid: u32): v128 {
  return i32x4.neg(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(valid))));
}

/** A byte 1 for each of eight rows that counts, in the lower half. */
@inline
function counted8(nulls: usize, mask: usize, row: u32): v128 {
  let valid = i8x16.splat(1);
  if (mask != 0) valid = v128.and(valid, v128.load64_zero(mask + row));
  if (nulls != 0) valid = v128.andnot(valid, v128.load64_zero(nulls + row));
  return valid;
}

/** 16-bit lanes all ones where a byte of the lower half is 1. */
@inline
function lanes8(valid: v128): v128 {
  return i16x8.neg(i16x8.extend_low_i8x16_u(valid));
}

@inline
function isCounted(nulls: usize, mask: usize, row: u32): bool {
  return (nulls == 0 || load<u8>(nulls + row) == 0) && (mask == 0 || load<u8>(mask + row) != 0);
}

@inline
function countOf(nulls: usize, mask: usize, n: u32): u32 {
  if (nulls == 0 && mask == 0) return n;
  const whole = n & ~7;
  let counts = i32x4.splat(0);
  let row: u32 = 0;
  for (; row < whole; row += 8) {
    counts = i32x4.sub(counts, i32x4.extadd_pairwise_i16x8_s(lanes8(counted8(nulls, mask, row))));
  }
  let count: u32 = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (; row < n; row += 4) count += popcnt<u32>(counted4(nulls, mask, row, n));
  return count;
}

/** count(*), or count(x) with nulls given, into a u64. */
export function totalCount(state: usize, nulls: usize, mask: usize, n: u32): void {
  store<u64>(state, load<u64>(state) + <u64>countOf(nulls, mask, n));
}

@inline
function addWide(state: usize, sum: i64, count: u32): void {
  const before = load<u64>(state);
  const low = before + <u64>sum;
  store<u64>(state, low);
  store<i64>(state, load<i64>(state, 8) + (sum >> 63) + <i64>(low < before), 8);
  store<u64>(state, load<u64>(state, 16) + <u64>count, 16);
}

@inline
function sum2(lanes: v128): i64 {
  return i64x2.extract_lane(lanes, 0) + i64x2.extract_lane(lanes, 1);
}

/** Sum of i32[n] into 128 bits (low, high) and a u64 count. */
export function totalSumI32(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  const all = nulls == 0 && mask == 0;
  const whole = n & ~7;
  let a = i64x2.splat(0);
  let b = i64x2.splat(0);
  let row: u32 = 0;
  if (all) {
    for (; row < whole; row += 4) {
      const values = v128.load(src + (<usize>row << 2));
      a = i64x2.add(a, i64x2.extend_low_i32x4_s(values));
      b = i64x2.add(b, i64x2.extend_high_i32x4_s(values));
    }
  } else {
    for (; row < whole; row += 8) {
      const at = src + (<usize>row << 2);
      const lanes = lanes8(counted8(nulls, mask, row));
      const x = v128.and(v128.load(at), i32x4.extend_low_i16x8_s(lanes));
      const y = v128.and(v128.load(at, 16), i32x4.extend_high_i16x8_s(lanes));
      a = i64x2.add(a, i64x2.add(i64x2.extend_low_i32x4_s(x), i64x2.extend_low_i32x4_s(y)));
      b = i64x2.add(b, i64x2.add(i64x2.extend_high_i32x4_s(x), i64x2.extend_high_i32x4_s(y)));
    }
  }
  for (; row < n; row += 4) {
    const values = v128.and(load4x32(src + (<usize>row << 2), n - row), lanes4(counted4(nulls, mask, row, n)));
    a = i64x2.add(a, i64x2.extend_low_i32x4_s(values));
    b = i64x2.add(b, i64x2.extend_high_i32x4_s(values));
  }
  addWide(state, sum2(i64x2.add(a, b)), countOf(nulls, mask, n));
}

/** Below this in size, and at most 2048 of them, a sum stays within 64 bits. */
const NARROW: i64 = 1 << 51;

/** Sum of i64[n] into 128 bits and a count. */
export function totalSumI64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  const all = nulls == 0 && mask == 0;
  const whole = n & ~7;
  const bias = i64x2.splat(NARROW);
  let a = i64x2.splat(0);
  let b = i64x2.splat(0);
  // Any bit above the biased range set by any value: the sums may have wrapped.
  let wide = i64x2.splat(0);
  let row: u32 = 0;
  if (all) {
    for (; row < whole; row += 4) {
      const at = src + (<usize>row << 3);
      const x = v128.load(at);
      const y = v128.load(at, 16);
      a = i64x2.add(a, x);
      b = i64x2.add(b, y);
      wide = v128.or(wide, v128.or(i64x2.add(x, bias), i64x2.add(y, bias)));
    }
  } else {
    for (; row < whole; row += 8) {
      const at = src + (<usize>row << 3);
      const lanes = lanes8(counted8(nulls, mask, row));
      const low = i32x4.extend_low_i16x8_s(lanes);
      const high = i32x4.extend_high_i16x8_s(lanes);
      const w = v128.and(v128.load(at), i64x2.extend_low_i32x4_s(low));
      const x = v128.and(v128.load(at, 16), i64x2.extend_high_i32x4_s(low));
      const y = v128.and(v128.load(at, 32), i64x2.extend_low_i32x4_s(high));
      const z = v128.and(v128.load(at, 48), i64x2.extend_high_i32x4_s(high));
      a = i64x2.add(a, i64x2.add(w, y));
      b = i64x2.add(b, i64x2.add(x, z));
      wide = v128.or(wide, v128.or(i64x2.add(w, bias), i64x2.add(x, bias)));
      wide = v128.or(wide, v128.or(i64x2.add(y, bias), i64x2.add(z, bias)));
    }
  }
  for (; row < n; row += 4) {
    const at = src + (<usize>row << 3);
    const lanes = lanes4(counted4(nulls, mask, row, n));
    const x = v128.and(first2x64(at, n - row), i64x2.extend_low_i32x4_s(lanes));
    const y = v128.and(second2x64(at, n - row), i64x2.extend_high_i32x4_s(lanes));
    a = i64x2.add(a, x);
    b = i64x2.add(b, y);
    wide = v128.or(wide, v128.or(i64x2.add(x, bias), i64x2.add(y, bias)));
  }
  if (<u64>(i64x2.extract_lane(wide, 0) | i64x2.extract_lane(wide, 1)) < <u64>NARROW * 2) {
    addWide(state, sum2(i64x2.add(a, b)), countOf(nulls, mask, n));
    return;
  }
  for (let at: u32 = 0; at < n; at++) if (isCounted(nulls, mask, at)) addWide(state, load<i64>(src + (<usize>at << 3)), 1);
}

/** Sum of f64[n] into f64 and a u64 count, eight lanes apart. 0, or 1 when finite values made a finite sum overflow. */
export function totalSumF64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): u32 {
  const count = countOf(nulls, mask, n);
  if (count == 0) return 0;
  const all = nulls == 0 && mask == 0;
  const none = f64x2.splat(-0.0);
  const whole = n & ~7;
  let a = none;
  let b = none;
  let c = none;
  let d = none;
  let row: u32 = 0;
  if (all) {
    for (; row < whole; row += 8) {
      const at = src + (<usize>row << 3);
      a = f64x2.add(a, v128.load(at));
      b = f64x2.add(b, v128.load(at, 16));
      c = f64x2.add(c, v128.load(at, 32));
      d = f64x2.add(d, v128.load(at, 48));
    }
  } else {
    for (; row < whole; row += 8) {
      const at = src + (<usize>row << 3);
      const lanes = lanes8(counted8(nulls, mask, row));
      const low = i32x4.extend_low_i16x8_s(lanes);
      const high = i32x4.extend_high_i16x8_s(lanes);
      a = f64x2.add(a, v128.bitselect(v128.load(at), none, i64x2.extend_low_i32x4_s(low)));
      b = f64x2.add(b, v128.bitselect(v128.load(at, 16), none, i64x2.extend_high_i32x4_s(low)));
      c = f64x2.add(c, v128.bitselect(v128.load(at, 32), none, i64x2.extend_low_i32x4_s(high)));
      d = f64x2.add(d, v128.bitselect(v128.load(at, 48), none, i64x2.extend_high_i32x4_s(high)));
    }
  }
  while (row < n) {
    let lanes = lanes4(counted4(nulls, mask, row, n));
    let at = src + (<usize>row << 3);
    a = f64x2.add(a, v128.bitselect(first2x64(at, n - row), none, i64x2.extend_low_i32x4_s(lanes)));
    b = f64x2.add(b, v128.bitselect(second2x64(at, n - row), none, i64x2.extend_high_i32x4_s(lanes)));
    row += 4;
    if (row >= n) break;
    lanes = lanes4(counted4(nulls, mask, row, n));
    at = src + (<usize>row << 3);
    c = f64x2.add(c, v128.bitselect(first2x64(at, n - row), none, i64x2.extend_low_i32x4_s(lanes)));
    d = f64x2.add(d, v128.bitselect(second2x64(at, n - row), none, i64x2.extend_high_i32x4_s(lanes)));
    row += 4;
  }
  const two = f64x2.add(f64x2.add(a, c), f64x2.add(b, d));
  const sum = f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
  const before = load<f64>(state);
  const countBefore = load<u64>(state, 8);
  const after = countBefore == 0 ? sum : before + sum;
  store<f64>(state, after);
  store<u64>(state, countBefore + <u64>count, 8);
  return abs<f64>(after) < Infinity || !(abs<f64>(before) < Infinity) ? 0 : areFinite(src, nulls, mask, n);
}

function areFinite(src: usize, nulls: usize, mask: usize, n: u32): u32 {
  for (let row: u32 = 0; row < n; row++) {
    if (isCounted(nulls, mask, row) && !(abs<f64>(load<f64>(src + (<usize>row << 3))) < Infinity)) return 0;
  }
  return 1;
}

@inline
function keepInt(isMin: bool, state: usize, value: i64): void {
  const kept = load<i64>(state);
  if (load<u64>(state, 8) != 0 && (isMin ? kept < value : kept > value)) return;
  store<i64>(state, value);
  store<u64>(state, 1, 8);
}

@inline
function extremeI32(isMin: bool, state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  if (countOf(nulls, mask, n) == 0) return;
  const none = i32x4.splat(isMin ? i32.MAX_VALUE : i32.MIN_VALUE);
  let best = none;
  for (let row: u32 = 0; row < n; row += 4) {
    const values = v128.bitselect(load4x32(src + (<usize>row << 2), n - row), none, lanes4(counted4(nulls, mask, row, n)));
    best = isMin ? i32x4.min_s(best, values) : i32x4.max_s(best, values);
  }
  const turned = v128.shuffle<i32>(best, best, 2, 3, 0, 1);
  best = isMin ? i32x4.min_s(best, turned) : i32x4.max_s(best, turned);
  const x = i32x4.extract_lane(best, 0);
  const y = i32x4.extract_lane(best, 1);
  keepInt(isMin, state, <i64>(isMin ? min(x, y) : max(x, y)));
}

/** Least of i32[n] into i64 and a u64 that is 1 once there is one. */
export function totalMinI32(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremeI32(true, state, src, nulls, mask, n);
}

/** Greatest of i32[n]. */
export function totalMaxI32(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremeI32(false, state, src, nulls, mask, n);
}

@inline
function better2(isMin: bool, best: v128, values: v128): v128 {
  return v128.bitselect(values, best, isMin ? i64x2.gt_s(best, values) : i64x2.gt_s(values, best));
}

@inline
function extremeI64(isMin: bool, state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  if (countOf(nulls, mask, n) == 0) return;
  const none = i64x2.splat(isMin ? i64.MAX_VALUE : i64.MIN_VALUE);
  let a = none;
  let b = none;
  for (let row: u32 = 0; row < n; row += 4) {
    const at = src + (<usize>row << 3);
    const lanes = lanes4(counted4(nulls, mask, row, n));
    a = better2(isMin, a, v128.bitselect(first2x64(at, n - row), none, i64x2.extend_low_i32x4_s(lanes)));
    b = better2(isMin, b, v128.bitselect(second2x64(at, n - row), none, i64x2.extend_high_i32x4_s(lanes)));
  }
  a = better2(isMin, a, b);
  const x = i64x2.extract_lane(a, 0);
  const y = i64x2.extract_lane(a, 1);
  keepInt(isMin, state, isMin ? min(x, y) : max(x, y));
}

/** Least of i64[n]. */
export function totalMinI64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremeI64(true, state, src, nulls, mask, n);
}

/** Greatest of i64[n]. */
export function totalMaxI64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremeI64(false, state, src, nulls, mask, n);
}

@inline
function keepFloat(isMin: bool, state: usize, value: f64): void {
  const kept = load<f64>(state);
  if (load<u64>(state, 8) != 0 && (isMin ? keepsLess(kept, value) : keepsMore(kept, value))) return;
  store<f64>(state, value);
  store<u64>(state, 1, 8);
}

@inline
function better2F64(isMin: bool, best: v128, values: v128): v128 {
  const keeps = isMin
    ? v128.or(f64x2.lt(best, values), v128.and(f64x2.ne(values, values), f64x2.eq(best, best)))
    : v128.or(f64x2.gt(best, values), v128.and(f64x2.ne(best, best), f64x2.eq(values, values)));
  return v128.bitselect(best, values, keeps);
}

@inline
function extremeF64(isMin: bool, state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  if (countOf(nulls, mask, n) == 0) return;
  // What every value takes the place of.
  const none = f64x2.splat(isMin ? NaN : -Infinity);
  let a = none;
  let b = none;
  for (let row: u32 = 0; row < n; row += 4) {
    const at = src + (<usize>row << 3);
    const lanes = lanes4(counted4(nulls, mask, row, n));
    a = better2F64(isMin, a, v128.bitselect(first2x64(at, n - row), none, i64x2.extend_low_i32x4_s(lanes)));
    b = better2F64(isMin, b, v128.bitselect(second2x64(at, n - row), none, i64x2.extend_high_i32x4_s(lanes)));
  }
  a = better2F64(isMin, a, b);
  const x = f64x2.extract_lane(a, 0);
  const y = f64x2.extract_lane(a, 1);
  keepFloat(isMin, state, (isMin ? keepsLess(x, y) : keepsMore(x, y)) ? x : y);
}

/** Least of f64[n], NaN above all. */
export function totalMinF64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremeF64(true, state, src, nulls, mask, n);
}

/** Greatest of f64[n]. */
export function totalMaxF64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  extremeF64(false, state, src, nulls, mask, n);
}

@inline
function extremeStr(isMin: bool, state: usize, src: usize, nulls: usize, mask: usize, n: u32, from: u32, arena: usize): u32 {
  for (let row = from; row < n; row++) {
    if (!isCounted(nulls, mask, row)) continue;
    const ref = load<u64>(src + (<usize>row << 3));
    if (load<u32>(state, 8) != 0) {
      const order = compareRefs(ref, load<u64>(state));
      if (isMin ? order >= 0 : order <= 0) continue;
    }
    if (!keepText(state, ref, arena)) return row;
  }
  return n;
}

/** Least text of rows [from, n) into a reference, u32 1, u32 room. Rows done: less than n when the arena {at, end} is short. */
export function totalMinStr(state: usize, src: usize, nulls: usize, mask: usize, n: u32, from: u32, arena: usize): u32 {
  return extremeStr(true, state, src, nulls, mask, n, from, arena);
}

/** Greatest text. */
export function totalMaxStr(state: usize, src: usize, nulls: usize, mask: usize, n: u32, from: u32, arena: usize): u32 {
  return extremeStr(false, state, src, nulls, mask, n, from, arena);
}

/** bool_and of u8[n] into a u64 0 or 1, and a u64 that is 1 once there is one. */
export function totalAnd(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  if (countOf(nulls, mask, n) == 0) return;
  let missed: u32 = 0;
  for (let row: u32 = 0; row < n; row += 4) missed |= counted4(nulls, mask, row, n) & ~i32x4.extract_lane(load4x8(src + row, n - row), 0);
  const all: u64 = missed == 0 ? 1 : 0;
  store<u64>(state, load<u64>(state, 8) == 0 ? all : load<u64>(state) & all);
  store<u64>(state, 1, 8);
}

/** bool_or of u8[n]. */
export function totalOr(state: usize, src: usize, nulls: usize, mask: usize, n: u32): void {
  if (countOf(nulls, mask, n) == 0) return;
  let any: u32 = 0;
  for (let row: u32 = 0; row < n; row += 4) any |= counted4(nulls, mask, row, n) & i32x4.extract_lane(load4x8(src + row, n - row), 0);
  store<u64>(state, load<u64>(state) | <u64>(any != 0));
  store<u64>(state, 1, 8);
}

/** Variance of f64[n], as groupVarF64. 0, or how many rows overflowed. */
export function totalVarF64(state: usize, src: usize, nulls: usize, mask: usize, n: u32): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < n; row++) if (isCounted(nulls, mask, row)) failed += addDeviation(state, load<f64>(src + (<usize>row << 3)));
  return failed;
}
