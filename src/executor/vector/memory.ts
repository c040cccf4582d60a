/**
 * A query's own memory in the heap: whole slabs, cut from the front, given back all at once.
 */
import { SqlError } from '../../base/sql-error.ts';
import { SLAB_BYTES, type Heap } from '../../kernels/heap.ts';
import type { MemoryAccount } from '../memory.ts';
import { VECTOR_ROWS_MAX, widthOfType, type VectorType } from './vector.ts';

/** Bytes past a buffer's values that kernels may touch. */
const SPARE_BYTES = 32;

export class QueryMemory {
  readonly heap: Heap;
  readonly #account: MemoryAccount;
  readonly #taken: { readonly address: number; readonly slabs: number; readonly isCut: boolean }[] = [];
  #at = 0;
  #end = 0;

  constructor(heap: Heap, account: MemoryAccount) {
    this.heap = heap;
    this.#account = account;
  }

  /** `bytes` bytes, 16-byte aligned, with room to spare behind them; not cleared. SQLSTATE 53200 when there is no more. */
  take(bytes: number): number {
    const size = (bytes + SPARE_BYTES + 15) & ~15;
    if (size > SLAB_BYTES / 2) return this.#slabs(Math.ceil(size / SLAB_BYTES), false);
    if (this.#at + size > this.#end) {
      this.#at = this.#slabs(1, true);
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
    const [{ slabs }] = this.#taken.splice(at, 1);
    this.heap.giveSlabs(address, slabs);
    this.#account.release(slabs * SLAB_BYTES);
  }

  /** Gives everything back. */
  release(): void {
    for (const { address, slabs } of this.#taken) {
      this.heap.giveSlabs(address, slabs);
      this.#account.release(slabs * SLAB_BYTES);
    }
    this.#taken.length = 0;
    this.#at = 0;
    this.#end = 0;
  }

  #slabs(count: number, isCut: boolean): number {
    this.#account.reserve(count * SLAB_BYTES);
    const address = this.heap.takeSlabs(count);
    if (address === 0) {
      this.#account.release(count * SLAB_BYTES);
      throw new SqlError('out_of_memory', 'out of memory', { detail: `The heap has no ${count} MiB in a row to spare.` });
    }
    this.#taken.push({ address, slabs: count, isCut });
    return address;
  }
}
