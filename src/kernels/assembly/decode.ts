// Sections of column chunks to vectors: the twin of ../twin/decode.ts. What a damaged page holds is checked before it leads anywhere.
import { bitsOf } from "./integer-bits";
import { refOf } from "./text";

@inline
function runs<T>(ends: usize, values: usize, count: usize, from: usize, n: usize, dst: usize): u32 {
  // The run that row `from` lies in: the first whose end is greater.
  let low: usize = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (<usize>load<u16>(ends + middle * 2) > from) high = middle;
    else low = middle + 1;
  }
  let row: usize = 0;
  for (let run = low; row < n; run++) {
    if (run >= count) return 0;
    const end = min(<usize>load<u16>(ends + run * 2), from + n);
    if (end <= from + row) return 0;
    const value = load<T>(values + run * sizeof<T>());
    for (; from + row < end; row++) store<T>(dst + row * sizeof<T>(), value);
  }
  return 1;
}

export function runsI32(ends: usize, values: usize, count: usize, from: usize, n: usize, dst: usize): u32 {
  return runs<i32>(ends, values, count, from, n, dst);
}

export function runsI64(ends: usize, values: usize, count: usize, from: usize, n: usize, dst: usize): u32 {
  return runs<i64>(ends, values, count, from, n, dst);
}

export function fitsI32(src: usize, n: usize): u32 {
  return <u32>(bitsOf(src, n) <= 32);
}

export function narrowI64(src: usize, n: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 4 <= n; at += 4) {
    const from = src + (at << 3);
    v128.store(dst + (at << 2), v128.shuffle<i32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
  }
  for (; at < n; at++) store<i32>(dst + (at << 2), <i32>load<i64>(src + (at << 3)));
}

export function bitsToBytes(bits: usize, from: usize, n: usize, dst: usize): void {
  const shift = <u32>from & 7;
  let p = bits + (from >> 3);
  let at: usize = 0;
  const bytes = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const single = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const ones = i8x16.splat(1);
  // Where rows begin within a byte, sixteen of them lie in three bytes.
  const rows: usize = shift == 0 ? 16 : 24;
  for (; at + rows <= n; at += 16) {
    const word = shift == 0 ? <u32>load<u16>(p) : (<u32>load<u16>(p) | (<u32>load<u8>(p, 2) << 16)) >> shift;
    const spread = i8x16.swizzle(i16x8.splat(<i16>word), bytes);
    v128.store(dst + at, v128.and(i8x16.eq(v128.and(spread, single), single), ones));
    p += 2;
  }
  for (; at < n; at++) store<u8>(dst + at, <u8>((<u32>load<u8>(bits + ((from + at) >> 3)) >> ((<u32>(from + at)) & 7)) & 1));
}

export function stringRefs(ends: usize, bytes: usize, byteCount: u32, from: usize, n: usize, dst: usize): u32 {
  let start: u32 = from == 0 ? 0 : load<u32>(ends + (from - 1) * 4);
  let disorder: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const end = load<u32>(ends + (from + at) * 4);
    disorder |= <u32>(end < start);
    store<u64>(dst + (at << 3), refOf(bytes + start, end - start));
    start = end;
  }
  return <u32>(disorder == 0 && start <= byteCount);
}

export function codesInRange(codes: usize, n: usize, count: u32): u32 {
  let most = i32x4.splat(0);
  let at: usize = 0;
  for (; at + 4 <= n; at += 4) most = i32x4.max_u(most, v128.load(codes + (at << 2)));
  let greatest = max(
    max(<u32>i32x4.extract_lane(most, 0), <u32>i32x4.extract_lane(most, 1)),
    max(<u32>i32x4.extract_lane(most, 2), <u32>i32x4.extract_lane(most, 3)),
  );
  for (; at < n; at++) greatest = max(greatest, load<u32>(codes + (at << 2)));
  return <u32>(n == 0 || greatest < count);
}

export function f32ToF64(src: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), <f64>load<f32>(src + (at << 2)));
}
