/**
 * Where each fact of a state lies in its bytes. One byte a fact; slots are numbered from 1, transactions from 1, 0 is none.
 *
 *     root | reader | checkpointer | log[slot] | hist[slot] | age[slot] | segment state, epoch | writer 0 | writer 1 | ...
 *
 * `hist` is a ghost: the first transaction ever recorded at each slot, which is what the database promised for ever.
 * Times are ages in ticks of the store's clock, held at their bound (AGE, GRACE) once they reach it: older makes no difference.
 */
import type { Bounds } from './rules.ts';

export const ROOT = { checkpoint: 0, boundary: 1, settled: 2, boundaryAge: 3, doom: 4, references: 5, broken: 6 } as const;
export const READER = { phase: 7, position: 8, from: 9, start: 10, good: 11, ageL: 12, ageRoot: 13 } as const;
/** Segments uploaded for checkpoints so far, and offsets inside each of the two checkpointers' blocks. */
export const UPLOADS = 14;
export const CHECKPOINTER = { first: 15, bytes: 3, blocks: 2, slot: 0, segment: 1, kept: 2 } as const;
const GLOBAL_BYTES = 15;
const CHECKPOINTER_BYTES = 6;

/** Offsets inside a writer's block; `wire` is followed by one byte for each of its transactions: slots with a PUT under way. */
export const WRITER = {
  phase: 0,
  /** Transactions begun. */
  begun: 1,
  /** The slot whose state the transaction reads. */
  base: 2,
  /** The newest slot known to be genuine. */
  from: 3,
  flags: 4,
  /** Bit k: transaction k was reported committed; failed. */
  acked: 5,
  failed: 6,
  /** Ages of: a time at which slot base+1 did not exist; the last send (or the LastModified of the record found there); root as read. */
  ageL: 7,
  ageNext: 8,
  ageRoot: 9,
  /** Segments that a collector may delete. */
  candidates: 10,
  wire: 11,
} as const;

export const PHASE = {
  idle: 0,
  replay: 1,
  /** 404 at the end of the replay, not yet confirmed. */
  end: 2,
  upload: 3,
  ready: 4,
  sent: 5,
  /** No answer came: look at the slot. */
  doubt: 6,
  /** 412: look at the winner. */
  lost: 7,
  /** A stranger's record was read there, not yet confirmed. */
  loss: 8,
  /** Created, or found there as my own; not yet confirmed. */
  check: 9,
  /** Fell behind the boundary. */
  behind: 10,
  /** Collector: the control record is committed, root comes next; then deletions. */
  doom: 11,
  delete: 12,
  /** No owner was found: the same bytes to the same slot again. */
  again: 13,
} as const;

export const FLAG = { fake: 1, known: 2, believed: 4 } as const;

export const BROKEN = { read: 1, conflict: 2 } as const;

export const SEGMENT = { never: 0, exists: 1, deleted: 2 } as const;

/** Offsets of the variable parts for given bounds. */
export class Layout {
  readonly slots: number;
  readonly writers: number;
  readonly transactions: number;
  readonly segments: number;
  /**
   * Segments from this index are the checkpointer's; below, segment t-1 is loading transaction t's. A dooming transaction has no
   * segment: its `segmentEpoch` holds the doom epoch of its record, plus one.
   */
  readonly checkpointSegment: number;
  readonly log: number;
  readonly hist: number;
  readonly age: number;
  readonly segmentState: number;
  readonly segmentEpoch: number;
  readonly writer: number;
  readonly writerBytes: number;
  readonly stateBytes: number;

  constructor(bounds: Bounds) {
    this.slots = bounds.slots;
    this.writers = bounds.writers.length;
    this.transactions = bounds.transactions;
    const loads = bounds.writers.includes('loader') || bounds.checkpointSegments > 0;
    this.checkpointSegment = loads ? this.writers * this.transactions : 0;
    this.segments = loads ? this.checkpointSegment + bounds.checkpointSegments : 0;
    // Index 0 of each slot array is unused, so that slots index directly.
    this.log = GLOBAL_BYTES + (bounds.checkpointSegments > 0 ? CHECKPOINTER_BYTES : 0) - 1;
    this.hist = this.log + this.slots;
    this.age = this.hist + this.slots;
    const ages = bounds.clock === undefined ? 0 : this.slots;
    this.segmentState = this.age + ages + 1;
    this.segmentEpoch = this.segmentState + this.segments;
    this.writer = this.segmentEpoch + this.segments;
    this.writerBytes = WRITER.wire + this.transactions;
    const bytes = this.writer + this.writers * this.writerBytes;
    this.stateBytes = Math.ceil(bytes / 4) * 4;
  }
}
