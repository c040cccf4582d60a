/**
 * Whether writers contend for slots, and whose turn it is to order them all. Whoever finds that it leads tries the next slot, with
 * every intent it knows; the others wait for the record that decides for them. A few lead at a time, drawn anew for each slot from
 * its number and the writer's name, so that nobody needs to know the others: only about how many there are, which whoever leads
 * sees from their intents. While no record comes, that guess is halved again and again, so that somebody leads in the end.
 */
import type { Slot } from '../storage/tree.ts';
import type { WriterId } from './record.ts';

export interface ContentionOptions {
  /** Races lost within `memoryMs` from which a writer announces what it wants instead of racing. */
  readonly lossesMin: number;
  /** How long a lost race is remembered (ms). */
  readonly memoryMs: number;
  /** About how many writers try a slot. */
  readonly leaders: number;
  /** How long to wait for a record before more writers lead (ms). */
  readonly takeoverMs: number;
  /** Pause between two looks at the next slot (ms). */
  readonly pollMs: number;
  /** How many slots an intent lasts. */
  readonly intentSlots: number;
  /** Of how many slots won in a row, none `memoryMs` after the one before, the last is followed by a look for intents. */
  readonly winsPerLook: number;
}

export const CONTENTION_DEFAULTS: ContentionOptions = {
  lossesMin: 2,
  memoryMs: 2_000,
  leaders: 4,
  takeoverMs: 70,
  pollMs: 10,
  intentSlots: 64,
  winsPerLook: 8,
};

export class Contention {
  readonly options: ContentionOptions;
  readonly #writer: WriterId;
  #losses = 0;
  #lostAtMs = -Infinity;
  #wins = 0;
  #wonAtMs = -Infinity;
  #writers = 1;
  #slot = -1;
  #movedAtMs = 0;

  constructor(writer: WriterId, options: ContentionOptions) {
    this.#writer = writer;
    this.options = options;
  }

  isOn(nowMs: number): boolean {
    return this.#losses >= this.options.lossesMin && nowMs - this.#lostAtMs < this.options.memoryMs;
  }

  /** Another writer had the slot, or put this one's transactions into its record. */
  lost(nowMs: number): void {
    if (nowMs - this.#lostAtMs >= this.options.memoryMs) this.#losses = 0;
    this.#losses++;
    this.#lostAtMs = nowMs;
  }

  /**
   * This writer had a slot. Answers whether to look for intents: one that always wins never hears of those who wait, since it knows
   * of the next slot before them.
   */
  won(nowMs: number): boolean {
    if (nowMs - this.#wonAtMs >= this.options.memoryMs) this.#wins = 0;
    this.#wonAtMs = nowMs;
    return ++this.#wins % this.options.winsPerLook === 0;
  }

  /** Others were seen waiting. */
  noticed(nowMs: number): void {
    this.#losses = Math.max(this.#losses, this.options.lossesMin);
    this.#lostAtMs = nowMs;
  }

  /** Notes where the log ends. */
  at(slot: Slot, nowMs: number): void {
    if (slot === this.#slot) return;
    this.#slot = slot;
    this.#movedAtMs = nowMs;
  }

  /** Notes how many writers wait. */
  counted(writers: number): void {
    this.#writers = Math.max(1, writers);
  }

  /** Whether this writer should try the slot `ahead` after the end of the log. */
  leads(ahead: number, nowMs: number): boolean {
    const waited = Math.floor((nowMs - this.#movedAtMs) / this.options.takeoverMs);
    const writers = this.#writers / 2 ** Math.min(waited, 32);
    return fraction(this.#writer, this.#slot + ahead) * writers < this.options.leaders;
  }
}

/** A number in [0, 1) that a writer draws for a slot: FNV-1a, mixed once more since its last digits decide. */
function fraction(writer: string, slot: number): number {
  const text = `${slot}/${writer}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
