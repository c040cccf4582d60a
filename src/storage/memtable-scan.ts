import { compareBytes } from '../base/bytes.ts';
import type { IndexPosition } from './memtable-index.ts';
import type { MemtableTree } from './memtable-tree.ts';
import type { Key, KeyRange, Slot } from './tree.ts';

/**
 * Walks the keys of one memtable tree that a snapshot sees, tombstones included, in either direction. Inserts between two
 * steps are harmless: the walk finds its place again by its last key.
 */
export class MemtableScan {
  readonly #tree: MemtableTree;
  readonly #range: KeyRange;
  readonly #reverse: boolean;
  readonly #slot: Slot;
  readonly #floor: Slot;
  #position: IndexPosition;
  #generation: number;
  #entry = -1;
  #version = -1;

  /** Versions of slots in (`floor`, `slot`] only: what is older than the floor is in the manifest's runs. */
  constructor(tree: MemtableTree, range: KeyRange, reverse: boolean, slot: Slot, floor: Slot) {
    this.#tree = tree;
    this.#range = range;
    this.#reverse = reverse;
    this.#slot = slot;
    this.#floor = floor;
    this.#position = this.#start();
    this.#generation = tree.generation;
  }

  /** Moves to the next key; false at the end. */
  advance(): boolean {
    const tree = this.#tree;
    if (this.#generation !== tree.generation) this.#findAgain();
    for (;;) {
      const entry = this.#step();
      if (entry === -1) return false;
      const version = tree.visible(entry, this.#slot);
      if (version !== -1 && tree.slotOf(version) > this.#floor) {
        this.#entry = entry;
        this.#version = version;
        return true;
      }
    }
  }

  /** The current key, a view. */
  get key(): Key {
    return this.#tree.keyOf(this.#entry);
  }

  get slot(): Slot {
    return this.#tree.slotOf(this.#version);
  }

  get isTombstone(): boolean {
    return this.#tree.isTombstone(this.#version);
  }

  /** The current row's bytes, a view. */
  get row(): Uint8Array {
    return this.#tree.rowOf(this.#version);
  }

  /** The entry stepped over, -1 outside the range; after it the position lies past it. */
  #step(): number {
    const index = this.#tree.index;
    if (this.#reverse) {
      const entry = index.backward(this.#position);
      if (entry === -1 || this.#range.from === undefined) return entry;
      return compareBytes(this.#tree.keyOf(entry), this.#range.from) < 0 ? -1 : entry;
    }
    const entry = index.entryAt(this.#position);
    if (entry === -1) return -1;
    if (this.#range.to !== undefined && compareBytes(this.#tree.keyOf(entry), this.#range.to) >= 0) return -1;
    index.forward(this.#position);
    return entry;
  }

  #start(): IndexPosition {
    const { from, to } = this.#range;
    if (!this.#reverse) return this.#tree.index.seek(from);
    return to === undefined ? this.#tree.index.end() : this.#tree.index.seek(to);
  }

  #findAgain(): void {
    this.#generation = this.#tree.generation;
    if (this.#entry === -1) {
      this.#position = this.#start();
      return;
    }
    this.#position = this.#tree.index.seek(this.#tree.keyOf(this.#entry));
    if (!this.#reverse) this.#tree.index.forward(this.#position);
  }
}
