/**
 * The heap: one WebAssembly memory that blocks of pages live in, so that kernels see addresses and TypeScript typed arrays of
 * the same bytes.
 *
 *     ┌ control: layout, clock bits, page table ┬ scratch ┬ slab 0, 1 MiB ┬ slab 1 ┬ slab 2 ┬ …  (grown as needed)
 *                                                         └ blocks of one size class each, or taken whole by a query
 *
 * Invariants
 *   A1  One thread owns the heap: it alone allocates, evicts and grows. Others look up and pin (page-table.ts).
 *   A2  A slab holds blocks of one size class. It is evicted whole, by CLOCK, and only when none of its blocks is pinned.
 *   A3  Addresses are unsigned and below 4 GiB; address 0 is no block.
 *   A4  Views are taken through `bytes` and its kin each time: growth detaches older ones of a private memory.
 *   A5  Taken slabs belong to who took them until they are given back: the clock passes over them.
 */
import { assert } from '../base/assert.ts';
import { ENTRY_WORDS, NO_ENTRY, PageTable, type EntryNumber } from './page-table.ts';

export const SLAB_BYTES = 1024 * 1024;

/** Room for kernels to work in, between the control area and the slabs. */
const SCRATCH_BYTES = 64 * 1024;

const WASM_PAGE_BYTES = 64 * 1024;
const BLOCK_BYTES_MIN = 1024;

/** Words at the start of memory that say where things are: magic, entries, slabs at most, first slab's address. */
const LAYOUT_WORDS = 16;
const MAGIC = 0x50414548; // 'HEAP'

export interface HeapOptions {
  /** Bytes of all slabs together, at most; a multiple of 1 MiB is used. */
  readonly bytesMax: number;
  /** Whether worker threads may have the memory too. */
  readonly isShared: boolean;
}

/** Block sizes: four steps to each doubling, from 1 KiB to a whole slab. */
const CLASS_BYTES: readonly number[] = sizeClasses();

function sizeClasses(): number[] {
  const sizes: number[] = [];
  for (let size = BLOCK_BYTES_MIN; size < SLAB_BYTES; size *= 2) for (let step = 4; step < 8; step++) sizes.push((size * step) / 4);
  return [...sizes, SLAB_BYTES];
}

/** What a slab that holds no blocks is: nobody's, or taken. */
const FREE = -1;
const TAKEN = -2;

/** Room is spoken of from one part in so many of all slabs. */
const ROOM_SHARE = 4;

/** Slabs that memory grows by at a time. */
const GROWTH_SLABS = 16;

const NO_ENTRIES = new Int32Array(0);

interface Slab {
  /** Index into CLASS_BYTES, FREE or TAKEN. */
  sizeClass: number;
  /** Entry of each block, NO_ENTRY where it is free. */
  entries: Int32Array;
  free: number[];
}

/** The owner's side of a heap. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly table: PageTable;
  /** Address of SCRATCH_BYTES that the owner's kernels may use between two calls. */
  readonly scratch: number;
  readonly #firstSlab: number;
  readonly #slabsMax: number;
  readonly #clockWord: number;
  readonly #slabs: Slab[] = [];
  /** Slabs of each class that have a free block. */
  readonly #open: number[][] = CLASS_BYTES.map(() => []);
  #hand = 0;
  /** Slabs that exist and are nobody's. */
  #freeSlabs = 0;
  #bytes: Uint8Array;
  #words: Int32Array;
  #holds = 0;
  #blocks = 0;
  #evictions = 0;

  constructor(options: HeapOptions) {
    const slabsMax = Math.max(1, Math.floor(options.bytesMax / SLAB_BYTES));
    const entries = 2 ** Math.ceil(Math.log2(slabsMax * 128));
    const tableWord = LAYOUT_WORDS + slabsMax;
    this.scratch = alignUp((tableWord + entries * ENTRY_WORDS) * 4, WASM_PAGE_BYTES);
    this.#firstSlab = this.scratch + SCRATCH_BYTES;
    const total = this.#firstSlab + slabsMax * SLAB_BYTES;
    assert(total < 2 ** 32, 'A3: a heap is smaller than 4 GiB', { total });
    this.memory = new WebAssembly.Memory({
      initial: this.#firstSlab / WASM_PAGE_BYTES,
      maximum: Math.ceil(total / WASM_PAGE_BYTES),
      shared: options.isShared,
    });
    this.#slabsMax = slabsMax;
    this.#clockWord = LAYOUT_WORDS;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#words = new Int32Array(this.memory.buffer);
    this.#words.set([MAGIC, entries, slabsMax, this.#firstSlab]);
    this.table = new PageTable(() => this.words(), tableWord, entries, this.#clockWord);
  }

  /** Bytes of all slabs together, at most. */
  get bytesMax(): number {
    return this.#slabsMax * SLAB_BYTES;
  }

  /** Whether a part of the heap worth mentioning is free: evictions will not be missed for a while. */
  get hasRoom(): boolean {
    return (this.#slabsMax - this.#slabs.length + this.#freeSlabs) * ROOM_SHARE >= this.#slabsMax;
  }

  /** Until the answer is called nothing is evicted: what is cached now stays where it is. */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#holds--;
      isHeld = false;
    };
  }

  /** Blocks held, and slabs evicted so far. */
  get blocks(): number {
    return this.#blocks;
  }

  get evictions(): number {
    return this.#evictions;
  }

  /** All of memory as bytes, as it is now. */
  bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer || this.#bytes.length === 0) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** All of memory as 32-bit words, as it is now. */
  words(): Int32Array {
    if (this.#words.buffer !== this.memory.buffer || this.#words.length === 0) this.#words = new Int32Array(this.memory.buffer);
    return this.#words;
  }

  /** A view of a block, good until the heap grows (A4) or its pin is given back. */
  view(address: number, length: number): Uint8Array {
    return this.bytes().subarray(address, address + length);
  }

  /**
   * Room for a block under a key that the table does not have: pinned once, to be filled, then `table.publish`ed. NO_ENTRY when
   * the block is larger than a slab, or everything is pinned: the caller goes on without the heap.
   */
  allocate(high: number, low: number, length: number): EntryNumber {
    if (length > SLAB_BYTES) return NO_ENTRY;
    const sizeClass = CLASS_BYTES.findIndex((size) => size >= length);
    const slab = this.#slabFor(sizeClass);
    if (slab < 0) return NO_ENTRY;
    const { entries, free } = this.#slabs[slab];
    const block = free[free.length - 1];
    const address = this.#firstSlab + slab * SLAB_BYTES + block * CLASS_BYTES[sizeClass];
    const entry = this.table.claim(high, low, address, length, slab);
    if (entry === NO_ENTRY) return NO_ENTRY;
    free.pop();
    entries[block] = entry;
    if (free.length === 0) this.#open[sizeClass].splice(this.#open[sizeClass].indexOf(slab), 1);
    this.#blocks++;
    Atomics.store(this.words(), this.#clockWord + slab, 1);
    return entry;
  }

  /** A slab of the class with a free block: an open one, a new one, or one that is evicted; -1 when all are pinned. */
  #slabFor(sizeClass: number): number {
    const open = this.#open[sizeClass];
    if (open.length > 0) return open[open.length - 1];
    const slab = this.#unused(1) ?? this.#evicted();
    if (slab < 0) return -1;
    const count = Math.floor(SLAB_BYTES / CLASS_BYTES[sizeClass]);
    this.#slabs[slab] = {
      sizeClass,
      entries: new Int32Array(count).fill(NO_ENTRY),
      free: Array.from({ length: count }, (_, block) => count - 1 - block),
    };
    open.push(slab);
    return slab;
  }

  /**
   * The address of `count` slabs end to end for the caller's own use (A5), 0 when they are not to be had. Cached blocks give way.
   * What the memory holds there is left over from others.
   */
  takeSlabs(count: number): number {
    const first = this.#unused(count) ?? this.#evictedInARow(count);
    if (first < 0) return 0;
    for (let slab = first; slab < first + count; slab++) this.#slabs[slab] = { sizeClass: TAKEN, entries: NO_ENTRIES, free: [] };
    return this.#firstSlab + first * SLAB_BYTES;
  }

  /** Gives back what `takeSlabs` answered. */
  giveSlabs(address: number, count: number): void {
    const first = (address - this.#firstSlab) / SLAB_BYTES;
    for (let slab = first; slab < first + count; slab++) {
      assert(this.#slabs[slab].sizeClass === TAKEN, 'A5: what is given back was taken', { slab });
      this.#slabs[slab].sizeClass = FREE;
    }
    this.#freeSlabs += count;
  }

  /** The first of `count` slabs in a row that nobody has, grown when need be; undefined when there are none. */
  #unused(count: number): number | undefined {
    if (this.#freeSlabs >= count) {
      const found = this.#freeInARow(count);
      if (found >= 0) return found;
    }
    let have = 0;
    while (have < this.#slabs.length && this.#slabs[this.#slabs.length - 1 - have].sizeClass === FREE) have++;
    const missing = count - have;
    const room = this.#slabsMax - this.#slabs.length;
    if (missing > room) return undefined;
    const grown = Math.min(room, Math.max(missing, GROWTH_SLABS));
    try {
      this.memory.grow((grown * SLAB_BYTES) / WASM_PAGE_BYTES);
    } catch {
      return undefined; // the host has no more
    }
    const first = this.#slabs.length - have;
    for (let slab = 0; slab < grown; slab++) this.#slabs.push({ sizeClass: FREE, entries: NO_ENTRIES, free: [] });
    this.#freeSlabs += grown - count;
    return first;
  }

  #freeInARow(count: number): number {
    for (let slab = 0, row = 0; slab < this.#slabs.length; slab++) {
      row = this.#slabs[slab].sizeClass === FREE ? row + 1 : 0;
      if (row < count) continue;
      this.#freeSlabs -= count;
      return slab - count + 1;
    }
    return -1;
  }

  /** Evicts whatever lies in the first window of `count` slabs that holds nothing pinned or taken; -1 when there is none. */
  #evictedInARow(count: number): number {
    for (let slab = 0, row = 0; slab < this.#slabs.length; slab++) {
      const { sizeClass } = this.#slabs[slab];
      if (sizeClass >= 0 && this.#tryEvict(slab)) {
        this.#slabs[slab].sizeClass = FREE;
        this.#freeSlabs++;
      }
      row = this.#slabs[slab].sizeClass === FREE ? row + 1 : 0;
      if (row < count) continue;
      this.#freeSlabs -= count;
      return slab - count + 1;
    }
    return -1;
  }

  /** Turns the hand over the slabs, at most twice round: used since it last came by, spared once; pinned, spared. */
  #evicted(): number {
    for (let steps = this.#slabs.length * 2; steps > 0; steps--) {
      const slab = this.#hand;
      this.#hand = (this.#hand + 1) % this.#slabs.length;
      if (this.#slabs[slab].sizeClass < 0) continue;
      if (Atomics.exchange(this.words(), this.#clockWord + slab, 0) === 1) continue;
      if (this.#tryEvict(slab)) return slab;
    }
    return -1;
  }

  #tryEvict(slab: number): boolean {
    if (this.#holds > 0) return false;
    const { entries, sizeClass, free } = this.#slabs[slab];
    const taken: EntryNumber[] = [];
    for (const entry of entries) {
      if (entry === NO_ENTRY) continue;
      if (!this.table.tryEvict(entry)) {
        for (const one of taken) this.table.cancelEvict(one);
        return false;
      }
      taken.push(entry);
    }
    for (const entry of taken) this.table.retire(entry);
    if (free.length > 0) this.#open[sizeClass].splice(this.#open[sizeClass].indexOf(slab), 1);
    this.#blocks -= taken.length;
    this.#evictions++;
    return true;
  }
}

/** Another thread's side of a heap whose memory it was given: the page table, and views. */
export class HeapReader {
  readonly memory: WebAssembly.Memory;
  readonly table: PageTable;
  #words: Int32Array;
  #bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    const [magic, entries, slabsMax] = this.#words;
    assert(magic === MAGIC, 'the memory holds a heap', { magic });
    this.table = new PageTable(() => this.#current(), LAYOUT_WORDS + slabsMax, entries, LAYOUT_WORDS);
  }

  /** A view of a pinned block. */
  view(entry: EntryNumber): Uint8Array {
    const address = this.table.addressOf(entry);
    const end = address + this.table.bytesOf(entry);
    if (this.#bytes.length < end) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes.subarray(address, end);
  }

  #current(): Int32Array {
    return this.#words;
  }
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
