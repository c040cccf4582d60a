import { assert } from '../base/assert.ts';

/** A place in an `Arena`: chunk number × 2^26 + offset in it. */
export type Address = number;

const CHUNK_SHIFT = 2 ** 26;
const CHUNK_BYTES_MIN = 64 * 1024;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

/** Byte strings that never move and die together: appended into chunks, read in place. */
export class Arena {
  readonly #chunks: Uint8Array[] = [];
  #free = 0;
  #bytes = 0;

  /** Bytes held, free room included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies `source`, or a part of it, in; it stays where the answer says for the arena's life. */
  add(source: Uint8Array, from = 0, to = source.length): Address {
    const length = to - from;
    assert(length < CHUNK_SHIFT, 'an arena holds strings of less than 64 MiB', { length });
    let last = this.#chunks.length - 1;
    if (last < 0 || this.#free + length > this.#chunks[last].length) {
      const capacity = Math.max(length, Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, this.#bytes)));
      this.#chunks.push(new Uint8Array(capacity));
      this.#bytes += capacity;
      this.#free = 0;
      last++;
    }
    const at = this.#free;
    const chunk = this.#chunks[last];
    if (length <= 64) for (let index = 0; index < length; index++) chunk[at + index] = source[from + index];
    else chunk.set(from === 0 && to === source.length ? source : source.subarray(from, to), at);
    this.#free += length;
    return last * CHUNK_SHIFT + at;
  }

  /** The chunk that an address is in: the bytes there begin at `offsetOf`. */
  chunkOf(address: Address): Uint8Array {
    return this.#chunks[(address / CHUNK_SHIFT) | 0];
  }

  offsetOf(address: Address): number {
    return address % CHUNK_SHIFT;
  }

  /** A view of `length` bytes at `address`. */
  view(address: Address, length: number): Uint8Array {
    const chunk = (address / CHUNK_SHIFT) | 0;
    const offset = address - chunk * CHUNK_SHIFT;
    return this.#chunks[chunk].subarray(offset, offset + length);
  }
}
