import type { QueryMemory, SlabHeap } from '../memory.ts';

const BYTES_MIN = 16 * 1024;
const BYTES_MAX = 1024 * 1024 - 64;

/** An arena of texts as kernels take it: {u32 where the next text goes, u32 the end of the room} at `address`. */
export class TextRoom {
  readonly address: number;
  readonly #texts: QueryMemory;
  #bytes = BYTES_MIN;

  /** Texts lie in `texts`. */
  constructor(memory: QueryMemory, texts = memory) {
    this.#texts = texts;
    this.address = memory.takeCleared(8);
  }

  /** Forgets the room, which was released. */
  forget(heap: SlabHeap): void {
    this.#bytes = BYTES_MIN;
    new Uint32Array(heap.memory.buffer, this.address, 2).fill(0);
  }

  /** More room, at least for the text of row `row` among the references at `references`. */
  grow(heap: SlabHeap, references: number, row: number): void {
    this.growFor(heap, new Uint32Array(heap.memory.buffer, references)[row * 2 + 1]);
  }

  /** More room, at least for a text of so many bytes. */
  growFor(heap: SlabHeap, length: number): void {
    const size = Math.max(this.#bytes, length + 32);
    this.#bytes = Math.min(BYTES_MAX, this.#bytes * 4);
    const start = this.#texts.take(size);
    const words = new Uint32Array(heap.memory.buffer, this.address, 2);
    words[0] = start;
    words[1] = start + size;
  }
}
