// Bit packing: the twin of ../bit-packing.ts and ../twin/decode.ts. Nothing past the packed section (whole words and one more) is read.

/** Wider codes do not fit, with up to seven bits before them, into 32 bits. */
const NARROW_WIDTH_MAX: u32 = 25;

/** Lane i takes the four bytes in which code i of a group of four begins, `bit` being that of the first code in its byte. */
@inline
function bytesOfLanes(bit: u32, width: u32): v128 {
  const b = bit + width;
  const c = b + width;
  const d = c + width;
  const lanes = i32x4(<i32>(bit >> 3), <i32>(b >> 3), <i32>(c >> 3), <i32>(d >> 3));
  return i32x4.add(i32x4.mul(lanes, i32x4.splat(0x01010101)), i32x4.splat(0x03020100));
}

/** Multipliers that move each lane up by `room` less the bit that its code begins at. */
@inline
function liftOfLanes(room: u32, bit: u32, width: u32): v128 {
  return i32x4(
    1 << (room - (bit & 7)),
    1 << (room - ((bit + width) & 7)),
    1 << (room - ((bit + 2 * width) & 7)),
    1 << (room - ((bit + 3 * width) & 7)),
  );
}

/** Four codes from the bytes at p. Narrow: brought to the top of their lanes and down again. */
@inline
function narrowCodes(p: usize, bytes: v128, lift: v128, down: i32): v128 {
  return i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(p), bytes), lift), down);
}

/** Wide: what lies past the first byte moved up, and the first byte moved down. */
@inline
function wideCodes(p: usize, bytes: v128, lift: v128, mask: v128): v128 {
  const first = v128.and(i8x16.swizzle(v128.load(p), bytes), i32x4.splat(0xff));
  const rest = i8x16.swizzle(v128.load(p, 1), bytes);
  return v128.and(i32x4.add(i32x4.mul(rest, lift), i32x4.shr_u(i32x4.mul(first, lift), 8)), mask);
}

/** base + code, for eight codes. */
@inline
function storeCodes<T>(to: usize, a: v128, b: v128, bases: v128): void {
  if (sizeof<T>() == 4) {
    v128.store(to, i32x4.add(a, bases));
    v128.store(to, i32x4.add(b, bases), 16);
  } else {
    v128.store(to, i64x2.add(i64x2.extend_low_i32x4_u(a), bases));
    v128.store(to, i64x2.add(i64x2.extend_high_i32x4_u(a), bases), 16);
    v128.store(to, i64x2.add(i64x2.extend_low_i32x4_u(b), bases), 32);
    v128.store(to, i64x2.add(i64x2.extend_high_i32x4_u(b), bases), 48);
  }
}

@inline
function codeAt(words: usize, bit: u64, mask: u64): u64 {
  return (load<u64>(words + ((<usize>(bit >> 5)) << 2)) >> (bit & 31)) & mask;
}

/** base + code of rows [from, from + n), each as T. */
function unpackInto<T>(words: usize, from: usize, n: usize, width: u32, base: T, dst: usize): void {
  let bit: u64 = <u64>from * width;
  const bases = v128.splat<T>(base);
  let at: usize = 0;
  if (width > 0 && n >= 32) {
    // Eight codes are `width` bytes, so that each group of eight begins at the same bit of its byte.
    const isNarrow = width <= NARROW_WIDTH_MAX;
    const room = isNarrow ? 32 - width : 8;
    const first = <u32>bit & 7;
    const half = first + 4 * width;
    const second = half & 7;
    const bytesA = bytesOfLanes(first, width);
    const bytesB = bytesOfLanes(second, width);
    const liftA = liftOfLanes(room, first, width);
    const liftB = liftOfLanes(room, second, width);
    const q = <usize>(half >> 3);
    let p = words + <usize>(bit >> 3);
    // The last bytes of the section are not reached: what they hold is left to the loop below.
    const last = words + <usize>((<u64>(from + n) * width) >> 3) - q - 17;
    if (p > last) {
      // Too few bytes.
    } else if (isNarrow) {
      const down = <i32>room;
      do {
        storeCodes<T>(dst + at * sizeof<T>(), narrowCodes(p, bytesA, liftA, down), narrowCodes(p + q, bytesB, liftB, down), bases);
        p += width;
        at += 8;
      } while (at + 8 <= n && p <= last);
    } else {
      const mask = i32x4.splat(<i32>(<u32>0xffffffff >> (32 - width)));
      do {
        storeCodes<T>(dst + at * sizeof<T>(), wideCodes(p, bytesA, liftA, mask), wideCodes(p + q, bytesB, liftB, mask), bases);
        p += width;
        at += 8;
      } while (at + 8 <= n && p <= last);
    }
    bit += <u64>at * width;
  }
  if (width == 0) {
    for (; at < n; at++) store<T>(dst + at * sizeof<T>(), base);
    return;
  }
  const mask: u64 = ((<u64>1) << width) - 1;
  for (; at < n; at++) {
    store<T>(dst + at * sizeof<T>(), <T>codeAt(words, bit, mask) + base);
    bit += width;
  }
}

/** Codes [from, from + count) of `width` bits (0 to 32) as u32 at `out`. */
export function unpack(words: usize, from: u32, count: u32, width: u32, out: usize): void {
  unpackInto<u32>(words, from, count, width, 0, out);
}

export function unpackI32(words: usize, from: u32, n: u32, width: u32, base: usize, dst: usize): void {
  unpackInto<u32>(words, from, n, width, load<u32>(base), dst);
}

export function unpackI64(words: usize, from: u32, n: u32, width: u32, base: usize, dst: usize): void {
  unpackInto<u64>(words, from, n, width, load<u64>(base), dst);
}
