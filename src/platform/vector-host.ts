import { totalmem } from 'node:os';
import type { VectorHost } from '../executor/vector/context.ts';
import { Heap } from '../kernels/heap.ts';
import { loadKernels, twinKernels } from '../kernels/kernels.ts';
import { ColumnVectors } from '../storage/column-vectors.ts';

const PAGE_CACHE_BYTES_MIN = 64 * 1024 ** 2;
const PAGE_CACHE_BYTES_MAX = 2 * 1024 ** 3;

/** The most that 32-bit addresses leave room for. */
const HEAP_BYTES_MAX = 3.5 * 1024 ** 3;

/** Stored pages that a process keeps: a twelfth of the machine's memory, within reason. */
export function pageCacheBytes(): number {
  return Math.min(PAGE_CACHE_BYTES_MAX, Math.max(PAGE_CACHE_BYTES_MIN, totalmem() / 12));
}

/** The heap of this process, made when first asked for: columns of leaves, and what queries compute. It grows as it is used, to half of the machine's memory. */
export function vectorHost(): () => VectorHost {
  let host: VectorHost | undefined;
  return () => {
    host ??= makeHost();
    return host;
  };
}

function makeHost(): VectorHost {
  const heap = new Heap({ bytesMax: Math.min(HEAP_BYTES_MAX, totalmem() / 2), isShared: true });
  const kernels = loadKernels(heap.memory, true) ?? twinKernels(heap.memory);
  return { heap, kernels, columns: new ColumnVectors(heap) };
}
