// What all loading kernels share: byte strings as references, compared, hashed, searched and copied.

/** A string's address: the low half of a reference. */
// @ts-ignore: decorator
@inline
export function addressOf(ref: u64): usize {
  return <usize>(<u32>ref);
}

/** A string's length in bytes: the high half of a reference. */
// @ts-ignore: decorator
@inline
export function lengthOf(ref: u64): u32 {
  return <u32>(ref >> 32);
}

// @ts-ignore: decorator
@inline
export function refOf(address: usize, length: u32): u64 {
  return ((<u64>length) << 32) | (<u64>address);
}

/** Copies `length` bytes in steps of sixteen: up to fifteen bytes behind both ends are read and written. */
// @ts-ignore: decorator
@inline
export function copyWide(to: usize, from: usize, length: u32): void {
  let at: u32 = 0;
  do {
    v128.store(to + at, v128.load(from + at));
    at += 16;
  } while (at < length);
}

/** The order of two byte strings as memcmp has it, a prefix before what it begins. Up to seven bytes behind them are read. */
export function compareStrings(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const common = min(aLength, bLength);
  for (let at: u32 = 0; at < common; at += 8) {
    let left = load<u64>(a + at);
    let right = load<u64>(b + at);
    if (left == right) continue;
    left = bswap(left);
    right = bswap(right);
    if (common - at < 8) {
      const behind = (8 - (common - at)) << 3;
      left >>= behind;
      right >>= behind;
      if (left == right) break;
    }
    return left < right ? -1 : 1;
  }
  return aLength == bLength ? 0 : aLength < bLength ? -1 : 1;
}

/** Whether two byte strings of one length are the same. Up to seven bytes behind them are read. */
// @ts-ignore: decorator
@inline
export function equalStrings(a: usize, b: usize, length: u32): bool {
  let at: u32 = 0;
  while (at + 8 <= length) {
    if (load<u64>(a + at) != load<u64>(b + at)) return false;
    at += 8;
  }
  return at == length || ((load<u64>(a + at) ^ load<u64>(b + at)) << ((8 - (length & 7)) << 3)) == 0;
}

/** The first of two bytes in [from, to), or `to`. Up to fifteen bytes behind `to` are read. */
export function findEither(from: usize, to: usize, one: u8, other: u8): usize {
  const first = i8x16.splat(one);
  const second = i8x16.splat(other);
  let at = from;
  while (at < to) {
    const block = v128.load(at);
    const mask = i8x16.bitmask(v128.or(i8x16.eq(block, first), i8x16.eq(block, second)));
    if (mask != 0) return min(to, at + <usize>ctz(mask));
    at += 16;
  }
  return to;
}

/** The characters of UTF-8 text. */
export function charactersOf(address: usize, length: u32): u32 {
  let count: u32 = 0;
  let at: u32 = 0;
  while (at + 16 <= length) {
    // Bytes 10xxxxxx go on with a character: as signed numbers they are below -64.
    count += 16 - popcnt(i8x16.bitmask(i8x16.lt_s(v128.load(address + at), i8x16.splat(-64))));
    at += 16;
  }
  while (at < length) {
    if (<i8>load<u8>(address + at) >= -64) count++;
    at++;
  }
  return count;
}
