/**
 * The memory of one load: columns being filled, text being read, chunks being made. A heap of its own, since what lies in it is never a
 * page in use.
 *
 * Views are fields, renewed when memory grows: take them anew after every call that may allocate.
 */
import { assert } from '../base/assert.ts';
import { LOADING_SLACK_BYTES, loadingKernels, type LoadingKernels } from './loading.ts';

const WASM_PAGE_BYTES = 65_536;
const PAGES_INITIAL = 32;
const PAGES_MAX = 65_535;
/** Addresses below this are never given out. */
const FIRST_ADDRESS = 1024;
const GRANULE_BYTES = 64;
const GROWTH_PAGES_MIN = 32;

export class LoadingMemory {
  readonly kernels: LoadingKernels | undefined;
  readonly #memory: WebAssembly.Memory;
  /** Addresses given back, by size. */
  readonly #free = new Map<number, number[]>();
  #end = FIRST_ADDRESS;
  #used = 0;
  u8: Uint8Array;
  u16: Uint16Array;
  u32: Uint32Array;
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;
  i64: BigInt64Array;

  /** `withKernels` false: as on a host that does not compile WebAssembly. */
  constructor(withKernels = true) {
    this.#memory = new WebAssembly.Memory({ initial: PAGES_INITIAL, maximum: PAGES_MAX });
    this.kernels = withKernels ? loadingKernels(this.#memory) : undefined;
    const { buffer } = this.#memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
  }

  /** Bytes of the blocks given out. */
  get used(): number {
    return this.#used;
  }

  /** Bytes of memory, whether used or not. */
  get bytes(): number {
    return this.u8.length;
  }

  /** A block of `bytes` at a multiple of 64, its contents arbitrary. */
  allocate(bytes: number): number {
    const size = sizeOf(bytes);
    this.#used += size;
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    const address = this.#end;
    this.#end += size;
    if (this.#end > this.u8.length) this.#grow();
    return address;
  }

  /** Gives a block back; `bytes` as it was asked for. */
  release(address: number, bytes: number): void {
    const size = sizeOf(bytes);
    this.#used -= size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [address]);
    else free.push(address);
  }

  /** Forgets all blocks. */
  reset(): void {
    this.#free.clear();
    this.#end = FIRST_ADDRESS;
    this.#used = 0;
  }

  #grow(): void {
    const wanted = Math.ceil((this.#end - this.u8.length) / WASM_PAGE_BYTES);
    const present = this.u8.length / WASM_PAGE_BYTES;
    assert(present + wanted <= PAGES_MAX, 'a load fits 32 bits of addresses', { bytes: this.#end });
    this.#memory.grow(Math.min(PAGES_MAX - present, Math.max(wanted, GROWTH_PAGES_MIN, present >> 2)));
    const { buffer } = this.#memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
  }
}

/** What a block takes, room behind it included: sizes are few, so that what is given back fits what is asked for. */
function sizeOf(bytes: number): number {
  const least = bytes + LOADING_SLACK_BYTES;
  if (least <= 4096) return Math.ceil(least / GRANULE_BYTES) * GRANULE_BYTES;
  // Eight steps to each doubling.
  const step = 2 ** (29 - Math.clz32(least - 1));
  return Math.ceil(least / step) * step;
}

const POOL_BYTES_MAX = 32 * 1024 * 1024;
const POOL_MEMORIES_MAX = 2;
const pool: LoadingMemory[] = [];

/** A memory for a load, as good as new: the one given back last. Give it back when nothing of it is used any more. */
export function takeLoadingMemory(): LoadingMemory {
  return pool.pop() ?? new LoadingMemory();
}

/** Addresses are a scarce thing of the host's, so that one memory serves load after load, unless it has grown large. */
export function giveLoadingMemoryBack(memory: LoadingMemory): void {
  if (memory.bytes > POOL_BYTES_MAX) return;
  memory.reset();
  pool.push(memory);
  if (pool.length > POOL_MEMORIES_MAX) pool.shift();
}
