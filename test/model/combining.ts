/**
 * Combining as a machine to search: writers that announce a transaction, order everybody's, and learn what became of their own. What the other
 * machine checks (fences, the collector, a lossy store under one slot) is taken for granted here: a read of the log tells the truth.
 *
 *     new -> sending -> announced -> (leads: PUT of own and others' to the next slot) -> committed | failed | unknown
 *
 * A PUT is on the wire until it lands, wherever its writer is by then, or never lands. An intent lands at any time after it was sent. A listing shows
 * any part of what is there. Writers may stop between any two steps, and lose what they knew of old records.
 *
 * Promises
 *   C1  A transaction reported committed is in the log.
 *   C2  No transaction is in the log twice.
 *   C3  A transaction reported failed is not in the log, now or later.
 *   C4  No record between a transaction's snapshot and its own conflicts with it.
 */
import type { Machine } from './explore.ts';

export interface CombiningBounds {
  readonly name: string;
  readonly writers: number;
  readonly slots: number;
  /** Slots that an intent lasts. */
  readonly intentSlots: number;
  /** Whether all transactions touch one row, so that each conflicts with each; else none do. */
  readonly conflict: boolean;
}

/** Each may be turned off alone. */
export interface CombiningRules {
  /** N2: what the log holds already is not ordered again. */
  readonly looksForIt: boolean;
  /** N2: what conflicts with a record after its snapshot is not ordered. */
  readonly validates: boolean;
  /** N2: nothing is ordered whose records are not at hand. */
  readonly knowsAll: boolean;
  /** N2: nothing is ordered in a slot after the one when it is void. */
  readonly heedsVoid: boolean;
  /** Q4: once announced, a transaction that is undecided at the deadline is unknown, not failed. */
  readonly deadlineIsUnknown: boolean;
  /** Q4: an owner looks for its transaction in records of others before it looks for conflicts. */
  readonly findsOwn: boolean;
}

export const COMBINING: CombiningRules = {
  looksForIt: true,
  validates: true,
  knowsAll: true,
  heedsVoid: true,
  deadlineIsUnknown: true,
  findsOwn: true,
};

const KINDS = [
  'announces',
  'an intent lands',
  'sees an intent',
  'reads a record',
  'forgets records',
  'sends',
  'a PUT lands',
  'hears',
] as const;
const ENDS = ['committed', 'conflict: failed', 'gives up: failed', 'gives up: unknown', 'void: failed'] as const;
export const COMBINING_STEPS = [...KINDS, ...ENDS] as const;

/** Of a writer, in bytes. */
const PHASE = 0;
const TIP = 1; // the newest record it read
const KNOWN_FROM = 2; // records after this one are at hand
const SEEN = 3; // its own snapshot
const VOID = 4; // the last slot for its intent; 0: not announced
const SEES = 5; // whose intents it saw
const WIRE = 6; // the slot of its PUT under way; 0: none
const WIRE_MASK = 7; // whose transactions it holds
const LANDED = 8; // whether its intent can be seen
const INTENT_SEEN = 9; // the snapshot its intent names
const FIELDS = 10;

const NEW = 0;
const OPEN = 1;
const WAITS = 2; // for the answer to its PUT
const DONE = { committed: 3, failed: 4, unknown: 5 } as const;

export class Combining implements Machine {
  readonly stateBytes: number;
  readonly labelKinds = COMBINING_STEPS.length;
  readonly #bounds: CombiningBounds;
  readonly #rules: CombiningRules;
  readonly #log: number;

  constructor(bounds: CombiningBounds, rules: CombiningRules) {
    this.#bounds = bounds;
    this.#rules = rules;
    this.#log = bounds.writers * FIELDS;
    this.stateBytes = Math.ceil((this.#log + bounds.slots + 1) / 4) * 4;
  }

  initial(): void {}

  successors(from: Uint8Array, to: Uint8Array, emit: (label: number) => void): void {
    const step = (writer: number, kind: (typeof COMBINING_STEPS)[number], change: (state: Uint8Array, at: number) => void): void => {
      to.set(from);
      change(to, writer * FIELDS);
      emit(COMBINING_STEPS.indexOf(kind) + COMBINING_STEPS.length * writer);
    };
    for (let writer = 0; writer < this.#bounds.writers; writer++) {
      this.#world(from, writer, step);
      if (from[writer * FIELDS + PHASE] < DONE.committed) this.#writer(from, writer, step);
    }
  }

  violation(state: Uint8Array): string | undefined {
    const { writers, slots, conflict } = this.#bounds;
    for (let writer = 0; writer < writers; writer++) {
      const at = writer * FIELDS;
      const places: number[] = [];
      for (let slot = 1; slot <= slots; slot++) if ((state[this.#log + slot] & (1 << writer)) !== 0) places.push(slot);
      if (places.length > 1) return 'C2: a transaction is in the log twice';
      if (state[at + PHASE] === DONE.committed && places.length === 0) return 'C1: a transaction reported committed is not in the log';
      if (state[at + PHASE] === DONE.failed && places.length > 0) return 'C3: a transaction reported failed is in the log';
      if (places.length === 0 || !conflict) continue;
      for (let slot = state[at + SEEN] + 1; slot <= places[0]; slot++) {
        if ((state[this.#log + slot] & ~(1 << writer)) !== 0) return 'C4: a transaction was committed past a record that conflicts with it';
      }
    }
    return undefined;
  }

  describe(label: number): string {
    return `writer ${Math.floor(label / COMBINING_STEPS.length) + 1}: ${COMBINING_STEPS[label % COMBINING_STEPS.length]}`;
  }

  /** What happens to what a writer sent, whatever the writer does. */
  #world(from: Uint8Array, writer: number, step: Step): void {
    const at = writer * FIELDS;
    if (from[at + VOID] > 0 && from[at + LANDED] === 0) step(writer, 'an intent lands', (state) => (state[at + LANDED] = 1));
    const slot = from[at + WIRE];
    if (slot > 0 && from[this.#log + slot] === 0) step(writer, 'a PUT lands', (state) => (state[this.#log + slot] = from[at + WIRE_MASK]));
  }

  #writer(from: Uint8Array, writer: number, step: Step): void {
    const at = writer * FIELDS;
    const tip = from[at + TIP];
    if (from[at + PHASE] === NEW) {
      // A transaction begins on what its writer read, and may be announced at once: losing a race first is a matter of speed.
      if (tip < this.#bounds.slots && from[this.#log + tip + 1] !== 0)
        step(writer, 'reads a record', (state) => this.#read(state, at, tip + 1));
      step(writer, 'announces', (state) => {
        state[at + PHASE] = OPEN;
        state[at + SEEN] = state[at + INTENT_SEEN] = tip;
        state[at + VOID] = Math.min(this.#bounds.slots, tip + this.#bounds.intentSlots);
      });
      return;
    }
    if (from[at + PHASE] === WAITS) return this.#hear(from, writer, step);
    if (this.#decide(from, writer, step)) return;
    if (tip < this.#bounds.slots && from[this.#log + tip + 1] !== 0)
      step(writer, 'reads a record', (state) => this.#read(state, at, tip + 1));
    if (from[at + KNOWN_FROM] < tip) step(writer, 'forgets records', (state) => (state[at + KNOWN_FROM] = tip));
    for (let other = 0; other < this.#bounds.writers; other++) {
      if (other === writer || from[other * FIELDS + LANDED] === 0 || (from[at + SEES] & (1 << other)) !== 0) continue;
      step(writer, 'sees an intent', (state) => (state[at + SEES] |= 1 << other));
    }
    this.#send(from, writer, step);
    if (this.#rules.deadlineIsUnknown) step(writer, 'gives up: unknown', (state) => (state[at + PHASE] = DONE.unknown));
    else step(writer, 'gives up: failed', (state) => (state[at + PHASE] = DONE.failed));
  }

  /** Draws the conclusion that the records at hand allow. */
  #decide(from: Uint8Array, writer: number, step: Step): boolean {
    const at = writer * FIELDS;
    const held = this.#held(from, at, writer, from[at + KNOWN_FROM]);
    if (from[at + KNOWN_FROM] > from[at + SEEN]) {
      step(writer, 'gives up: unknown', (state) => (state[at + PHASE] = DONE.unknown));
      return true;
    }
    if (held && this.#rules.findsOwn) {
      step(writer, 'committed', (state) => (state[at + PHASE] = DONE.committed));
      return true;
    }
    if (this.#conflicts(from, at, writer, from[at + SEEN])) {
      step(writer, 'conflict: failed', (state) => (state[at + PHASE] = DONE.failed));
      return true;
    }
    if (from[at + VOID] > 0 && from[at + TIP] >= from[at + VOID]) {
      step(writer, 'void: failed', (state) => (state[at + PHASE] = DONE.failed)); // nobody orders it any more: it may be told so
      return true;
    }
    return false;
  }

  #send(from: Uint8Array, writer: number, step: Step): void {
    const at = writer * FIELDS;
    const slot = from[at + TIP] + 1;
    if (slot > this.#bounds.slots || from[at + WIRE] >= slot) return;
    let mask = 1 << writer;
    for (let other = 0; other < this.#bounds.writers; other++) {
      if ((from[at + SEES] & (1 << other)) !== 0 && this.#mayOrder(from, at, other, slot, mask)) mask |= 1 << other;
    }
    step(writer, 'sends', (state) => {
      state[at + PHASE] = WAITS;
      state[at + WIRE] = slot;
      state[at + WIRE_MASK] = mask;
    });
  }

  /** N2, by what this writer has at hand. */
  #mayOrder(from: Uint8Array, at: number, other: number, slot: number, mask: number): boolean {
    const { looksForIt, validates, knowsAll, heedsVoid } = this.#rules;
    const theirs = other * FIELDS;
    const seen = from[theirs + INTENT_SEEN];
    if (seen >= slot || (heedsVoid && slot > from[theirs + VOID])) return false;
    if (knowsAll && from[at + KNOWN_FROM] > seen) return false;
    if (looksForIt && this.#held(from, at, other, Math.max(seen, from[at + KNOWN_FROM]))) return false;
    if (!validates) return true;
    return !(this.#bounds.conflict && mask !== 0) && !this.#conflicts(from, at, other, seen);
  }

  #hear(from: Uint8Array, writer: number, step: Step): void {
    const at = writer * FIELDS;
    const slot = from[at + WIRE];
    const owner = from[this.#log + slot];
    if (owner === 0) {
      // No answer came: the same bytes stay on the wire, or the deadline passes.
      return step(writer, 'gives up: unknown', (state) => (state[at + PHASE] = DONE.unknown));
    }
    step(writer, 'hears', (state) => {
      state[at + PHASE] = OPEN;
      this.#read(state, at, slot);
    });
  }

  #read(state: Uint8Array, at: number, slot: number): void {
    state[at + TIP] = slot;
  }

  /** Whether a record after `after`, as far as this writer read, holds the transaction of `whose`. */
  #held(from: Uint8Array, at: number, whose: number, after: number): boolean {
    for (let slot = after + 1; slot <= from[at + TIP]; slot++) if ((from[this.#log + slot] & (1 << whose)) !== 0) return true;
    return false;
  }

  #conflicts(from: Uint8Array, at: number, whose: number, seen: number): boolean {
    if (!this.#bounds.conflict) return false;
    const first = Math.max(seen, from[at + KNOWN_FROM]) + 1;
    for (let slot = first; slot <= from[at + TIP]; slot++) if ((from[this.#log + slot] & ~(1 << whose)) !== 0) return true;
    return !this.#rules.findsOwn && this.#held(from, at, whose, first - 1);
  }
}

type Step = (writer: number, kind: (typeof COMBINING_STEPS)[number], change: (state: Uint8Array, at: number) => void) => void;

const DISJOINT: CombiningBounds = { name: 'two that combine, disjoint', writers: 2, slots: 4, intentSlots: 2, conflict: false };
const CROSSING: CombiningBounds = { ...DISJOINT, name: 'two that combine, on one row', conflict: true };
const THREE: CombiningBounds = { ...DISJOINT, name: 'three that combine', writers: 3, slots: 3 };

export const COMBINING_GATE: readonly CombiningBounds[] = [
  DISJOINT,
  CROSSING,
  THREE,
  { ...THREE, name: 'three, intents of one slot', intentSlots: 1 },
  { ...THREE, name: 'three on one row', conflict: true },
];

export const COMBINING_MUTANTS: readonly {
  readonly name: string;
  readonly bounds: CombiningBounds;
  readonly rules: CombiningRules;
  readonly breaks: string;
}[] = [
  { name: 'what the log holds is ordered again', bounds: DISJOINT, rules: { ...COMBINING, looksForIt: false }, breaks: 'C2' },
  { name: 'intents are ordered unvalidated', bounds: CROSSING, rules: { ...COMBINING, validates: false }, breaks: 'C4' },
  { name: 'intents are ordered by who forgot records', bounds: DISJOINT, rules: { ...COMBINING, knowsAll: false }, breaks: 'C2' },
  { name: 'void intents are ordered', bounds: { ...THREE, intentSlots: 1 }, rules: { ...COMBINING, heedsVoid: false }, breaks: 'C3' },
  { name: 'a deadline is a failure', bounds: DISJOINT, rules: { ...COMBINING, deadlineIsUnknown: false }, breaks: 'C3' },
  { name: 'an owner takes its own record for a conflict', bounds: CROSSING, rules: { ...COMBINING, findsOwn: false }, breaks: 'C3' },
];
