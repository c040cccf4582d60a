import { GROUP_TABLE, GROUP_WANTS } from '../group-table.ts';
import type { GroupKernels } from '../interface/group.ts';
import { Keys } from './keys.ts';
import type { MemoryViews } from './memory-views.ts';

export function groupTwin(memory: MemoryViews): GroupKernels {
  const foundOrMade = (table: number, keys: Keys, hash: number, row: number): number => {
    const words = memory.u32;
    const entries = words[(table >>> 2) + GROUP_TABLE.entries] >>> 2;
    const mask = words[(table >>> 2) + GROUP_TABLE.mask];
    let slot = hash & mask;
    while (words[entries + slot * 2 + 1] !== 0) {
      const tuple = words[entries + slot * 2 + 1];
      if (words[entries + slot * 2] === hash && keys.isSame(row, tuple)) return tuple;
      slot = (slot + 1) & mask;
    }
    const tuple = makeGroup(memory, table, keys, hash, row);
    if (tuple !== 0) words.set([hash, tuple], entries + slot * 2);
    return tuple;
  };

  return {
    groupFind(table, keyColumns, keyCount, hashes, n, from, dstTuples) {
      const keys = new Keys(memory, keyColumns, keyCount);
      memory.u32[(table >>> 2) + GROUP_TABLE.wants] = GROUP_WANTS.nothing;
      for (let row = from; row < n; row++) {
        const tuple = foundOrMade(table, keys, memory.u32[(hashes >>> 2) + row], row);
        if (tuple === 0) return row;
        memory.u32[(dstTuples >>> 2) + row] = tuple;
      }
      return n;
    },
    groupGrow(table, entries, capacity) {
      const words = memory.u32;
      const header = table >>> 2;
      const old = words[header + GROUP_TABLE.entries] >>> 2;
      const to = entries >>> 2;
      words.fill(0, to, to + capacity * 2);
      for (let from = 0; from <= words[header + GROUP_TABLE.mask]; from++) {
        if (words[old + from * 2 + 1] === 0) continue;
        let slot = words[old + from * 2] & (capacity - 1);
        while (words[to + slot * 2 + 1] !== 0) slot = (slot + 1) & (capacity - 1);
        words.set([words[old + from * 2], words[old + from * 2 + 1]], to + slot * 2);
      }
      words[header + GROUP_TABLE.entries] = entries;
      words[header + GROUP_TABLE.mask] = capacity - 1;
      words[header + GROUP_TABLE.limit] = capacity / 2;
    },
  };
}

/** The address of a new group of a row's keys, 0 when the table wants room for it. */
export function makeGroup(memory: MemoryViews, table: number, keys: Keys, hash: number, row: number): number {
  const words = memory.u32;
  const header = table >>> 2;
  const tuple = words[header + GROUP_TABLE.tuples];
  const stride = words[header + GROUP_TABLE.stride];
  const strings = words[header + GROUP_TABLE.strings];
  const text = keys.textBytes(row);
  const wants =
    words[header + GROUP_TABLE.count] >= words[header + GROUP_TABLE.limit]
      ? GROUP_WANTS.entries
      : words[header + GROUP_TABLE.tuplesEnd] - tuple < stride
        ? GROUP_WANTS.tuples
        : words[header + GROUP_TABLE.stringsEnd] - strings < text
          ? GROUP_WANTS.strings
          : GROUP_WANTS.nothing;
  words[header + GROUP_TABLE.wants] = wants;
  if (wants === GROUP_WANTS.strings) words[header + GROUP_TABLE.wantedBytes] = text;
  if (wants !== GROUP_WANTS.nothing) return 0;
  memory.u8.fill(0, tuple, tuple + stride);
  words[tuple >>> 2] = hash;
  words[header + GROUP_TABLE.strings] = keys.write(row, tuple, strings);
  words[header + GROUP_TABLE.count]++;
  words[header + GROUP_TABLE.tuples] = tuple + stride;
  return tuple;
}
