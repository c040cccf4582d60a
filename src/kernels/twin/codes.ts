import type { CodeKernels } from '../interface/codes.ts';
import type { MemoryViews } from './memory-views.ts';

export function codesTwin(memory: MemoryViews): CodeKernels {
  return {
    combineCodes(a, b, count, n, dst) {
      const words = memory.u32;
      for (let at = 0; at < n; at++) words[(dst >>> 2) + at] = Math.imul(words[(a >>> 2) + at], count) + words[(b >>> 2) + at];
    },
    usedCodes(codes, n, table, dst) {
      const words = memory.u32;
      let used = 0;
      for (let at = 0; at < n; at++) {
        const code = words[(codes >>> 2) + at];
        if (words[(table >>> 2) + code] !== 0) continue;
        words[(dst >>> 2) + used] = code;
        words[(table >>> 2) + code] = ++used;
      }
      return used;
    },
  };
}
