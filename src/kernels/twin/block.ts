import { unpackBits } from '../bit-packing.ts';
import type { BlockKernels } from '../interface/block.ts';
import { compressBlock, decompressBlock } from '../lz4.ts';
import type { MemoryViews } from './memory-views.ts';

export function blockTwin(memory: MemoryViews): BlockKernels {
  return {
    compress(raw, length, out, outMax) {
      const block = compressBlock(memory.u8.slice(raw, raw + length), outMax);
      if (block === null) return -1;
      memory.u8.set(block, out);
      return block.length;
    },
    decompress(block, length, raw, rawLength) {
      const bytes = decompressBlock(memory.u8.subarray(block, block + length), rawLength);
      if (bytes === null) return 0;
      memory.u8.set(bytes, raw);
      return 1;
    },
    unpack(words, from, count, width, out) {
      unpackBits(memory.u32.subarray(words >>> 2), from, from + count, width, memory.u32.subarray(out >>> 2));
    },
  };
}
