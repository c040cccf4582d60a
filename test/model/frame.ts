/** One expansion: the state being expanded, the successor under construction, and the vocabulary the actors share. */
import { type Layout, ROOT, WRITER } from './layout.ts';
import type { Bounds, Rules } from './rules.ts';

/** The kinds of step. A kind's index is the low part of a label; `actor` and `detail` are the rest. */
export const STEPS = [
  'the clock of the store ticks',
  'a checkpoint of slot # is published',
  'a segment for a checkpoint of slot # is uploaded',
  'a checkpoint of slot # is published, keeping what root referred to',
  'a checkpoint of slot # is published, merging what root referred to',
  'publication is refused: root is newer',
  'publication is refused: the segment is doomed',
  'the checkpointer dies',
  'the boundary is moved to #',
  'slot # is deleted',
  'reader: GET root, replay from #',
  'reader: goes on from slot #',
  'reader: GET slot #',
  'reader: slot # is a 404',
  'reader: 404 believed by the clock',
  'reader: root confirms, answers as of #',
  'reader: behind the boundary, starts again',
  'begins: GET root, replay from #',
  'begins warm on slot #',
  'GET slot # while replaying',
  'slot # is a 404, to be confirmed',
  'slot # is a 404, believed by the clock',
  'root confirms the end of the replay at #',
  'behind before anything was sent: starts again',
  'uploads a segment of epoch #',
  'sends its PUT to slot #',
  'PUT to slot # lands, answered created',
  'PUT to slot # lands, answered exists',
  'PUT to slot # lands, nobody hears',
  'PUT to slot # is lost on the way',
  'chooses the doom epoch #, tells nobody',
  'times out',
  'GET slot #: the record is its own',
  "GET slot #: a stranger's record",
  'GET slot #: collected already',
  'GET slot #: empty',
  'sends the same bytes to slot # again',
  'GET slot #: empty, deadline passed, reports unknown',
  'GET slot #: empty, reports failed',
  'believes by the clock that slot # is its own, reports committed',
  'root confirms slot #, reports committed',
  'behind the boundary at slot #',
  'conflict with slot #, reports failed',
  'conflict: slot # dooms its segment, reports failed',
  'disjoint from slot #, goes on',
  'reports unknown',
  'runs the unknown transaction again',
  'deletes the segments of an unknown outcome',
  'root: doom epoch raised to #',
  'deletes segment #',
  'stops',
] as const;

export type Step = (typeof STEPS)[number];

const KIND = new Map<Step, number>(STEPS.map((step, at) => [step, at]));

/** The number of a step, for `Frame.emit`; resolved once at module load by each actor. */
export function kindOf(step: Step): number {
  const kind = KIND.get(step);
  if (kind === undefined) throw new Error(`no such step: ${step}`);
  return kind;
}

export class Frame {
  readonly bounds: Bounds;
  readonly rules: Rules;
  readonly layout: Layout;
  readonly ageTicks: number;
  readonly graceTicks: number;
  readonly #finish: (state: Uint8Array) => void;
  from: Uint8Array = new Uint8Array(0);
  to: Uint8Array = new Uint8Array(0);
  #emit: (label: number) => void = () => {};
  /** Newest slot ever recorded, in `from`. */
  tip = 0;

  constructor(bounds: Bounds, rules: Rules, layout: Layout, finish: (state: Uint8Array) => void) {
    this.bounds = bounds;
    this.rules = rules;
    this.layout = layout;
    this.ageTicks = bounds.clock?.ageTicks ?? 0;
    this.graceTicks = bounds.clock?.graceTicks ?? 0;
    this.#finish = finish;
  }

  start(from: Uint8Array, to: Uint8Array, emit: (label: number) => void): void {
    this.from = from;
    this.to = to;
    this.#emit = emit;
    const { hist, slots } = this.layout;
    this.tip = 0;
    for (let slot = 1; slot <= slots; slot++) if (from[hist + slot] !== 0) this.tip = slot;
  }

  /** A copy of the state being expanded, to be changed and emitted. */
  fork(): Uint8Array {
    this.to.set(this.from);
    return this.to;
  }

  /** Hands the changed copy to the search. `actor` is 0 for nobody, else a writer's number from 1. */
  emit(kind: number, actor: number, detail: number): void {
    this.#finish(this.to);
    this.#emit(kind + STEPS.length * (actor + 8 * detail));
  }

  writerAt(writer: number): number {
    return this.layout.writer + writer * this.layout.writerBytes;
  }

  /** The transaction that the writer's block at `at` is running. */
  transaction(writer: number, at: number): number {
    return writer * this.layout.transactions + this.from[at + WRITER.begun];
  }

  writerOf(transaction: number): number {
    return Math.floor((transaction - 1) / this.layout.transactions);
  }

  /** Whether an answer given now about the slot after `from` is proven by the store's clock alone. */
  believed(ageL: number, ageRoot: number): boolean {
    if (this.bounds.clock === undefined) return false;
    if (ageRoot < this.graceTicks) return true;
    return ageL < this.ageTicks || (!this.rules.ageIsChecked && ageL === this.ageTicks);
  }

  /** Whether a root read made now shows that slots after `from` may have been collected. */
  behind(from: number): boolean {
    return this.from[ROOT.boundary] > from;
  }

  isGenuine(slot: number): boolean {
    return this.from[this.layout.log + slot] === this.from[this.layout.hist + slot];
  }

  has(at: number, flag: number): boolean {
    return (this.from[at + WRITER.flags] & flag) !== 0;
  }
}

/** Forgets everything a writer knows; what it told its client, and its PUTs on the wire, stay. */
export function forget(state: Uint8Array, at: number, frame: Frame): void {
  state[at + WRITER.phase] = 0;
  state[at + WRITER.base] = 0;
  state[at + WRITER.from] = 0;
  state[at + WRITER.flags] = 0;
  state[at + WRITER.ageL] = oldest(frame);
  state[at + WRITER.ageNext] = oldest(frame);
  state[at + WRITER.ageRoot] = frame.graceTicks;
  state[at + WRITER.candidates] = 0;
}

/** The age from which everything is equally old: AGE; one more where a mutant tells AGE from never. */
export function oldest(frame: Frame): number {
  if (frame.bounds.clock === undefined) return 0;
  return frame.rules.ageIsChecked ? frame.ageTicks : frame.ageTicks + 1;
}

export function setFlag(state: Uint8Array, at: number, flag: number, on: boolean): void {
  if (on) state[at + WRITER.flags] |= flag;
  else state[at + WRITER.flags] &= ~flag;
}
