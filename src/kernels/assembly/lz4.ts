// LZ4 blocks: the twin of ../lz4.ts, byte for byte. Addresses and lengths are unsigned.

const MATCH_MIN: u32 = 4;
const LAST_LITERALS: u32 = 5;
const MATCH_START_LIMIT: u32 = 12;
const DISTANCE_MAX: u32 = 65535;
const HASH_BITS: u32 = 12;

/** Compresses; `table` is 16 KiB of scratch. Bytes written, or -1 when they would be more than `outMax`. */
export function compress(raw: usize, length: u32, out: usize, outMax: u32, table: usize): i32 {
  if (length < MATCH_START_LIMIT + 1) return -1;
  memory.fill(table, 0xff, (<usize>1) << (HASH_BITS + 2));
  const matchLimit = length - LAST_LITERALS;
  const startLimit = length - MATCH_START_LIMIT;
  let at: u32 = 0;
  let anchor: u32 = 0;
  let to: i32 = 0;
  let misses: u32 = 0;
  while (at <= startLimit) {
    const word = load<u32>(raw + at);
    const slot = table + (<usize>((word * 2654435761) >> (32 - HASH_BITS)) << 2);
    const candidate = load<u32>(slot);
    store<u32>(slot, at);
    if (candidate == 0xffffffff || at - candidate > DISTANCE_MAX || load<u32>(raw + candidate) != word) {
      at += 1 + (misses >> 6);
      misses++;
      continue;
    }
    misses = 0;
    let end = at + MATCH_MIN;
    let from = candidate + MATCH_MIN;
    while (end < matchLimit && load<u8>(raw + end) == load<u8>(raw + from)) {
      end++;
      from++;
    }
    to = writeSequence(out, to, outMax, raw, anchor, at, at - candidate, end - at);
    if (to < 0) return -1;
    at = end;
    anchor = end;
  }
  return writeSequence(out, to, outMax, raw, anchor, length, 0, 0);
}

function writeSequence(out: usize, start: i32, outMax: u32, raw: usize, from: u32, to: u32, distance: u32, match: u32): i32 {
  const literals = to - from;
  const matchRest: u32 = distance == 0 ? 0 : match - MATCH_MIN;
  const room = 1 + literals + literals / 255 + 1 + 2 + matchRest / 255 + 1;
  if (<u32>start + room > outMax) return -1;
  let at = out + <usize>start;
  store<u8>(at++, <u8>(((literals < 15 ? literals : 15) << 4) | (matchRest < 15 ? matchRest : 15)));
  if (literals >= 15) at = writeLength(at, literals - 15);
  memory.copy(at, raw + from, literals);
  at += literals;
  if (distance == 0) return <i32>(at - out);
  store<u16>(at, <u16>distance);
  at += 2;
  if (matchRest >= 15) at = writeLength(at, matchRest - 15);
  return <i32>(at - out);
}

function writeLength(start: usize, length: u32): usize {
  let at = start;
  let rest = length;
  while (rest >= 255) {
    store<u8>(at++, 255);
    rest -= 255;
  }
  store<u8>(at++, <u8>rest);
  return at;
}

/** 1 when `block` is one of exactly `rawLength` bytes, now at `raw`; else 0. Reads and writes nothing outside the two. */
export function decompress(block: usize, length: u32, raw: usize, rawLength: u32): i32 {
  let at: u32 = 0;
  let to: u32 = 0;
  while (at < length) {
    const token: u32 = load<u8>(block + at++);
    let literals = token >> 4;
    if (literals == 15) {
      let more: u32 = 255;
      while (more == 255) {
        if (at >= length) return 0;
        more = load<u8>(block + at++);
        literals += more;
        if (literals > rawLength) return 0;
      }
    }
    if (literals > length - at || literals > rawLength - to) return 0;
    memory.copy(raw + to, block + at, literals);
    at += literals;
    to += literals;
    if (at == length) return to == rawLength ? 1 : 0;
    if (at + 2 > length) return 0;
    const distance: u32 = load<u16>(block + at);
    at += 2;
    if (distance == 0 || distance > to) return 0;
    let match = token & 15;
    if (match == 15) {
      let more: u32 = 255;
      while (more == 255) {
        if (at >= length) return 0;
        more = load<u8>(block + at++);
        match += more;
        if (match > rawLength) return 0;
      }
    }
    match += MATCH_MIN;
    if (match > rawLength - to) return 0;
    if (distance >= match) {
      memory.copy(raw + to, raw + to - distance, match);
      to += match;
    } else {
      // What is copied grows into what is copied from.
      let from = raw + to - distance;
      let into = raw + to;
      const end = into + match;
      if (distance >= 8) {
        while (into + 8 <= end) {
          store<u64>(into, load<u64>(from));
          into += 8;
          from += 8;
        }
      }
      while (into < end) store<u8>(into++, load<u8>(from++));
      to += match;
    }
  }
  return 0;
}
