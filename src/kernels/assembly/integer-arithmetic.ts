// Checked integer arithmetic: the twin of ../twin/integer-arithmetic.ts. Lanes are computed wrapping, and a lane whose sign is
// impossible has overflowed; rows are counted only in vectors that have one.
import { countFailed, isNullAt } from "./failures";
import { bitsOf } from "./integer-bits";

@inline
const ADD: u32 = 0;
@inline
const SUB: u32 = 1;
@inline
const MUL: u32 = 2;

@inline
function wrapping<T>(op: u32, a: T, b: T): T {
  return op == ADD ? ((a + b) as T) : op == SUB ? ((a - b) as T) : ((a * b) as T);
}

@inline
function wrappingLanes<T>(op: u32, a: v128, b: v128): v128 {
  return op == ADD ? v128.add<T>(a, b) : op == SUB ? v128.sub<T>(a, b) : v128.mul<T>(a, b);
}

/** Whether `r`, the wrapping result, is not the true one. */
@inline
function overflows<T>(op: u32, a: T, b: T, r: T): bool {
  if (op == ADD) return ((a ^ r) & (b ^ r)) < 0;
  if (op == SUB) return ((a ^ b) & (a ^ r)) < 0;
  if (sizeof<T>() == 4) return <i64>a * <i64>b != <i64>r;
  return mulOverflows(<i64>a, <i64>b, <i64>r);
}

function mulOverflows(a: i64, b: i64, r: i64): bool {
  if (<i64>(<i32>a) == a && <i64>(<i32>b) == b) return false;
  if (a == 0) return false;
  if (a == -1) return b == i64.MIN_VALUE;
  return r / a != b;
}

/** Bit i is set where lane i of the wrapping result `r` overflowed. */
@inline
function overflowBits<T>(op: u32, a: v128, b: v128, r: v128): u32 {
  if (op == MUL) {
    const low = i64x2.eq(i64x2.extmul_low_i32x4_s(a, b), i64x2.extend_low_i32x4_s(r));
    const high = i64x2.eq(i64x2.extmul_high_i32x4_s(a, b), i64x2.extend_high_i32x4_s(r));
    return i32x4.bitmask(v128.shuffle<i32>(low, high, 0, 2, 4, 6)) ^ 15;
  }
  const signs = op == ADD ? v128.and(v128.xor(a, r), v128.xor(b, r)) : v128.and(v128.xor(a, b), v128.xor(a, r));
  return sizeof<T>() == 4 ? i32x4.bitmask(signs) : i64x2.bitmask(signs);
}

/** Where a side is a constant, its address is that of one cell. */
@inline
function arithmetic<T>(op: u32, a: usize, b: usize, aConstant: bool, bConstant: bool, nulls: usize, n: usize, dst: usize): u32 {
  const splat: v128 = aConstant ? v128.splat<T>(load<T>(a)) : bConstant ? v128.splat<T>(load<T>(b)) : i32x4.splat(0);
  const lanes: u32 = 16 / sizeof<T>();
  let failures: u32 = 0;
  let at: usize = 0;
  if (n >= 2 * lanes) do {
    const offset = at * sizeof<T>();
    const x = aConstant ? splat : v128.load(a + offset);
    const y = bConstant ? splat : v128.load(b + offset);
    const x2 = aConstant ? splat : v128.load(a + offset, 16);
    const y2 = bConstant ? splat : v128.load(b + offset, 16);
    const r = wrappingLanes<T>(op, x, y);
    const r2 = wrappingLanes<T>(op, x2, y2);
    const bits = overflowBits<T>(op, x, y, r) | (overflowBits<T>(op, x2, y2, r2) << lanes);
    if (bits != 0) failures += countFailed(bits, nulls, at);
    v128.store(dst + offset, r);
    v128.store(dst + offset, r2, 16);
    at += 2 * lanes;
  } while (at + 2 * lanes <= n);
  for (; at < n; at++) {
    const x = load<T>(aConstant ? a : a + at * sizeof<T>());
    const y = load<T>(bConstant ? b : b + at * sizeof<T>());
    const r = wrapping<T>(op, x, y);
    if (overflows<T>(op, x, y, r) && !isNullAt(nulls, at)) failures++;
    store<T>(dst + at * sizeof<T>(), r);
  }
  return failures;
}

export function addI32(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(ADD, a, b, false, false, nulls, n, dst);
}

export function subI32(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(SUB, a, b, false, false, nulls, n, dst);
}

export function mulI32(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(MUL, a, b, false, false, nulls, n, dst);
}

export function addConstantI32(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(ADD, a, constant, false, true, nulls, n, dst);
}

export function subConstantI32(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(SUB, a, constant, false, true, nulls, n, dst);
}

export function rsubConstantI32(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(SUB, constant, a, true, false, nulls, n, dst);
}

export function mulConstantI32(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i32>(MUL, a, constant, false, true, nulls, n, dst);
}

export function addI64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i64>(ADD, a, b, false, false, nulls, n, dst);
}

export function subI64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i64>(SUB, a, b, false, false, nulls, n, dst);
}

export function addConstantI64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i64>(ADD, a, constant, false, true, nulls, n, dst);
}

export function subConstantI64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i64>(SUB, a, constant, false, true, nulls, n, dst);
}

export function rsubConstantI64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic<i64>(SUB, constant, a, true, false, nulls, n, dst);
}

/** `stepB` is 8, or 0 where b is a constant. */
function multiply(a: usize, b: usize, stepB: usize, nulls: usize, n: usize, dst: usize): u32 {
  const bitsA = bitsOf(a, n);
  const bitsB = bitsOf(b, stepB == 0 ? 1 : n);
  let at: usize = 0;
  if (bitsA <= 32 && bitsB <= 32) {
    if (stepB == 0) {
      const y = v128.load_splat<u32>(b);
      if (n >= 4) do {
        const p = at << 3;
        const x = v128.shuffle<i32>(v128.load(a + p), v128.load(a + p, 16), 0, 2, 4, 6);
        v128.store(dst + p, i64x2.extmul_low_i32x4_s(x, y));
        v128.store(dst + p, i64x2.extmul_high_i32x4_s(x, y), 16);
        at += 4;
      } while (at + 4 <= n);
    } else {
      for (; at + 4 <= n; at += 4) {
        const p = at << 3;
        const x = v128.shuffle<i32>(v128.load(a + p), v128.load(a + p, 16), 0, 2, 4, 6);
        const y = v128.shuffle<i32>(v128.load(b + p), v128.load(b + p, 16), 0, 2, 4, 6);
        v128.store(dst + p, i64x2.extmul_low_i32x4_s(x, y));
        v128.store(dst + p, i64x2.extmul_high_i32x4_s(x, y), 16);
      }
    }
  }
  if (bitsA + bitsB <= 64) {
    for (; at < n; at++) store<i64>(dst + (at << 3), load<i64>(a + (at << 3)) * load<i64>(b + at * stepB));
    return 0;
  }
  let failures: u32 = 0;
  for (; at < n; at++) {
    const x = load<i64>(a + (at << 3));
    const y = load<i64>(b + at * stepB);
    const r = x * y;
    if (mulOverflows(x, y, r) && !isNullAt(nulls, at)) failures++;
    store<i64>(dst + (at << 3), r);
  }
  return failures;
}

export function mulI64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return multiply(a, b, 8, nulls, n, dst);
}

export function mulConstantI64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return multiply(a, constant, 0, nulls, n, dst);
}

export function mulI32ToI64(a: usize, b: usize, n: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 4 <= n; at += 4) {
    const x = v128.load(a + (at << 2));
    const y = v128.load(b + (at << 2));
    v128.store(dst + (at << 3), i64x2.extmul_low_i32x4_s(x, y));
    v128.store(dst + (at << 3), i64x2.extmul_high_i32x4_s(x, y), 16);
  }
  for (; at < n; at++) store<i64>(dst + (at << 3), <i64>load<i32>(a + (at << 2)) * <i64>load<i32>(b + (at << 2)));
}
