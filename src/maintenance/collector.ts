/**
 * When to collect: beside commits, like checkpoints and never by a clock, so that an idle database costs nothing. A process that stays collects
 * a few times in each AGE; one that comes and goes does so behind a checkpoint that left something old enough. Any number may do the same.
 */
import { EPOCH_2000_MS } from '../base/epoch.ts';
import type { Database } from '../transaction/database.ts';
import type { Root } from '../transaction/root-codec.ts';
import { collectGarbage, type GarbageOptions } from './garbage.ts';

/** A collection is due after this part of AGE, whatever root says. */
const COLLECTIONS_PER_AGE = 24;

/** Collects for one open database, one run at a time. */
export class Collector {
  readonly #database: Database;
  #running: Promise<void> | undefined;
  #collectedAtMs: number;
  /** The newest failure; undefined after a run that worked. */
  #failure: unknown;

  constructor(database: Database) {
    this.#database = database;
    this.#collectedAtMs = database.runtime.clock.monotonic();
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** To be called after each commit: starts a collection when the last one here is long ago, and waits for nothing. */
  afterCommit(): void {
    const { clock } = this.#database.runtime;
    if (clock.monotonic() - this.#collectedAtMs >= this.#ages.ageMs / COLLECTIONS_PER_AGE) this.#start();
  }

  /** To be called behind a checkpoint: starts a collection when root shows that there is something to collect. */
  async afterCheckpoint(): Promise<void> {
    const nowMs = this.#database.fence.storeTimeGuessMs;
    if (nowMs !== undefined && isCollectable((await this.#database.root.read()).root, nowMs, this.#ages)) this.#start();
  }

  /** Resolves when nothing is running. */
  async idle(): Promise<void> {
    await this.#running;
  }

  get #ages(): Pick<GarbageOptions, 'ageMs' | 'graceMs' | 'marginMs'> {
    const { ageMs, graceMs, marginMs } = this.#database.fence.options;
    return { ageMs, graceMs, marginMs };
  }

  #start(): void {
    if (this.#running !== undefined) return;
    this.#collectedAtMs = this.#database.runtime.clock.monotonic();
    this.#running = collectGarbage(this.#database, this.#ages)
      .then(
        () => {
          this.#failure = undefined;
        },
        (error: unknown) => {
          this.#failure = error; // what is left is left to the next run
        },
      )
      .finally(() => {
        this.#running = undefined;
      });
  }
}

/** Whether a collector would find a boundary to move at `nowMs` by the store's clock. */
export function isCollectable(
  root: Pick<Root, 'retained' | 'boundary'>,
  nowMs: number,
  { ageMs, marginMs }: Pick<GarbageOptions, 'ageMs' | 'marginMs'>,
): boolean {
  const oldest = (nowMs - ageMs - marginMs - EPOCH_2000_MS) * 1000;
  return root.retained.some(({ slot, committedAt }) => slot > root.boundary && committedAt <= oldest);
}
