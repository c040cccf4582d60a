// Fields of scanned records as references to their bytes, one column at a time, and the lengths that character types ask for.

import { addressOf, charactersOf, copyWide, equalStrings, findEither, lengthOf, refOf } from "./bytes";

const CSV: u32 = 2;

const BACKSLASH: u8 = 92;
const BLANK: u8 = 32;

const SPECIAL: u8 = 1;
const MISSHAPEN: u8 = 2;

/**
 * Field `field` of records [from, from + count) as references at `refs`, and 1 at `nulls` where it is null; a field that needs more than its
 * quotes taken off makes its record unusual (1 at `unusual`), and so does a null when `mayBeNull` is 0. Answers the nulls. `state` is the one
 * that scanRecords used, followed by: 76 the escape, 80 the null text's address, 84 its length (FFFFFFFF: nothing is null).
 */
export function extractFields(
  state: usize,
  from: u32,
  count: u32,
  field: u32,
  mayBeNull: u32,
  refs: usize,
  nulls: usize,
  unusual: usize,
): u32 {
  const starts = <usize>load<u32>(state, 48) + ((<usize>from) << 2);
  const firsts = <usize>load<u32>(state, 56) + ((<usize>from) << 2);
  const flags = <usize>load<u32>(state, 64) + from;
  const ends = <usize>load<u32>(state, 68) + ((<usize>field) << 2);
  const nullText = <usize>load<u32>(state, 80);
  const nullLength = load<u32>(state, 84);
  const hasFlags = load<u32>(state, 44) != 0;
  let found: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const flag: u8 = hasFlags ? load<u8>(flags + row) : 0;
    if ((flag & MISSHAPEN) != 0) {
      store<u8>(unusual + row, 1);
      store<u8>(nulls + row, 0);
      store<u64>(refs + ((<usize>row) << 3), 0);
      continue;
    }
    const end = ends + ((<usize>load<u32>(firsts + ((<usize>row) << 2))) << 2);
    const start = field == 0 ? load<u32>(starts + ((<usize>row) << 2)) : load<u32>(end - 4) + 1;
    const length = load<u32>(end) - start;
    if (length == nullLength && equalStrings(start, nullText, length)) {
      store<u8>(nulls + row, 1);
      store<u64>(refs + ((<usize>row) << 3), 0);
      if (mayBeNull == 0) store<u8>(unusual + row, 1);
      found++;
      continue;
    }
    store<u8>(nulls + row, 0);
    store<u64>(refs + ((<usize>row) << 3), refOf(start, length));
    if (flag == 0) continue;
    if (load<u32>(state, 24) == CSV) {
      const bare = withoutQuotes(start, length, <u8>load<u32>(state, 16), <u8>load<u32>(state, 76));
      if (bare == 0) store<u8>(unusual + row, 1);
      else store<u64>(refs + ((<usize>row) << 3), bare);
    } else if (findEither(start, start + length, BACKSLASH, BACKSLASH) != start + length) store<u8>(unusual + row, 1);
  }
  return found;
}

/** What stands between the quotes of a field, or the field; 0 when there are other quotes or escapes. */
function withoutQuotes(start: usize, length: u32, quote: u8, escape: u8): u64 {
  let from = start;
  let size = length;
  if (size >= 2 && load<u8>(from) == quote && load<u8>(from + size - 1) == quote) {
    from++;
    size -= 2;
  }
  return findEither(from, from + size, quote, escape) == from + size ? refOf(from, size) : 0;
}

/**
 * Strings as text, varchar(n) and char(n) keep them: those of more than `charactersMax` characters or `bytesMax` bytes make their record
 * unusual; with `pads` the others are filled up with blanks, in copies from `arena` on. Answers where the next copy would go; copies end
 * less than 16 bytes behind it.
 */
export function fitStrings(
  refs: usize,
  nulls: usize,
  unusual: usize,
  count: u32,
  charactersMax: u32,
  bytesMax: u32,
  pads: u32,
  arena: usize,
): usize {
  let at = arena;
  for (let row: u32 = 0; row < count; row++) {
    const place = refs + ((<usize>row) << 3);
    const ref = load<u64>(place);
    const length = lengthOf(ref);
    if (length > bytesMax) {
      store<u8>(unusual + row, 1);
      continue;
    }
    if (pads == 0) {
      if (length > charactersMax && charactersOf(addressOf(ref), length) > charactersMax) store<u8>(unusual + row, 1);
      continue;
    }
    if (load<u8>(nulls + row) != 0) continue;
    const characters = charactersOf(addressOf(ref), length);
    if (characters == charactersMax) continue;
    if (characters > charactersMax || length + (charactersMax - characters) > bytesMax) {
      store<u8>(unusual + row, 1);
      continue;
    }
    const padded = length + (charactersMax - characters);
    copyWide(at, addressOf(ref), length);
    let fill = at + length;
    const end = at + padded;
    const blanks = i8x16.splat(BLANK);
    while (fill < end) {
      v128.store(fill, blanks);
      fill += 16;
    }
    store<u64>(place, refOf(at, padded));
    at = end;
  }
  return at;
}
