// A blocked Bloom filter, one u64 word to a hash and four bits in it: the twin of ../twin/bloom.ts.

@inline
function bitsOf(hash: u32): u64 {
  const h = hash * 0x9e3779b1;
  return ((<u64>1) << (h >> 26)) | ((<u64>1) << ((h >> 20) & 63)) | ((<u64>1) << ((h >> 14) & 63)) | ((<u64>1) << ((h >> 8) & 63));
}

/** Adds hashes u32[n] to u64[mask + 1]. */
export function bloomInsert(words: usize, mask: u32, hashes: usize, n: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const hash = load<u32>(hashes + (<usize>row << 2));
    const at = words + (<usize>(hash & mask) << 3);
    store<u64>(at, load<u64>(at) | bitsOf(hash));
  }
}

/** u8[n]: 0 for hashes that were never added. How many are 1. */
export function bloomTest(words: usize, mask: u32, hashes: usize, n: u32, dstMask: usize): u32 {
  let count: u32 = 0;
  for (let row: u32 = 0; row < n; row++) {
    const hash = load<u32>(hashes + (<usize>row << 2));
    const bits = bitsOf(hash);
    const has = u32((load<u64>(words + (<usize>(hash & mask) << 3)) & bits) == bits);
    store<u8>(dstMask + row, <u8>has);
    count += has;
  }
  return count;
}
