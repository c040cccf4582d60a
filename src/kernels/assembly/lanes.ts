// Four rows of a column at once, of which `left` (at least 1) are there: what is past them is not read, since a column may end where
// memory does.

/** Rows of 4 bytes. */
@inline
export function load4x32(at: usize, left: u32): v128 {
  return left >= 4 ? v128.load(at) : part4x32(at, left);
}

function part4x32(at: usize, left: u32): v128 {
  if (left == 1) return v128.load32_zero(at);
  const two = v128.load64_zero(at);
  return left == 2 ? two : v128.load32_lane(at, two, 2, 8);
}

/** Rows of one byte, in the low 32 bits. */
@inline
export function load4x8(at: usize, left: u32): v128 {
  return left >= 4 ? v128.load32_zero(at) : part4x8(at, left);
}

function part4x8(at: usize, left: u32): v128 {
  let word: u32 = load<u8>(at);
  if (left > 1) word |= <u32>load<u8>(at, 1) << 8;
  if (left > 2) word |= <u32>load<u8>(at, 2) << 16;
  return i32x4.replace_lane(i32x4.splat(0), 0, word);
}

/** The first two of four rows of 8 bytes. */
@inline
export function first2x64(at: usize, left: u32): v128 {
  return left >= 2 ? v128.load(at) : v128.load64_zero(at);
}

/** The other two. */
@inline
export function second2x64(at: usize, left: u32): v128 {
  return left >= 4 ? v128.load(at, 16) : left == 3 ? v128.load64_zero(at, 16) : i64x2.splat(0);
}
