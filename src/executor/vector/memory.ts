/**
 * A query's own memory in the heap: whole slabs, cut from the front, given back all at once.
 */
import { SqlError } from '../../base/sql-error.ts';
import { SLAB_BYTES } from '../../kernels/heap.ts';
import { VECTOR_ROWS_MAX, widthOfType, type VectorType } from './vector.ts';

/** Bytes past a buffer's values that kernels may touch. */
const SPARE_BYTES = 32;

/** Where slabs come from: the heap itself, or what asks its owner for them. */
export interface SlabHeap {
  readonly memory: WebAssembly.Memory;
  /** All of memory as bytes, as it is now. */
  bytes(): Uint8Array;
  /** The address of `count` slabs end to end, 0 when they are not to be had. */
  takeSlabs(count: number): number;
  giveSlabs(address: number, count: number): void;
}

/** Counts what is taken, and refuses too much by SQLSTATE 53200. */
export interface SlabAccount {
  reserve(bytes: number): void;
  release(bytes: number): void;
}

export class QueryMemory {
  readonly heap: SlabHeap;
  readonly #account: SlabAccount;
  readonly #awaited: Promise<unknown>[] = [];
  readonly #taken: { readonly address: number; readonly slabs: number; readonly isCut: boolean; readonly size: number }[] = [];
  readonly #parts: QueryMemory[] = [];
  readonly #ends: (() => void)[] = [];
  #at = 0;
  #end = 0;
  #used = 0;

  constructor(heap: SlabHeap, account: SlabAccount) {
    this.heap = heap;
    this.#account = account;
  }

  /** Bytes in use, whatever the slabs hold beside them. */
  get used(): number {
    return this.#used;
  }

  /** Memory that can be released before this is, and is released with it. */
  part(): QueryMemory {
    const part = new QueryMemory(this.heap, this.#account);
    this.#parts.push(part);
    return part;
  }

  /** `end` is called when everything is released. */
  atRelease(end: () => void): void {
    this.#ends.push(end);
  }

  /** `bytes` bytes, 16-byte aligned, with room to spare behind them; not cleared. SQLSTATE 53200 when there is no more. */
  take(bytes: number): number {
    const size = (bytes + SPARE_BYTES + 15) & ~15;
    this.#used += size;
    if (size > SLAB_BYTES / 2) return this.#slabs(Math.ceil(size / SLAB_BYTES), false, size);
    if (this.#at + size > this.#end) {
      this.#at = this.#slabs(1, true, 0);
      this.#end = this.#at + SLAB_BYTES;
    }
    const address = this.#at;
    this.#at += size;
    return address;
  }

  /** Room for a batch of values. */
  takeValues(type: VectorType): number {
    return this.take(VECTOR_ROWS_MAX * widthOfType(type));
  }

  /** Room for a batch of null bytes, masks. */
  takeBytes(): number {
    return this.take(VECTOR_ROWS_MAX);
  }

  /** `bytes` bytes of zeros. */
  takeCleared(bytes: number): number {
    const address = this.take(bytes);
    this.heap.bytes().fill(0, address, address + bytes);
    return address;
  }

  /** Gives memory of its own slabs back before the end; nothing for what shares a slab. */
  giveBack(address: number): void {
    const at = this.#taken.findIndex((one) => one.address === address && !one.isCut);
    if (at < 0) return;
    const [{ slabs, size }] = this.#taken.splice(at, 1);
    this.#used -= size;
    this.heap.giveSlabs(address, slabs);
    this.#account.release(slabs * SLAB_BYTES);
  }

  /** Keeps everything until `done` settles, even when it is released before: another thread may write there until then. */
  keepUntil(done: Promise<unknown>): void {
    this.#awaited.push(done);
  }

  /** Gives everything back. */
  release(): void {
    const awaited = this.#awaited.splice(0);
    if (awaited.length > 0) {
      void Promise.allSettled(awaited).then(() => this.release());
      return;
    }
    for (const end of this.#ends.splice(0)) end();
    for (const part of this.#parts) part.release();
    for (const { address, slabs } of this.#taken) {
      this.heap.giveSlabs(address, slabs);
      this.#account.release(slabs * SLAB_BYTES);
    }
    this.#taken.length = 0;
    this.#at = 0;
    this.#end = 0;
    this.#used = 0;
  }

  #slabs(count: number, isCut: boolean, size: number): number {
    this.#account.reserve(count * SLAB_BYTES);
    const address = this.heap.takeSlabs(count);
    if (address === 0) {
      this.#account.release(count * SLAB_BYTES);
      throw new SqlError('out_of_memory', 'out of memory', { detail: `The heap has no ${count} MiB in a row to spare.` });
    }
    this.#taken.push({ address, slabs: count, isCut, size });
    return address;
  }
}
