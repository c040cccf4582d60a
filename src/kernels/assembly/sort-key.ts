// Values as u64 whose unsigned order is the sort order: the twin of ../twin/sort-key.ts. NaN is above all, -0 is 0; of a text, the
// first eight bytes.
import { addressOf, lengthOf } from "./text";

const DESCENDING: u32 = 1;
const NULLS_FIRST: u32 = 2;

const SIGN: u64 = 1 << 63;

@inline
export function keyOfInt(value: i64): u64 {
  return <u64>value ^ SIGN;
}

@inline
export function keyOfFloat(value: f64): u64 {
  if (value != value) return u64.MAX_VALUE;
  const bits = reinterpret<u64>(value + 0);
  return bits >> 63 != 0 ? ~bits : bits | SIGN;
}

/** Bytes [from, from + 8) of a text, the first one highest; zeros past its end. */
export function keyOfText(ref: u64, from: u32): u64 {
  const at = addressOf(ref) + from;
  const length = <u32>lengthOf(ref);
  if (length >= from + 8) return bswap<u64>(load<u64>(at));
  if (length <= from) return 0;
  const rest = length - from;
  let word: u64 = 0;
  for (let byte: u32 = 0; byte < rest; byte++) word = (word << 8) | <u64>load<u8>(at + byte);
  return word << <u64>((8 - rest) << 3);
}

@inline
function put(dst: usize, row: u32, nulls: usize, flags: u32, key: u64): void {
  let word = (flags & DESCENDING) != 0 ? ~key : key;
  if (nulls != 0 && load<u8>(nulls + row) != 0) word = (flags & NULLS_FIRST) != 0 ? 0 : u64.MAX_VALUE;
  store<u64>(dst + (<usize>row << 3), word);
}

/** i32[n] into u64[n]. */
export function sortKeyI32(src: usize, nulls: usize, n: u32, flags: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) put(dst, row, nulls, flags, keyOfInt(<i64>load<i32>(src + (<usize>row << 2))));
}

/** i64[n]. */
export function sortKeyI64(src: usize, nulls: usize, n: u32, flags: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) put(dst, row, nulls, flags, keyOfInt(load<i64>(src + (<usize>row << 3))));
}

/** f64[n]. */
export function sortKeyF64(src: usize, nulls: usize, n: u32, flags: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) put(dst, row, nulls, flags, keyOfFloat(load<f64>(src + (<usize>row << 3))));
}

/** bool u8[n]. */
export function sortKeyBool(src: usize, nulls: usize, n: u32, flags: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) put(dst, row, nulls, flags, <u64>load<u8>(src + row));
}

/** str u64[n]. */
export function sortKeyStr(src: usize, nulls: usize, n: u32, flags: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) {
    const isNull = nulls != 0 && load<u8>(nulls + row) != 0;
    put(dst, row, nulls, flags, isNull ? 0 : keyOfText(load<u64>(src + (<usize>row << 3)), 0));
  }
}

/** u8[n]: 1 where u64[n] at `keys` is below the u64 at `bound`, or, `orEqual` 1, equal to it. How many. */
export function topMask(keys: usize, bound: usize, orEqual: u32, n: u32, dstMask: usize): u32 {
  const most = load<u64>(bound);
  let count: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const key = load<u64>(keys + (<usize>row << 3));
    const passes = u32(key < most) | (u32(key == most) & orEqual);
    store<u8>(dstMask + row, <u8>passes);
    count += passes;
  }
  return count;
}
