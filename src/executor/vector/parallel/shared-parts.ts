/**
 * Parts of leaves, shared with a crew: this thread loads and publishes them, and computes on those that are left to it.
 *
 *     leaves ──► parts ──► morsels ──► workers
 *                  │          └──────► this thread, when enough wait
 *                  └─ came as rows ──► this thread
 *
 * What a morsel lies in stays pinned until it and all before it are done.
 */
import type { ColumnVector } from '../../../storage/column-vectors.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import type { LeafParts, Parts } from '../leaf-parts.ts';
import { Vector, type Batch } from '../vector.ts';
import type { Crew } from './crew.ts';
import { keptMax, NO_MORSEL, PARTS_MAX, type MorselNumber, type MorselQueue } from './morsel-queue.ts';

/** Morsels that are kept waiting for each thread. */
const WAITING_PER_THREAD = 4;

export class SharedParts implements Parts<MorselNumber> {
  readonly #leaves: LeafParts;
  readonly #crew: Crew;
  readonly #queue: MorselQueue;
  readonly #morsel: Batch & { readonly columns: readonly Vector[] };
  readonly #waitingMax: number;
  readonly #keptMax: number;
  readonly #hold: () => () => void;
  /** Pins that end with a morsel. */
  readonly #pins = new Map<MorselNumber, ColumnVector[]>();
  /** Ends the hold on the heap that listed parts need, once the last of them is done. */
  #release: (() => void) | undefined;
  readonly #releases = new Map<MorselNumber, () => void>();
  #published: MorselNumber = NO_MORSEL;
  #current: MorselNumber = NO_MORSEL;
  /** Parts of the current morsel that were read. */
  #part = 0;
  /** What the parts are pinned by that were added to the next morsel. */
  #pinsAdded: ColumnVector[] = [];
  #isRows = false;
  #isRead = false;

  /** `hold` keeps the heap from evicting until its answer is called. */
  constructor(leaves: LeafParts, columns: readonly ColumnInfo[], crew: Crew, hold: () => () => void) {
    this.#leaves = leaves;
    this.#crew = crew;
    this.#hold = hold;
    this.#queue = crew.queue;
    this.#morsel = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
    this.#waitingMax = crew.threads * WAITING_PER_THREAD;
    this.#keptMax = keptMax(crew.threads);
  }

  get batch(): Batch {
    return this.#isRows ? this.#leaves.batch : this.#morsel;
  }

  get isRows(): boolean {
    return this.#isRows;
  }

  next(): boolean | Promise<boolean> {
    this.#isRows = false;
    for (;;) {
      if (this.#queue.isStopped) return this.#crew.failed();
      this.#crew.service();
      if (this.#current !== NO_MORSEL) return this.#readPart();
      this.#reclaim();
      if (!this.#isRead && this.#queue.hasRoom && this.#queue.waiting < this.#waitingMax) {
        const came = this.#readOn();
        if (came instanceof Promise) return came.then((asRows) => asRows || this.next());
        if (came) return true;
        continue;
      }
      if (this.#enter(this.#queue.take())) return this.#readPart();
      if (this.#isRead) return this.#crew.settled().then(() => false);
      if (this.#queue.hasRoom) continue;
      // Workers have all there is room for.
      return this.#crew.sleep(() => this.#reclaim()).then(() => this.next());
    }
  }

  load(): void {}

  takePinned(into: MorselNumber[]): void {
    if (this.#current === NO_MORSEL || this.#isRows || this.#part < this.#queue.partsOf(this.#current)) return;
    into.push(this.#current);
    this.#current = NO_MORSEL;
  }

  unpin(morsels: MorselNumber[]): void {
    for (const morsel of morsels) this.#queue.finish(morsel);
    morsels.length = 0;
  }

  /** M4: without room for more, and nothing to take at once, what is kept is given back before this thread waits. */
  wantsPins(kept: number): boolean {
    if (this.#current !== NO_MORSEL || this.#queue.isStopped) return false;
    if (kept >= this.#keptMax) return true;
    this.#reclaim();
    return !this.#isRead && !this.#queue.hasRoom && !this.#enter(this.#queue.take());
  }

  close(): void {
    const left = this.#pinsAdded.splice(0);
    this.#leaves.end(left);
    this.#crew.stop(() => {
      for (const pins of this.#pins.values()) this.#leaves.unpin(pins);
      this.#pins.clear();
      this.#leaves.unpin(left);
      for (const release of this.#releases.values()) release();
      this.#release?.();
    });
  }

  /** Reads leaves until a morsel was published, or a part came as rows: true. */
  #readOn(): boolean | Promise<boolean> {
    do {
      const more = this.#leaves.next();
      if (more instanceof Promise) {
        this.#publish();
        return this.#crew.whileAway(more).then((settled) => this.#accept(settled));
      }
      if (this.#accept(more)) return true;
    } while (this.#queue.added > 0);
    return false;
  }

  /** Makes a morsel current; false when it is none. */
  #enter(morsel: MorselNumber): boolean {
    this.#current = morsel;
    this.#part = 0;
    return morsel !== NO_MORSEL;
  }

  #readPart(): boolean {
    this.#morsel.rows = this.#queue.read(this.#current, this.#part++, this.#morsel.columns);
    return true;
  }

  /** Publishes the part that leaves have come to, soon or now; true when it came as rows, which this thread takes itself. */
  #accept(more: boolean): boolean {
    if (!more || (this.#release !== undefined && !this.#leaves.isListed)) {
      this.#publish();
      this.#endHold();
    }
    if (!more) {
      this.#isRead = true;
      return false;
    }
    if (this.#leaves.isRows) {
      this.#isRows = true;
      return true;
    }
    const { batch } = this.#leaves;
    for (let place = 0; place < batch.columns.length; place++) this.#leaves.load(place);
    if (this.#leaves.isListed) this.#release ??= this.#hold();
    this.#queue.add(batch.rows, batch.columns);
    this.#leaves.takePinned(this.#pinsAdded);
    // Small ones first, so that everybody begins early.
    const morsels = this.#published + 1;
    if (this.#queue.added >= Math.min(PARTS_MAX, 1 + Math.floor(morsels / this.#waitingMax))) this.#publish();
    return false;
  }

  #publish(): void {
    if (this.#queue.added === 0) return;
    this.#published = this.#queue.publish(this.#crew.heapBytes);
    if (this.#pinsAdded.length === 0) return;
    this.#pins.set(this.#published, this.#pinsAdded);
    this.#pinsAdded = [];
  }

  /** No listed part follows the last one published. */
  #endHold(): void {
    if (this.#release === undefined) return;
    this.#releases.set(this.#published, this.#release);
    this.#release = undefined;
  }

  /** Gives back what finished morsels lay in; whether there were any. */
  #reclaim(): boolean {
    let any = false;
    for (let morsel = this.#queue.reclaim(); morsel !== NO_MORSEL; morsel = this.#queue.reclaim()) {
      any = true;
      this.#releases.get(morsel)?.();
      this.#releases.delete(morsel);
      const pins = this.#pins.get(morsel);
      if (pins === undefined) continue;
      this.#pins.delete(morsel);
      this.#leaves.unpin(pins);
    }
    return any;
  }
}
