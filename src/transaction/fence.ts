/**
 * Which answers of the store may be believed. Create-if-absent remembers only objects that still exist, and garbage
 * collection removes records: so a success may be a collected slot created again, and an absence may be a collected record.
 *
 *     root        boundary moves past slot s          deletes s
 *     ────────────────┼────────── GRACE ─────────────────┼──────>  store time
 *     s created ──────────────── AGE ────────────────────┘
 *
 * Invariants
 *   F1  Every conclusion about the slots after some end (created, a stranger's record, absent) is either confirmed by a read of
 *       root sent after it, or proven by the store's own clock.
 *   F2  L: at store time L slot x provably did not exist, hence none after it. A record created after L is not collected before
 *       L + AGE, so an answer about x or later dated before that (less the margin) tells of the log as it was written.
 *   F3  A slot past the boundary of a root read at store time d is not collected before d + GRACE.
 *   F4  Only the store's clock is compared with the store's clock.
 *   F5  What is known of slot x says nothing of earlier slots: a conclusion that was under way while the local state moved on
 *       is about its own end, not about the new one.
 */
import type { Clock } from '../base/runtime.ts';
import type { StoreTimeMs } from '../../vfs/object-store.ts';
import type { Slot } from '../storage/tree.ts';
import type { FenceReading } from './root.ts';

/** `confirming` reads root after every conclusion; `store-clock` only when the clock does not prove it needless. */
export type FenceMode = 'confirming' | 'store-clock';

export interface FenceOptions {
  readonly mode: FenceMode;
  /** A record is collected only when this old by the store's clock (ms). */
  readonly ageMs: number;
  /** A record is collected only this long after the root write that moved the boundary past it (ms). */
  readonly graceMs: number;
  /** What is allowed for the grain and the spread of the store's clocks (ms). */
  readonly marginMs: number;
}

export const FENCE_DEFAULTS: FenceOptions = { mode: 'store-clock', ageMs: 24 * 3_600_000, graceMs: 10 * 60_000, marginMs: 2 * 60_000 };

/** Answers dated before `untilMs` are believed of slot `from` and later ones (F2, F3). */
interface Proof {
  readonly from: number;
  readonly untilMs: number;
}

/** Proofs kept: forgetting one costs a read of root at most. */
const PROOFS_MAX = 8;

export class Fence {
  readonly #options: FenceOptions;
  readonly #readRoot: () => Promise<FenceReading>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** What is known, newest last: of later slots, for longer. */
  #proofs: Proof[] = [];
  #storeTimeMs: StoreTimeMs;
  #seenAtMs = 0;
  #confirmations = 0;

  constructor(options: FenceOptions, clock: Pick<Clock, 'monotonic'>, readRoot: () => Promise<FenceReading>) {
    this.#options = options;
    this.#clock = clock;
    this.#readRoot = readRoot;
  }

  get options(): FenceOptions {
    return this.#options;
  }

  /** The store's clock as last seen, ms: the store's time now is not less. */
  get storeTimeMs(): StoreTimeMs {
    return this.#storeTimeMs;
  }

  /** About what the store's clock says now, ms: a guess, good for commit times only. */
  get storeTimeGuessMs(): StoreTimeMs {
    return this.#storeTimeMs === undefined ? undefined : this.#storeTimeMs + this.#clock.monotonic() - this.#seenAtMs;
  }

  /** How many times root was read to confirm a conclusion. */
  get confirmations(): number {
    return this.#confirmations;
  }

  /** Notes the date of any answer. */
  saw(dateMs: StoreTimeMs): void {
    if (dateMs === undefined || (this.#storeTimeMs !== undefined && dateMs <= this.#storeTimeMs)) return;
    this.#storeTimeMs = dateMs;
    this.#seenAtMs = this.#clock.monotonic();
  }

  /** Notes an L (F2): at `storeMs` slot `at` provably did not exist. */
  absentAt(at: Slot, storeMs: StoreTimeMs): void {
    if (storeMs !== undefined) this.#learn({ from: at, untilMs: storeMs + this.#options.ageMs - this.#options.marginMs });
  }

  /** Notes a read of root that showed this boundary (F3). */
  rootReadAt(dateMs: StoreTimeMs, boundary: Slot): void {
    this.saw(dateMs);
    if (dateMs !== undefined) this.#learn({ from: boundary + 1, untilMs: dateMs + this.#options.graceMs - this.#options.marginMs });
  }

  /**
   * Whether what an answer dated `dateMs` said of slots after `end` is how the log was written: `believed`, or `behind` when
   * the collector may have passed `end`.
   */
  async conclude(dateMs: StoreTimeMs, end: Slot): Promise<'believed' | 'behind'> {
    this.saw(dateMs);
    if (this.#options.mode === 'store-clock' && dateMs !== undefined && this.#isProven(dateMs, end)) return 'believed';
    return this.confirm(end);
  }

  /** As `conclude`, by a read of root whatever the clock says. */
  async confirm(end: Slot): Promise<'believed' | 'behind'> {
    this.#confirmations++;
    const reading = await this.#readRoot();
    if (reading.fence.boundary > end) return 'behind';
    this.rootReadAt(reading.dateMs, reading.fence.boundary);
    return 'believed';
  }

  /** Whether something known of the slot after `end`, or of one before it, covers an answer of this date (F5). */
  #isProven(dateMs: number, end: Slot): boolean {
    for (const { from, untilMs } of this.#proofs) if (from <= end + 1 && dateMs < untilMs) return true;
    return false;
  }

  /** Keeps a proof, and only those that it does not make superfluous. */
  #learn(proof: Proof): void {
    if (this.#proofs.some((known) => known.from <= proof.from && known.untilMs >= proof.untilMs)) return;
    this.#proofs = this.#proofs.filter((known) => known.from < proof.from || known.untilMs > proof.untilMs);
    this.#proofs.push(proof);
    if (this.#proofs.length > PROOFS_MAX) this.#proofs.shift();
  }
}
