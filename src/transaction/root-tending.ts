/**
 * What a process does about root beside its commits and reads: it lets root's hint follow the log, so that cold readers find the
 * end at once, and it looks for checkpoints that others made, so that its own tail does not grow for ever.
 *
 * Invariants
 *   H1  Nobody waits for any of it, and a failure is of no consequence: things stay as they were.
 *   H2  At most one look at root at a time, and at most about one a second of each kind.
 *   H3  What goes into root is believed: the local end and the records before it.
 */
import type { Clock } from '../base/runtime.ts';
import { STRIDE } from './log.ts';
import { ROOT_BODY_BYTES_MAX, type Root } from './root-codec.ts';
import type { RootFile } from './root.ts';
import type { Tip } from './tip.ts';

export interface TendingOptions {
  /** How many slots root's hint may lag before it is refreshed. */
  readonly hintLagSlots?: number | undefined;
  /** Shortest time between two looks at root (ms). */
  readonly tendEveryMs?: number | undefined;
  /** Age of the last look from which another one is due whatever the tail (ms): an old checkpoint's segments are collected. */
  readonly lookEveryMs: number;
}

const TEND_EVERY_MS = 1_000;
/** A tail from which a process looks whether somebody made a checkpoint. */
const LONG_RECORDS = 256;
const LONG_BYTES = 4 * 1024 * 1024;
/** Bytes of root's body that the recent tail may take. */
const ROOT_TAIL_BYTES_MAX = ROOT_BODY_BYTES_MAX / 4;

export class RootTending {
  readonly #root: RootFile;
  readonly #tip: Tip;
  readonly #clock: Clock;
  readonly #options: TendingOptions;
  readonly #adopt: (root: Root) => Promise<void>;
  #running: Promise<void> | undefined;
  #lookedAtMs: number;
  #hintedAtMs = -Infinity;

  /** `adopt` takes up what a version of root says of the newest checkpoint. */
  constructor(root: RootFile, tip: Tip, clock: Clock, options: TendingOptions, adopt: (root: Root) => Promise<void>) {
    this.#root = root;
    this.#tip = tip;
    this.#clock = clock;
    this.#options = options;
    this.#adopt = adopt;
    this.#lookedAtMs = clock.monotonic();
  }

  afterCommit(): void {
    const lagSlots = this.#tip.slot - (this.#root.fence?.newestSlot ?? 0);
    if (lagSlots < (this.#options.hintLagSlots ?? STRIDE)) return this.afterRead();
    if (!this.#isDue(this.#hintedAtMs)) return;
    this.#hintedAtMs = this.#clock.monotonic();
    this.#tend(() => this.#root.update((current) => this.#withTail(current)));
  }

  afterRead(): void {
    const isLong = this.#tip.tailRecords >= LONG_RECORDS || this.#tip.tailBytes >= LONG_BYTES;
    const isOld = this.#clock.monotonic() - this.#lookedAtMs > this.#options.lookEveryMs;
    if (isLong || isOld) this.look();
  }

  /** Looks for a newer checkpoint now, if it has not just done so. */
  look(): void {
    if (this.#isDue(this.#lookedAtMs)) this.#tend(async () => (await this.#root.read()).root);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #isDue(lastMs: number): boolean {
    return this.#running === undefined && this.#clock.monotonic() - lastMs >= (this.#options.tendEveryMs ?? TEND_EVERY_MS);
  }

  #tend(read: () => Promise<Root>): void {
    this.#lookedAtMs = this.#clock.monotonic();
    this.#running = read()
      .then((root) => this.#adopt(root))
      .catch(() => undefined) // H1
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** `root` with the newest slot known here and as much of the tail as fits; undefined when it knows as much already. */
  #withTail(root: Root): Root | undefined {
    if (root.newestSlot >= this.#tip.slot || root.checkpoint.slot > this.#tip.slot) return undefined;
    return { ...root, newestSlot: this.#tip.slot, tail: this.#tip.coresAfter(root.checkpoint.slot, ROOT_TAIL_BYTES_MAX) };
  }
}
