// Text cut into records and fields, 64 bytes at a time: the places of delimiters and line breaks are bits of a mask, and are written out in
// a row; a record is a stretch of them.
//
//     parameters, u32 each, at `state`
//      0 from     the first byte of a record          4 to          behind the last byte at hand
//      8 columns  fields of a record, at least 1     12 delimiter   a byte
//     16 quote    a byte, 256: none                  20 line        the number of the line at `from`; afterwards of the line at `next`
//     24 kind     0 plain, 1 text, 2 CSV             28 cutsReturn  1: a CR before a line break is no part of the record
//     32 records  how many are wanted, about         36 isOver      out: 1 when the record at `next` is the end of the data
//     40 next     out: behind the last whole record  44 unusual     out: records with a flag
//     48 starts   u32 a record: its first byte       52 stops       u32 a record: behind its last byte
//     56 firsts   u32 a record: its first end        60 lines       u32 a record: the number of its first line
//     64 flags    u8 a record                        68 ends        u32 a delimiter or line break: where it is
//     72 endsMax  room at `ends`, and 64 more
//
// Flags: 1 the record has quotes or escapes, 2 its fields are not as many as they should be. Between a flagless record's ends lie its fields;
// a CR before its line break is cut off by `stops` alone. Records may be up to 64 more than wanted: there must be room. Up to 63 bytes behind
// `to` are read.

const TEXT: u32 = 1;
const CSV: u32 = 2;

const LINE_FEED: u8 = 10;
const CARRIAGE_RETURN: u8 = 13;
const BACKSLASH: u8 = 92;
/** `\.` as a little-endian number. */
const END_OF_DATA: u16 = 0x2e5c;

const SPECIAL: u8 = 1;
const MISSHAPEN: u8 = 2;

/** Finds whole records; how many. None, and `next` as `from` was: there is no whole record, or it has more fields than there is room for. */
export function scanRecords(state: usize): u32 {
  const to = <usize>load<u32>(state, 4);
  const columns = load<u32>(state, 8);
  const delimiter = <u8>load<u32>(state, 12);
  const kind = load<u32>(state, 24);
  const special: u8 = kind == TEXT ? BACKSLASH : <u8>load<u32>(state, 16);
  const hasSpecial = kind == TEXT || load<u32>(state, 16) < 256;
  const wanted = load<u32>(state, 32);
  const ends = <usize>load<u32>(state, 68);
  const endsMax = load<u32>(state, 72);

  let records: u32 = 0;
  let unusual: u32 = 0;
  let isOver: u32 = 0;
  let start: usize = <usize>load<u32>(state);
  let line = load<u32>(state, 20);
  let first: u32 = 0;
  let count: u32 = 0;
  let base = start;
  // Carried from block to block: whether the record has special bytes, its line breaks that are data, all ones within quotes.
  let isSpecial = false;
  let breaksWithin: u32 = 0;
  let within: u64 = 0;

  while (base < to && records < wanted && count < endsMax && isOver == 0) {
    let breaks = maskOf(base, LINE_FEED);
    let separators = maskOf(base, delimiter) | breaks;
    let specials: u64 = hasSpecial ? maskOf(base, special) : 0;
    if (to - base < 64) {
      const valid: u64 = ((<u64>1) << <u64>(to - base)) - 1;
      breaks &= valid;
      separators &= valid;
      specials &= valid;
    }
    let hidden: u64 = 0;
    if (kind == CSV) {
      // From an opening quote up to its closing one; a quote written twice closes and opens.
      const inside = prefixXor(specials) ^ within;
      within = <u64>((<i64>inside) >> 63);
      hidden = breaks & inside;
      separators &= ~inside;
    } else if (kind == TEXT && (specials != 0 || load<u8>(base - 1) == BACKSLASH)) {
      for (let left = separators & ((specials << 1) | 1); left != 0; left &= left - 1) {
        if (isEscaped(base + <usize>ctz(left))) separators &= ~(left & (0 - left));
      }
      hidden = breaks & ~separators;
    }
    breaks &= separators;
    writeOut(separators, base, ends + ((<usize>count) << 2));
    for (; breaks != 0; breaks &= breaks - 1) {
      const below: u64 = (breaks & (0 - breaks)) - 1;
      const at = base + <usize>ctz(breaks);
      const end = count + <u32>popcnt(separators & below);
      if ((specials & below) != 0) isSpecial = true;
      breaksWithin += <u32>popcnt(hidden & below);
      specials &= ~below;
      hidden &= ~below;
      const stop = load<u32>(state, 28) != 0 && at > start && load<u8>(at - 1) == CARRIAGE_RETURN ? at - 1 : at;
      if (kind != 0 && stop - start == 2 && load<u16>(start) == END_OF_DATA) {
        isOver = 1;
        break;
      }
      let flag: u8 = isSpecial ? SPECIAL : 0;
      if (end - first + 1 != columns) {
        const isClosed = kind == 0 && end - first == columns && <usize>load<u32>(ends + ((<usize>(end - 1)) << 2)) + 1 == stop;
        if (!isClosed) flag |= MISSHAPEN;
      } else store<u32>(ends + ((<usize>end) << 2), <u32>stop);
      const place = (<usize>records) << 2;
      store<u32>(<usize>load<u32>(state, 48) + place, <u32>start);
      store<u32>(<usize>load<u32>(state, 52) + place, <u32>stop);
      store<u32>(<usize>load<u32>(state, 56) + place, first);
      store<u32>(<usize>load<u32>(state, 60) + place, line);
      store<u8>(<usize>load<u32>(state, 64) + records, flag);
      if (flag != 0) unusual++;
      records++;
      line += 1 + breaksWithin;
      breaksWithin = 0;
      isSpecial = false;
      start = at + 1;
      first = end + 1;
    }
    if (specials != 0) isSpecial = true;
    breaksWithin += <u32>popcnt(hidden);
    count += <u32>popcnt(separators);
    base += 64;
  }
  store<u32>(state, line, 20);
  store<u32>(state, isOver, 36);
  store<u32>(state, <u32>start, 40);
  store<u32>(state, unusual, 44);
  return records;
}

/** A bit for each of 64 bytes that is `byte`. */
// @ts-ignore: decorator
@inline
function maskOf(at: usize, byte: u8): u64 {
  const wanted = i8x16.splat(byte);
  const low: u64 = (<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at), wanted)))) | ((<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 16), wanted)))) << 16);
  const high: u64 = (<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 32), wanted)))) | ((<u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at, 48), wanted)))) << 16);
  return low | (high << 32);
}

/** Each bit the parity of the bits up to it. */
// @ts-ignore: decorator
@inline
function prefixXor(bits: u64): u64 {
  let parity = bits ^ (bits << 1);
  parity ^= parity << 2;
  parity ^= parity << 4;
  parity ^= parity << 8;
  parity ^= parity << 16;
  return parity ^ (parity << 32);
}

/** The places of the bits, four at a time: up to three more are written. */
// @ts-ignore: decorator
@inline
function writeOut(bits: u64, base: usize, out: usize): void {
  let left = bits;
  let to = out;
  while (left != 0) {
    store<u32>(to, <u32>(base + <usize>ctz(left)));
    left &= left - 1;
    store<u32>(to, <u32>(base + <usize>ctz(left)), 4);
    left &= left - 1;
    store<u32>(to, <u32>(base + <usize>ctz(left)), 8);
    left &= left - 1;
    store<u32>(to, <u32>(base + <usize>ctz(left)), 12);
    left &= left - 1;
    to += 16;
  }
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(at: usize): bool {
  let from = at;
  while (load<u8>(from - 1) == BACKSLASH) from--;
  return ((at - from) & 1) == 1;
}

/** The first byte of [from, to) that is not UTF-8 text, or is NUL; `to` when there is none. Up to 63 bytes behind are read. */
export function validText(from: usize, to: usize): usize {
  let at = from;
  while (at < to) {
    if (at + 64 <= to) {
      // Signed, ASCII without NUL is above zero.
      const least = i8x16.min_s(i8x16.min_s(v128.load(at), v128.load(at, 16)), i8x16.min_s(v128.load(at, 32), v128.load(at, 48)));
      if (i8x16.all_true(i8x16.gt_s(least, i8x16.splat(0)))) {
        at += 64;
        continue;
      }
    }
    const lead = load<u8>(at);
    if (lead < 0x80) {
      if (lead == 0) return at;
      at++;
      continue;
    }
    const size: usize = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || at + size > to) return at;
    const second = load<u8>(at + 1);
    const least: u8 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const most: u8 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return at;
    if (size > 2 && (load<u8>(at + 2) & 0xc0) != 0x80) return at;
    if (size > 3 && (load<u8>(at + 3) & 0xc0) != 0x80) return at;
    at += size;
  }
  return to;
}
