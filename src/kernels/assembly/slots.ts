// Open addressing over u64 entries: hash in the low half, tuple in the high one, 0 where free. A slot is a hash's low bits.

/** u32[n] at `tuples` from row `from`: the first tuple of the row's hash, 0 when there is none. Two passes, so that the misses of
 * the first overlap: it has no branch that waits for memory. */
export function findByHash(entries: usize, mask: u32, hashes: usize, from: u32, n: u32, tuples: usize): void {
  for (let row = from; row < n; row++) {
    const hash = load<u32>(hashes + (<usize>row << 2));
    const entry = load<u64>(entries + (<usize>(hash & mask) << 3));
    // A free entry is its own answer; 1 says that another hash sits there.
    const other: u32 = entry == 0 ? 0 : 1;
    store<u32>(tuples + (<usize>row << 2), select<u32>(<u32>(entry >> 32), other, <u32>entry == hash));
  }
  for (let row = from; row < n; row++) {
    const at = tuples + (<usize>row << 2);
    if (load<u32>(at) != 1) continue;
    const hash = load<u32>(hashes + (<usize>row << 2));
    let slot = (hash + 1) & mask;
    let entry = load<u64>(entries + (<usize>slot << 3));
    while (entry != 0 && <u32>entry != hash) {
      slot = (slot + 1) & mask;
      entry = load<u64>(entries + (<usize>slot << 3));
    }
    store<u32>(at, <u32>(entry >> 32));
  }
}

/** Puts an entry where none of its hash is looked for. */
@inline
export function place(entries: usize, mask: u32, entry: u64): void {
  let slot = <u32>entry & mask;
  while (load<u64>(entries + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask;
  store<u64>(entries + (<usize>slot << 3), entry);
}
