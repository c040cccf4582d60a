/** A memory that kernels work in: WebAssembly's own, or anything with a buffer. */
export interface KernelMemory {
  readonly buffer: ArrayBufferLike;
}

/** Typed arrays over all of a memory as it was when last `refresh`ed. Indexes are addresses divided by the element's size. */
export class MemoryViews {
  readonly #memory: KernelMemory;
  #buffer: ArrayBufferLike;
  u8: Uint8Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  i64: BigInt64Array;
  f32: Float32Array;
  f64: Float64Array;

  constructor(memory: KernelMemory) {
    this.#memory = memory;
    const { buffer } = memory;
    this.#buffer = buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** Takes the arrays anew when the memory has grown. */
  refresh(): void {
    const { buffer } = this.#memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** The bytes of the reference at `address`. */
  bytesOf(address: number): Uint8Array {
    const words = this.u32;
    const from = words[address >>> 2];
    return this.u8.subarray(from, from + words[(address >>> 2) + 1]);
  }
}
