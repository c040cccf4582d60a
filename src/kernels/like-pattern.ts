/**
 * LIKE patterns, compiled: what lies between the percent signs, with escapes resolved.
 *
 *     u32 segments, u32 flags (1: the first is at the start, 2: the last is at the end),
 *     per segment  u32 offset of its bytes from the pattern's start, u32 bytes | WILD where it has an ANY
 *     bytes of the segments: UTF-8, ANY for each `_`
 */

/** Any one character, in a segment: a byte that UTF-8 has not. */
export const LIKE_ANY = 0xff;

export const LIKE_STARTS = 1;
export const LIKE_ENDS = 2;
export const LIKE_WILD = 0x80000000;

/** A pattern, and the kernel that tests it. */
export interface LikePattern {
  /** `all` matches every string; of the next four, `bytes` are the constant; of `general`, what `likeStr` takes. */
  readonly kind: 'all' | 'equals' | 'prefix' | 'suffix' | 'contains' | 'general';
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();

/** Compiles a pattern with an escape of one character, or of none; undefined when the pattern ends with its escape, which is an error. */
export function compileLike(pattern: string, escape: string): LikePattern | undefined {
  const segments: number[][] = [[]];
  let isWild = false;
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const segment = segments[segments.length - 1];
    let character = characters[at];
    if (character === escape) {
      if (++at === characters.length) return undefined;
      character = characters[at];
    } else if (character === '%') {
      if (segment.length > 0 || segments.length === 1) segments.push([]);
      continue;
    } else if (character === '_') {
      isWild = true;
      segment.push(LIKE_ANY);
      continue;
    }
    segment.push(...encoder.encode(character));
  }
  if (!isWild && segments.length <= 3) {
    const [first, second, third] = segments.map((segment) => Uint8Array.from(segment));
    if (second === undefined) return { kind: 'equals', bytes: first };
    if (third === undefined) {
      if (first.length === 0) return second.length === 0 ? { kind: 'all', bytes: first } : { kind: 'suffix', bytes: second };
      if (second.length === 0) return { kind: 'prefix', bytes: first };
    } else if (first.length === 0 && third.length === 0) return { kind: second.length === 0 ? 'all' : 'contains', bytes: second };
  }
  return { kind: 'general', bytes: layOut(segments) };
}

function layOut(parts: readonly number[][]): Uint8Array {
  const isWhole = parts.length === 1;
  const starts = isWhole || parts[0].length > 0;
  const ends = isWhole || parts[parts.length - 1].length > 0;
  const segments = isWhole ? parts : parts.filter((segment) => segment.length > 0);
  const headBytes = 8 + segments.length * 8;
  const bytes = new Uint8Array(segments.reduce((total, segment) => total + segment.length, headBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, segments.length, true);
  view.setUint32(4, (starts ? LIKE_STARTS : 0) | (ends ? LIKE_ENDS : 0), true);
  let offset = headBytes;
  for (const [at, segment] of segments.entries()) {
    view.setUint32(8 + at * 8, offset, true);
    view.setUint32(12 + at * 8, (segment.length | (segment.includes(LIKE_ANY) ? LIKE_WILD : 0)) >>> 0, true);
    bytes.set(segment, offset);
    offset += segment.length;
  }
  return bytes;
}
