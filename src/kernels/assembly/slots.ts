// Open addressing over u64 entries: hash in the low half, tuple in the high one, 0 where free. A hash's slot is (hash >> shift) & mask.

/** u32[n] at `heads` from row `from`: the tuple that a row's hash has, 0 when there is none. `others` is u32[n] of scratch. */
export function findByHash(entries: usize, mask: u32, shift: u32, hashes: usize, from: u32, n: u32, heads: usize, others: usize): void {
  // First slots: nothing here waits for memory, neither to decide nor to know where to write, so that misses overlap.
  let to: usize = <usize>from << 2;
  const end: usize = <usize>n << 2;
  for (; to < end; to += 4) {
    const hash = load<u32>(hashes + to);
    const entry = load<u64>(entries + (<usize>((hash >> shift) & mask) << 3));
    store<u32>(heads + to, <u32>(entry >> 32));
    store<u32>(others + to, u32(<u32>entry != hash) & u32(entry != 0));
  }
  let other = others;
  for (let row = from; row < n; row++) {
    const isOther = load<u32>(others + (<usize>row << 2));
    store<u32>(other, row);
    other += <usize>isOther << 2;
  }
  // Where another hash sits there, the slots that follow, mostly of the same cache line.
  for (let at = others; at < other; at += 4) {
    const row = load<u32>(at);
    const hash = load<u32>(hashes + (<usize>row << 2));
    let slot = ((hash >> shift) + 1) & mask;
    let entry = load<u64>(entries + (<usize>slot << 3));
    while (entry != 0 && <u32>entry != hash) {
      slot = (slot + 1) & mask;
      entry = load<u64>(entries + (<usize>slot << 3));
    }
    store<u32>(heads + (<usize>row << 2), <u32>(entry >> 32));
  }
}

/** Puts an entry where none of its hash is looked for. */
@inline
export function place(entries: usize, mask: u32, entry: u64): void {
  let slot = <u32>entry & mask;
  while (load<u64>(entries + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask;
  store<u64>(entries + (<usize>slot << 3), entry);
}

/** Rows whose head, u32[n], is not 0, as u32[m], and those heads, moved together: m. Both have room for n. */
export function withoutZeros(dstRows: usize, heads: usize, n: u32): u32 {
  let toRow = dstRows;
  let toHead = heads;
  let from = heads;
  for (let row: u32 = 0; row < n; row++) {
    const head = load<u32>(from);
    store<u32>(toRow, row);
    store<u32>(toHead, head);
    const step = <usize>(head != 0) << 2;
    toRow += step;
    toHead += step;
    from += 4;
  }
  return <u32>(toRow - dstRows) >> 2;
}
