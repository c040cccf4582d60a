import { GROUP_TABLE, GROUP_WANTS } from '../group-table.ts';
import type { DenseKernels } from '../interface/dense.ts';
import { makeGroup } from './group.ts';
import { Keys } from './keys.ts';
import type { MemoryViews } from './memory-views.ts';

export function denseTwin(memory: MemoryViews): DenseKernels {
  /** The place of a value, -1 when it has none. */
  const placeOf = (value: bigint, least: number, range: number): number => {
    const place = BigInt.asUintN(64, value - memory.i64[least >>> 3]);
    return place < BigInt(range) ? Number(place) : -1;
  };
  const isSet = (words: number, bit: number): boolean => ((memory.u8[words + (bit >>> 3)] >>> (bit & 7)) & 1) === 1;
  const set = (words: number, bit: number): void => {
    memory.u8[words + (bit >>> 3)] |= 1 << (bit & 7);
  };
  const setAll = (words: number, bits: number, least: number, n: number, valueAt: (row: number) => bigint): number => {
    let outside = 0;
    for (let row = 0; row < n; row++) {
      const place = placeOf(valueAt(row), least, bits);
      if (place < 0) outside++;
      else set(words, place);
    }
    return outside;
  };
  /** The value of a row of the key column, null where it is null. */
  const keyAt = (key: number, row: number): bigint | null => {
    const [type, data, nulls] = memory.u32.subarray(key >>> 2, (key >>> 2) + 3);
    if (nulls !== 0 && memory.u8[nulls + row] !== 0) return null;
    return type === 0 ? BigInt(memory.i32[(data >>> 2) + row]) : memory.i64[(data >>> 3) + row];
  };

  return {
    denseSetI32: (words, bits, least, src, n) => setAll(words, bits, least, n, (row) => BigInt(memory.i32[(src >>> 2) + row])),
    denseSetI64: (words, bits, least, src, n) => setAll(words, bits, least, n, (row) => memory.i64[(src >>> 3) + row]),
    denseList(words, from, count, least, dst) {
      let listed = 0;
      for (let bit = from * 64; bit < (from + count) * 64; bit++)
        if (isSet(words, bit)) memory.i64[(dst >>> 3) + listed++] = memory.i64[least >>> 3] + BigInt(bit);
      return listed;
    },
    groupDirect(table, slots, range, least, key, n, from, dstTuples) {
      const words = memory.u32;
      const placeAt = (row: number): number => {
        const value = keyAt(key, row);
        return value === null ? range : placeOf(value, least, range);
      };
      for (let row = from; row < n; row++) {
        if (placeAt(row) >= 0) continue;
        words[(table >>> 2) + GROUP_TABLE.wants] = GROUP_WANTS.range;
        return from;
      }
      words[(table >>> 2) + GROUP_TABLE.wants] = GROUP_WANTS.nothing;
      const keys = new Keys(memory, key, 1);
      for (let row = from; row < n; row++) {
        const slot = (slots >>> 2) + placeAt(row);
        if (words[slot] === 0) words[slot] = makeGroup(memory, table, keys, 0, row);
        if (words[slot] === 0) return row;
        words[(dstTuples >>> 2) + row] = words[slot];
      }
      return n;
    },
    groupPlace(entries, mask, tuples, n) {
      const words = memory.u32;
      for (let row = 0; row < n; row++) {
        const tuple = words[(tuples >>> 2) + row];
        let slot = words[tuple >>> 2] & mask;
        while (words[(entries >>> 2) + slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
        words.set([words[tuple >>> 2], tuple], (entries >>> 2) + slot * 2);
      }
    },
    densePlaces(present, least, range, fieldOffset, flagOffset, tuples, n, dst) {
      let again = 0;
      for (let row = 0; row < n; row++) {
        const tuple = memory.u32[(tuples >>> 2) + row];
        const isNull = memory.u8[tuple + flagOffset] !== 0;
        const place = isNull ? -1 : placeOf(memory.i64[(tuple + fieldOffset) >>> 3], least, range);
        memory.u32[(dst >>> 2) + row] = place + 1;
        if (place < 0) continue;
        if (isSet(present, place)) again++;
        set(present, place);
      }
      return again;
    },
    denseCandidates(present, least, range, key, n, dstRows, dstPlaces) {
      let count = 0;
      for (let row = 0; row < n; row++) {
        const value = keyAt(key, row);
        const place = value === null ? -1 : placeOf(value, least, range);
        if (place < 0 || (present !== 0 && !isSet(present, place))) continue;
        memory.u32[(dstRows >>> 2) + count] = row;
        memory.u32[(dstPlaces >>> 2) + count] = place + 1;
        count++;
      }
      return count;
    },
  };
}
