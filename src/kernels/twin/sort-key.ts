import type { SortKernels } from '../interface/sort.ts';
import type { MemoryViews } from './memory-views.ts';

const DESCENDING = 1;
const NULLS_FIRST = 2;
const MOST = 2n ** 64n - 1n;

type SortKeyKernels = Pick<SortKernels, 'sortKeyI32' | 'sortKeyI64' | 'sortKeyF64' | 'sortKeyBool' | 'sortKeyStr' | 'topMask'>;

export function sortKeyTwin(memory: MemoryViews): SortKeyKernels {
  const each =
    (wordAt: (src: number, row: number) => bigint): SortKernels['sortKeyI32'] =>
    (src, nulls, n, flags, dst) => {
      for (let row = 0; row < n; row++) {
        const isNull = nulls !== 0 && memory.u8[nulls + row] !== 0;
        const word = isNull ? keyOfNull(flags) : directed(wordAt(src, row), flags);
        memory.i64[(dst >>> 3) + row] = BigInt.asIntN(64, word);
      }
    };
  return {
    sortKeyI32: each((src, row) => keyOfInt(BigInt(memory.i32[(src >>> 2) + row]))),
    sortKeyI64: each((src, row) => keyOfInt(memory.i64[(src >>> 3) + row])),
    sortKeyF64: each((src, row) => keyOfFloat(memory.f64[(src >>> 3) + row])),
    sortKeyBool: each((src, row) => BigInt(memory.u8[src + row])),
    sortKeyStr: each((src, row) => keyOfText(memory.bytesOf(src + row * 8))),
    topMask(keys, bound, orEqual, n, dstMask) {
      const most = BigInt.asUintN(64, memory.i64[bound >>> 3]);
      let count = 0;
      for (let row = 0; row < n; row++) {
        const key = BigInt.asUintN(64, memory.i64[(keys >>> 3) + row]);
        const passes = Number(key < most || (key === most && orEqual === 1));
        memory.u8[dstMask + row] = passes;
        count += passes;
      }
      return count;
    },
  };
}

/** A word in the key's direction. */
export function directed(word: bigint, flags: number): bigint {
  return (flags & DESCENDING) === 0 ? word : MOST - word;
}

export function keyOfNull(flags: number): bigint {
  return (flags & NULLS_FIRST) === 0 ? MOST : 0n;
}

export function keyOfInt(value: bigint): bigint {
  return value + 2n ** 63n;
}

/** NaN above all, -0 as 0. */
export function keyOfFloat(value: number): bigint {
  if (Number.isNaN(value)) return MOST;
  const bits = new BigUint64Array(Float64Array.of(value + 0).buffer)[0];
  return bits >> 63n === 0n ? bits | (1n << 63n) : MOST - bits;
}

/** The first eight bytes, zeros past the end. */
export function keyOfText(text: Uint8Array): bigint {
  let word = 0n;
  for (let at = 0; at < 8; at++) word = (word << 8n) | BigInt(at < text.length ? text[at] : 0);
  return word;
}
