/** The layers of a scan, each as a stream of keys in scan order. */
import type { Leaf } from './leaf-reader.ts';
import type { RowPosition } from './leaf-writer.ts';
import type { MemtableScan } from './memtable-scan.ts';
import type { PageStore } from './page-store.ts';
import type { SegmentName } from './page-reference.ts';
import { projectRow } from './projection.ts';
import { relocatedValues, type Relocated } from './relocation.ts';
import { LeafWalk, type SkipSubtree } from './run-reader.ts';
import type { LeafStream } from './run-builder.ts';
import type { RunDescriptor } from './run.ts';
import { decodeRowAt, type RowDecoder } from './row-codec.ts';
import type { Key, KeyRange, Slot } from './tree.ts';
import type { Row } from '../types/value.ts';

/**
 * One layer above the bottom. After `load` answered true (or its promise resolved to it) the current entry may be looked at;
 * `advance` leaves it.
 */
export interface ScanSource {
  /** Makes an entry current unless one is; false at the end. A promise only when a page is missing. */
  load(): boolean | Promise<boolean>;
  /** The current key; a view. */
  readonly key: Key;
  readonly slot: Slot;
  readonly isTombstone: boolean;
  row(plan: RowDecoder): Row | Promise<Row>;
  /** Writes the current entry, row or tombstone, to a stream of leaves. */
  copyTo(stream: LeafStream, position: RowPosition | undefined): void;
  advance(): void;
}

export class MemtableSource implements ScanSource {
  readonly #scan: MemtableScan;
  #isCurrent = false;
  #isDone = false;

  constructor(scan: MemtableScan) {
    this.#scan = scan;
  }

  load(): boolean {
    if (this.#isCurrent) return true;
    if (this.#isDone) return false;
    this.#isCurrent = this.#scan.advance();
    this.#isDone = !this.#isCurrent;
    return this.#isCurrent;
  }

  get key(): Key {
    return this.#scan.key;
  }

  get slot(): Slot {
    return this.#scan.slot;
  }

  get isTombstone(): boolean {
    return this.#scan.isTombstone;
  }

  row(plan: RowDecoder): Row {
    const bytes = this.#scan.row;
    return decodeRowAt(plan, bytes, 0, bytes.length);
  }

  copyTo(stream: LeafStream, position: RowPosition | undefined): void {
    if (this.isTombstone) stream.tombstone(this.key, position);
    else stream.row(this.key, this.#scan.row, position);
  }

  advance(): void {
    this.#isCurrent = false;
  }
}

/** The rows of one run: the rest [low, high) of one leaf at a time. */
export class RunSource implements ScanSource {
  readonly run: RunDescriptor;
  readonly #pages: PageStore;
  readonly #walk: LeafWalk;
  readonly #range: KeyRange;
  readonly #reverse: boolean;
  readonly #slices: boolean;
  readonly #skipLeaf: ((leaf: Leaf) => boolean) | undefined;
  #leaf: Leaf | undefined;
  #low = 0;
  #high = 0;
  readonly #emptied: ReadonlySet<SegmentName> | undefined;
  #relocated: Relocated | undefined;
  #isDone = false;
  #key: Key | undefined;

  constructor(
    pages: PageStore,
    run: RunDescriptor,
    range: KeyRange,
    options: {
      readonly reverse: boolean;
      readonly prefetch: boolean;
      readonly skip?: SkipSubtree | undefined;
      readonly skipLeaf?: ((leaf: Leaf) => boolean) | undefined;
      readonly emptied?: ReadonlySet<SegmentName> | undefined;
      readonly slices?: boolean | undefined;
    },
  ) {
    this.run = run;
    this.#slices = options.slices === true;
    this.#pages = pages;
    this.#range = range;
    this.#reverse = options.reverse;
    this.#skipLeaf = options.skipLeaf;
    this.#emptied = options.emptied;
    this.#walk = new LeafWalk(pages, run, range, options);
  }

  load(): boolean | Promise<boolean> {
    while (this.#low >= this.#high) {
      if (this.#isDone) return false;
      const leaf = this.#walk.next();
      if (leaf instanceof Promise) {
        return leaf.then(async (loaded) => {
          await this.#enter(loaded);
          return this.load();
        });
      }
      const entered = this.#enter(leaf);
      if (entered instanceof Promise) return entered.then(() => this.load());
    }
    return true;
  }

  /** The leaf that holds what is left; after `load`. */
  get leaf(): Leaf {
    if (this.#leaf === undefined) throw new RangeError('load comes first');
    return this.#leaf;
  }

  /** The rows of `leaf` that are left: [low, high). */
  get low(): number {
    return this.#low;
  }

  get high(): number {
    return this.#high;
  }

  /** Gives up rows: those below `low` and those from `high` on are done. */
  narrow(low: number, high: number): void {
    this.#low = low;
    this.#high = high;
    this.#key = undefined;
  }

  get key(): Key {
    this.#key ??= this.leaf.keys.keyAt(this.#current());
    return this.#key;
  }

  get slot(): Slot {
    return this.run.slot;
  }

  get isTombstone(): boolean {
    return this.leaf.isTombstone(this.#current());
  }

  row(plan: RowDecoder): Row | Promise<Row> {
    return projectRow(this.#pages, plan, this.leaf, this.#current());
  }

  copyTo(stream: LeafStream, position: RowPosition | undefined): void {
    if (this.isTombstone) stream.tombstone(this.key, position);
    else stream.copy(this.key, this.leaf, this.#current(), position, this.#relocated);
  }

  advance(): void {
    if (this.#reverse) this.#high--;
    else this.#low++;
    this.#key = undefined;
  }

  #current(): number {
    return this.#reverse ? this.#high - 1 : this.#low;
  }

  #enter(leaf: Leaf | null): Promise<void> | undefined {
    if (leaf === null) {
      this.#isDone = true;
      return undefined;
    }
    this.#leaf = leaf;
    this.#key = undefined;
    if (this.#skipLeaf !== undefined && this.#skipLeaf(leaf)) {
      this.#low = 0;
      this.#high = 0;
      return undefined;
    }
    const { from, to } = this.#range;
    this.#low = from === undefined ? 0 : leaf.keys.lowerBound(from);
    this.#high = to === undefined ? this.#rowsOf(leaf) : leaf.keys.lowerBound(to);
    return this.#emptied === undefined
      ? undefined
      : relocatedValues(this.#pages, leaf, this.#emptied)?.then((values) => void (this.#relocated = values));
  }

  /** Where rows go out one by one their keys are verified too; slices are cut only where a key asks for it. */
  #rowsOf(leaf: Leaf): number {
    return this.#slices ? leaf.rows : leaf.keys.count;
  }
}
