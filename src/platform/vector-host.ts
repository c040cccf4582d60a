import { totalmem } from 'node:os';
import type { VectorHost } from '../executor/vector/context.ts';
import { Heap } from '../kernels/heap.ts';
import { loadKernels, twinKernels } from '../kernels/kernels.ts';
import { ColumnVectors } from '../storage/column-vectors.ts';
import type { SpillPlace } from '../executor/vector/spill/spill-file.ts';
import { sealedSpills } from './sealed-spills.ts';
import { spillFiles } from './spill-files.ts';
import { workerPool, type WorkerPool } from './workers.ts';

const PAGE_CACHE_BYTES_MIN = 64 * 1024 ** 2;
const PAGE_CACHE_BYTES_MAX = 2 * 1024 ** 3;

/** The most that 32-bit addresses leave room for. */
const HEAP_BYTES_MAX = 3.5 * 1024 ** 3;

/** Stored pages that a process keeps: a twelfth of the machine's memory, within reason. */
export function pageCacheBytes(): number {
  return Math.min(PAGE_CACHE_BYTES_MAX, Math.max(PAGE_CACHE_BYTES_MIN, totalmem() / 12));
}

/**
 * The heap of an engine, made when first asked for: columns of leaves, and what queries compute. It grows as it is used, to half of
 * the machine's memory.
 */
export class NodeVectors {
  readonly #spills: SpillPlace;
  #made: { readonly host: VectorHost; readonly workers: WorkerPool | undefined } | undefined;

  /** `sealsSpills`: what queries put on disk is encrypted. */
  constructor({ sealsSpills }: { readonly sealsSpills: boolean }) {
    this.#spills = sealsSpills ? sealedSpills(spillFiles()) : spillFiles();
  }

  readonly host = (): VectorHost => {
    this.#made ??= make(this.#spills);
    return this.#made.host;
  };

  /** Ends its threads. */
  async close(): Promise<void> {
    await this.#made?.workers?.close();
  }
}

function make(spills: SpillPlace): { readonly host: VectorHost; readonly workers: WorkerPool | undefined } {
  const heap = new Heap({ bytesMax: Math.min(HEAP_BYTES_MAX, totalmem() / 2), isShared: true });
  const kernels = loadKernels(heap.memory, true) ?? twinKernels(heap.memory);
  const workers = workerPool(heap.memory);
  return { host: { heap, kernels, columns: new ColumnVectors(heap), workers, spills }, workers };
}
