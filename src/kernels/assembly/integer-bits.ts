// How wide 64-bit integers are.

/** Bits that hold every one of n values in two's complement: 1 to 64. */
export function bitsOf(a: usize, n: usize): u32 {
  let seen = i64x2.splat(0);
  let more = seen;
  let at: usize = 0;
  if (n >= 4) do {
    const x = v128.load(a + (at << 3));
    const y = v128.load(a + (at << 3), 16);
    seen = v128.or(seen, v128.xor(x, i64x2.shl(x, 1)));
    more = v128.or(more, v128.xor(y, i64x2.shl(y, 1)));
    at += 4;
  } while (at + 4 <= n);
  seen = v128.or(seen, more);
  let all = i64x2.extract_lane(seen, 0) | i64x2.extract_lane(seen, 1);
  for (; at < n; at++) {
    const x = load<i64>(a + (at << 3));
    all |= x ^ (x << 1);
  }
  return 64 - <u32>clz<i64>(all | 1);
}
