// Short runs of bytes, copied.

/** Copies `length` bytes; the two runs do not overlap. A call to memory.copy costs more than a short run does. */
export function copyBytes(to: usize, from: usize, length: u32): void {
  if (length >= 8) {
    if (length > 256) {
      memory.copy(to, from, length);
      return;
    }
    const last = length - 8;
    for (let at: u32 = 0; at < last; at += 8) store<u64>(to + at, load<u64>(from + at));
    store<u64>(to + last, load<u64>(from + last));
    return;
  }
  if (length >= 4) {
    store<u32>(to, load<u32>(from));
    store<u32>(to + length - 4, load<u32>(from + length - 4));
    return;
  }
  for (let at: u32 = 0; at < length; at++) store<u8>(to + at, load<u8>(from + at));
}
