/**
 * Virtual time. Everything that happens is an event on one heap, ordered by (moment, order of scheduling); between two
 * events every callback that is ready runs to its end, so that a run is a function of its seed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** 1 January 2030, so that ages and dates look like the real ones. */
const EPOCH_MS = Date.UTC(2030, 0, 1);

export class World {
  readonly random: SeededRandom;
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #order = 0;
  #hash = 0x811c9dc5;
  #events = 0;
  readonly #notes: string[] | undefined;

  /** `keepsNotes` keeps every note for printing; the hash is kept always. */
  constructor(seed: number, keepsNotes: boolean) {
    this.random = new SeededRandom(seed);
    this.#notes = keepsNotes ? [] : undefined;
  }

  /** Milliseconds since the simulation began. */
  get elapsedMs(): number {
    return this.#nowMs;
  }

  /** The true time, milliseconds since 1970. */
  get nowMs(): number {
    return EPOCH_MS + this.#nowMs;
  }

  get events(): number {
    return this.#events;
  }

  /** A hash of every note so far: equal for equal runs. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get notes(): readonly string[] {
    return this.#notes ?? [];
  }

  /** Adds to the hash (and the log) what happened. */
  note(text: string): void {
    let hash = this.#hash;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    this.#hash = Math.imul(hash ^ Math.floor(this.#nowMs * 16), 0x01000193);
    this.#notes?.push(`${(this.#nowMs / 1000).toFixed(3).padStart(10)}  ${text}`);
  }

  /** Runs `event` in `ms` milliseconds. */
  after(ms: number, run: () => void): void {
    const event = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, run };
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
  }

  /** Lets time pass until `isDone`, until nothing is left to happen, or until `untilMs`. Answers whether it is done. */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    for (;;) {
      await turn();
      if (isDone()) return true;
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) return false;
      this.#pop();
      this.#nowMs = next.atMs;
      this.#events++;
      next.run();
    }
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.random.uint32() / 2 ** 32;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const event = heap[from];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
