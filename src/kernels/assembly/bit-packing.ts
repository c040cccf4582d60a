// Bit packing: the twin of ../bit-packing.ts.

/** Codes [from, from + count) of `width` bits (0 to 32) as u32 at `out`. */
export function unpack(words: usize, from: u32, count: u32, width: u32, out: usize): void {
  if (width == 0) {
    memory.fill(out, 0, (<usize>count) << 2);
    return;
  }
  const mask: u64 = ((<u64>1) << width) - 1;
  let bit: u64 = <u64>from * width;
  for (let at: u32 = 0; at < count; at++) {
    // A word follows the last: an eight byte load stays inside.
    const pair = load<u64>(words + ((<usize>(bit >> 5)) << 2));
    store<u32>(out + ((<usize>at) << 2), <u32>((pair >> (bit & 31)) & mask));
    bit += width;
  }
}
