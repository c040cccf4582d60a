import type { LoadingMemory } from '../../kernels/loading-memory.ts';

const CHUNK_BYTES = 64 * 1024;

/** Room for the bytes of a batch's strings, given back all at once. */
export class StringArena {
  readonly #memory: LoadingMemory;
  readonly #chunks: { readonly address: number; readonly bytes: number }[] = [];
  #at = 0;
  #end = 0;
  #bytes = 0;

  constructor(memory: LoadingMemory) {
    this.#memory = memory;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An address with room for `bytes` behind it; `taken` says how much of it was used. Memory may grow. */
  reserve(bytes: number): number {
    if (this.#at + bytes > this.#end) {
      const size = Math.max(bytes, CHUNK_BYTES);
      const address = this.#memory.allocate(size);
      this.#chunks.push({ address, bytes: size });
      this.#bytes += size;
      this.#at = address;
      this.#end = address + size;
    }
    return this.#at;
  }

  /** What was reserved is in use up to `to`. */
  taken(to: number): void {
    this.#at = to;
  }

  /** Keeps the room for one chunk of usual size, gives back the rest. */
  clear(): void {
    const first = this.#chunks[0];
    for (const chunk of this.#chunks.slice(1)) this.#memory.release(chunk.address, chunk.bytes);
    if (first === undefined) return;
    this.#chunks.length = 1;
    this.#bytes = first.bytes;
    this.#at = first.address;
    this.#end = first.address + first.bytes;
  }

  /** Gives everything back. */
  release(): void {
    for (const chunk of this.#chunks) this.#memory.release(chunk.address, chunk.bytes);
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.#at = 0;
    this.#end = 0;
  }
}
