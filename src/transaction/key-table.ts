/**
 * Distinct keys, numbered in the order they came: bytes end to end, found by hash, sorted only when somebody asks.
 *
 *     bytes    02 80 00 00 07 | 02 80 00 00 09 | 02 80 00 00 08 | …
 *     starts   0              | 5              | 10             | 15
 *     slots    open addressing, linear probing: entry + 1, or 0
 *
 * Invariants
 *   KT1  Entries are numbered from 0 without a gap; an entry's key never changes.
 *   KT2  While keys come in ascending order nothing is hashed: one comparison with the last tells that a key is new. The first look
 *        at an older key hashes them all.
 *   KT3  Only the newest entry can leave (`pop`), which linear probing allows without a trace; none once ranges were asked for.
 *   KT4  From the first range on, the order is kept by an index, so that looking and adding in turns stays near-linear.
 */
import { compareBytes } from '../base/bytes.ts';
import { hashOf } from '../storage/key-hash.ts';
import { MemtableIndex } from '../storage/memtable-index.ts';
import type { Key, KeyRange } from '../storage/tree.ts';
import { sortedEntries } from './sorted-entries.ts';

/** So few that the arrays of a small table, of at most 64 bytes each, lie in the engine's own heap: there they cost a tenth. */
const ENTRIES_MIN = 8;

export class KeyTable {
  #bytes = new Uint8Array(ENTRIES_MIN * 8);
  /** Where each entry begins, and at `count` where the next one will. */
  #starts = new Uint32Array(ENTRIES_MIN + 1);
  #count = 0;
  #isAscending = true;
  /** Undefined while nothing is hashed (KT2). */
  #slots: Int32Array | undefined;
  #index: MemtableIndex | undefined;
  #sorted: Int32Array | undefined;

  get count(): number {
    return this.#count;
  }

  /** Where all keys lie: an entry's from `startOf(entry)` to `startOf(entry + 1)`. Another array once a key was added. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  startOf(entry: number): number {
    return this.#starts[entry];
  }

  /** A view of an entry's key. */
  keyOf(entry: number): Key {
    return this.#bytes.subarray(this.#starts[entry], this.#starts[entry + 1]);
  }

  /** The entry of `key`, or -1. */
  find(key: Key): number {
    if (this.#count === 0) return -1;
    if (this.#slots === undefined) {
      const order = this.#compare(this.#count - 1, key);
      if (order <= 0) return order === 0 ? this.#count - 1 : -1;
      this.#slots = this.#hashed();
    }
    return this.#slots[this.#slotOf(this.#slots, key)] - 1;
  }

  /** The entry of `key`: `count` as it was before when the key is new. The key is copied. */
  findOrAdd(key: Key): number {
    const count = this.#count;
    if (count > 0 && this.#isAscending) {
      const order = this.#compare(count - 1, key);
      if (order === 0) return count - 1;
      if (order > 0) {
        this.#slots ??= this.#hashed();
        const known = this.#slots[this.#slotOf(this.#slots, key)];
        if (known !== 0) return known - 1;
        this.#isAscending = false;
      }
    }
    if (this.#slots === undefined) this.#append(key);
    else {
      const slot = this.#slotOf(this.#slots, key);
      if (this.#slots[slot] !== 0) return this.#slots[slot] - 1;
      this.#append(key);
      this.#slots[slot] = count + 1;
      if (this.#count * 2 > this.#slots.length) this.#slots = this.#hashed();
    }
    this.#index?.findOrAdd(key);
    return count;
  }

  /** Forgets the newest entry, unless ranges were asked for (KT3). Answers whether it did. */
  pop(): boolean {
    if (this.#index !== undefined || this.#count === 0) return false;
    if (this.#slots !== undefined) this.#slots[this.#slotOf(this.#slots, this.keyOf(this.#count - 1))] = 0;
    this.#count--;
    this.#sorted = undefined;
    return true;
  }

  /** All entries in key order. */
  inOrder(): Int32Array {
    if (this.#sorted?.length !== this.#count) this.#sorted = this.#sort();
    return this.#sorted;
  }

  /** All keys in order, copied. */
  keysInOrder(): Key[] {
    const copy = (entry: number): Key => this.#bytes.slice(this.#starts[entry], this.#starts[entry + 1]);
    return this.#count === 1 ? [copy(0)] : Array.from(this.inOrder(), copy);
  }

  /** Calls `visit` with the entries of a range, in key order or against it. */
  visitRange(range: KeyRange, reverse: boolean, visit: (entry: number) => void): void {
    const index = (this.#index ??= this.#indexed());
    const { from, to } = range;
    if (reverse) {
      const position = to === undefined ? index.end() : index.seek(to);
      for (let entry = index.backward(position); entry >= 0; entry = index.backward(position)) {
        if (from !== undefined && compareBytes(this.keyOf(entry), from) < 0) return;
        visit(entry);
      }
      return;
    }
    const position = index.seek(from);
    for (let entry = index.entryAt(position); entry >= 0; entry = index.entryAt(position)) {
      if (to !== undefined && compareBytes(this.keyOf(entry), to) >= 0) return;
      visit(entry);
      index.forward(position);
    }
  }

  #sort(): Int32Array {
    const count = this.#count;
    if (!this.#isAscending) return sortedEntries(this.#bytes, this.#starts, count);
    const entries = new Int32Array(count);
    for (let entry = 0; entry < count; entry++) entries[entry] = entry;
    return entries;
  }

  #indexed(): MemtableIndex {
    const index = new MemtableIndex();
    for (let entry = 0; entry < this.#count; entry++) index.findOrAdd(this.keyOf(entry));
    return index;
  }

  #append(key: Key): void {
    const entry = this.#count;
    const from = this.#starts[entry];
    const to = from + key.length;
    if (to > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, to));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    const bytes = this.#bytes;
    for (let at = 0; at < key.length; at++) bytes[from + at] = key[at];
    if (entry + 1 === this.#starts.length - 1) {
      const starts = new Uint32Array(this.#starts.length * 2);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    this.#starts[entry + 1] = to;
    this.#count = entry + 1;
  }

  /** A table of all keys, an eighth to a half full as they grow. */
  #hashed(): Int32Array {
    let length = ENTRIES_MIN * 4;
    while (length < this.#count * 4) length *= 4;
    const slots = new Int32Array(length);
    for (let entry = 0; entry < this.#count; entry++) slots[this.#slotOf(slots, this.keyOf(entry))] = entry + 1;
    return slots;
  }

  /** The slot that has the key, or the free one where it belongs. */
  #slotOf(slots: Int32Array, key: Key): number {
    const mask = slots.length - 1;
    let slot = hashOf(key) & mask;
    while (slots[slot] !== 0 && this.#compare(slots[slot] - 1, key) !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #compare(entry: number, key: Key): number {
    const bytes = this.#bytes;
    const from = this.#starts[entry];
    const length = this.#starts[entry + 1] - from;
    const common = length < key.length ? length : key.length;
    for (let at = 0; at < common; at++) {
      const difference = bytes[from + at] - key[at];
      if (difference !== 0) return difference;
    }
    return length - key.length;
  }
}
