// Counting rows that failed: what the checked kernels share.

/** How many of the rows at + i, for the bits i that are set, are not null. */
export function countFailed(bits: u32, nulls: usize, at: usize): u32 {
  if (nulls == 0) return popcnt<u32>(bits);
  let count: u32 = 0;
  while (bits != 0) {
    count += <u32>(load<u8>(nulls + at + ctz<u32>(bits)) == 0);
    bits &= bits - 1;
  }
  return count;
}

@inline
export function isNullAt(nulls: usize, at: usize): bool {
  return nulls != 0 && load<u8>(nulls + at) != 0;
}
