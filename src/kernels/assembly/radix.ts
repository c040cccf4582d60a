// A stable sort of pairs {u64 word, u32 tuple, u32 -} by word.
//
// The highest bits in which the words differ, as many as n pairs need to be told apart, are sorted by bytes from the low one up; what
// is still equal in them is a shorter range, sorted the same way by the bits below.

export const PAIR: usize = 16;

/** Ranges this small are sorted by insertion. */
const FEW: u32 = 32;
const DIGITS: usize = 256 * 4;

/** Sorts n pairs. `other` is room for as many, `counts` for 8192 bytes. */
export function sortPairs(pairs: usize, other: usize, counts: usize, n: u32): void {
  if (n <= FEW) {
    insertPairs(pairs, n);
    return;
  }
  const first = load<u64>(pairs);
  let differing: u64 = 0;
  let last = first;
  let isSorted: u32 = 1;
  for (let at: u32 = 1; at < n; at++) {
    const word = load<u64>(pairs + <usize>at * PAIR);
    differing |= word ^ first;
    isSorted &= u32(last <= word);
    last = word;
  }
  if (isSorted != 0) return;
  const width: u32 = 64 - <u32>clz<u64>(differing);
  const passes: u32 = min<u32>((width + 7) >> 3, n <= 1 << 8 ? 1 : n <= 1 << 16 ? 2 : 3);
  const shift: u32 = width > passes << 3 ? width - (passes << 3) : 0;
  radixPasses(pairs, other, counts, n, shift, passes);
  if (shift == 0) return;
  for (let start: u32 = 0; start < n; ) {
    const high = load<u64>(pairs + <usize>start * PAIR) >> shift;
    let stop = start + 1;
    while (stop < n && load<u64>(pairs + <usize>stop * PAIR) >> shift == high) stop++;
    if (stop - start > 1) sortPairs(pairs + <usize>start * PAIR, other, counts, stop - start);
    start = stop;
  }
}

function radixPasses(pairs: usize, other: usize, counts: usize, n: u32, shift: u32, passes: u32): void {
  memory.fill(counts, 0, <usize>passes * DIGITS);
  for (let at: u32 = 0; at < n; at++) {
    let rest = load<u64>(pairs + <usize>at * PAIR) >> shift;
    for (let pass: u32 = 0; pass < passes; pass++) {
      const count = counts + <usize>pass * DIGITS + <usize>((rest & 255) << 2);
      store<u32>(count, load<u32>(count) + 1);
      rest >>= 8;
    }
  }
  let from = pairs;
  let to = other;
  for (let pass: u32 = 0; pass < passes; pass++) {
    const table = counts + <usize>pass * DIGITS;
    let sum: u32 = 0;
    let isOne = false;
    for (let digit: usize = 0; digit < DIGITS; digit += 4) {
      const count = load<u32>(table + digit);
      isOne = isOne || count == n;
      store<u32>(table + digit, <u32>to + sum * <u32>PAIR);
      sum += count;
    }
    if (isOne) continue;
    const down: u64 = shift + (pass << 3);
    for (let at: u32 = 0; at < n; at++) {
      const pair = v128.load(from + <usize>at * PAIR);
      const place = table + <usize>(((i64x2.extract_lane(pair, 0) >> down) & 255) << 2);
      const slot: usize = load<u32>(place);
      v128.store(slot, pair);
      store<u32>(place, <u32>slot + <u32>PAIR);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != pairs) memory.copy(pairs, from, <usize>n * PAIR);
}

function insertPairs(pairs: usize, n: u32): void {
  for (let at: u32 = 1; at < n; at++) {
    const pair = v128.load(pairs + <usize>at * PAIR);
    const word = <u64>i64x2.extract_lane(pair, 0);
    let to = pairs + <usize>at * PAIR;
    while (to > pairs && load<u64>(to - PAIR) > word) {
      v128.store(to, v128.load(to - PAIR));
      to -= PAIR;
    }
    v128.store(to, pair);
  }
}
