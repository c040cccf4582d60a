// Integers of a leaf: what there is to know of them before an encoding is chosen, and the encodings (see src/storage/chunk/integer-writer.ts).
// `nulls` is the address of u8[count], or 0. Padding behind the values may be read up to the next multiple of 16 bytes.

/** i32 least, i32 greatest, u32 runs, u32 values that are not null, at `out`; a null extends the run it lies in. */
export function summary32(data: usize, nulls: usize, count: u32, out: usize): void {
  let least: i32 = i32.MAX_VALUE;
  let most: i32 = i32.MIN_VALUE;
  let runs: u32 = 0;
  let present: u32 = 0;
  if (nulls == 0) {
    present = count;
    const first = load<i32>(data);
    let low = i32x4.splat(first);
    let high = low;
    let changes = i32x4.splat(0);
    let at: u32 = 1;
    for (; at + 4 <= count; at += 4) {
      const values = v128.load(data + ((<usize>at) << 2));
      low = i32x4.min_s(low, values);
      high = i32x4.max_s(high, values);
      // Where a value differs from the one before it: -1.
      changes = i32x4.sub(changes, i32x4.ne(values, v128.load(data + ((<usize>at) << 2) - 4)));
    }
    least = min(min(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)), min(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)));
    most = max(max(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)), max(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)));
    runs =
      1 +
      i32x4.extract_lane(changes, 0) +
      i32x4.extract_lane(changes, 1) +
      i32x4.extract_lane(changes, 2) +
      i32x4.extract_lane(changes, 3);
    for (; at < count; at++) {
      const value = load<i32>(data + ((<usize>at) << 2));
      least = min(least, value);
      most = max(most, value);
      if (value != load<i32>(data + ((<usize>at) << 2) - 4)) runs++;
    }
  } else {
    let previous: i32 = 0;
    for (let at: u32 = 0; at < count; at++) {
      if (load<u8>(nulls + at) != 0) continue;
      const value = load<i32>(data + ((<usize>at) << 2));
      least = min(least, value);
      most = max(most, value);
      if (present == 0 || value != previous) runs++;
      previous = value;
      present++;
    }
  }
  store<i32>(out, least);
  store<i32>(out, most, 4);
  store<u32>(out, runs, 8);
  store<u32>(out, present, 12);
}

/** i64 least, i64 greatest, u32 runs, u32 values that are not null, at `out`. */
export function summary64(data: usize, nulls: usize, count: u32, out: usize): void {
  let least: i64 = i64.MAX_VALUE;
  let most: i64 = i64.MIN_VALUE;
  let runs: u32 = 0;
  let present: u32 = 0;
  if (nulls == 0) {
    present = count;
    let low = i64x2.splat(load<i64>(data));
    let high = low;
    let changes = i64x2.splat(0);
    let at: u32 = 1;
    for (; at + 2 <= count; at += 2) {
      const values = v128.load(data + ((<usize>at) << 3));
      low = v128.bitselect(values, low, i64x2.lt_s(values, low));
      high = v128.bitselect(values, high, i64x2.gt_s(values, high));
      changes = i64x2.sub(changes, i64x2.ne(values, v128.load(data + ((<usize>at) << 3) - 8)));
    }
    least = min(i64x2.extract_lane(low, 0), i64x2.extract_lane(low, 1));
    most = max(i64x2.extract_lane(high, 0), i64x2.extract_lane(high, 1));
    runs = 1 + <u32>(i64x2.extract_lane(changes, 0) + i64x2.extract_lane(changes, 1));
    if (at < count) {
      const value = load<i64>(data + ((<usize>at) << 3));
      least = min(least, value);
      most = max(most, value);
      if (value != load<i64>(data + ((<usize>at) << 3) - 8)) runs++;
    }
  } else {
    let previous: i64 = 0;
    for (let at: u32 = 0; at < count; at++) {
      if (load<u8>(nulls + at) != 0) continue;
      const value = load<i64>(data + ((<usize>at) << 3));
      least = min(least, value);
      most = max(most, value);
      if (present == 0 || value != previous) runs++;
      previous = value;
      present++;
    }
  }
  store<i64>(out, least);
  store<i64>(out, most, 8);
  store<u32>(out, runs, 16);
  store<u32>(out, present, 20);
}

/** Values less `base` as codes of `width` bits (0 to 32), 0 for nulls; the words and one more. */
export function pack32(data: usize, nulls: usize, count: u32, base: i32, width: u32, out: usize): void {
  let word: u64 = 0;
  let bits: u32 = 0;
  let to = out;
  if (nulls == 0) {
    for (let at: u32 = 0; at < count; at++) {
      word |= (<u64>(<u32>load<i32>(data + ((<usize>at) << 2)) - <u32>base)) << bits;
      // Whole words are stored and left, others are stored again with what comes.
      store<u32>(to, <u32>word);
      bits += width;
      to += (bits >> 5) << 2;
      word >>= bits & 32;
      bits &= 31;
    }
  } else {
    for (let at: u32 = 0; at < count; at++) {
      if (load<u8>(nulls + at) == 0) word |= (<u64>(<u32>load<i32>(data + ((<usize>at) << 2)) - <u32>base)) << bits;
      store<u32>(to, <u32>word);
      bits += width;
      to += (bits >> 5) << 2;
      word >>= bits & 32;
      bits &= 31;
    }
  }
  finishPacking(to, word, bits);
}

/** As pack32, of 64-bit values, less the i64 at `base`. */
export function pack64(data: usize, nulls: usize, count: u32, base: usize, width: u32, out: usize): void {
  const least = load<i64>(base);
  let word: u64 = 0;
  let bits: u32 = 0;
  let to = out;
  for (let at: u32 = 0; at < count; at++) {
    if (nulls == 0 || load<u8>(nulls + at) == 0) word |= (<u64>(<u32>(load<i64>(data + ((<usize>at) << 3)) - least))) << bits;
    store<u32>(to, <u32>word);
    bits += width;
    to += (bits >> 5) << 2;
    word >>= bits & 32;
    bits &= 31;
  }
  finishPacking(to, word, bits);
}

/** The ranks of `codes` (u32) as codes of `width` bits; null rows get 0. `ranks` holds a u32 for each code. */
export function packCodes(codes: usize, nulls: usize, ranks: usize, count: u32, width: u32, out: usize): void {
  let word: u64 = 0;
  let bits: u32 = 0;
  let to = out;
  for (let at: u32 = 0; at < count; at++) {
    const rank = load<u32>(ranks + ((<usize>load<u32>(codes + ((<usize>at) << 2))) << 2));
    if (nulls == 0 || load<u8>(nulls + at) == 0) word |= (<u64>rank) << bits;
    store<u32>(to, <u32>word);
    bits += width;
    to += (bits >> 5) << 2;
    word >>= bits & 32;
    bits &= 31;
  }
  finishPacking(to, word, bits);
}

function finishPacking(at: usize, word: u64, bits: u32): void {
  let to = at;
  if (bits > 0) {
    store<u32>(to, <u32>word);
    to += 4;
  }
  store<u32>(to, 0);
}

/** u16 ends of the runs at `ends`, their values as i32 at `values`; how many. A null extends the run it lies in. */
export function runs32(data: usize, nulls: usize, count: u32, ends: usize, values: usize): u32 {
  let runs: u32 = 0;
  let previous: i32 = 0;
  for (let at: u32 = 0; at < count; at++) {
    if (nulls == 0 || load<u8>(nulls + at) == 0) {
      const value = load<i32>(data + ((<usize>at) << 2));
      if (runs == 0 || value != previous) {
        store<i32>(values + ((<usize>runs) << 2), value);
        previous = value;
        runs++;
      }
    } else if (runs == 0) continue;
    store<u16>(ends + ((<usize>(runs - 1)) << 1), <u16>(at + 1));
  }
  return runs;
}

/** As runs32, of 64-bit values. */
export function runs64(data: usize, nulls: usize, count: u32, ends: usize, values: usize): u32 {
  let runs: u32 = 0;
  let previous: i64 = 0;
  for (let at: u32 = 0; at < count; at++) {
    if (nulls == 0 || load<u8>(nulls + at) == 0) {
      const value = load<i64>(data + ((<usize>at) << 3));
      if (runs == 0 || value != previous) {
        store<i64>(values + ((<usize>runs) << 3), value);
        previous = value;
        runs++;
      }
    } else if (runs == 0) continue;
    store<u16>(ends + ((<usize>(runs - 1)) << 1), <u16>(at + 1));
  }
  return runs;
}

/** A bit for each of `count` bytes that are 0 or 1, lowest first. */
export function bitmap(bytes: usize, count: u32, out: usize): void {
  let at: u32 = 0;
  for (; at + 16 <= count; at += 16) {
    store<u16>(out + (at >> 3), <u16>i8x16.bitmask(i8x16.neg(v128.load(bytes + at))));
  }
  while (at < count) {
    let bits: u32 = 0;
    for (let bit: u32 = 0; bit < 8 && at < count; bit++, at++) bits |= (<u32>load<u8>(bytes + at)) << bit;
    store<u8>(out + ((at - 1) >> 3), <u8>bits);
  }
}
