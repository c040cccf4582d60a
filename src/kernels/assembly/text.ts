// Byte strings and references to them: what several topics share. A reference is a u64: address low, byte length high.

@inline
export function addressOf(ref: u64): usize {
  return <usize>ref;
}

@inline
export function lengthOf(ref: u64): usize {
  return <usize>(ref >> 32);
}

@inline
export function refOf(address: usize, length: usize): u64 {
  return (<u64>length << 32) | <u64>address;
}

/** Whether `length` bytes at `a` and `b` are the same. Reads nothing outside the two. */
export function equalBytes(a: usize, b: usize, length: usize): bool {
  if (length >= 8) {
    const last = length - 8;
    for (let at: usize = 0; at < last; at += 8) if (load<u64>(a + at) != load<u64>(b + at)) return false;
    return load<u64>(a + last) == load<u64>(b + last);
  }
  if (length >= 4) return load<u32>(a) == load<u32>(b) && load<u32>(a + length - 4) == load<u32>(b + length - 4);
  if (length >= 2) return load<u16>(a) == load<u16>(b) && load<u8>(a + length - 1) == load<u8>(b + length - 1);
  return length == 0 || load<u8>(a) == load<u8>(b);
}

/** Negative, 0 or positive as `a` orders below, like or above `b`: by bytes, then by length. */
export function compareRefs(a: u64, b: u64): i32 {
  const left = addressOf(a);
  const right = addressOf(b);
  const common = min(lengthOf(a), lengthOf(b));
  let at: usize = 0;
  for (; at + 8 <= common; at += 8) {
    const x = load<u64>(left + at);
    const y = load<u64>(right + at);
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
  }
  for (; at < common; at++) {
    const difference = <i32>load<u8>(left + at) - <i32>load<u8>(right + at);
    if (difference != 0) return difference;
  }
  return <i32>(lengthOf(a) > lengthOf(b)) - <i32>(lengthOf(a) < lengthOf(b));
}

/** The last address at which sixteen bytes are memory: what lies past the end of a string may be read up to there. */
@inline
export function lastBlock(): usize {
  return <usize>((<u64>memory.size() << 16) - 16);
}

/** Bits of the first `count` of up to sixteen lanes. */
@inline
export function lowBits(count: usize): u32 {
  return (<u32>1 << <u32>count) - 1;
}

/** Past the character of UTF-8 at p, which is before `end`. */
@inline
export function nextCharacter(p: usize, end: usize): usize {
  let next = p + 1;
  while (next < end && (load<u8>(next) & 0xc0) == 0x80) next++;
  return next;
}
