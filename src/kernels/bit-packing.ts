/**
 * Unsigned numbers of `width` bits (0 to 32) laid end to end, lowest bit first, in little-endian 32-bit words.
 *
 *     width 5:   bit 0          5         10        …  31 | 32 …
 *                └ value 0 ─────┴ value 1 ┴ value 2 …   value 6 crosses into the next word
 */

/** Bytes that `count` values of `width` bits take: whole words, and one more so that a read may cross. */
export function packedBytes(count: number, width: number): number {
  return width === 0 ? 0 : (Math.ceil((count * width) / 32) + 1) * 4;
}

/** The least width that holds every number up to `most`, which is below 2^32. */
export function widthOf(most: number): number {
  return most === 0 ? 0 : 32 - Math.clz32(most);
}

/** Packs `values`; each must be below 2^width. */
export function packBits(values: Uint32Array, count: number, width: number): Uint8Array {
  const bytes = new Uint8Array(packedBytes(count, width));
  if (width === 0) return bytes;
  const words = new Uint32Array(bytes.buffer);
  let bit = 0;
  for (let at = 0; at < count; at++) {
    const word = bit >>> 5;
    const shift = bit & 31;
    words[word] |= values[at] << shift;
    if (shift + width > 32) words[word + 1] = values[at] >>> (32 - shift);
    bit += width;
  }
  return bytes;
}

/** The value at `at`; `words` are as `packBits` left them. */
export function unpackAt(words: Uint32Array, at: number, width: number): number {
  if (width === 0) return 0;
  const bit = at * width;
  const word = bit >>> 5;
  const shift = bit & 31;
  let value = words[word] >>> shift;
  if (shift + width > 32) value |= words[word + 1] << (32 - shift);
  return width === 32 ? value >>> 0 : value & ((1 << width) - 1);
}

/** Values [from, to) into `out` from its start. */
export function unpackBits(words: Uint32Array, from: number, to: number, width: number, out: Uint32Array): void {
  if (width === 0) {
    out.fill(0, 0, to - from);
    return;
  }
  const mask = width === 32 ? 0xffffffff : (1 << width) - 1;
  let bit = from * width;
  for (let at = 0; at < to - from; at++) {
    const word = bit >>> 5;
    const shift = bit & 31;
    let value = words[word] >>> shift;
    if (shift + width > 32) value |= words[word + 1] << (32 - shift);
    out[at] = value & mask;
    bit += width;
  }
}
