/**
 * A running transaction: a snapshot, what it wrote over it, and what it read of it. See transaction.ts for what it promises.
 */
import { assert } from '../base/assert.ts';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { afterKey } from '../storage/key-codec.ts';
import { decodeRowAt, decoderOf } from '../storage/row-codec.ts';
import { isPlaceholderKey, keyEndsWithRowId, placeholderOrdinal, placeholderRowId, ROW_ID_ORDINALS } from '../storage/row-id.ts';
import type { RowPatch } from '../storage/row-patch.ts';
import type { ReadOutcome, RowReader } from '../storage/row-reader.ts';
import { openCursor, readRow, type Snapshot } from '../storage/storage-state.ts';
import { type Cursor, type Key, type KeyRange, type Slot, type TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import { StoreError } from '../../vfs/object-store.ts';
import type { BulkLoadHost } from './bulk-load.ts';
import { mergeCursors } from './merge-cursors.ts';
import { notingCursor } from './noting-cursor.ts';
import { OwnLoads, snapshotOfRuns } from './own-loads.ts';
import { mergeOwnRows } from './own-rows.ts';
import { ReadSet } from './read-set.ts';
import { storeFailure } from './reading.ts';
import type { Control, TransactionRecord, TreeReads } from './record.ts';
import { spill, type Spilled } from './spill.ts';
import type { Claim } from './validation.ts';
import { VERSION } from './own-tree.ts';
import { WriteSet } from './write-set.ts';
import type {
  BulkLoad,
  BulkLoadRequest,
  CommitResult,
  Consistency,
  Isolation,
  ReadPurpose,
  Savepoint,
  Transaction,
  TransactionId,
  TransactionScanOptions,
} from './transaction.ts';

/** What a transaction needs of the database it runs on. */
export interface TransactionHost {
  newId(): TransactionId;
  snapshot(): Snapshot;
  commit(transaction: OpenTransaction, record: TransactionRecord, claim: Claim): Promise<CommitResult>;
  /** Resolves when the transaction's reads are known to be current at a moment after it began; else throws 40001. */
  confirmReads(transaction: OpenTransaction): Promise<void>;
  /** Throws 40001 when the claim conflicts with records after `seen`. Answers the newest slot. */
  validate(claim: Claim, seen: Slot): Slot;
  /** `epoch` is what its segments are named with. */
  bulkLoad(host: BulkLoadHost, tree: TreeSchema, request: BulkLoadRequest, epoch: Slot): BulkLoad;
  /** Bytes of row writes past which they go into segments. */
  readonly spillBytes: number;
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
  /** A state of the past to read; undefined: the newest. */
  readonly snapshot?: Snapshot | undefined;
}

/** Keys per tree that a record lists as read; more of them become the range that covers them. */
const READ_KEYS_MAX = 1024;

/** Of a transaction that is being committed. */
const NO_READS = new ReadSet('serializable');
const NO_WRITES = new WriteSet();
const NO_CONTROLS: readonly Control[] = [];

export class OpenTransaction implements Transaction {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
  readonly startedAt: number;
  readonly consistency: Consistency;
  readonly begunMs: number;
  readonly begunAfterProbe: number;
  readonly #host: TransactionHost;
  #reads: ReadSet;
  #writes = new WriteSet();
  readonly #loads = new OwnLoads();
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
    this.#snapshot = options.snapshot ?? host.snapshot();
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
    return !this.#writes.isEmpty || !this.#loads.isEmpty;
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
    const own = this.#writes.tree(tree.id);
    if (own !== undefined || !this.#loads.isEmpty) {
      const version = own?.find(key, this.#writes.sequence) ?? -1;
      if (own !== undefined && version >= 0) {
        if (own.isTombstone(version)) return null;
        return decodeRowAt(decoderOf(tree, columns), own.rows, own.rowStart(version), own.rowEnd(version));
      }
      const loaded = this.#loadedRow(tree, key, columns, purpose);
      if (loaded !== undefined) return loaded;
    }
    return this.#readBelow(tree, key, columns, purpose);
  }

  scan(tree: TreeSchema, range: KeyRange, options: TransactionScanOptions): Cursor {
    this.#checkOpen();
    const reverse = options.reverse === true;
    const { sequence } = this.#writes;
    const own = this.#writes.versionsIn(tree.id, range, sequence, reverse);
    const loads = this.#loads.isEmpty
      ? undefined
      : this.#loads.view(tree.id, this.#writes.clearedAt(tree.id), sequence, this.#snapshot.pages);
    const cleared = this.#writes.isCleared(tree.id, sequence);
    const records = !cleared && this.#reads.records(options.purpose);
    if (!cleared) this.#hasRead = true;
    // Keys say how far a scan got that ends early; one that is expected to run to its end does without.
    const keys = options.keys === true || own.length > 0 || loads !== undefined || (records && options.rowsWanted !== undefined);
    const base = cleared ? null : this.#guarded(openCursor(this.#snapshot, tree, range, { ...options, keys }));
    const noted =
      base === null || !records
        ? base
        : notingCursor(base, range, reverse, keys, (pulled) => this.#reads.addRange(tree.id, pulled, options.purpose));
    const loaded = loads === undefined ? null : this.#guarded(openCursor(loads, tree, range, { ...options, keys }));
    const below = noted === null || loaded === null ? (noted ?? loaded) : mergeCursors(noted, loaded, reverse);
    if (below !== null && own.length === 0) return below;
    return mergeOwnRows(below, own, tree, options.columns, reverse);
  }

  readPromptly(reader: RowReader, key: Key, purpose: ReadPurpose, into: Row): ReadOutcome {
    this.#checkOpen();
    const { id } = reader.schema;
    const own = this.#writes.tree(id);
    if (own !== undefined || !this.#loads.isEmpty) {
      const version = own?.find(key, this.#writes.sequence) ?? -1;
      if (own !== undefined && version >= 0) {
        if (own.isTombstone(version)) return 'absent';
        return reader.decode(own.rows, own.rowStart(version), own.rowEnd(version), into);
      }
      if (this.#loads.touches(id)) return 'waits';
      if (this.#writes.isCleared(id, this.#writes.sequence)) return 'absent';
    }
    const outcome = reader.read(this.#snapshot, key, into);
    if (outcome === 'waits') return outcome;
    this.#hasRead = true;
    this.#reads.addKey(id, key, purpose);
    return outcome;
  }

  openPromptly(reader: RowReader, from: Key, to: Key | undefined, purpose: ReadPurpose): boolean {
    this.#checkOpen();
    const { id } = reader.schema;
    if (this.#writes.tree(id) !== undefined || this.#loads.touches(id) || !reader.open(this.#snapshot, from, to)) return false;
    this.#hasRead = true;
    if (this.#reads.records(purpose)) this.#reads.addRange(id, { from: from.slice(), to: to?.slice() }, purpose);
    return true;
  }

  noteRead(tree: TreeSchema, key: Key, purpose: ReadPurpose): void {
    this.#noteKey(tree, key, purpose);
  }

  put(tree: TreeSchema, key: Key, row: Row): void {
    this.#checkMayWrite();
    this.#writes.put(tree, key, row, this.#flagsOf(tree, row));
  }

  putOver(tree: TreeSchema, key: Key, row: Row, patch?: RowPatch): void {
    this.#checkMayWrite();
    this.#writes.put(tree, key, row, this.#flagsOf(tree, row) | VERSION.wasRead, patch);
  }

  delete(tree: TreeSchema, key: Key): void {
    this.#checkMayWrite();
    this.#writes.remove(tree.id, key, this.#flagsOfTombstone(tree, key));
  }

  deleteOver(tree: TreeSchema, key: Key): void {
    this.#checkMayWrite();
    this.#writes.remove(tree.id, key, this.#flagsOfTombstone(tree, key) | VERSION.wasRead);
  }

  newRowId(): number | bigint {
    return this.newRowIds(1);
  }

  newRowIds(count: number): number | bigint {
    this.#checkMayWrite();
    if (this.#rowIds + count > ROW_ID_ORDINALS) {
      throw new SqlError('program_limit_exceeded', 'too many rows without a primary key in one transaction', {
        detail: `At most ${ROW_ID_ORDINALS} are possible.`,
      });
    }
    const first = placeholderRowId(this.#rowIds);
    this.#rowIds += count;
    return first;
  }

  bulkLoad(tree: TreeSchema, request: BulkLoadRequest): BulkLoad {
    this.#checkMayWrite();
    const host: BulkLoadHost = {
      hasOwnRows: (of) => this.#writes.hasVersions(of.id),
      put: (of, key, row) => this.put(of, key, row),
      keysIn: (of, range) => this.scan(of, range, { columns: [], keys: true, purpose: 'constraint' }),
      rowsOfRuns: (of, runs, range) => {
        const columns = of.columns.map((_, position) => position);
        return this.#guarded(openCursor(snapshotOfRuns(of.id, runs, this.#snapshot.pages), of, range, { columns, keys: true }));
      },
      register: (reference, placeholderKeys) => {
        this.#checkMayWrite();
        this.#loads.add(this.#writes.mark(), reference, placeholderKeys);
      },
    };
    return this.#host.bulkLoad(host, tree, request, this.#snapshot.slot);
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
    this.#writes.rollbackTo(savepoint, (tree, key) => this.#reads.addKey(tree, key, 'update'));
    this.#loads.rollbackTo(savepoint);
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
      const reads = claim.reads.some(isLong) ? claim.reads.map(summarised) : claim.reads;
      const { writes, bulk } = this.#writes.recordBytes > this.#host.spillBytes ? await this.#spill(claim) : claim;
      const committed = this.#host.commit(
        this,
        { id, snapshot, isolation, rowIds: this.#rowIds, reads, writes, bulk, controls: NO_CONTROLS },
        // What was spilled is defended key by key, as it was written; its segments may still be doomed.
        bulk.length === 0
          ? claim
          : {
              ...claim,
              bulk: bulk.map((reference) => (claim.bulk.includes(reference) ? reference : { ...reference, keysHaveRowIds: true })),
            },
      );
      // It lies encoded in the record now: what is let go of is not copied from one generation of the heap to the next while it waits.
      this.#reads = NO_READS;
      this.#writes = NO_WRITES;
      return await committed;
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

  async #spill({ writes, bulk }: Claim): Promise<Spilled> {
    const spilled = await spill(writes, {
      bulkLoad: (host, tree, onDuplicate) => this.#host.bulkLoad(host, tree, { onDuplicate }, this.#snapshot.slot),
      isLoaded: (tree) => this.#loads.touches(tree),
    });
    return { writes: spilled.writes, bulk: [...bulk, ...spilled.bulk] };
  }

  #claim(): Claim {
    return {
      reads: this.#reads.trees(),
      writes: this.#writes.trees(),
      bulk: this.#loads.references((tree) => this.#writes.clearedAt(tree)),
    };
  }

  #readBelow(tree: TreeSchema, key: Key, columns: readonly number[], purpose: ReadPurpose): Row | null | Promise<Row | null> {
    if (this.#writes.isCleared(tree.id, this.#writes.sequence)) return null;
    this.#noteKey(tree, key, purpose);
    return this.#read(this.#snapshot, tree, key, columns);
  }

  /** The row as own bulk loads decide; undefined when there are none of the tree. */
  #loadedRow(tree: TreeSchema, key: Key, columns: readonly number[], purpose: ReadPurpose): Row | null | Promise<Row | null> | undefined {
    const view = this.#loads.view(tree.id, this.#writes.clearedAt(tree.id), this.#writes.sequence, this.#snapshot.pages);
    if (view === undefined) return undefined;
    const row = this.#read(view, tree, key, columns);
    if (row instanceof Promise) return row.then((found) => found ?? this.#readBelow(tree, key, columns, purpose));
    return row ?? this.#readBelow(tree, key, columns, purpose);
  }

  #read(snapshot: Snapshot, tree: TreeSchema, key: Key, columns: readonly number[]): Row | null | Promise<Row | null> {
    try {
      const row = readRow(snapshot, tree, key, columns);
      return row instanceof Promise ? row.catch((error: unknown) => this.#failed(error)) : row;
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Whether a key without an own version ends with a placeholder, because a bulk load of this transaction put it there. */
  #wasLoadedWithRowId(tree: TreeSchema, key: Key): boolean {
    if (tree.rowId === undefined || this.#loads.isEmpty || !isPlaceholderKey(key) || !this.#loads.touches(tree.id)) return false;
    if (tree.uniqueParts !== undefined) return this.#loads.isPlaceholderKey(tree.id, key);
    return tree.key.length > 0 && tree.key[tree.key.length - 1].column === tree.rowId;
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

  /** What a version of this row has to say of itself. */
  #flagsOf(tree: TreeSchema, row: Row): number {
    const overLoad = this.#loads.touches(tree.id) ? VERSION.overLoad : 0;
    const rowId = tree.rowId === undefined ? null : row[tree.rowId];
    if (typeof rowId !== 'bigint' || placeholderOrdinal(rowId) === undefined) return overLoad;
    return overLoad | VERSION.rowHasRowId | (keyEndsWithRowId(tree, row) ? VERSION.keyHasRowId : 0);
  }

  #flagsOfTombstone(tree: TreeSchema, key: Key): number {
    const own = this.#writes.tree(tree.id);
    const version = own?.find(key, this.#writes.sequence) ?? -1;
    const keyHasRowId =
      own !== undefined && version >= 0 ? (own.flagsOf(version) & VERSION.keyHasRowId) !== 0 : this.#wasLoadedWithRowId(tree, key);
    return (this.#loads.touches(tree.id) ? VERSION.overLoad : 0) | (keyHasRowId ? VERSION.keyHasRowId : 0);
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
      wholeRuns: cursor.wholeRuns === undefined ? undefined : () => cursor.wholeRuns?.(),
      close: () => cursor.close(),
    };
  }

  /** The client's words where the store failed. */
  #failed(error: unknown): never {
    if (isSqlError(error, 'snapshot_too_old')) this.#host.objectMissing();
    throw error instanceof StoreError ? storeFailure(error) : error;
  }
}

function isLong({ keys }: TreeReads): boolean {
  return keys.length > READ_KEYS_MAX;
}

/** Reads as a record holds them: many keys as the range that covers them. What is validated stays exact. */
function summarised(reads: TreeReads): TreeReads {
  if (!isLong(reads)) return reads;
  return { ...reads, keys: [], ranges: [{ from: reads.keys[0], to: afterKey(reads.keys[reads.keys.length - 1]) }] };
}
