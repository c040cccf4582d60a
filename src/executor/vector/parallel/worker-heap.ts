import { SLAB_BYTES } from '../../../kernels/heap.ts';
import type { SlabHeap } from '../memory.ts';
import type { MorselQueue } from './morsel-queue.ts';

/** Slabs asked for at a time, so that the owner is not asked for each: twice as many every time, up to this. */
const ASKED_MAX = 16;

/** A worker's view of the heap: slabs are asked of the owner's thread, several at a time, and never given back before the task ends. */
export class WorkerHeap implements SlabHeap {
  readonly memory: WebAssembly.Memory;
  readonly #queue: MorselQueue;
  readonly #seat: number;
  readonly #wake: () => void;
  #bytes: Uint8Array;
  /** Slabs in a row that nobody uses, by address. */
  readonly #spare: { address: number; slabs: number }[] = [];
  #asked = 2;

  constructor(memory: WebAssembly.Memory, queue: MorselQueue, seat: number, wake: () => void) {
    this.memory = memory;
    this.#queue = queue;
    this.#seat = seat;
    this.#wake = wake;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** Sees to it that views reach as far as the owner has grown the memory: other threads learn of growth late. */
  reach(heapBytes: number): void {
    if (this.memory.buffer.byteLength < heapBytes) this.memory.grow(0);
  }

  takeSlabs(count: number): number {
    const found = this.#spare.find((run) => run.slabs >= count);
    if (found !== undefined) return cut(found, count);
    const asked = Math.max(count, this.#asked);
    this.#asked = Math.min(ASKED_MAX, this.#asked * 2);
    for (const slabs of asked > count ? [asked, count] : [count]) {
      const address = this.#ask(slabs);
      if (address === 0) continue;
      const run = { address, slabs };
      if (slabs > count) this.#spare.push(run);
      return cut(run, count);
    }
    return 0;
  }

  giveSlabs(address: number, count: number): void {
    this.#spare.push({ address, slabs: count });
  }

  #ask(slabs: number): number {
    if (this.#queue.ask(this.#seat, slabs)) this.#wake();
    const address = this.#queue.awaitGrant(this.#seat);
    this.reach(this.#queue.heapBytes);
    return address;
  }
}

/** The first slabs of a run, which has them no more. */
function cut(run: { address: number; slabs: number }, count: number): number {
  const { address } = run;
  run.address += count * SLAB_BYTES;
  run.slabs -= count;
  return address;
}
