/** The sections of a raw chunk, in order: each starts at a multiple of eight bytes, and none lies outside. */
export class SectionReader {
  readonly #raw: Uint8Array;
  readonly #damaged: () => never;
  #at = 0;

  /** Over verified, decompressed bytes; `damaged` is called when a section does not fit. */
  constructor(raw: Uint8Array, damaged: () => never) {
    // Typed arrays over it start at multiples of eight.
    this.#raw = raw.byteOffset % 8 === 0 ? raw : raw.slice();
    this.#damaged = damaged;
  }

  /** The next `bytes` bytes, after padding to eight. */
  bytes(bytes: number): Uint8Array {
    const from = this.#aligned();
    if (from + bytes > this.#raw.length) return this.#damaged();
    this.#at = from + bytes;
    return this.#raw.subarray(from, from + bytes);
  }

  /** The next section as numbers of one width. */
  typed<Numbers>(
    bytes: number,
    numbers: { new (buffer: ArrayBufferLike, from: number, length: number): Numbers; readonly BYTES_PER_ELEMENT: number },
  ): Numbers {
    const section = this.bytes(bytes);
    return new numbers(section.buffer, section.byteOffset, bytes / numbers.BYTES_PER_ELEMENT);
  }

  /** The u32 that the next section begins with; the section stays unread. */
  peekCount(): number {
    const from = this.#aligned();
    if (from + 4 > this.#raw.length) return this.#damaged();
    return new DataView(this.#raw.buffer, this.#raw.byteOffset + from, 4).getUint32(0, true);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.#raw.length - this.#aligned());
  }

  #aligned(): number {
    return (this.#at + 7) & ~7;
  }
}
