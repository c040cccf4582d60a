import { unpackAt } from '../bit-packing.ts';
import type { DecodeKernels } from '../interface/decode.ts';
import type { MemoryViews } from './memory-views.ts';

export function decodeTwin(memory: MemoryViews): DecodeKernels {
  const runs = (rowsOf: () => Int32Array | BigInt64Array, size: number): DecodeKernels['runsI32'] => {
    return (ends, values, count, from, n, dst) => {
      const rows = rowsOf();
      let run = 0;
      for (let high = count; run < high;) {
        const middle = (run + high) >>> 1;
        if (memory.u16[(ends >>> 1) + middle] > from) high = middle;
        else run = middle + 1;
      }
      let row = 0;
      for (; row < n; run++) {
        if (run >= count) return 0;
        const end = Math.min(memory.u16[(ends >>> 1) + run], from + n);
        if (end <= from + row) return 0;
        for (; from + row < end; row++) rows[dst / size + row] = rows[values / size + run];
      }
      return 1;
    };
  };

  return {
    unpackI32(words, from, n, width, base, dst) {
      const packed = memory.u32.subarray(words >>> 2);
      for (let at = 0; at < n; at++) memory.i32[(dst >>> 2) + at] = memory.i32[base >>> 2] + unpackAt(packed, from + at, width);
    },
    unpackI64(words, from, n, width, base, dst) {
      const packed = memory.u32.subarray(words >>> 2);
      for (let at = 0; at < n; at++) memory.i64[dst / 8 + at] = memory.i64[base / 8] + BigInt(unpackAt(packed, from + at, width));
    },
    runsI32: runs(() => memory.i32, 4),
    runsI64: runs(() => memory.i64, 8),
    fitsI32(src, n) {
      for (let at = 0; at < n; at++) if (BigInt.asIntN(32, memory.i64[src / 8 + at]) !== memory.i64[src / 8 + at]) return 0;
      return 1;
    },
    narrowI64(src, n, dst) {
      for (let at = 0; at < n; at++) memory.i32[(dst >>> 2) + at] = memory.i32[(src >>> 2) + at * 2];
    },
    bitsToBytes(bits, from, n, dst) {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = (memory.u8[bits + ((from + at) >>> 3)] >>> ((from + at) & 7)) & 1;
    },
    stringRefs(ends, bytes, byteCount, from, n, dst) {
      const words = memory.u32;
      let start = from === 0 ? 0 : words[(ends >>> 2) + from - 1];
      let isOrdered = true;
      for (let at = 0; at < n; at++) {
        const end = words[(ends >>> 2) + from + at];
        if (end < start) isOrdered = false;
        words[(dst >>> 2) + at * 2] = bytes + start;
        words[(dst >>> 2) + at * 2 + 1] = end - start;
        start = end;
      }
      return isOrdered && start <= byteCount ? 1 : 0;
    },
    codesInRange(codes, n, count) {
      for (let at = 0; at < n; at++) if (memory.u32[(codes >>> 2) + at] >= count) return 0;
      return 1;
    },
    f32ToF64(src, n, dst) {
      for (let at = 0; at < n; at++) memory.f64[dst / 8 + at] = memory.f32[(src >>> 2) + at];
    },
  };
}
