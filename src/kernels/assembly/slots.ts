// Open addressing over u64 entries: hash in the low half, tuple in the high one, 0 where free. A slot is a hash's low bits.

/** u32[n] at `heads` from row `from`: what the hash's first slot says, its tuple, 0 for none, or 1 where another hash sits there. No
 * branch waits for memory, so that misses overlap. */
export function firstOfHash(entries: usize, mask: u32, hashes: usize, from: u32, n: u32, heads: usize): void {
  for (let row = from; row < n; row++) {
    const hash = load<u32>(hashes + (<usize>row << 2));
    const entry = load<u64>(entries + (<usize>(hash & mask) << 3));
    const other = <u32>(entry != 0);
    store<u32>(heads + (<usize>row << 2), select<u32>(<u32>(entry >> 32), other, <u32>entry == hash));
  }
}

/** The tuple of a hash whose first slot is another's, 0 for none. */
export function headOfHash(entries: usize, mask: u32, hash: u32): u32 {
  let slot = (hash + 1) & mask;
  let entry = load<u64>(entries + (<usize>slot << 3));
  while (entry != 0 && <u32>entry != hash) {
    slot = (slot + 1) & mask;
    entry = load<u64>(entries + (<usize>slot << 3));
  }
  return <u32>(entry >> 32);
}

/** u32[n] at `heads` from row `from`: the tuple of the row's hash, 0 when there is none. */
export function findByHash(entries: usize, mask: u32, hashes: usize, from: u32, n: u32, heads: usize): void {
  firstOfHash(entries, mask, hashes, from, n, heads);
  for (let row = from; row < n; row++) {
    const at = heads + (<usize>row << 2);
    if (load<u32>(at) == 1) store<u32>(at, headOfHash(entries, mask, load<u32>(hashes + (<usize>row << 2))));
  }
}

/** Puts an entry where none of its hash is looked for. */
@inline
export function place(entries: usize, mask: u32, entry: u64): void {
  let slot = <u32>entry & mask;
  while (load<u64>(entries + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask;
  store<u64>(entries + (<usize>slot << 3), entry);
}
