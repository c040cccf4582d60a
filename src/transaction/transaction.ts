/**
 * A transaction, as the layers above see it: a snapshot, a private write set, and a record of what was read.
 *
 * Invariants
 *   X1  Reads see the snapshot plus the transaction's own writes, and nothing else.
 *   X2  Nothing is sent to the store before `commit`, except segments of a bulk load.
 *   X3  `commit` resolves to committed, or throws 40001 (definitely not committed) or 08007 (unknown); never a third thing.
 */
import type { Brand } from '../base/brand.ts';
import type { RowPatch } from '../storage/row-patch.ts';
import type { ReadOutcome, RowReader } from '../storage/row-reader.ts';
import type { LoadingMemory } from '../kernels/loading-memory.ts';
import type { ColumnBatch } from '../storage/bulk/column-batch.ts';
import type { Cursor, Key, KeyRange, ScanOptions, Slot, TreeSchema } from '../storage/tree.ts';
import type { Advance } from './advance.ts';
import type { Row } from '../types/value.ts';

/** 128 random bits in hexadecimal: the same for every attempt to commit the same transaction. */
export type TransactionId = Brand<string, 'TransactionId'>;

export type Isolation = 'serializable' | 'repeatable read' | 'read committed';

/**
 * Why a row is read. `query` reads are validated under serializable; `constraint` reads (uniqueness, foreign keys) and
 * `catalog` reads (what a statement was bound against) always; `update` reads (rows about to be written) at every level too;
 * `write` reads are those of a key that the same statement writes next with `putOver` or `deleteOver`, which stand for the read; where
 * nothing comes of it, `noteRead` has to follow. `none` never: EXPLAIN, statistics.
 */
export type ReadPurpose = 'query' | 'constraint' | 'catalog' | 'update' | 'write' | 'none';

export interface TransactionScanOptions extends ScanOptions {
  readonly purpose: ReadPurpose;
}

/** A point to return to within a transaction. */
export type Savepoint = Brand<number, 'Savepoint'>;

export interface CommitResult {
  /** The slot of the record that holds the transaction; undefined when it wrote nothing. */
  readonly slot: Slot | undefined;
  /** Commit timestamp, timestamptz microseconds. */
  readonly committedAt: number;
  /** Of an advance: the last number it took. */
  readonly last?: bigint | undefined;
}

/**
 * Streams rows of one tree into segments ahead of the commit that will refer to them. Rows may come in any order, one by one or by column. A
 * promise must be awaited before anything else. 23505 through `onDuplicate` as soon as two keys are found to be the same, at the latest by
 * `finish`.
 */
export interface BulkLoad {
  add(row: Row): void | Promise<void>;
  /** Where the next rows go by column, with room for one at least. `advanced` must follow, and renews it. */
  readonly batch: ColumnBatch;
  advanced(): void | Promise<void>;
  /** Sorts, writes segments and registers them with the transaction. */
  finish(): Promise<{ readonly rows: number }>;
  /** Gives the segments up. Nothing happens after `finish`. */
  abandon(): void;
}

/**
 * Reads that answer at once or not at all, through readers that are kept from one statement to the next. What is read is recorded as
 * `get` and `scan` record it, unless it waits: then the same is asked again the other way.
 */
export interface PromptReads {
  /** Reads the row of `key` into `into`. */
  readPromptly(reader: RowReader, key: Key, purpose: ReadPurpose, into: Row): ReadOutcome;
  /** Begins to walk a range through the reader (`reader.next`), all of which counts as read; false when it has to wait. */
  openPromptly(reader: RowReader, from: Key, to: Key | undefined, purpose: ReadPurpose): boolean;
}

export interface BulkLoadRequest {
  readonly onDuplicate: (row: Row) => Error;
  /** Where columns lie, when several loads are to share them; it outlives them. */
  readonly memory?: LoadingMemory | undefined;
}

export interface Transaction extends PromptReads {
  readonly id: TransactionId;
  readonly isolation: Isolation;
  readonly readOnly: boolean;
  /** The slot whose state this transaction reads (moves per statement under read committed). */
  readonly snapshot: Slot;
  /** timestamptz microseconds at begin. */
  readonly startedAt: number;
  /** Whether anything was written. */
  readonly hasWrites: boolean;

  /** The row of `key`, as the columns at `columns` (positions in the schema), or null. A promise only when bytes are missing. */
  get(tree: TreeSchema, key: Key, columns: readonly number[], purpose: ReadPurpose): Row | null | Promise<Row | null>;
  /** Rows of a range in key order, own writes merged in. What is recorded as read is what was pulled, not what was asked for. */
  scan(tree: TreeSchema, range: KeyRange, options: TransactionScanOptions): Cursor;
  /** Records that a key was read elsewhere (a cached catalog row). */
  noteRead(tree: TreeSchema, key: Key, purpose: ReadPurpose): void;
  /** Writes a whole row (all columns of the schema, in order) at `key`, replacing what was there. Keys and rows are copied. */
  put(tree: TreeSchema, key: Key, row: Row): void;
  /**
   * `put` at a key that was read as validated at every level (a `write` read): the write stands for the read. With a patch, which is open
   * on the row that was read and has no row id, only the columns that it changes are taken from `row`.
   */
  putOver(tree: TreeSchema, key: Key, row: Row, patch?: RowPatch): void;
  delete(tree: TreeSchema, key: Key): void;
  /** `delete` of a key that was read so. */
  deleteOver(tree: TreeSchema, key: Key): void;
  /** A fresh hidden row id, placeholder until commit. */
  newRowId(): number | bigint;
  /** `count` fresh row ids in a row: the first. */
  newRowIds(count: number): number | bigint;
  bulkLoad(tree: TreeSchema, request: BulkLoadRequest): BulkLoad;
  /** Forgets every row of a tree (TRUNCATE, DROP): a write to the whole tree that conflicts with any other to it. */
  clearTree(tree: TreeSchema): void;

  savepoint(): Savepoint;
  /** Undoes writes made after `savepoint`; reads made since stay recorded. */
  rollbackTo(savepoint: Savepoint): void;
  /** Under read committed: a fresh local snapshot for the next statement, keeping own writes. Nothing at the other levels. */
  beginStatement(): void;
  /**
   * Ends the transaction. Throws SqlError 40001 naming the winner's slot and key when validation fails, 08007 when the outcome
   * cannot be learned. A transaction that wrote nothing resolves at once when its snapshot was confirmed, else probes the log.
   */
  commit(): Promise<CommitResult>;
  rollback(): void;
}

/** A state by when it was the newest: at a time (timestamptz microseconds), or right after a slot. */
export type Moment = { readonly kind: 'time'; readonly at: number } | { readonly kind: 'slot'; readonly slot: Slot };

/** How fresh a session's snapshots must be (DESIGN.md section 3). */
export type Consistency =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'bookmark'; readonly slot: Slot }
  | { readonly kind: 'bounded'; readonly ms: number }
  | { readonly kind: 'eventual' };

/** What a process knows of one database: the newest checkpoint it read and the log replayed over it. Shared by all sessions. */
export interface DatabaseState {
  /** The newest slot replayed here. */
  readonly slot: Slot;
  /**
   * A transaction on the newest local state. Synchronous: there is no BEGIN request. `consistency` (linearizable when not given)
   * says whether a transaction that wrote nothing must know at its end that its snapshot was current after it began.
   */
  begin(options: {
    readonly isolation: Isolation;
    readonly readOnly: boolean;
    readonly consistency?: Consistency | undefined;
  }): Transaction;
  /**
   * A read-only transaction on the state of `moment`, which nothing that is committed can conflict with. SQLSTATE 72000 when that state
   * is no longer there, 22023 when it is yet to come.
   */
  beginAt(moment: Moment): Promise<Transaction>;
  /**
   * Confirms that the local state was current at some moment after the call (one probe of the next slot, shared by all
   * callers that arrived before it was sent), replaying what was missing. Answers whether anything was replayed.
   * `consistency` may make it answer at once.
   */
  confirm(consistency: Consistency): Promise<{ readonly moved: boolean }>;
  /** Whether `confirm` would answer at once that nothing moved. */
  isFresh(consistency: Consistency): boolean;
  /**
   * Takes the next numbers of a counter, by a transaction of its own that others who do the same do not conflict with. Answers the last one it
   * took, which may lie past any bound of the counter's; 40001 where there is none.
   */
  advance(advance: Advance): Promise<bigint>;
  /** Reads of the newest local state by themselves, which nothing validates: for whoever knows it to be fresh, or asks afterwards. */
  readonly reads: PromptReads;
  /** Changes whenever a record that writes one of the trees below `CATALOG_TREE_MAX` was replayed or committed here. */
  readonly catalogVersion: number;
  /** Changes whenever the whole state may have been replaced (a restore): what was drawn from the one before is void. */
  readonly replacements: number;
  /** Refuses new transactions, waits for commits under way, releases the store. */
  close(): Promise<void>;
}

/** Trees 1 to this are the catalog's. */
export const CATALOG_TREE_MAX = 15;
