// Decimal digits to numbers, sixteen at a time and without a branch on them.

/** What is not a number of digits: above every number of sixteen digits. */
export const NOT_DIGITS: u64 = 0xffffffffffffffff;

/**
 * The number in the `length` bytes at `address`, at most 16 of them digits, with the byte number `point` left out (`length` or more: none is).
 * NOT_DIGITS when another is no digit. Up to 15 bytes behind them are read.
 */
// @ts-ignore: decorator
@inline
export function numberOf(address: usize, length: u32, point: u32): u64 {
  const digits = length - (point < length ? 1 : 0);
  // Lane 16 - digits + i takes digit i, from behind the point where the point comes before it; lanes before that take nothing.
  const lanes = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(digits - 16)));
  const source = i8x16.sub(lanes, i8x16.ge_s(lanes, i8x16.splat(<i8>min<u32>(point, 64))));
  const values = i8x16.swizzle(i8x16.sub(v128.load(address), i8x16.splat(48)), source);
  const isWrong = v128.any_true(i8x16.gt_u(values, i8x16.splat(9)));
  // Pairs of digits, pairs of pairs, pairs of those.
  const tens = v128.and(values, i16x8.splat(0x00ff));
  const ones = i16x8.shr_u(values, 8);
  const pairs = i16x8.add(i16x8.mul(tens, i16x8.splat(10)), ones);
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const narrow = i16x8.narrow_i32x4_u(fours, fours);
  const eights = i32x4.dot_i16x8_s(narrow, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
  const number = <u64>(<u32>i32x4.extract_lane(eights, 0)) * 100000000 + <u64>(<u32>i32x4.extract_lane(eights, 1));
  return isWrong ? NOT_DIGITS : number;
}

/** The place of the first `byte` among `length` bytes, at most 16; `length` or more when there is none. Up to 15 bytes behind them are read. */
// @ts-ignore: decorator
@inline
export function placeOf(byte: u8, address: usize, length: u32): u32 {
  const mask = <u32>i8x16.bitmask(i8x16.eq(v128.load(address), i8x16.splat(byte))) | 0x10000;
  const place = <u32>ctz(mask);
  return place < length ? place : length;
}
