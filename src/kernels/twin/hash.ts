import type { HashKernels } from '../interface/hash.ts';
import type { MemoryViews } from './memory-views.ts';

const NULL_HASH = 0x6e756c6c;
const MIX_A = 0x85ebca6b;
const MIX_B = 0xc2b2ae35;
const GOLDEN = 0x9e3779b1;
const NAN_HIGH = 0x7ff80000;

export function hashTwin(memory: MemoryViews): HashKernels {
  const each =
    (hashAt: (src: number, row: number) => number): HashKernels['hashI32'] =>
    (src, nulls, n, combine, dst) => {
      for (let row = 0; row < n; row++) {
        const hash = nulls !== 0 && memory.u8[nulls + row] === 1 ? NULL_HASH : hashAt(src, row);
        const word = (dst >>> 2) + row;
        memory.u32[word] = combine === 0 ? hash : Math.imul(turned(memory.u32[word], 15), GOLDEN) ^ hash;
      }
    };
  return {
    hashI32: each((src, row) => {
      const value = memory.i32[(src >>> 2) + row];
      return hashWords(value, value >> 31);
    }),
    hashI64: each((src, row) => hashWords(memory.u32[(src >>> 2) + row * 2], memory.u32[(src >>> 2) + row * 2 + 1])),
    hashF64: each((src, row) => {
      const value = memory.f64[(src >>> 3) + row];
      if (value === 0) return hashWords(0, 0);
      if (Number.isNaN(value)) return hashWords(0, NAN_HIGH);
      return hashWords(memory.u32[(src >>> 2) + row * 2], memory.u32[(src >>> 2) + row * 2 + 1]);
    }),
    hashBool: each((src, row) => mixed(memory.u8[src + row])),
    hashStr: each((src, row) => hashText(memory.bytesOf(src + row * 8))),
  };
}

function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), MIX_A);
  h = Math.imul(h ^ (h >>> 13), MIX_B);
  return h ^ (h >>> 16);
}

function hashWords(low: number, high: number): number {
  const h = Math.imul(high, GOLDEN);
  return mixed(low ^ h ^ (h >>> 15));
}

function hashText(bytes: Uint8Array): number {
  const { length } = bytes;
  const word = (at: number): number => bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  let a = Math.imul(length, GOLDEN);
  let b = length ^ MIX_A;
  if (length >= 8) {
    const last = length - 8;
    for (let at = 0; at < last; at += 8) {
      a = turned(Math.imul(a ^ word(at), MIX_A), 13);
      b = turned(Math.imul(b ^ word(at + 4), MIX_B), 17);
    }
    a = Math.imul(a ^ word(last), MIX_A);
    b = Math.imul(b ^ word(last + 4), MIX_B);
  } else if (length >= 4) {
    a = Math.imul(a ^ word(0), MIX_A);
    b = Math.imul(b ^ word(length - 4), MIX_B);
  } else if (length > 0) {
    a = Math.imul(a ^ (bytes[0] | (bytes[length >> 1] << 8) | (bytes[length - 1] << 16)), MIX_A);
  }
  return mixed(a ^ turned(b, 16) ^ (b >>> 15));
}

function turned(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
