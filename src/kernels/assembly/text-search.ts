// Searching all rows of a vector: the twin of ../twin/string-test.ts.
import { floatingHead, matchesFrom } from "./like-match";
import { addressOf, equalBytes, lastBlock, lengthOf, lowBits } from "./text";
import { NOT_FOUND, candidates, candidates64, findWith, isNeedle } from "./text-find";

/** Whether rows lie in memory in their order, apart, and mostly side by side: then one search goes over all. */
function areDense(refs: usize, n: usize): bool {
  const last = load<u64>(refs + ((n - 1) << 3));
  const span = addressOf(last) + lengthOf(last) - addressOf(load<u64>(refs));
  let disorder = i32x4.splat(0);
  let totals = disorder;
  let at: usize = 0;
  for (; at + 5 <= n; at += 4) {
    const p = refs + (at << 3);
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const lengths = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    const ends = i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), lengths);
    const next = v128.shuffle<i32>(v128.load(p, 8), v128.load(p, 24), 0, 2, 4, 6);
    disorder = v128.or(disorder, i32x4.lt_u(next, ends));
    totals = i32x4.add(totals, lengths);
  }
  if (v128.any_true(disorder)) return false;
  let total: usize =
    i32x4.extract_lane(totals, 0) + i32x4.extract_lane(totals, 1) + i32x4.extract_lane(totals, 2) + i32x4.extract_lane(totals, 3);
  for (; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    total += lengthOf(ref);
    if (at + 1 < n && addressOf(load<u64>(refs + ((at + 1) << 3))) < addressOf(ref) + lengthOf(ref)) return false;
  }
  return span <= 2 * total;
}

/** Whether a row that holds the needle up to `from` holds what a pattern wants after it; there may be none. */
@inline
function isRest(pattern: usize, from: usize, end: usize, limit: usize): bool {
  return pattern == 0 || matchesFrom(pattern, 1, from, end, limit);
}

/** One search over dense rows. Once the needle has been found in a row, the row is settled. */
function searchDense(refs: usize, n: usize, needle: usize, length: usize, pattern: usize, dst: usize): void {
  memory.fill(dst, 0, n);
  const limit = lastBlock();
  const first = v128.load_splat<u8>(needle);
  const last = v128.load_splat<u8>(needle + length - 1);
  const lastRow = load<u64>(refs + ((n - 1) << 3));
  const finish = addressOf(lastRow) + lengthOf(lastRow);
  const stop = refs + (n << 3);
  let next = refs;
  let p = addressOf(load<u64>(refs));
  let start = p;
  let end = p;
  while (p + length <= finish) {
    let bits: u64 = 0;
    if (p + length + 47 <= limit) bits = candidates64(p, first, last, length);
    else for (let at: usize = 0; at < 64 && p + at + length <= finish; at++) bits |= <u64>equalBytes(p + at, needle, length) << <u64>at;
    let after = p + 64;
    while (bits != 0) {
      const place = p + <usize>ctz<u64>(bits);
      if (place + length > finish) return;
      bits &= bits - 1;
      if (!isNeedle(place, needle, length)) continue;
      // Rows that end before are left behind, by four while there are four more: a row begins where those before it have ended.
      while (next + 40 <= stop && <usize>load<u32>(next, 32) <= place) next += 32;
      while (end <= place) {
        const ref = load<u64>(next);
        next += 8;
        start = addressOf(ref);
        end = start + lengthOf(ref);
      }
      if (place < start || place + length > end) continue;
      store<u8>(dst + ((next - refs) >> 3) - 1, <u8>isRest(pattern, place + length, end, limit));
      if (end >= after) {
        after = end;
        break;
      }
      bits &= u64.MAX_VALUE << <u64>(end - p);
    }
    p = after;
  }
}

/** dst = 1 where the needle lies in the row, and the rest of the pattern, if any, after it. */
function search(refs: usize, n: usize, needle: usize, length: usize, pattern: usize, dst: usize): void {
  if (areDense(refs, n)) return searchDense(refs, n, needle, length, pattern, dst);
  const limit = lastBlock();
  const first = v128.load_splat<u8>(needle);
  const last = v128.load_splat<u8>(needle + length - 1);
  const isPlain = length <= 2 && pattern == 0;
  const safe = limit - 1;
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    const p = addressOf(ref);
    const end = p + lengthOf(ref);
    // In a short row one look decides, where nothing lies between the first and the last byte.
    if (isPlain && lengthOf(ref) <= 16 && p <= safe) {
      const bits = candidates(p, first, last, length) & (lowBits(lengthOf(ref)) >> <u32>(length - 1));
      store<u8>(dst + at, <u8>(bits != 0));
      continue;
    }
    const place = findWith(p, end, needle, length, limit, first, last);
    store<u8>(dst + at, <u8>(place != NOT_FOUND && isRest(pattern, place + length, end, limit)));
  }
}

export function containsStr(refs: usize, constant: usize, n: usize, dst: usize): void {
  const ref = load<u64>(constant);
  if (lengthOf(ref) == 0) memory.fill(dst, 1, n);
  else search(refs, n, addressOf(ref), lengthOf(ref), 0, dst);
}

export function likeStr(refs: usize, pattern: usize, n: usize, dst: usize): void {
  const head = floatingHead(pattern);
  if (head != 0) return search(refs, n, addressOf(head), lengthOf(head), pattern, dst);
  const limit = lastBlock();
  for (let at: usize = 0; at < n; at++) {
    const ref = load<u64>(refs + (at << 3));
    store<u8>(dst + at, <u8>matchesFrom(pattern, 0, addressOf(ref), addressOf(ref) + lengthOf(ref), limit));
  }
}
