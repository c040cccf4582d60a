// Checked integer division, negation and magnitude: the twin of ../twin/integer-division.ts.
import { isNullAt } from "./failures";

/** `step` is the size of T, or 0 where b is a constant. */
@inline
function divide<T>(isModulo: bool, a: usize, b: usize, step: usize, nulls: usize, n: usize, dst: usize): u32 {
  const least = (<T>1) << (sizeof<T>() * 8 - 1);
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const x = load<T>(a + at * sizeof<T>());
    const y = load<T>(b + at * step);
    let r: T = 0;
    let failed = false;
    if (y == 0) failed = true;
    else if (y == -1) {
      if (!isModulo) {
        r = -x as T;
        failed = x == least;
      }
    } else r = isModulo ? ((x % y) as T) : ((x / y) as T);
    if (failed && !isNullAt(nulls, at)) failures++;
    store<T>(dst + at * sizeof<T>(), r);
  }
  return failures;
}

export function divI32(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i32>(false, a, b, 4, nulls, n, dst);
}

export function modI32(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i32>(true, a, b, 4, nulls, n, dst);
}

export function divI64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i64>(false, a, b, 8, nulls, n, dst);
}

export function modI64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i64>(true, a, b, 8, nulls, n, dst);
}

export function divConstantI32(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i32>(false, a, constant, 0, nulls, n, dst);
}

export function modConstantI32(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i32>(true, a, constant, 0, nulls, n, dst);
}

export function divConstantI64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i64>(false, a, constant, 0, nulls, n, dst);
}

export function modConstantI64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide<i64>(true, a, constant, 0, nulls, n, dst);
}

/** -x, or |x|; the least value has neither. */
@inline
function negate<T>(isAbs: bool, a: usize, nulls: usize, n: usize, dst: usize): u32 {
  const least = (<T>1) << (sizeof<T>() * 8 - 1);
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const x = load<T>(a + at * sizeof<T>());
    if (x == least && !isNullAt(nulls, at)) failures++;
    store<T>(dst + at * sizeof<T>(), isAbs && x > 0 ? x : (-x as T));
  }
  return failures;
}

export function negI32(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return negate<i32>(false, a, nulls, n, dst);
}

export function negI64(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return negate<i64>(false, a, nulls, n, dst);
}

export function absI32(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return negate<i32>(true, a, nulls, n, dst);
}

export function absI64(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return negate<i64>(true, a, nulls, n, dst);
}

export function scaleDownI64(a: usize, divisor: usize, n: usize, dst: usize): void {
  const d = load<i64>(divisor);
  const half = d >> 1;
  for (let at: usize = 0; at < n; at++) {
    const x = load<i64>(a + (at << 3));
    const rest = x % d;
    // The divisor is even, so that a rest of just half of it is a tie: away from zero.
    store<i64>(dst + (at << 3), x / d + <i64>(rest >= half) - <i64>(rest <= -half));
  }
}
