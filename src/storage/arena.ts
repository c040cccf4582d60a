import { assert } from '../base/assert.ts';

/** A place in an `Arena`: chunk number × 2^26 + offset in it. */
export type Address = number;

const CHUNK_SHIFT = 2 ** 26;
const CHUNK_BYTES_MIN = 64 * 1024;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

/** Byte strings that never move and die together: appended into chunks, read in place. */
export class Arena {
  readonly #chunks: Uint8Array[] = [];
  /** The chunk that is being filled, and from where on it is free. */
  #open = -1;
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
    if (this.#open < 0 || this.#free + length > this.#chunks[this.#open].length) {
      const capacity = Math.max(length, Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, this.#bytes)));
      this.#open = this.#chunks.push(new Uint8Array(capacity)) - 1;
      this.#bytes += capacity;
      this.#free = 0;
    }
    const at = this.#free;
    const chunk = this.#chunks[this.#open];
    if (length <= 64) for (let index = 0; index < length; index++) chunk[at + index] = source[from + index];
    else chunk.set(from === 0 && to === source.length ? source : source.subarray(from, to), at);
    this.#free += length;
    return this.#open * CHUNK_SHIFT + at;
  }

  /** Takes in many bytes, which never change again, as they lie: byte n is at the answer + n. Undefined where they are better added. */
  adopt(bytes: Uint8Array): Address | undefined {
    if (bytes.length < CHUNK_BYTES_MIN || bytes.length >= CHUNK_SHIFT) return undefined;
    this.#bytes += bytes.buffer.byteLength;
    return (this.#chunks.push(bytes) - 1) * CHUNK_SHIFT;
  }

  /** The chunk that an address is in: the bytes there begin at `offsetOf`. */
  chunkOf(address: Address): Uint8Array {
    return this.#chunks[(address / CHUNK_SHIFT) | 0];
  }

  offsetOf(address: Address): number {
    return address - ((address / CHUNK_SHIFT) | 0) * CHUNK_SHIFT; // a remainder of doubles is a call
  }

  /** A view of `length` bytes at `address`. */
  view(address: Address, length: number): Uint8Array {
    const chunk = (address / CHUNK_SHIFT) | 0;
    const offset = address - chunk * CHUNK_SHIFT;
    return this.#chunks[chunk].subarray(offset, offset + length);
  }
}
