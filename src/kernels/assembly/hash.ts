// Hashes of vectors: the twin of ../twin/hash.ts.
import { addressOf, lengthOf } from "./text";
import { first2x64, load4x32, load4x8, second2x64 } from "./lanes";

const NULL_HASH: u32 = 0x6e756c6c;
const MIX_A: u32 = 0x85ebca6b;
const MIX_B: u32 = 0xc2b2ae35;
const GOLDEN: u32 = 0x9e3779b1;
const NAN_HIGH: u32 = 0x7ff80000;

@inline
function mixed(word: u32): u32 {
  let h = word;
  h = (h ^ (h >> 16)) * MIX_A;
  h = (h ^ (h >> 13)) * MIX_B;
  return h ^ (h >> 16);
}

/** 64 bits into 32: where the high half is zero nothing collides, nor where the low half is. */
@inline
function hashWords(low: u32, high: u32): u32 {
  const h = high * GOLDEN;
  return mixed(low ^ h ^ (h >> 15));
}

@inline
function put(dst: usize, row: u32, hash: u32, combine: u32): void {
  const at = dst + (<usize>row << 2);
  store<u32>(at, combine != 0 ? (rotl<u32>(load<u32>(at), 15) * GOLDEN) ^ hash : hash);
}

@inline
function isNull(nulls: usize, row: u32): bool {
  return nulls != 0 && load<u8>(nulls + row) != 0;
}

@inline
function mixed4(words: v128): v128 {
  let h = words;
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(MIX_A));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(MIX_B));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

@inline
function hashWords4(low: v128, high: v128): v128 {
  const h = i32x4.mul(high, i32x4.splat(GOLDEN));
  return mixed4(v128.xor(v128.xor(low, h), i32x4.shr_u(h, 15)));
}

/** Four rows at once; the padding of `dst` and `nulls` takes what is past n. */
@inline
function put4(dst: usize, nulls: usize, row: u32, hashes: v128, combine: u32): void {
  let h = hashes;
  if (nulls != 0) {
    const flags = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(nulls + row)));
    h = v128.bitselect(i32x4.splat(NULL_HASH), h, i32x4.ne(flags, i32x4.splat(0)));
  }
  const at = dst + (<usize>row << 2);
  if (combine != 0) {
    const old = v128.load(at);
    const turned = v128.or(i32x4.shl(old, 15), i32x4.shr_u(old, 17));
    h = v128.xor(i32x4.mul(turned, i32x4.splat(GOLDEN)), h);
  }
  v128.store(at, h);
}

/** Hashes of i32[n] into (or, `combine` 1, mixed with what is in) u32[n] at `dst`. */
export function hashI32(src: usize, nulls: usize, n: u32, combine: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row += 4) {
    const values = load4x32(src + (<usize>row << 2), n - row);
    put4(dst, nulls, row, hashWords4(values, i32x4.shr_s(values, 31)), combine);
  }
}

/** Hashes of i64[n]: those of the equal i32. */
export function hashI64(src: usize, nulls: usize, n: u32, combine: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row += 4) {
    const a = first2x64(src + (<usize>row << 3), n - row);
    const b = second2x64(src + (<usize>row << 3), n - row);
    const low = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    const high = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    put4(dst, nulls, row, hashWords4(low, high), combine);
  }
}

/** Hashes of f64[n]: -0 as 0, every NaN alike. */
export function hashF64(src: usize, nulls: usize, n: u32, combine: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row += 4) {
    const a = canonical(first2x64(src + (<usize>row << 3), n - row));
    const b = canonical(second2x64(src + (<usize>row << 3), n - row));
    const low = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    const high = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    put4(dst, nulls, row, hashWords4(low, high), combine);
  }
}

@inline
function canonical(values: v128): v128 {
  const zero = f64x2.splat(0);
  const plain = v128.andnot(values, f64x2.eq(values, zero));
  return v128.bitselect(i64x2.splat(<i64>(<u64>NAN_HIGH << 32)), plain, f64x2.ne(values, values));
}

/** Hashes of bool u8[n]: those of the i32 0 and 1. */
export function hashBool(src: usize, nulls: usize, n: u32, combine: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row += 4) {
    const values = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(load4x8(src + row, n - row)));
    put4(dst, nulls, row, mixed4(values), combine);
  }
}

/** Hashes of the text behind str u64[n]. */
export function hashStr(src: usize, nulls: usize, n: u32, combine: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) {
    if (isNull(nulls, row)) put(dst, row, NULL_HASH, combine);
    else {
      const ref = load<u64>(src + (<usize>row << 3));
      put(dst, row, hashText(addressOf(ref), <u32>lengthOf(ref)), combine);
    }
  }
}

/** Two lanes of 32 bits, each over four of every eight bytes; the last eight are read again rather than byte by byte. */
function hashText(at: usize, length: u32): u32 {
  let a: u32 = length * GOLDEN;
  let b: u32 = length ^ MIX_A;
  if (length >= 8) {
    const last = length - 8;
    for (let offset: u32 = 0; offset < last; offset += 8) {
      a = rotl<u32>((a ^ load<u32>(at + offset)) * MIX_A, 13);
      b = rotl<u32>((b ^ load<u32>(at + offset, 4)) * MIX_B, 17);
    }
    a = (a ^ load<u32>(at + last)) * MIX_A;
    b = (b ^ load<u32>(at + last, 4)) * MIX_B;
  } else if (length >= 4) {
    a = (a ^ load<u32>(at)) * MIX_A;
    b = (b ^ load<u32>(at + length - 4)) * MIX_B;
  } else if (length > 0) {
    a = (a ^ (<u32>load<u8>(at) | (<u32>load<u8>(at + (length >> 1)) << 8) | (<u32>load<u8>(at + length - 1) << 16))) * MIX_A;
  }
  return mixed(a ^ rotl<u32>(b, 16) ^ (b >> 15));
}
