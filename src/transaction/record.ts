/**
 * A record: what one slot of the log holds. One or more transactions in the order in which they happened, each with what it
 * read and what it wrote, as plain data.
 *
 * Invariants
 *   L1  Slot numbers are dense and start at 1.
 *   L2  A record never changes once its slot has it.
 *   L3  A transaction is committed if and only if a record in the log holds it.
 *   L4  Later transactions of one record happen after earlier ones, in the same slot.
 */
import { assert } from '../base/assert.ts';
import type { Brand } from '../base/brand.ts';
import { hexOf } from '../base/bytes.ts';
import type { Random } from '../base/runtime.ts';
import type { Key, KeyRange, Slot, TreeId } from '../storage/tree.ts';
import type { Isolation, TransactionId } from './transaction.ts';

/** 128 random bits in hexadecimal, chosen when the database was created: records of another one are refused. */
export type DatabaseId = Brand<string, 'DatabaseId'>;

/** 128 random bits in hexadecimal, chosen when a process opened the database. */
export type WriterId = Brand<string, 'WriterId'>;

/** The hash that the record of slot 1 names as its predecessor's. */
export const GENESIS_HASH: Uint8Array = new Uint8Array(32);

/** What a record says of itself. */
export interface RecordHeader {
  readonly slot: Slot;
  readonly databaseId: DatabaseId;
  /** The hash of the record before this one: the log is a chain that shows tampering. */
  readonly previousHash: Uint8Array;
  readonly writer: WriterId;
  /** timestamptz microseconds; greater than the previous record's. */
  readonly committedAt: number;
}

export interface LogRecord extends RecordHeader {
  readonly transactions: readonly TransactionRecord[];
}

export interface TransactionRecord {
  readonly id: TransactionId;
  /** The slot whose state it read. */
  readonly snapshot: Slot;
  readonly isolation: Isolation;
  /** How many hidden row ids it took: placeholders 0 to this in its keys and rows. */
  readonly rowIds: number;
  readonly reads: readonly TreeReads[];
  readonly writes: readonly TreeWrites[];
  readonly bulk: readonly BulkReference[];
  readonly controls: readonly Control[];
}

/** What a transaction read of one tree. */
export interface TreeReads {
  readonly tree: TreeId;
  /** Whether the reads count at every isolation level (constraints, catalog, rows about to be written) or under serializable only. */
  readonly always: boolean;
  /** Ascending. */
  readonly keys: readonly Key[];
  /** Ascending and disjoint. */
  readonly ranges: readonly KeyRange[];
}

/** What a transaction wrote to one tree. */
export interface TreeWrites {
  readonly tree: TreeId;
  /** Whether every row of the tree before this transaction is forgotten first. */
  readonly cleared: boolean;
  /** Ascending by key. */
  readonly rows: RowWrites;
}

/** Rows as an array has them, or as they lie packed (packed-writes.ts). */
export interface RowWrites extends Iterable<RowWrite> {
  readonly length: number;
}

export interface RowWrite {
  readonly key: Key;
  /** The encoded row, null for a tombstone. */
  readonly row: Uint8Array | null;
  /** Whether `key` ends with a placeholder row id. */
  readonly keyHasRowId: boolean;
  /** Whether `row` begins with a placeholder row id. */
  readonly rowHasRowId: boolean;
}

/** Rows that lie in segments uploaded before the commit. */
export interface BulkReference {
  readonly tree: TreeId;
  /** The run's descriptor as storage encodes it. */
  readonly run: Uint8Array;
  readonly segments: readonly string[];
  readonly rows: number;
  /** The least key of the run, or less, and its greatest. */
  readonly first: Key;
  readonly last: Key;
  /** Whether every key ends with a placeholder row id, so that nobody else can have one of them. */
  readonly keysHaveRowIds: boolean;
}

/** What every writer must notice even if it never reads root again. */
export type Control =
  /** Unreferenced segments with an epoch of at most `epoch` may be deleted from here on. */
  | { readonly kind: 'doom'; readonly epoch: number }
  /** Programs older than these versions must refuse the database from here on. */
  | { readonly kind: 'versions'; readonly reader: number; readonly writer: number }
  /**
   * From here on the state is that of `manifest` (as storage encodes it), and nothing that was before: a restore, a promotion. It conflicts
   * with every read and write. `origin` says in words where the state comes from.
   */
  | { readonly kind: 'state'; readonly manifest: Uint8Array; readonly origin: string }
  /** Nothing is committed after this record: the branch was deleted. */
  | { readonly kind: 'closed'; readonly reason: string };

/** 128 fresh random bits in hexadecimal. */
export function freshId<Id extends DatabaseId | WriterId | TransactionId>(random: Random): Id {
  return hexOf(random.bytes(16)) as Id;
}

/** The id in hexadecimal text of 32 digits. */
export function parsedId<Id extends DatabaseId | WriterId | TransactionId>(text: string): Id {
  assert(/^[0-9a-f]{32}$/.test(text), 'an id is 32 hexadecimal digits', { text });
  return text as Id;
}
