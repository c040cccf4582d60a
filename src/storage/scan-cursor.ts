/**
 * A scan over the layers of a tree.
 *
 *     overlay   memtable, attached runs, deltas    merged entry by entry, the newest of a key wins (by slot: a bulk load at
 *                                                  the bottom may be newer than an entry of the memtable)
 *     bottom    runs that do not overlap           handed out in slices of a leaf, cut where the overlay has an entry
 *
 * so that a tree with few changes costs what a tree without costs.
 */
import { assert } from '../base/assert.ts';
import { compareBytes } from '../base/bytes.ts';
import type { Row } from '../types/value.ts';
import type { BottomSource } from './bottom-runs.ts';
import type { PageStore } from './page-store.ts';
import { fillExternals, projectRows } from './projection.ts';
import type { RowDecoder } from './row-codec.ts';
import type { WholeRuns } from './run-columns.ts';
import type { RunDescriptor } from './run.ts';
import type { ScanSource } from './scan-sources.ts';
import type { Leaf } from './leaf-reader.ts';
import type { Cursor, Key, LeafSlice, RowBatch } from './tree.ts';

const BATCH_ROWS_MAX = 1024;

/** A shorter stretch of a leaf comes as rows. */
const SLICE_ROWS_MIN = 64;

const NO_ROWS: Row[] = [];
const NO_KEYS: Key[] = [];

export interface ScanPlan {
  readonly pages: PageStore;
  readonly decoder: RowDecoder;
  readonly overlay: readonly ScanSource[];
  readonly bottom: BottomSource | undefined;
  readonly reverse: boolean;
  readonly keys: boolean;
  readonly rowsWanted: number | undefined;
  /** Whether stretches of a leaf may come as slices. */
  readonly slices: boolean;
  /** The bottom's runs, when slices are wanted of all of them and none lies in the overlay. */
  readonly runs: readonly RunDescriptor[] | undefined;
}

export class ScanCursor implements Cursor {
  readonly #plan: ScanPlan;
  #limit: number;
  #pending: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(plan: ScanPlan) {
    this.#plan = plan;
    this.#limit = Math.max(1, Math.min(plan.rowsWanted ?? BATCH_ROWS_MAX, BATCH_ROWS_MAX));
  }

  next(): RowBatch | null | Promise<RowBatch | null> {
    if (this.#isClosed) return null;
    if (this.#pending !== undefined) return this.#afterPending();
    if (this.#plan.slices) {
      const slice = this.#wholeSlice();
      if (slice !== undefined) return slice;
      if (this.#pending !== undefined) return this.#afterPending();
    }
    const rows: Row[] = [];
    const keys: Key[] = [];
    const waiting: Promise<void>[] = [];
    while (rows.length < this.#limit && this.#step(rows, keys, waiting));
    if (rows.length === 0) return this.#pending === undefined ? null : this.#afterPending();
    this.#limit = Math.min(BATCH_ROWS_MAX, this.#limit * 2);
    const batch: RowBatch = { rows, keys };
    return waiting.length === 0 ? batch : Promise.all(waiting).then(() => batch);
  }

  wholeRuns(): WholeRuns | undefined {
    const { runs, pages, overlay } = this.#plan;
    if (runs === undefined || this.#isClosed || overlay.some((source) => source.load() !== false)) return undefined;
    return { runs, pages, take: () => this.close() };
  }

  close(): void {
    this.#isClosed = true;
  }

  /** The rows of the bottom that come before the overlay's next entry, when they are worth a slice. */
  #wholeSlice(): RowBatch | undefined {
    const { bottom, pages, decoder } = this.#plan;
    if (bottom === undefined || !this.#load() || bottom.load() !== true) return undefined;
    const { leaf, low, high } = bottom;
    if (high - low < SLICE_ROWS_MIN || leaf.hasTombstones) return undefined;
    const head = this.#overlayHead();
    const end = head === undefined ? high : Math.min(high, leaf.keys.lowerBound(head.key));
    if (end - low < SLICE_ROWS_MIN) return undefined;
    bottom.narrow(end, high);
    return { rows: NO_ROWS, keys: NO_KEYS, slice: new SliceOfLeaf(pages, decoder, leaf, low, end) };
  }

  async #afterPending(): Promise<RowBatch | null> {
    await this.#pending;
    this.#pending = undefined;
    return this.next();
  }

  /** Appends one slice or one overlay row. False when there is nothing more, or a page is missing (then `#pending` is set). */
  #step(rows: Row[], keys: Key[], waiting: Promise<void>[]): boolean {
    if (!this.#load()) return false;
    const { bottom } = this.#plan;
    const head = this.#overlayHead();
    if (bottom !== undefined && bottom.load() === true && this.#emitBottom(bottom, head, rows, keys, waiting)) return true;
    if (head === undefined) return false;
    this.#overlayRow(head, rows, keys, waiting);
    return true;
  }

  /** Makes an entry of every source current; false when pages are missing, all of which are then on their way. */
  #load(): boolean {
    const { overlay, bottom } = this.#plan;
    let missing: Promise<unknown>[] | undefined;
    for (const source of overlay) {
      const loaded = source.load();
      if (loaded instanceof Promise) (missing ??= []).push(loaded);
    }
    const loaded = bottom?.load();
    if (loaded instanceof Promise) (missing ??= []).push(loaded);
    if (missing === undefined) return true;
    this.#pending = Promise.all(missing);
    this.#pending.catch(() => undefined); // whoever calls next() again meets it
    return false;
  }

  /** The source whose entry comes next, the newest where several hold the key. */
  #overlayHead(): ScanSource | undefined {
    let head: ScanSource | undefined;
    for (const source of this.#plan.overlay) {
      if (source.load() !== true) continue;
      if (head === undefined) {
        head = source;
        continue;
      }
      const order = compareBytes(source.key, head.key) * (this.#plan.reverse ? -1 : 1);
      // Sources come newest run first with the memtable in front; the memtable wins its own slot.
      if (order < 0 || (order === 0 && source.slot > head.slot)) head = source;
    }
    return head;
  }

  /**
   * Emits rows of the bottom that come before the overlay's head; false when the head comes next. Of two entries of one key the
   * older is passed over.
   */
  #emitBottom(bottom: BottomSource, head: ScanSource | undefined, rows: Row[], keys: Key[], waiting: Promise<void>[]): boolean {
    const { reverse } = this.#plan;
    const stop = head?.key;
    const room = this.#limit - rows.length;
    const { leaf, low, high } = bottom;
    if (!reverse) {
      const end = stop === undefined ? high : Math.min(high, leaf.keys.lowerBound(stop));
      if (end > low) {
        const to = Math.min(end, low + room);
        this.#emit(bottom, low, to, rows, keys, waiting);
        bottom.narrow(to, high);
        return true;
      }
      if (head === undefined || leaf.keys.find(head.key) !== low) return false;
      if (bottom.slot > head.slot) this.#drop(head);
      else bottom.narrow(low + 1, high);
      return true;
    }
    const found = stop === undefined ? -1 : leaf.keys.find(stop);
    const start = stop === undefined ? low : Math.max(low, found >= 0 ? found + 1 : leaf.keys.lowerBound(stop));
    if (start < high) {
      const from = Math.max(start, high - room);
      this.#emit(bottom, from, high, rows, keys, waiting);
      bottom.narrow(low, from);
      return true;
    }
    if (head === undefined || found < 0 || found !== high - 1) return false;
    if (bottom.slot > head.slot) this.#drop(head);
    else bottom.narrow(low, found);
    return true;
  }

  #emit(bottom: BottomSource, from: number, to: number, rows: Row[], keys: Key[], waiting: Promise<void>[]): void {
    const { pages, decoder, reverse } = this.#plan;
    const { leaf } = bottom;
    const start = rows.length;
    let external = 0;
    const slice = (sliceFrom: number, sliceTo: number): void => {
      external += projectRows(decoder, leaf, sliceFrom, sliceTo, rows);
      if (this.#plan.keys) for (let row = sliceFrom; row < sliceTo; row++) keys.push(leaf.keys.keyAt(row));
    };
    if (leaf.hasTombstones) {
      for (let row = from; row < to; row++) if (!leaf.isTombstone(row)) slice(row, row + 1);
    } else slice(from, to);
    if (reverse) {
      reverseFrom(rows, start);
      if (this.#plan.keys) reverseFrom(keys, start);
    }
    if (external === 0) return;
    const filled = fillExternals(pages, decoder, rows, start);
    if (filled !== undefined) waiting.push(filled);
  }

  #overlayRow(head: ScanSource, rows: Row[], keys: Key[], waiting: Promise<void>[]): void {
    const key = head.key;
    if (!head.isTombstone) {
      const row = head.row(this.#plan.decoder);
      const at = rows.length;
      if (row instanceof Promise) {
        rows.push([]);
        waiting.push(
          row.then((loaded) => {
            rows[at] = loaded;
          }),
        );
      } else rows.push(row);
      if (this.#plan.keys) keys.push(key);
    }
    this.#drop(head);
  }

  /** Leaves the head's entry and every older one of its key. */
  #drop(head: ScanSource): void {
    const key = head.key;
    for (const source of this.#plan.overlay) {
      if (source === head) continue;
      const loaded = source.load();
      assert(!(loaded instanceof Promise), 'every source was loaded to find the head');
      if (loaded && compareBytes(source.key, key) === 0) source.advance();
    }
    head.advance();
  }
}

class SliceOfLeaf implements LeafSlice {
  readonly leaf: Leaf;
  readonly from: number;
  readonly to: number;
  readonly #pages: PageStore;
  readonly #decoder: RowDecoder;

  constructor(pages: PageStore, decoder: RowDecoder, leaf: Leaf, from: number, to: number) {
    this.#pages = pages;
    this.#decoder = decoder;
    this.leaf = leaf;
    this.from = from;
    this.to = to;
  }

  rows(): Row[] | Promise<Row[]> {
    const rows: Row[] = [];
    const external = projectRows(this.#decoder, this.leaf, this.from, this.to, rows);
    const filled = external === 0 ? undefined : fillExternals(this.#pages, this.#decoder, rows, 0);
    return filled === undefined ? rows : filled.then(() => rows);
  }
}

function reverseFrom(items: unknown[], start: number): void {
  for (let left = start, right = items.length - 1; left < right; left++, right--) {
    const item = items[left];
    items[left] = items[right];
    items[right] = item;
  }
}
