import type { SortKernels } from '../interface/sort.ts';
import { SORT_KEY_BYTES } from '../sort-descriptor.ts';
import { compareTexts } from './aggregate-state.ts';
import type { MemoryViews } from './memory-views.ts';
import { directed, keyOfFloat, keyOfInt, keyOfNull, keyOfText } from './sort-key.ts';

const F64 = 2;
const BOOL = 3;
const STR = 4;
const DESCENDING = 1;
const NULLS_FIRST = 2;

type TupleSortKernels = Pick<SortKernels, 'tupleSortKeys' | 'sortTuples' | 'mergeSorted' | 'sortedStarts'>;

export function sortTwin(memory: MemoryViews): TupleSortKernels {
  const keyAt = (keys: number, at: number): Uint32Array => memory.u32.subarray((keys + at * SORT_KEY_BYTES) >>> 2);
  const wordOf = ([type, field]: Uint32Array, tuple: number): bigint => {
    const at = tuple + field;
    if (type === F64) return keyOfFloat(memory.f64[at >>> 3]);
    if (type === STR) return keyOfText(memory.bytesOf(at));
    return type === BOOL ? memory.i64[at >>> 3] : keyOfInt(memory.i64[at >>> 3]);
  };
  /** The order of two tuples by one key. */
  const orderByKey = (key: Uint32Array, a: number, b: number): number => {
    const [type, field, flag, flags] = key;
    const [nullA, nullB] = [memory.u8[a + flag], memory.u8[b + flag]];
    if (nullA + nullB > 0) return nullA === nullB ? 0 : (nullA === 1) === ((flags & NULLS_FIRST) !== 0) ? -1 : 1;
    const [wordA, wordB] = [wordOf(key, a), wordOf(key, b)];
    const order =
      type === STR ? compareTexts(memory.bytesOf(a + field), memory.bytesOf(b + field)) : Number(wordA > wordB) - Number(wordA < wordB);
    return (flags & DESCENDING) === 0 ? order : -order;
  };
  const order = (keys: number, keyCount: number, a: number, b: number): number => {
    for (let at = 0; at < keyCount; at++) {
      const byKey = orderByKey(keyAt(keys, at), a, b);
      if (byKey !== 0) return byKey;
    }
    return 0;
  };
  const listOf = (tuples: number, n: number): Uint32Array => memory.u32.slice(tuples >>> 2, (tuples >>> 2) + n);

  return {
    tupleSortKeys(tuples, n, key, dst) {
      const words = keyAt(key, 0);
      for (const [row, tuple] of listOf(tuples, n).entries()) {
        const isNull = memory.u8[tuple + words[2]] !== 0;
        const word = isNull ? keyOfNull(words[3]) : directed(wordOf(words, tuple), words[3]);
        memory.i64[(dst >>> 3) + row] = BigInt.asIntN(64, word);
      }
    },
    sortTuples(tuples, n, keys, keyCount) {
      memory.u32.set(
        listOf(tuples, n).toSorted((a, b) => order(keys, keyCount, a, b)),
        tuples >>> 2,
      );
    },
    mergeSorted(left, leftCount, right, rightCount, keys, keyCount, dst) {
      const [lefts, rights] = [listOf(left, leftCount), listOf(right, rightCount)];
      let [a, b] = [0, 0];
      for (let at = 0; at < leftCount + rightCount; at++) {
        const takesLeft = b === rightCount || (a < leftCount && order(keys, keyCount, lefts[a], rights[b]) <= 0);
        memory.u32[(dst >>> 2) + at] = takesLeft ? lefts[a++] : rights[b++];
      }
    },
    sortedStarts(tuples, n, keys, keyCount, before, dstMask) {
      let last = before;
      let count = 0;
      for (const [row, tuple] of listOf(tuples, n).entries()) {
        const starts = Number(last === 0 || order(keys, keyCount, last, tuple) !== 0);
        memory.u8[dstMask + row] = starts;
        count += starts;
        last = tuple;
      }
      return count;
    },
  };
}
