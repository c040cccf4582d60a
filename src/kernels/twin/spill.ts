import type { SpillKernels } from '../interface/spill.ts';
import type { MemoryViews } from './memory-views.ts';

const VECTOR_ROWS_MAX = 2048;

export function spillTwin(memory: MemoryViews): SpillKernels {
  const fieldAt = (tuples: number, row: number, field: number): number => memory.u32[(tuples >>> 2) + row] + field;
  const isZero = (at: number): boolean => memory.i64[at >>> 3] === 0n;
  const roomOf = (length: number, hasRoom: number): number => (hasRoom === 1 ? Math.ceil(length / 16) * 16 : length);
  return {
    partition(hashes, n, shift, bits, dstRows, dstCounts) {
      const parts = 2 ** bits;
      let at = 0;
      for (let part = 0; part < parts; part++) {
        const start = at;
        for (let row = 0; row < n; row++) {
          if (((memory.u32[(hashes >>> 2) + row] >>> shift) & (parts - 1)) === part) memory.u32[(dstRows >>> 2) + at++] = row;
        }
        memory.u32[(dstCounts >>> 2) + part] = at - start;
      }
    },
    partitionPlaces(hashes, n, shift, bits, capacity, fills, dstPlaces) {
      const parts = 2 ** bits;
      for (let row = 0; row < n; row++) {
        const part = (memory.u32[(hashes >>> 2) + row] >>> shift) & (parts - 1);
        memory.u32[(dstPlaces >>> 2) + row] = part * capacity + memory.u32[(fills >>> 2) + part]++;
      }
      return memory.u32.subarray(fills >>> 2, (fills >>> 2) + parts).filter((fill) => fill + VECTOR_ROWS_MAX > capacity).length;
    },
    tuplesAt(places, n, base, stride, dst) {
      for (let row = 0; row < n; row++) memory.u32[(dst >>> 2) + row] = base + memory.u32[(places >>> 2) + row] * stride;
    },
    copyTuples(tuples, n, stride, dst) {
      for (let row = 0; row < n; row++) {
        const tuple = memory.u32[(tuples >>> 2) + row];
        memory.u8.copyWithin(dst + row * stride, tuple, tuple + stride);
      }
    },
    packTexts(tuples, n, fieldOffset, hasRoom, arena, arenaEnd, base) {
      let bytes = 0;
      for (let row = 0; row < n; row++) bytes += roomOf(memory.u32[(fieldAt(tuples, row, fieldOffset) >>> 2) + 1], hasRoom);
      if (bytes > arenaEnd - arena) return -1;
      let to = arena;
      for (let row = 0; row < n; row++) {
        const at = fieldAt(tuples, row, fieldOffset);
        if (isZero(at)) continue;
        const text = memory.bytesOf(at);
        memory.u8.set(text, to);
        memory.u32[at >>> 2] = to - base;
        if (hasRoom === 1) memory.u32[(at >>> 2) + 3] = roomOf(text.length, 1);
        to += roomOf(text.length, hasRoom);
      }
      return to - arena;
    },
    shiftTexts(tuples, n, fieldOffset, distance) {
      for (let row = 0; row < n; row++) {
        const at = fieldAt(tuples, row, fieldOffset);
        if (!isZero(at)) memory.u32[at >>> 2] += distance;
      }
    },
  };
}
