// Three-valued logic and masks: the twin of ../twin/logic.ts. Bytes are 0 or 1; blocks of 16 reach into the padding.

/** Sixteen nulls, none where the address is 0. */
@inline
function nullsAt(nulls: usize, at: usize): v128 {
  return nulls == 0 ? i32x4.splat(0) : v128.load(nulls + at);
}

export function andBool(a: usize, aNulls: usize, b: usize, bNulls: usize, n: usize, dst: usize, dstNulls: usize): void {
  const mayBeNull = (aNulls | bNulls) != 0;
  for (let at: usize = 0; at < n; at += 16) {
    const aNull = nullsAt(aNulls, at);
    const bNull = nullsAt(bNulls, at);
    const notFalse = v128.and(v128.or(v128.load(a + at), aNull), v128.or(v128.load(b + at), bNull));
    const eitherNull = v128.or(aNull, bNull);
    v128.store(dst + at, v128.andnot(notFalse, eitherNull));
    if (mayBeNull) v128.store(dstNulls + at, v128.and(notFalse, eitherNull));
  }
}

export function orBool(a: usize, aNulls: usize, b: usize, bNulls: usize, n: usize, dst: usize, dstNulls: usize): void {
  const mayBeNull = (aNulls | bNulls) != 0;
  for (let at: usize = 0; at < n; at += 16) {
    const aNull = nullsAt(aNulls, at);
    const bNull = nullsAt(bNulls, at);
    const isTrue = v128.or(v128.andnot(v128.load(a + at), aNull), v128.andnot(v128.load(b + at), bNull));
    v128.store(dst + at, isTrue);
    if (mayBeNull) v128.store(dstNulls + at, v128.andnot(v128.or(aNull, bNull), isTrue));
  }
}

export function notBool(a: usize, n: usize, dst: usize): void {
  const ones = i8x16.splat(1);
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.xor(v128.load(a + at), ones));
}

export function maskAnd(a: usize, b: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.and(v128.load(a + at), v128.load(b + at)));
}

export function maskOr(a: usize, b: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.or(v128.load(a + at), v128.load(b + at)));
}

export function maskXor(a: usize, b: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.xor(v128.load(a + at), v128.load(b + at)));
}

export function maskAndNot(a: usize, b: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.andnot(v128.load(a + at), nullsAt(b, at)));
}

export function orNulls(dst: usize, a: usize, b: usize, n: usize): void {
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.or(nullsAt(a, at), nullsAt(b, at)));
}

export function isNull(nulls: usize, n: usize, dst: usize): void {
  orNulls(dst, nulls, 0, n);
}

export function isNotNull(nulls: usize, n: usize, dst: usize): void {
  const ones = i8x16.splat(1);
  for (let at: usize = 0; at < n; at += 16) v128.store(dst + at, v128.andnot(ones, nullsAt(nulls, at)));
}

export function countMask(mask: usize, n: usize): u32 {
  let sums = i32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= n; at += 16) {
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(mask + at))));
  }
  let count: u32 =
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  for (; at < n; at++) count += load<u8>(mask + at);
  return count;
}

export function maskAnyAll(mask: usize, n: usize): u32 {
  const count = countMask(mask, n);
  return count == 0 ? 0 : count == <u32>n ? 2 : 1;
}
