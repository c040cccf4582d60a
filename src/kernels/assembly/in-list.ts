// Membership of integers in a sorted list: the twin of ../twin/in-list.ts.
import { halves, narrow4 } from "./compare";

/** Longer lists are searched by halves and not by comparing with each of their values. */
const LINEAR_MAX: usize = 24;

/** Lanes of p that are some value of the list. */
@inline
function anyOf<T>(p: usize, list: usize, count: usize): v128 {
  const x = v128.load(p);
  let any = i32x4.splat(0);
  for (let at: usize = 0; at < count; at++) any = v128.or(any, v128.eq<T>(x, v128.splat<T>(load<T>(list + at * sizeof<T>()))));
  return any;
}

@inline
function search<T>(x: T, list: usize, count: usize): u8 {
  let low: usize = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<T>(list + middle * sizeof<T>()) < x) low = middle + 1;
    else high = middle;
  }
  return <u8>(low < count && load<T>(list + low * sizeof<T>()) == x);
}

@inline
function inList<T>(a: usize, list: usize, count: usize, n: usize, dst: usize): void {
  const ones = i8x16.splat(1);
  let at: usize = 0;
  if (count <= LINEAR_MAX) {
    for (; at + 8 <= n; at += 8) {
      const p = a + at * sizeof<T>();
      let bits: v128;
      if (sizeof<T>() == 4) bits = narrow4(anyOf<T>(p, list, count), anyOf<T>(p + 16, list, count), ones, ones);
      else {
        bits = narrow4(
          halves(anyOf<T>(p, list, count), anyOf<T>(p + 16, list, count)),
          halves(anyOf<T>(p + 32, list, count), anyOf<T>(p + 48, list, count)),
          ones,
          ones,
        );
      }
      v128.store64_lane(dst + at, v128.and(bits, ones), 0);
    }
  }
  for (; at < n; at++) store<u8>(dst + at, search<T>(load<T>(a + at * sizeof<T>()), list, count));
}

export function inListI32(a: usize, list: usize, count: usize, n: usize, dst: usize): void {
  inList<i32>(a, list, count, n, dst);
}

export function inListI64(a: usize, list: usize, count: usize, n: usize, dst: usize): void {
  inList<i64>(a, list, count, n, dst);
}
