import type { StringTestKernels } from '../interface/string.ts';
import { LIKE_ANY, LIKE_ENDS, LIKE_STARTS, LIKE_WILD } from '../like-pattern.ts';
import type { MemoryViews } from './memory-views.ts';

/** A percent sign, among the bytes of a pattern. */
const MANY = -1;

export function stringTestTwin(memory: MemoryViews): StringTestKernels {
  const each = (holds: (row: Uint8Array, constant: Uint8Array) => boolean): StringTestKernels['prefixStr'] => {
    return (refs, constant, n, dst) => {
      const wanted = memory.bytesOf(constant);
      for (let at = 0; at < n; at++) memory.u8[dst + at] = Number(holds(memory.bytesOf(refs + at * 8), wanted));
    };
  };

  return {
    prefixStr: each((row, wanted) => liesAt(row, 0, wanted)),
    suffixStr: each((row, wanted) => liesAt(row, row.length - wanted.length, wanted)),
    containsStr: each((row, wanted) => {
      for (let at = 0; at + wanted.length <= row.length; at++) if (liesAt(row, at, wanted)) return true;
      return false;
    }),
    likeStr(refs, pattern, n, dst) {
      const tokens = tokensOf(memory, pattern);
      for (let at = 0; at < n; at++) memory.u8[dst + at] = Number(matches(tokens, memory.bytesOf(refs + at * 8)));
    },
  };
}

function liesAt(row: Uint8Array, from: number, wanted: Uint8Array): boolean {
  if (from < 0 || from + wanted.length > row.length) return false;
  for (let at = 0; at < wanted.length; at++) if (row[from + at] !== wanted[at]) return false;
  return true;
}

/** A compiled pattern as bytes, ANY and MANY, in order. */
function tokensOf(memory: MemoryViews, pattern: number): number[] {
  const words = memory.u32.subarray(pattern >>> 2);
  const [count, flags] = words;
  const tokens: number[] = (flags & LIKE_STARTS) === 0 ? [MANY] : [];
  for (let at = 0; at < count; at++) {
    if (at > 0) tokens.push(MANY);
    const from = pattern + words[2 + at * 2];
    tokens.push(...memory.u8.subarray(from, from + (words[3 + at * 2] & ~LIKE_WILD)));
  }
  if ((flags & LIKE_ENDS) === 0) tokens.push(MANY);
  return tokens;
}

function matches(tokens: readonly number[], row: Uint8Array): boolean {
  /** Whether the tokens so far match the row up to each place. */
  let reached = new Array<boolean>(row.length + 1).fill(false);
  reached[0] = true;
  for (const token of tokens) {
    const next = new Array<boolean>(row.length + 1).fill(false);
    for (let at = 0; at <= row.length; at++) {
      if (token === MANY) next[at] = reached[at] || (at > 0 && next[at - 1]);
      else if (!reached[at] || at === row.length) continue;
      else if (token === LIKE_ANY) next[nextCharacter(row, at)] = true;
      else if (row[at] === token) next[at + 1] = true;
    }
    reached = next;
  }
  return reached[row.length];
}

function nextCharacter(row: Uint8Array, at: number): number {
  let next = at + 1;
  while (next < row.length && (row[next] & 0xc0) === 0x80) next++;
  return next;
}
