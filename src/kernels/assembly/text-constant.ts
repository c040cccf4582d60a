// Tests of strings with a constant by its first sixteen bytes: part of the twins of ../twin/compare.ts and ../twin/string-test.ts.
import { addressOf, equalBytes, lastBlock, lengthOf, lowBits } from "./text";

@inline
export const EQUALS: u32 = 0;
@inline
const PREFIX: u32 = 1;
@inline
const SUFFIX: u32 = 2;

/** dst = (the row equals, begins or ends with the constant) ^ flip. */
@inline
export function testConstant(test: u32, refs: usize, constant: usize, n: usize, dst: usize, flip: u32): void {
  const wanted = load<u64>(constant);
  const needle = addressOf(wanted);
  const length = lengthOf(wanted);
  const limit = lastBlock();
  // Near the end of memory there is no loading of sixteen bytes.
  const head = needle <= limit ? v128.load(needle) : i32x4.splat(0);
  const safe = needle <= limit ? limit : 0;
  const bits = lowBits(min<usize>(length, 16));
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const size = lengthOf(ref);
    if (test == EQUALS && size != length) {
      store<u8>(dst + at, <u8>flip);
      continue;
    }
    const fits = <u32>(test == EQUALS ? size == length : size >= length);
    // Where the constant is longer than the row, this is before the row, and what is compared there is thrown away.
    const p = test == SUFFIX ? addressOf(ref) + size - length : addressOf(ref);
    let isLike = fits;
    if (p > safe) isLike = <u32>(fits != 0 && equalBytes(p, needle, length));
    else {
      isLike &= <u32>((<u32>i8x16.bitmask(i8x16.eq(v128.load(p), head)) & bits) == bits);
      if (length > 16 && isLike != 0) isLike = <u32>equalBytes(p + 16, needle + 16, length - 16);
    }
    store<u8>(dst + at, <u8>(isLike ^ flip));
  }
}

export function prefixStr(refs: usize, constant: usize, n: usize, dst: usize): void {
  testConstant(PREFIX, refs, constant, n, dst, 0);
}

export function suffixStr(refs: usize, constant: usize, n: usize, dst: usize): void {
  testConstant(SUFFIX, refs, constant, n, dst, 0);
}
