/**
 * Morsels, on their way from the thread that reads leaves to the threads that compute: a few parts of leaves each, as addresses in the
 * heap, in a ring of shared memory that lives as long as somebody refers to it.
 *
 *     words   state | sequence | waiting | published | taken | sleeps | heap bytes / 64 KiB | -
 *             a seat of four words per worker:  entry | asks | slabs asked for | address granted
 *             slots:  done | parts | { rows | { data | nulls | is narrow | dictionary | entries of the dictionary } per column } per part
 *
 * Invariants
 *   M1  One thread, the owner, publishes; a morsel is taken once, and done once, by whoever took it.
 *   M2  A slot is used again only when its morsel and all before it are done: what morsels lie in is given back in their order.
 *   M3  Nobody sleeps for good: the owner says that it sleeps before it looks for the last time, and so do workers.
 *   M4  Nobody waits for another morsel, or for room, while it keeps one that is read: the slots behind that one are not free.
 *   M5  A worker that has not entered when the owner closes its seat never touches the heap.
 */
import type { Vector } from '../vector.ts';

const STATE = 0;
const SEQUENCE = 1;
const WAITING = 2;
const PUBLISHED = 3;
const TAKEN = 4;
const SLEEPS = 5;
const HEAP_PAGES = 6;
const HEAD_WORDS = 8;

const RUNNING = 0;
const ENDED = 1;
const STOPPED = 2;

const SEAT_WORDS = 4;
const ENTRY = 0;
const ASKS = 1;
const WANTED = 2;
const GRANTED = 3;

const EMPTY = 0;
const ENTERED = 1;
const CLOSED = 2;

const NOTHING = 0;
const ASKED = 1;
const ANSWERED = 2;

const SLOT_HEAD_WORDS = 2;
const COLUMN_WORDS = 5;
const WASM_PAGE_BYTES = 65_536;

/** A power of two, so that numbers of morsels find their slots. */
const SLOTS = 64;

/** The most parts of a morsel: what a part costs to hand over is little beside what it costs to compute on. */
export const PARTS_MAX = 8;

/** The number of a morsel, in the order of publication; NO_MORSEL where there is none. */
export type MorselNumber = number;

export const NO_MORSEL: MorselNumber = -1;

/** Morsels that each of `threads` may keep from others' reach: half of the slots go round at any time. */
export function keptMax(threads: number): number {
  return Math.max(1, Math.floor(SLOTS / 2 / threads));
}

/** Both ends of the queue. The same memory gives the same queue on every thread. */
export class MorselQueue {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #partWords: number;
  readonly #slotWords: number;
  readonly #slotsAt: number;
  /** Owner: morsels before this one are done, and their slots free. */
  #reclaimed = 0;
  #added = 0;

  constructor(columns: number, workers: number, memory?: SharedArrayBuffer) {
    this.#partWords = 1 + columns * COLUMN_WORDS;
    this.#slotWords = SLOT_HEAD_WORDS + PARTS_MAX * this.#partWords;
    this.#slotsAt = HEAD_WORDS + workers * SEAT_WORDS;
    this.memory = memory ?? new SharedArrayBuffer((this.#slotsAt + SLOTS * this.#slotWords) * 4);
    this.#words = new Int32Array(this.memory);
  }

  /** Whether somebody failed, or the owner gave up: everybody is to leave. */
  get isStopped(): boolean {
    return Atomics.load(this.#words, STATE) === STOPPED;
  }

  /** Morsels that wait to be taken. */
  get waiting(): number {
    return Atomics.load(this.#words, PUBLISHED) - Atomics.load(this.#words, TAKEN);
  }

  /** Owner: whether a slot is free. */
  get hasRoom(): boolean {
    return Atomics.load(this.#words, PUBLISHED) - this.#reclaimed < SLOTS;
  }

  /** Owner: adds a part of a leaf, all of whose columns are loaded, to the morsel that is published next. There is room. */
  add(rows: number, columns: readonly Vector[]): void {
    const words = this.#words;
    let at = this.#slotOf(words[PUBLISHED]) + SLOT_HEAD_WORDS + this.#added++ * this.#partWords;
    words[at++] = rows;
    for (const column of columns) {
      words[at] = column.data;
      words[at + 1] = column.nulls;
      words[at + 2] = column.isNarrow ? 1 : 0;
      words[at + 3] = column.dictionary;
      words[at + 4] = column.dictionaryCount;
      at += COLUMN_WORDS;
    }
  }

  /** Owner: parts added to the next morsel. */
  get added(): number {
    return this.#added;
  }

  /** Owner: lets others take the parts that were added. */
  publish(heapBytes: number): MorselNumber {
    const words = this.#words;
    const number = words[PUBLISHED];
    words[this.#slotOf(number) + 1] = this.#added;
    this.#added = 0;
    Atomics.store(words, HEAP_PAGES, heapBytes / WASM_PAGE_BYTES);
    Atomics.store(words, PUBLISHED, number + 1);
    this.#wakeWorkers(1);
    return number;
  }

  /** Takes the next morsel; NO_MORSEL when none waits. */
  take(): MorselNumber {
    const words = this.#words;
    for (;;) {
      const number = Atomics.load(words, TAKEN);
      if (number >= Atomics.load(words, PUBLISHED)) return NO_MORSEL;
      if (Atomics.compareExchange(words, TAKEN, number, number + 1) === number) return number;
    }
  }

  /** Worker: the next morsel, waited for; NO_MORSEL at the end. */
  takeNext(): MorselNumber {
    const words = this.#words;
    for (;;) {
      const sequence = Atomics.load(words, SEQUENCE);
      const state = Atomics.load(words, STATE);
      if (state === STOPPED) return NO_MORSEL;
      const number = this.take();
      if (number !== NO_MORSEL || state === ENDED) return number;
      Atomics.add(words, WAITING, 1);
      Atomics.wait(words, SEQUENCE, sequence);
      Atomics.sub(words, WAITING, 1);
    }
  }

  /** Bytes that the heap has at least, for the last morsel taken and all before it. */
  get heapBytes(): number {
    return Atomics.load(this.#words, HEAP_PAGES) * WASM_PAGE_BYTES;
  }

  /** The parts of a morsel that was taken. */
  partsOf(number: MorselNumber): number {
    return this.#words[this.#slotOf(number) + 1];
  }

  /** Points columns at a part of a morsel that was taken; how many rows it has. */
  read(number: MorselNumber, part: number, columns: readonly Vector[]): number {
    const words = this.#words;
    let at = this.#slotOf(number) + SLOT_HEAD_WORDS + part * this.#partWords;
    const rows = words[at++];
    for (const column of columns) {
      column.data = words[at] >>> 0;
      column.nulls = words[at + 1] >>> 0;
      column.isNarrow = words[at + 2] !== 0;
      column.dictionary = words[at + 3] >>> 0;
      column.dictionaryCount = words[at + 4];
      at += COLUMN_WORDS;
    }
    return rows;
  }

  /** Says that a taken morsel needs its columns no more. True: the owner sleeps, and is to be woken. */
  finish(number: MorselNumber): boolean {
    Atomics.store(this.#words, this.#slotOf(number), number + 1);
    return this.#takeSleep();
  }

  /** Owner: the next morsel in order that is done, whose slot is free from now on; NO_MORSEL when there is none. */
  reclaim(): MorselNumber {
    const number = this.#reclaimed;
    if (number >= Atomics.load(this.#words, PUBLISHED)) return NO_MORSEL;
    if (Atomics.load(this.#words, this.#slotOf(number)) !== number + 1) return NO_MORSEL;
    this.#reclaimed++;
    return number;
  }

  /** Owner: no more morsels come. */
  end(): void {
    Atomics.compareExchange(this.#words, STATE, RUNNING, ENDED);
    this.#wakeWorkers(Infinity);
  }

  /** Makes everybody leave. True: the owner sleeps, and is to be woken. */
  stop(): boolean {
    Atomics.store(this.#words, STATE, STOPPED);
    this.#wakeWorkers(Infinity);
    return this.#takeSleep();
  }

  /** Owner: says whether it is away from the queue, so that whoever wants it has to wake it. To be said before the last look at it. */
  setSleeping(sleeps: boolean): void {
    Atomics.store(this.#words, SLEEPS, sleeps ? 1 : 0);
  }

  /** Worker: takes its seat; false when it came too late. */
  enter(worker: number): boolean {
    return Atomics.compareExchange(this.#words, this.#seatOf(worker) + ENTRY, EMPTY, ENTERED) === EMPTY;
  }

  /** Owner: keeps a worker that has not come from coming; true when it has come before. */
  closeSeat(worker: number): boolean {
    return Atomics.compareExchange(this.#words, this.#seatOf(worker) + ENTRY, EMPTY, CLOSED) === ENTERED;
  }

  /** Worker: asks the owner for slabs. True: the owner sleeps, and is to be woken. `awaitGrant` has the answer. */
  ask(worker: number, slabs: number): boolean {
    const seat = this.#seatOf(worker);
    this.#words[seat + WANTED] = slabs;
    Atomics.store(this.#words, seat + ASKS, ASKED);
    return this.#takeSleep();
  }

  /** Worker: the address of what it asked for, 0 when refused. Waits for the owner. */
  awaitGrant(worker: number): number {
    const seat = this.#seatOf(worker);
    while (Atomics.load(this.#words, seat + ASKS) !== ANSWERED) Atomics.wait(this.#words, seat + ASKS, ASKED);
    Atomics.store(this.#words, seat + ASKS, NOTHING);
    return this.#words[seat + GRANTED] >>> 0;
  }

  /** Owner: slabs that a worker waits for, 0 when it waits for none. */
  wantedBy(worker: number): number {
    const seat = this.#seatOf(worker);
    return Atomics.load(this.#words, seat + ASKS) === ASKED ? this.#words[seat + WANTED] : 0;
  }

  /** Owner: answers a worker that waits for slabs. */
  grant(worker: number, address: number, heapBytes: number): void {
    const seat = this.#seatOf(worker);
    Atomics.store(this.#words, HEAP_PAGES, heapBytes / WASM_PAGE_BYTES);
    this.#words[seat + GRANTED] = address;
    Atomics.store(this.#words, seat + ASKS, ANSWERED);
    Atomics.notify(this.#words, seat + ASKS);
  }

  #takeSleep(): boolean {
    return Atomics.load(this.#words, SLEEPS) === 1 && Atomics.exchange(this.#words, SLEEPS, 0) === 1;
  }

  #wakeWorkers(count: number): void {
    Atomics.add(this.#words, SEQUENCE, 1);
    if (Atomics.load(this.#words, WAITING) > 0) Atomics.notify(this.#words, SEQUENCE, count);
  }

  #slotOf(number: MorselNumber): number {
    return this.#slotsAt + (number & (SLOTS - 1)) * this.#slotWords;
  }

  #seatOf(worker: number): number {
    return HEAD_WORDS + worker * SEAT_WORDS;
  }
}
