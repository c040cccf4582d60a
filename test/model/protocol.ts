/**
 * The commit protocol as a machine to search: the actors of the other files over one state.
 *
 * Promises
 *   P1  A transaction reported committed is in the history, and its conflicts were judged against the real history.
 *   P2  No transaction is in the history twice.
 *   P3  A transaction reported failed is never in the history.
 *   P4  Every slot after the boundary, up to the newest, is there; the boundary never passes the checkpoint.
 *   P5  Every segment that root's manifest or a record after it refers to is there.
 *   P6  A linearizable read answers with the whole history up to a moment after it began.
 */
import type { Machine } from './explore.ts';
import { Frame, STEPS, forget, kindOf, oldest } from './frame.ts';
import { BROKEN, Layout, PHASE, READER, ROOT, SEGMENT, WRITER } from './layout.ts';
import { boundarySteps, checkpointSteps, doomSteps } from './maintenance-steps.ts';
import { readerSteps } from './reader-steps.ts';
import type { Bounds, Rules } from './rules.ts';
import { wireSteps } from './wire-steps.ts';
import { writerSteps } from './writer-steps.ts';

const TICK = kindOf('the clock of the store ticks');

export class Protocol implements Machine {
  readonly stateBytes: number;
  readonly labelKinds = STEPS.length;
  readonly #layout: Layout;
  readonly #bounds: Bounds;
  readonly #frame: Frame;
  readonly #swap: Uint8Array;
  readonly #isSymmetric: boolean;

  constructor(bounds: Bounds, rules: Rules) {
    this.#bounds = bounds;
    this.#layout = new Layout(bounds);
    this.stateBytes = this.#layout.stateBytes;
    this.#frame = new Frame(bounds, rules, this.#layout, (state) => this.#normalise(state));
    this.#swap = new Uint8Array(this.#layout.writerBytes);
    this.#isSymmetric = bounds.othersTransactions === undefined && bounds.writers.every((role) => role === 'plain');
  }

  initial(state: Uint8Array): void {
    const { writers, transactions } = this.#layout;
    for (let writer = 0; writer < writers; writer++) {
      const at = this.#frame.writerAt(writer);
      forget(state, at, this.#frame);
      if (writer > 0) state[at + WRITER.begun] = transactions - (this.#bounds.othersTransactions ?? transactions);
    }
    state[READER.ageL] = oldest(this.#frame);
    state[READER.ageRoot] = this.#frame.graceTicks;
    state[ROOT.boundaryAge] = this.#frame.graceTicks;
  }

  successors(from: Uint8Array, to: Uint8Array, emit: (label: number) => void): void {
    const frame = this.#frame;
    frame.start(from, to, emit);
    for (let writer = 0; writer < this.#layout.writers; writer++) {
      writerSteps(frame, writer);
      wireSteps(frame, writer);
      if (this.#bounds.writers[writer] === 'collector') doomSteps(frame, writer);
    }
    checkpointSteps(frame);
    boundarySteps(frame);
    if (this.#bounds.reader) readerSteps(frame);
    if (this.#bounds.clock !== undefined) this.#tick();
  }

  violation(state: Uint8Array): string | undefined {
    const { slots, hist, log, transactions, writers } = this.#layout;
    if ((state[ROOT.broken] & BROKEN.conflict) !== 0)
      return 'P1: a transaction was committed after being judged against a record that is not history';
    if ((state[ROOT.broken] & BROKEN.read) !== 0) return 'P6: a reader answered with something other than the history';
    if (state[ROOT.boundary] > state[ROOT.checkpoint]) return 'P4: the boundary passed the checkpoint';
    let seen = 0;
    let tip = 0;
    for (let slot = 1; slot <= slots && state[hist + slot] !== 0; slot++) {
      const bit = 1 << state[hist + slot];
      if ((seen & bit) !== 0) return 'P2: a transaction is in the history twice';
      seen |= bit;
      tip = slot;
    }
    for (let slot = state[ROOT.boundary] + 1; slot <= tip; slot++) {
      if (state[log + slot] === 0) return 'P4: a slot after the boundary is missing';
    }
    for (let writer = 0; writer < writers; writer++) {
      const at = this.#frame.writerAt(writer);
      for (let order = 0; order < transactions; order++) {
        const isCommitted = (seen & (1 << (writer * transactions + order + 1))) !== 0;
        if ((state[at + WRITER.acked] & (1 << order)) !== 0 && !isCommitted)
          return 'P1: a transaction reported committed is not in the history';
        if ((state[at + WRITER.failed] & (1 << order)) !== 0 && isCommitted) return 'P3: a transaction reported failed is in the history';
      }
    }
    return this.#layout.segments === 0 ? undefined : this.#missingSegment(state, tip);
  }

  describe(label: number): string {
    const kind = label % STEPS.length;
    const rest = Math.floor(label / STEPS.length);
    const actor = rest % 8;
    const words = STEPS[kind].replace('#', String(Math.floor(rest / 8)));
    return actor === 0 ? words : `writer ${actor}: ${words}`;
  }

  #missingSegment(state: Uint8Array, tip: number): string | undefined {
    const { segments, segmentState, hist } = this.#layout;
    for (let segment = 0; segment < segments; segment++) {
      if ((state[ROOT.references] & (1 << segment)) === 0) continue;
      if (state[segmentState + segment] !== SEGMENT.exists) return 'P5: root refers to a segment that was deleted';
    }
    for (let slot = state[ROOT.checkpoint] + 1; slot <= tip; slot++) {
      const owner = state[hist + slot];
      if (this.#bounds.writers[this.#frame.writerOf(owner)] !== 'loader') continue;
      if (state[segmentState + owner - 1] !== SEGMENT.exists) return 'P5: a record refers to a segment that was deleted';
    }
    return undefined;
  }

  #tick(): void {
    const { layout, ageTicks, graceTicks } = this.#frame;
    const state = this.#frame.fork();
    const older = (at: number, bound: number): void => {
      if (state[at] < bound) state[at]++;
    };
    for (let slot = 1; slot <= layout.slots; slot++) if (state[layout.log + slot] !== 0) older(layout.age + slot, oldest(this.#frame));
    for (let writer = 0; writer < layout.writers; writer++) {
      const at = this.#frame.writerAt(writer);
      older(at + WRITER.ageL, ageTicks);
      older(at + WRITER.ageNext, ageTicks);
      older(at + WRITER.ageRoot, graceTicks);
    }
    older(READER.ageL, ageTicks);
    older(READER.ageRoot, graceTicks);
    older(ROOT.boundaryAge, graceTicks);
    if (state[ROOT.boundaryAge] === graceTicks) state[ROOT.settled] = state[ROOT.boundary];
    this.#frame.emit(TICK, 0, 0);
  }

  /** Forgets what no later step can see, and orders interchangeable writers. */
  #normalise(state: Uint8Array): void {
    const { writers, transactions } = this.#layout;
    for (let writer = 0; writer < writers; writer++) {
      const at = this.#frame.writerAt(writer);
      if (state[at + WRITER.phase] === PHASE.idle && state[at + WRITER.begun] === transactions) forget(state, at, this.#frame);
    }
    if (!this.#isSymmetric) return;
    for (let end = writers - 1; end > 0; end--) {
      for (let writer = 0; writer < end; writer++) if (this.#isAfter(state, writer)) this.#exchange(state, writer);
    }
  }

  #isAfter(state: Uint8Array, writer: number): boolean {
    const { writerBytes } = this.#layout;
    const at = this.#frame.writerAt(writer);
    for (let offset = at; offset < at + writerBytes; offset++) {
      if (state[offset] !== state[offset + writerBytes]) return state[offset] > state[offset + writerBytes];
    }
    return false;
  }

  #exchange(state: Uint8Array, writer: number): void {
    const { writerBytes, transactions, log, hist, slots } = this.#layout;
    const at = this.#frame.writerAt(writer);
    this.#swap.set(state.subarray(at, at + writerBytes));
    state.copyWithin(at, at + writerBytes, at + 2 * writerBytes);
    state.set(this.#swap, at + writerBytes);
    const first = writer * transactions;
    for (let slot = 1; slot <= slots; slot++) {
      state[log + slot] = renamed(state[log + slot], first, transactions);
      state[hist + slot] = renamed(state[hist + slot], first, transactions);
    }
  }
}

function renamed(transaction: number, first: number, transactions: number): number {
  if (transaction <= first || transaction > first + 2 * transactions) return transaction;
  return transaction <= first + transactions ? transaction + transactions : transaction - transactions;
}
