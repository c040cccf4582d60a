import type { BloomKernels, JoinKernels } from '../interface/join.ts';
import { Keys } from './keys.ts';
import type { MemoryViews } from './memory-views.ts';

export function joinTwin(memory: MemoryViews): JoinKernels {
  const wordAt = (words: number, at: number): number => memory.u32[(words >>> 2) + at];
  const nextOf = (tuple: number): number => memory.u32[(tuple >>> 2) + 1];
  /** Word number of the entry of a hash, or of the free one that it would have. */
  const entryOf = (entries: number, mask: number, hash: number): number => {
    let slot = hash >>> Math.clz32(mask);
    for (;;) {
      const word = (entries >>> 2) + slot * 2;
      if (memory.u32[word + 1] === 0 || memory.u32[word] === hash) return word;
      slot = (slot + 1) & mask;
    }
  };
  const candidates = (n: number, dstRows: number, dstHeads: number, headOf: (row: number) => number): number => {
    let count = 0;
    for (let row = 0; row < n; row++) {
      const head = headOf(row);
      if (head === 0) continue;
      memory.u32[(dstRows >>> 2) + count] = row;
      memory.u32[(dstHeads >>> 2) + count] = head;
      count++;
    }
    return count;
  };

  return {
    joinInsert(entries, mask, keys, keyCount, tuples, n) {
      const columns = new Keys(memory, keys, keyCount);
      for (let row = n - 1; row >= 0; row--) {
        const tuple = wordAt(tuples, row);
        const isLone = columns.isLoneTuple(tuple);
        const hash = memory.u32[tuple >>> 2];
        const word = isLone ? 0 : entryOf(entries, mask, hash);
        memory.u32[(tuple >>> 2) + 1] = isLone ? 0 : memory.u32[word + 1];
        if (!isLone) memory.u32.set([hash, tuple], word);
      }
    },
    joinCandidates(entries, mask, hashes, n, dstRows, dstHeads) {
      return candidates(n, dstRows, dstHeads, (row) => memory.u32[entryOf(entries, mask, wordAt(hashes, row)) + 1]);
    },
    joinProbe(keys, keyCount, rows, heads, m, state, dstRows, dstTuples, capacity) {
      const columns = new Keys(memory, keys, keyCount);
      let tuple = wordAt(state, 1);
      let count = 0;
      for (let at = wordAt(state, 0); at < m; at++) {
        const row = wordAt(rows, at);
        if (tuple === 0) tuple = wordAt(heads, at);
        for (; tuple !== 0; tuple = nextOf(tuple)) {
          if (count === capacity) {
            memory.u32.set([at, tuple], state >>> 2);
            return count;
          }
          if (!columns.isSame(row, tuple)) continue;
          memory.u32[(dstRows >>> 2) + count] = row;
          memory.u32[(dstTuples >>> 2) + count] = tuple;
          count++;
        }
      }
      memory.u32.set([m, 0], state >>> 2);
      return count;
    },
    joinExists(keys, keyCount, rows, heads, m, n, dstMask) {
      const columns = new Keys(memory, keys, keyCount);
      let count = 0;
      memory.u8.fill(0, dstMask, dstMask + n);
      for (let at = 0; at < m; at++) {
        const row = wordAt(rows, at);
        let tuple = wordAt(heads, at);
        while (tuple !== 0 && !columns.isSame(row, tuple)) tuple = nextOf(tuple);
        if (tuple === 0) continue;
        memory.u8[dstMask + row] = 1;
        count++;
      }
      return count;
    },
    directInsert(slots, least, range, fieldOffset, flagOffset, tuples, n) {
      for (let row = n - 1; row >= 0; row--) {
        const tuple = wordAt(tuples, row);
        const slot = memory.i64[(tuple + fieldOffset) >>> 3] - memory.i64[least >>> 3];
        const isInside = memory.u8[tuple + flagOffset] === 0 && slot >= 0n && slot < BigInt(range);
        const word = (slots >>> 2) + (isInside ? Number(slot) : 0);
        memory.u32[(tuple >>> 2) + 1] = isInside ? memory.u32[word] : 0;
        if (isInside) memory.u32[word] = tuple;
      }
    },
    directCandidates(slots, least, range, key, n, dstRows, dstHeads) {
      const [type, data, nulls] = memory.u32.subarray(key >>> 2, (key >>> 2) + 3);
      return candidates(n, dstRows, dstHeads, (row) => {
        if (nulls !== 0 && memory.u8[nulls + row] !== 0) return 0;
        const value = type === 0 ? BigInt(memory.i32[(data >>> 2) + row]) : memory.i64[(data >>> 3) + row];
        const slot = value - memory.i64[least >>> 3];
        return slot >= 0n && slot < BigInt(range) ? wordAt(slots, Number(slot)) : 0;
      });
    },
    markTuples(tuples, n, matchedOffset) {
      for (let row = 0; row < n; row++) if (wordAt(tuples, row) !== 0) memory.u8[wordAt(tuples, row) + matchedOffset] = 1;
    },
    readMatched(tuples, n, matchedOffset, dstMask) {
      for (let row = 0; row < n; row++) memory.u8[dstMask + row] = memory.u8[wordAt(tuples, row) + matchedOffset];
    },
    markRows(rows, m, mask) {
      for (let at = 0; at < m; at++) memory.u8[mask + wordAt(rows, at)] = 1;
    },
  };
}

export function bloomTwin(memory: MemoryViews): BloomKernels {
  const bitsOf = (hash: number): bigint => {
    const h = Math.imul(hash, 0x9e3779b1) >>> 0;
    const bits = [h >>> 26, (h >>> 20) & 63, (h >>> 14) & 63, (h >>> 8) & 63];
    return BigInt.asIntN(
      64,
      bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n),
    );
  };
  const eachHash = (hashes: number, n: number, step: (hash: number, row: number) => void): void => {
    for (let row = 0; row < n; row++) step(memory.u32[(hashes >>> 2) + row], row);
  };
  return {
    bloomInsert(words, mask, hashes, n) {
      eachHash(hashes, n, (hash) => {
        memory.i64[(words >>> 3) + (hash & mask)] |= bitsOf(hash);
      });
    },
    bloomTest(words, mask, hashes, n, dstMask) {
      let count = 0;
      eachHash(hashes, n, (hash, row) => {
        const has = (memory.i64[(words >>> 3) + (hash & mask)] & bitsOf(hash)) === bitsOf(hash);
        memory.u8[dstMask + row] = Number(has);
        count += Number(has);
      });
      return count;
    },
  };
}
