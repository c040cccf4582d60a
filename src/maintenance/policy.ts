/**
 * When to checkpoint: after commits that made the tail of the log long, never by a clock, so that an idle database costs
 * nothing. One at a time in a process; others may do the same elsewhere, and whoever is first publishes.
 */
import type { CommitNotice } from '../transaction/database-options.ts';
import type { Database } from '../transaction/database.ts';
import { type CheckpointReport, checkpoint, type CheckpointOptions } from './checkpoint.ts';
import type { Collector } from './collector.ts';
import type { StatisticsKeeper } from './statistics.ts';

export interface CheckpointPolicy {
  /** Bytes of log records since the checkpoint from which a new one is worth it. */
  readonly tailBytesMax: number;
  /** Log records since the checkpoint from which a new one is worth it. */
  readonly tailRecordsMax: number;
}

export const CHECKPOINT_POLICY: CheckpointPolicy = { tailBytesMax: 8 * 1024 * 1024, tailRecordsMax: 256 };

/** Whether a tail as long as `notice` says calls for a checkpoint. */
export function isDue(notice: Pick<CommitNotice, 'tailBytes' | 'tailRecords'>, policy: CheckpointPolicy = CHECKPOINT_POLICY): boolean {
  return notice.tailBytes >= policy.tailBytesMax || notice.tailRecords >= policy.tailRecordsMax;
}

/** Checkpoints one open database: when asked, and beside commits when due. */
export class Checkpointer {
  readonly #database: Database;
  readonly #policy: CheckpointPolicy;
  readonly #options: CheckpointOptions;
  readonly #statistics: StatisticsKeeper | undefined;
  readonly #collector: Collector | undefined;
  #running: Promise<CheckpointReport> | undefined;
  /** The newest failure of a checkpoint that nobody asked for; undefined after one that worked. */
  #failure: unknown;

  constructor(
    database: Database,
    options: {
      readonly policy?: CheckpointPolicy | undefined;
      readonly checkpoint?: CheckpointOptions | undefined;
      /** Refreshed before each checkpoint, so that it holds them. */
      readonly statistics?: StatisticsKeeper | undefined;
      /** Told of each checkpoint that was published. */
      readonly collector?: Collector | undefined;
    } = {},
  ) {
    this.#database = database;
    this.#policy = options.policy ?? CHECKPOINT_POLICY;
    this.#options = options.checkpoint ?? {};
    this.#statistics = options.statistics;
    this.#collector = options.collector;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Checkpoints now, after one that is running. */
  async run(): Promise<CheckpointReport> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    return this.#start();
  }

  /** To be called after each commit: starts a checkpoint when one is due, and waits for nothing. */
  afterCommit(): void {
    const { tailBytes, tailRecords } = this.#database.tip;
    if (this.#running !== undefined || !isDue({ tailBytes, tailRecords }, this.#policy)) return;
    this.#start().then(
      () => {
        this.#failure = undefined;
      },
      (error: unknown) => {
        this.#failure = error; // nothing is lost: the tail stays long, and the next commit tries again
      },
    );
  }

  /** Resolves when no checkpoint is running. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
  }

  #start(): Promise<CheckpointReport> {
    const running = this.#checkpoint().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #checkpoint(): Promise<CheckpointReport> {
    if (this.#statistics !== undefined) {
      await this.#statistics.refresh();
      this.#statistics.beforeCheckpoint();
    }
    const report = await checkpoint(this.#database, this.#options);
    if (report.kind === 'published') await this.#collector?.afterCheckpoint();
    return report;
  }
}
