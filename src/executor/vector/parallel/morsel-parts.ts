import type { ColumnInfo } from '../expression/lower.ts';
import type { Parts } from '../leaf-parts.ts';
import { Vector, type Batch } from '../vector.ts';
import { keptMax, NO_MORSEL, type MorselNumber, type MorselQueue } from './morsel-queue.ts';
import type { WorkerHeap } from './worker-heap.ts';

/** A worker's parts: morsels, waited for until there are no more. */
export class MorselParts implements Parts<MorselNumber> {
  readonly batch: Batch & { readonly columns: readonly Vector[] };
  readonly isRows = false;
  readonly #heap: WorkerHeap;
  readonly #queue: MorselQueue;
  readonly #keptMax: number;
  readonly #wake: () => void;
  #current: MorselNumber = NO_MORSEL;
  /** Parts of the current morsel that were read. */
  #part = 0;

  constructor(columns: readonly ColumnInfo[], heap: WorkerHeap, queue: MorselQueue, threads: number, wake: () => void) {
    this.batch = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
    this.#heap = heap;
    this.#queue = queue;
    this.#keptMax = keptMax(threads);
    this.#wake = wake;
  }

  next(): boolean {
    if (this.#current === NO_MORSEL && !this.#enter(this.#queue.takeNext())) return false;
    this.batch.rows = this.#queue.read(this.#current, this.#part++, this.batch.columns);
    return true;
  }

  load(): void {}

  takePinned(into: MorselNumber[]): void {
    if (this.#current === NO_MORSEL || this.#part < this.#queue.partsOf(this.#current)) return;
    into.push(this.#current);
    this.#current = NO_MORSEL;
  }

  unpin(morsels: MorselNumber[]): void {
    for (const morsel of morsels) if (this.#queue.finish(morsel)) this.#wake();
    morsels.length = 0;
  }

  /** M4: when nothing can be taken at once, what is kept is given back before this thread waits. */
  wantsPins(kept: number): boolean {
    if (this.#current !== NO_MORSEL || this.#queue.isStopped) return false;
    return kept >= this.#keptMax || !this.#enter(this.#queue.take());
  }

  close(): void {}

  /** Makes a morsel current; false when it is none. */
  #enter(morsel: MorselNumber): boolean {
    this.#current = morsel;
    this.#part = 0;
    if (morsel === NO_MORSEL) return false;
    this.#heap.reach(this.#queue.heapBytes);
    return true;
  }
}
