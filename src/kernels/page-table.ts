/**
 * The heap's page table: from a page's key to its block, in the heap's own memory, so that every thread that has the memory can
 * look up and pin without a lock. One thread, the owner (heap.ts), inserts and evicts.
 *
 *     entry, eight 32-bit words:   state | key high | key low | address | bytes | pins | slab | -
 *     state    0 free ── claim ──> 1 being filled ── publish ──> 2 present ── retire ──> 3 gone (may be claimed again)
 *     pins     how many hold it; EVICTING and below: the owner is taking it back
 *
 * Invariants
 *   T1  A block that `pin` answered stays where it is, with its bytes, until the matching `unpin`.
 *   T2  Only present entries are answered; a reader that pinned an entry looks at it again before it believes it.
 *   T3  Pins are only ever added to and subtracted from: a reader that backs off after the owner reused an entry does no harm.
 */
import { assert } from '../base/assert.ts';

export const ENTRY_WORDS = 8;

const STATE = 0;
const KEY_HIGH = 1;
const KEY_LOW = 2;
const ADDRESS = 3;
const BYTES = 4;
const PINS = 5;
const SLAB = 6;

const FREE = 0;
const FILLING = 1;
const PRESENT = 2;
const GONE = 3;

const EVICTING = -0x40000000;

/** The number of an entry, to be handed back to `unpin`. */
export type EntryNumber = number;

export const NO_ENTRY: EntryNumber = -1;

/** The words of a memory, taken anew whenever it has grown. */
export type Words = () => Int32Array;

export class PageTable {
  readonly #words: Words;
  /** Index of the first word, entries (a power of two), and index of the first word of the slabs' clock bits. */
  readonly #start: number;
  readonly #capacity: number;
  readonly #clock: number;

  constructor(words: Words, start: number, capacity: number, clock: number) {
    assert(capacity > 0 && (capacity & (capacity - 1)) === 0, 'a page table has a power of two entries', { capacity });
    this.#words = words;
    this.#start = start;
    this.#capacity = capacity;
    this.#clock = clock;
  }

  /** Pins the block of a key, or answers NO_ENTRY. Any thread. */
  pin(high: number, low: number): EntryNumber {
    const words = this.#words();
    const mask = this.#capacity - 1;
    let entry = hashOf(high, low) & mask;
    for (let probes = 0; probes < this.#capacity; probes++, entry = (entry + 1) & mask) {
      const at = this.#start + entry * ENTRY_WORDS;
      const state = Atomics.load(words, at + STATE);
      if (state === FREE) return NO_ENTRY;
      if (state !== PRESENT || words[at + KEY_HIGH] !== (high | 0) || words[at + KEY_LOW] !== (low | 0)) continue;
      const before = Atomics.add(words, at + PINS, 1);
      // T2: between the look and the pin the owner may have taken it back, and given it to another key.
      if (
        before >= 0 &&
        Atomics.load(words, at + STATE) === PRESENT &&
        words[at + KEY_HIGH] === (high | 0) &&
        words[at + KEY_LOW] === (low | 0)
      ) {
        Atomics.store(words, this.#clock + words[at + SLAB], 1);
        return entry;
      }
      Atomics.sub(words, at + PINS, 1);
      return NO_ENTRY;
    }
    return NO_ENTRY;
  }

  /** As `pin`, for a key that was last seen at `entry`: quick where it still is. */
  pinAt(entry: EntryNumber, high: number, low: number): EntryNumber {
    const words = this.#words();
    const at = this.#start + entry * ENTRY_WORDS;
    if (words[at + KEY_HIGH] !== (high | 0) || words[at + KEY_LOW] !== (low | 0)) return this.pin(high, low);
    const before = Atomics.add(words, at + PINS, 1);
    if (
      before >= 0 &&
      Atomics.load(words, at + STATE) === PRESENT &&
      words[at + KEY_HIGH] === (high | 0) &&
      words[at + KEY_LOW] === (low | 0)
    ) {
      words[this.#clock + words[at + SLAB]] = 1;
      return entry;
    }
    Atomics.sub(words, at + PINS, 1);
    return this.pin(high, low);
  }

  /** Gives a pin back. Any thread that pinned. */
  unpin(entry: EntryNumber): void {
    const before = Atomics.sub(this.#words(), this.#start + entry * ENTRY_WORDS + PINS, 1);
    assert(before >= 1, 'T1: a pin is given back once', { entry, before });
  }

  /** The byte address of a pinned block. */
  addressOf(entry: EntryNumber): number {
    return this.#words()[this.#start + entry * ENTRY_WORDS + ADDRESS] >>> 0;
  }

  /** The bytes of a pinned block. */
  bytesOf(entry: EntryNumber): number {
    return this.#words()[this.#start + entry * ENTRY_WORDS + BYTES];
  }

  /** Owner: an entry for a key that has none, pinned once and not yet to be found. NO_ENTRY when the table is full. */
  claim(high: number, low: number, address: number, bytes: number, slab: number): EntryNumber {
    const words = this.#words();
    const mask = this.#capacity - 1;
    let entry = hashOf(high, low) & mask;
    for (let probes = 0; probes < this.#capacity; probes++, entry = (entry + 1) & mask) {
      const at = this.#start + entry * ENTRY_WORDS;
      const state = Atomics.load(words, at + STATE);
      if (state !== FREE && state !== GONE) continue;
      Atomics.store(words, at + STATE, FILLING);
      words[at + KEY_HIGH] = high;
      words[at + KEY_LOW] = low;
      words[at + ADDRESS] = address;
      words[at + BYTES] = bytes;
      words[at + SLAB] = slab;
      Atomics.add(words, at + PINS, 1);
      return entry;
    }
    return NO_ENTRY;
  }

  /** Owner: lets a claimed entry be found, now that its bytes are in place. */
  publish(entry: EntryNumber): void {
    Atomics.store(this.#words(), this.#start + entry * ENTRY_WORDS + STATE, PRESENT);
  }

  /** Owner: begins to take an entry back; false when somebody holds it. */
  tryEvict(entry: EntryNumber): boolean {
    return Atomics.compareExchange(this.#words(), this.#start + entry * ENTRY_WORDS + PINS, 0, EVICTING) === 0;
  }

  /** Owner: leaves an entry that `tryEvict` took as it was. */
  cancelEvict(entry: EntryNumber): void {
    Atomics.sub(this.#words(), this.#start + entry * ENTRY_WORDS + PINS, EVICTING);
  }

  /** Owner: ends an entry that `tryEvict` took. */
  retire(entry: EntryNumber): void {
    const words = this.#words();
    const at = this.#start + entry * ENTRY_WORDS;
    Atomics.store(words, at + STATE, GONE);
    Atomics.sub(words, at + PINS, EVICTING);
    // Entries that lead nowhere are free again, so that misses stay short.
    const mask = this.#capacity - 1;
    if (Atomics.load(words, this.#start + ((entry + 1) & mask) * ENTRY_WORDS + STATE) !== FREE) return;
    for (let back = entry, steps = 0; steps < this.#capacity; steps++, back = (back - 1) & mask) {
      if (Atomics.compareExchange(words, this.#start + back * ENTRY_WORDS + STATE, GONE, FREE) !== GONE) return;
    }
  }
}

/** Mixes the 64 bits of a key into 32. */
function hashOf(high: number, low: number): number {
  let hash = Math.imul(high ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(low ^ (low >>> 16), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
