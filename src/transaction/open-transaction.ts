/**
 * A running transaction: a snapshot, what it wrote over it, and what it read of it. See transaction.ts for what it promises.
 */
import { assert } from '../base/assert.ts';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { afterKey } from '../storage/key-codec.ts';
import { decodeRow, encodeRow } from '../storage/row-codec.ts';
import { keyEndsWithRowId, placeholderOrdinal, placeholderRowId, ROW_ID_ORDINALS } from '../storage/row-id.ts';
import { openCursor, readRow, type Snapshot } from '../storage/storage-state.ts';
import { type Cursor, type Key, type KeyRange, type RowBatch, type Slot, type TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import { StoreError } from '../../vfs/object-store.ts';
import { mergeOwnRows } from './own-rows.ts';
import { ReadSet } from './read-set.ts';
import { storeFailure } from './reading.ts';
import type { BulkReference, TransactionRecord, TreeReads } from './record.ts';
import type { Claim } from './validation.ts';
import { WriteSet } from './write-set.ts';
import type { BulkLoad, CommitResult, Consistency, Isolation, ReadPurpose, Savepoint, Transaction, TransactionId, TransactionScanOptions } from './transaction.ts';

/** What a transaction needs of the database it runs on. */
export interface TransactionHost {
  newId(): TransactionId;
  snapshot(): Snapshot;
  commit(transaction: OpenTransaction, record: TransactionRecord, claim: Claim): Promise<CommitResult>;
  /** Resolves when the transaction's reads are known to be current at a moment after it began; else throws 40001. */
  confirmReads(transaction: OpenTransaction): Promise<void>;
  /** Throws 40001 when the claim conflicts with records after `seen`. Answers the newest slot. */
  validate(claim: Claim, seen: Slot): Slot;
  bulkLoad(transaction: OpenTransaction, tree: TreeSchema, onDuplicate: (row: Row) => Error, register: (reference: BulkReference) => void): BulkLoad;
  /** An object of a snapshot was collected: there must be a newer checkpoint. */
  objectMissing(): void;
  ended(transaction: OpenTransaction): void;
}

export interface OpenTransactionOptions {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
  readonly consistency: Consistency;
  readonly startedAt: number;
  /** When it began, ms of the monotonic clock. */
  readonly begunMs: number;
  /** The number of the last probe sent before it began. */
  readonly begunAfterProbe: number;
}

/** Keys per tree that a record lists as read; more of them become the range that covers them. */
const READ_KEYS_MAX = 1024;

export class OpenTransaction implements Transaction {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
  readonly startedAt: number;
  readonly consistency: Consistency;
  readonly begunMs: number;
  readonly begunAfterProbe: number;
  readonly #host: TransactionHost;
  readonly #reads: ReadSet;
  readonly #writes = new WriteSet();
  #bulk: { readonly sequence: number; readonly reference: BulkReference }[] = [];
  #snapshot: Snapshot;
  #seen: Slot;
  #rowIds = 0;
  #state: 'open' | 'committing' | 'ended' = 'open';
  #id: TransactionId | undefined;
  #hasRead = false;
  #isConfirmed = false;

  constructor(host: TransactionHost, options: OpenTransactionOptions) {
    this.isolation = options.isolation;
    this.readOnly = options.readOnly;
    this.startedAt = options.startedAt;
    this.consistency = options.consistency;
    this.begunMs = options.begunMs;
    this.begunAfterProbe = options.begunAfterProbe;
    this.#host = host;
    this.#reads = new ReadSet(options.isolation);
    this.#snapshot = host.snapshot();
    this.#seen = this.#snapshot.slot;
  }

  /** Drawn when it is first wanted: most transactions only read, and chance is dear. */
  get id(): TransactionId {
    this.#id ??= this.#host.newId();
    return this.#id;
  }

  get snapshot(): Slot {
    return this.#snapshot.slot;
  }

  /** Records up to this slot are known not to conflict. */
  get seen(): Slot {
    return this.#seen;
  }

  get hasWrites(): boolean {
    return !this.#writes.isEmpty || this.#bulk.length > 0;
  }

  /** Whether anything was read from the snapshot. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  /** Whether the snapshot was current at some moment after this began. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Told by the database: slot `current` was the newest at a moment after this began. */
  noteCurrent(current: Slot): void {
    if (this.#snapshot.slot >= current) this.#isConfirmed = true;
  }

  get(tree: TreeSchema, key: Key, columns: readonly number[], purpose: ReadPurpose): Row | null | Promise<Row | null> {
    this.#checkOpen();
    if (this.#writes.touches(tree.id)) {
      const own = this.#writes.versionOf(tree.id, key, this.#writes.sequence);
      if (own !== undefined) return own.row === null ? null : decodeRow(tree, own.row, columns);
      if (this.#writes.isCleared(tree.id, this.#writes.sequence)) return null;
    }
    this.#noteKey(tree, key, purpose);
    try {
      const row = readRow(this.#snapshot, tree, key, columns);
      return row instanceof Promise ? row.catch((error: unknown) => this.#failed(error)) : row;
    } catch (error) {
      return this.#failed(error);
    }
  }

  scan(tree: TreeSchema, range: KeyRange, options: TransactionScanOptions): Cursor {
    this.#checkOpen();
    const reverse = options.reverse === true;
    const { sequence } = this.#writes;
    const own = this.#writes.touches(tree.id) ? this.#writes.versionsIn(tree.id, range, sequence, reverse) : [];
    const cleared = this.#writes.isCleared(tree.id, sequence);
    const records = !cleared && this.#reads.records(options.purpose);
    if (!cleared) this.#hasRead = true;
    // Keys say how far a scan got that ends early; one that is expected to run to its end does without.
    const keys = options.keys === true || own.length > 0 || (records && options.rowsWanted !== undefined);
    const base = cleared ? null : this.#guarded(openCursor(this.#snapshot, tree, range, { ...options, keys }));
    const noted = base === null || !records ? base : this.#noting(base, tree, range, options.purpose, reverse, keys);
    if (noted !== null && own.length === 0) return noted;
    return mergeOwnRows(noted, own, tree, options.columns, reverse);
  }

  noteRead(tree: TreeSchema, key: Key, purpose: ReadPurpose): void {
    this.#noteKey(tree, key, purpose);
  }

  put(tree: TreeSchema, key: Key, row: Row): void {
    this.#checkMayWrite();
    const rowId = tree.rowId === undefined ? null : row[tree.rowId];
    const isPlaceholder = typeof rowId === 'bigint' && placeholderOrdinal(rowId) !== undefined;
    this.#writes.write(tree.id, { key, row: encodeRow(tree, row), keyHasRowId: isPlaceholder && keyEndsWithRowId(tree, row), rowHasRowId: isPlaceholder });
  }

  delete(tree: TreeSchema, key: Key): void {
    this.#checkMayWrite();
    const own = this.#writes.versionOf(tree.id, key, this.#writes.sequence);
    this.#writes.write(tree.id, { key, row: null, keyHasRowId: own?.keyHasRowId === true, rowHasRowId: false });
  }

  newRowId(): number | bigint {
    this.#checkMayWrite();
    if (this.#rowIds >= ROW_ID_ORDINALS) {
      throw new SqlError('program_limit_exceeded', 'too many rows without a primary key in one transaction', { detail: `At most ${ROW_ID_ORDINALS} are possible.` });
    }
    return placeholderRowId(this.#rowIds++);
  }

  bulkLoad(tree: TreeSchema, options: { readonly onDuplicate: (row: Row) => Error }): BulkLoad {
    this.#checkMayWrite();
    return this.#host.bulkLoad(this, tree, options.onDuplicate, (reference) => {
      this.#checkMayWrite();
      this.#bulk.push({ sequence: this.#writes.mark(), reference });
    });
  }

  clearTree(tree: TreeSchema): void {
    this.#checkMayWrite();
    this.#writes.clear(tree.id);
  }

  savepoint(): Savepoint {
    this.#checkOpen();
    return this.#writes.sequence as Savepoint;
  }

  rollbackTo(savepoint: Savepoint): void {
    this.#checkOpen();
    this.#writes.rollbackTo(savepoint);
    this.#bulk = this.#bulk.filter((load) => load.sequence <= savepoint);
  }

  beginStatement(): void {
    this.#checkOpen();
    if (this.isolation !== 'read committed') return;
    const next = this.#host.snapshot();
    if (next.slot === this.#snapshot.slot) {
      this.#snapshot = next;
      return;
    }
    // What earlier statements read for constraints or wrote must hold at the new snapshot too, or the commit would fail anyway.
    this.#seen = this.#host.validate(this.#claim(), this.#seen);
    assert(this.#seen === next.slot, 'a statement is validated up to its snapshot', { seen: this.#seen, snapshot: next.slot });
    this.#snapshot = next;
    this.#isConfirmed = false;
  }

  async commit(): Promise<CommitResult> {
    this.#checkOpen();
    this.#state = 'committing';
    try {
      const claim = this.#claim();
      if (claim.writes.length === 0 && claim.bulk.length === 0) {
        await this.#host.confirmReads(this);
        return { slot: undefined, committedAt: this.startedAt };
      }
      const { id, isolation, snapshot } = this;
      const reads = claim.reads.map(summarised);
      return await this.#host.commit(this, { id, snapshot, isolation, rowIds: this.#rowIds, reads, writes: claim.writes, bulk: claim.bulk, controls: [] }, claim);
    } finally {
      this.#end();
    }
  }

  rollback(): void {
    if (this.#state === 'open') this.#end();
  }

  /** What was recorded as read, per tree and class. */
  recordedReads(): TreeReads[] {
    return this.#reads.trees();
  }

  #claim(): Claim {
    const loads = this.#bulk.filter((load) => load.sequence > this.#writes.clearedAt(load.reference.tree));
    return { reads: this.#reads.trees(), writes: this.#writes.trees(), bulk: loads.map((load) => load.reference) };
  }

  #end(): void {
    this.#state = 'ended';
    this.#host.ended(this);
  }

  #checkOpen(): void {
    assert(this.#state === 'open', 'a transaction is used until it ends', { state: this.#state });
  }

  #checkMayWrite(): void {
    this.#checkOpen();
    if (this.readOnly) throw new SqlError('read_only_sql_transaction', 'cannot write in a read-only transaction');
  }

  #noteKey(tree: TreeSchema, key: Key, purpose: ReadPurpose): void {
    this.#hasRead = true;
    this.#reads.addKey(tree.id, key, purpose);
  }

  #guarded(cursor: Cursor): Cursor {
    const failed = (error: unknown): never => this.#failed(error);
    return {
      next: () => {
        try {
          const batch = cursor.next();
          return batch instanceof Promise ? batch.catch(failed) : batch;
        } catch (error) {
          return failed(error);
        }
      },
      close: () => cursor.close(),
    };
  }

  /** The client's words where the store failed. */
  #failed(error: unknown): never {
    if (isSqlError(error, 'snapshot_too_old')) this.#host.objectMissing();
    throw error instanceof StoreError ? storeFailure(error) : error;
  }

  /** Records what is pulled through it: up to the last row while it runs, the whole rest at its end. */
  #noting(base: Cursor, tree: TreeSchema, range: KeyRange, purpose: ReadPurpose, reverse: boolean, keyed: boolean): Cursor {
    const note = (batch: RowBatch | null): RowBatch | null => {
      if (batch === null || !keyed) this.#reads.addRange(tree.id, range, purpose);
      else {
        const last = batch.keys[batch.keys.length - 1];
        this.#reads.addRange(tree.id, reverse ? { from: last, to: range.to } : { from: range.from, to: afterKey(last) }, purpose);
      }
      return batch;
    };
    return {
      next: () => {
        const batch = base.next();
        return batch instanceof Promise ? batch.then(note) : note(batch);
      },
      close: () => base.close(),
    };
  }
}

/** Reads as a record holds them: many keys as the range that covers them. What is validated stays exact. */
function summarised(reads: TreeReads): TreeReads {
  if (reads.keys.length <= READ_KEYS_MAX) return reads;
  return { ...reads, keys: [], ranges: [{ from: reads.keys[0], to: afterKey(reads.keys[reads.keys.length - 1]) }] };
}
