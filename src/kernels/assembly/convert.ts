// Conversions between numbers: the twin of ../twin/convert.ts.
import { isNullAt } from "./failures";

export function i32ToI64(a: usize, n: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 4 <= n; at += 4) {
    const x = v128.load(a + (at << 2));
    v128.store(dst + (at << 3), i64x2.extend_low_i32x4_s(x));
    v128.store(dst + (at << 3), i64x2.extend_high_i32x4_s(x), 16);
  }
  for (; at < n; at++) store<i64>(dst + (at << 3), <i64>load<i32>(a + (at << 2)));
}

export function i32ToF64(a: usize, n: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 4 <= n; at += 4) {
    const x = v128.load(a + (at << 2));
    v128.store(dst + (at << 3), f64x2.convert_low_i32x4_s(x));
    v128.store(dst + (at << 3), f64x2.convert_low_i32x4_s(v128.shuffle<i32>(x, x, 2, 3, 2, 3)), 16);
  }
  for (; at < n; at++) store<f64>(dst + (at << 3), <f64>load<i32>(a + (at << 2)));
}

export function i64ToF64(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), <f64>load<i64>(a + (at << 3)));
}

export function i64ToI32(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const x = load<i64>(a + (at << 3));
    if (<i64>(<i32>x) != x && !isNullAt(nulls, at)) failures++;
    store<i32>(dst + (at << 2), <i32>x);
  }
  return failures;
}

@inline
function rounded<T>(a: usize, least: f64, end: f64, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const x = nearest<f64>(load<f64>(a + (at << 3)));
    let r: T = 0;
    if (x >= least && x < end) r = <T>x;
    else if (!isNullAt(nulls, at)) failures++;
    store<T>(dst + at * sizeof<T>(), r);
  }
  return failures;
}

export function f64ToI32(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return rounded<i32>(a, -2147483648.0, 2147483648.0, nulls, n, dst);
}

export function f64ToI64(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return rounded<i64>(a, -9223372036854775808.0, 9223372036854775808.0, nulls, n, dst);
}

export function roundF32(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const x = load<f64>(a + (at << 3));
    const r = <f64>(<f32>x);
    if (((abs<f64>(r) == Infinity && abs<f64>(x) != Infinity) || (r == 0 && x != 0)) && !isNullAt(nulls, at)) failures++;
    store<f64>(dst + (at << 3), r);
  }
  return failures;
}
