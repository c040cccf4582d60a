/** What whoever opens a database may ask of it. */
import type { Slot } from '../storage/tree.ts';
import type { BlockCache } from '../../vfs/tiers/block-cache.ts';
import type { ContentionOptions } from './contention.ts';
import type { FenceOptions } from './fence.ts';
import type { DatabaseId } from './record.ts';

/** What a host learns after each record that committed transactions of its own, to decide about checkpoints. */
export interface CommitNotice {
  readonly slot: Slot;
  /** Bytes and number of log records since the checkpoint in use. */
  readonly tailBytes: number;
  readonly tailRecords: number;
  /** Rows that those transactions loaded in bulk. */
  readonly bulkRows: number;
}

export interface DatabaseOptions {
  /** Which database it must be: XX001 for the root of another one. A branch's store says so by itself. */
  readonly databaseId?: string | undefined;
  /** Caches of stored pages between memory and the store, nearest first, for the database with this id; none unless given. */
  readonly tiers?: ((database: DatabaseId) => readonly BlockCache[]) | undefined;
  /** Bytes of decoded pages kept in memory. */
  readonly pageCacheBytesMax?: number | undefined;
  readonly fence?: Partial<FenceOptions> | undefined;
  /** How long a commit may try before it gives up (ms of the monotonic clock). */
  readonly commitDeadlineMs?: number | undefined;
  /** Most transactions in one record. */
  readonly groupTransactionsMax?: number | undefined;
  /** Bytes of row writes past which a commit puts them into segments. */
  readonly spillBytes?: number | undefined;
  /** Bytes of rows from which a bulk load goes into segments, and those that it holds in memory before they do. */
  readonly bulkSegmentBytesMin?: number | undefined;
  readonly bulkPartBytes?: number | undefined;
  /** How many slots root's hint may lag before it is refreshed. */
  readonly hintLagSlots?: number | undefined;
  /** Shortest time between two looks at root beside the commits (ms). */
  readonly tendEveryMs?: number | undefined;
  /** When and how writers that contend for slots combine; false: never. */
  readonly contention?: Partial<ContentionOptions> | false | undefined;
  readonly onCommit?: ((notice: CommitNotice) => void) | undefined;
  /** Called at named points of the protocol; tests crash or delay there. */
  readonly at?: ((point: string) => void | Promise<void>) | undefined;
}
