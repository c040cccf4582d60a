/**
 * LZ4's block format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md): byte-wise, quick to undo, no entropy stage.
 *
 *     sequence   token (literals << 4 | match - 4), more literal length, literals, u16 distance, more match length
 *
 * `decompressBlock` trusts nothing: any input gives either exactly `rawLength` bytes or null, and never reads or writes outside.
 */

const MATCH_MIN = 4;
/** The format's rule: the last five bytes are literals, and no match starts in the last twelve. */
const LAST_LITERALS = 5;
const MATCH_START_LIMIT = 12;
const DISTANCE_MAX = 65_535;
const HASH_BITS = 12;

const table = new Int32Array(1 << HASH_BITS);

/** `raw` compressed, or null when that would not be shorter than `bytesMax`. */
export function compressBlock(raw: Uint8Array, bytesMax: number): Uint8Array | null {
  const length = raw.length;
  if (length < MATCH_START_LIMIT + 1) return null;
  const out = new Uint8Array(bytesMax);
  table.fill(-1);
  const matchLimit = length - LAST_LITERALS;
  const startLimit = length - MATCH_START_LIMIT;
  let at = 0;
  let anchor = 0;
  let to = 0;
  let misses = 0;
  while (at <= startLimit) {
    const word = raw[at] | (raw[at + 1] << 8) | (raw[at + 2] << 16) | (raw[at + 3] << 24);
    const slot = Math.imul(word, -1640531535) >>> (32 - HASH_BITS);
    const candidate = table[slot];
    table[slot] = at;
    if (
      candidate < 0 ||
      at - candidate > DISTANCE_MAX ||
      raw[candidate] !== raw[at] ||
      raw[candidate + 1] !== raw[at + 1] ||
      raw[candidate + 2] !== raw[at + 2] ||
      raw[candidate + 3] !== raw[at + 3]
    ) {
      at += 1 + (misses++ >> 6);
      continue;
    }
    misses = 0;
    let end = at + MATCH_MIN;
    let from = candidate + MATCH_MIN;
    while (end < matchLimit && raw[end] === raw[from]) {
      end++;
      from++;
    }
    const written = writeSequence(out, to, raw, anchor, at, at - candidate, end - at);
    if (written < 0) return null;
    to = written;
    at = end;
    anchor = end;
  }
  const written = writeSequence(out, to, raw, anchor, length, 0, 0);
  return written < 0 ? null : out.slice(0, written);
}

/** Literals [from, to) and a match (none when `distance` is 0) at `at`; where the next goes, or -1 when there is no room. */
function writeSequence(out: Uint8Array, at: number, raw: Uint8Array, from: number, to: number, distance: number, match: number): number {
  const literals = to - from;
  const matchRest = distance === 0 ? 0 : match - MATCH_MIN;
  const room = 1 + literals + ((literals / 255) | 0) + 1 + 2 + ((matchRest / 255) | 0) + 1;
  if (at + room > out.length) return -1;
  out[at++] = ((literals < 15 ? literals : 15) << 4) | (matchRest < 15 ? matchRest : 15);
  if (literals >= 15) at = writeLength(out, at, literals - 15);
  if (literals > 64) {
    out.set(raw.subarray(from, to), at);
    at += literals;
  } else {
    for (let index = from; index < to; index++) out[at++] = raw[index];
  }
  if (distance === 0) return at;
  out[at++] = distance & 0xff;
  out[at++] = distance >> 8;
  return matchRest >= 15 ? writeLength(out, at, matchRest - 15) : at;
}

function writeLength(out: Uint8Array, at: number, length: number): number {
  let rest = length;
  while (rest >= 255) {
    out[at++] = 255;
    rest -= 255;
  }
  out[at++] = rest;
  return at;
}

/** The `rawLength` bytes that were compressed into `block`, or null when it is not a block of so many bytes. */
export function decompressBlock(block: Uint8Array, rawLength: number): Uint8Array | null {
  const raw = new Uint8Array(rawLength);
  return decompressInto(block, raw) ? raw : null;
}

/** Fills `raw` with what was compressed into `block`; false when the block is not one of exactly so many bytes. */
function decompressInto(block: Uint8Array, raw: Uint8Array): boolean {
  const rawLength = raw.length;
  const length = block.length;
  let at = 0;
  let to = 0;
  while (at < length) {
    const token = block[at++];
    let literals = token >>> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (at >= length) return false;
        more = block[at++];
        literals += more;
      } while (more === 255);
    }
    if (at + literals > length || to + literals > rawLength) return false;
    if (literals > 32) {
      raw.set(block.subarray(at, at + literals), to);
      at += literals;
      to += literals;
    } else {
      for (const end = at + literals; at < end;) raw[to++] = block[at++];
    }
    if (at === length) return to === rawLength;
    if (at + 2 > length) return false;
    const distance = block[at] | (block[at + 1] << 8);
    at += 2;
    if (distance === 0 || distance > to) return false;
    let match = token & 15;
    if (match === 15) {
      let more: number;
      do {
        if (at >= length) return false;
        more = block[at++];
        match += more;
      } while (more === 255);
    }
    match += MATCH_MIN;
    if (to + match > rawLength) return false;
    if (distance >= match && match > 32) {
      raw.copyWithin(to, to - distance, to - distance + match);
      to += match;
    } else {
      for (const end = to + match; to < end; to++) raw[to] = raw[to - distance];
    }
  }
  return false;
}
