/**
 * What a process knows of one database: a checkpoint's manifest, the log replayed over it, and what the last records touched.
 *
 *     manifest ── record ── record ── record ── record        slot 46: the newest applied
 *     slot 42                   └─ history: footprints that some transaction may still be validated against
 *
 * Invariants
 *   P1  Records are applied in slot order, without a gap, each once; the chain of hashes holds.
 *   P2  Every applied record was believed (fence.ts): the state is the database as of `slot`.
 *   P3  A snapshot handed out never changes: a new checkpoint makes a new memtable, the old one stays for whoever holds it.
 *   P4  A record that replaces the state is the base of all that follows, as a checkpoint of its slot would be.
 */
import { assert } from '../base/assert.ts';
import { equalBytes } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import { decodeManifest } from '../storage/manifest-codec.ts';
import { EMPTY_MANIFEST, type Manifest } from '../storage/manifest.ts';
import { Memtable } from '../storage/memtable.ts';
import type { PageStore } from '../storage/page-store.ts';
import { decodeRun } from '../storage/run-codec.ts';
import type { Snapshot } from '../storage/storage-state.ts';
import { slot as slotOf, type Slot, type TreeId } from '../storage/tree.ts';
import { footprintOf, type Footprint } from './footprint.ts';
import { STRIDE } from './log.ts';
import { PackedWrites } from './packed-writes.ts';
import { GENESIS_HASH, type Control, type DatabaseId, type LogRecord, type TransactionRecord } from './record.ts';
import { decodeCore, type RecordCore } from './record-codec.ts';
import { checkVersions } from './root-codec.ts';
import { resolvedKey, resolvedRow, rowIdBases } from './row-ids.ts';
import { CATALOG_TREE_MAX, type Moment, type TransactionId } from './transaction.ts';

/** Bytes of the largest record that later ones carry a copy of. */
const COPY_BYTES_MAX = 4 * 1024;
/** Bytes of all copies in one object. */
const COPIES_BYTES_MAX = 16 * 1024;
/** Bytes of the newest records kept to be put into root. */
const CORES_BYTES_MAX = 512 * 1024;

/** Where replay starts: a checkpoint, or the empty database. */
export interface Base {
  readonly manifest: Manifest;
  /** The hash and commit time of the record at the manifest's slot. */
  readonly recordHash: Uint8Array;
  readonly committedAt: number;
}

export const EMPTY_BASE: Base = { manifest: EMPTY_MANIFEST, recordHash: GENESIS_HASH, committedAt: 0 };

/** A record that some transaction may still be validated against: its bytes, until the first one is. */
interface Replayed {
  readonly core: RecordCore;
  looked: { readonly footprint: Footprint; readonly ids: readonly TransactionId[] } | undefined;
}

/** Where a transaction is in the log. */
export interface Place {
  readonly slot: Slot;
  readonly committedAt: number;
}

export class Tip {
  readonly #databaseId: DatabaseId;
  readonly #pages: PageStore;
  #manifest: Manifest = EMPTY_MANIFEST;
  #memtable = new Memtable();
  #slot: Slot = slotOf(0);
  #snapshot: Snapshot | undefined;
  #hash: Uint8Array = GENESIS_HASH;
  #committedAt = 0;
  #catalogVersion = 0;
  #history: Replayed[] = [];
  #historyBytes = 0;
  /** Where the transactions of the history are, as far as it was looked at. */
  readonly #places = new Map<TransactionId, Place>();
  #cores: RecordCore[] = [];
  #coresBytes = 0;
  #tailBytes = 0;
  /** Commit times of the slots from the manifest's to the newest. */
  #times: number[] = [];
  #versions = { minReaderVersion: 0, minWriterVersion: 0 };
  /** Whether the manifest comes from a record, and no checkpoint is known to be as new. */
  #isReplaced = false;
  #closed: string | undefined;
  #replacements = 0;

  constructor(databaseId: DatabaseId, pages: PageStore, base: Base) {
    this.#databaseId = databaseId;
    this.#pages = pages;
    this.restart(base);
  }

  get slot(): Slot {
    return this.#slot;
  }

  /** The hash of the newest record applied. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** The commit time of the newest record applied, timestamptz microseconds. */
  get committedAt(): number {
    return this.#committedAt;
  }

  get catalogVersion(): number {
    return this.#catalogVersion;
  }

  /** The least versions that control records asked for. */
  get versions(): { readonly minReaderVersion: number; readonly minWriterVersion: number } {
    return this.#versions;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Whether a record replaced the state and no checkpoint of it is known: the manifest is the record's. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  /** How many times the state may have been replaced by another one. */
  get replacements(): number {
    return this.#replacements;
  }

  /** Why nothing is committed any more; undefined while it may be. */
  get closed(): string | undefined {
    return this.#closed;
  }

  /** Bytes of log records since the checkpoint. */
  get tailBytes(): number {
    return this.#tailBytes;
  }

  /** How many records lie between the checkpoint and here. */
  get tailRecords(): number {
    return this.#slot - this.#manifest.slot;
  }

  /** The state as of now, for a transaction to read: the same object until the state changes. */
  snapshot(): Snapshot {
    this.#snapshot ??= { manifest: this.#manifest, memtable: this.#memtable, slot: this.#slot, pages: this.#pages };
    return this.#snapshot;
  }

  /** The state of a moment that is neither after the newest record nor before the checkpoint; undefined when it is before. */
  snapshotAt(moment: Moment): Snapshot | undefined {
    const first = this.#manifest.slot;
    const at = moment.kind === 'slot' ? moment.slot : first + this.#times.findLastIndex((time) => time <= moment.at);
    return at < first || at > this.#slot ? undefined : { ...this.snapshot(), slot: slotOf(at) };
  }

  /** Adds a believed record. `record` spares decoding it where it is at hand. */
  apply(core: RecordCore, record: LogRecord = decodeCore(core)): void {
    assert(core.slot === this.#slot + 1, 'P1: records are applied in slot order', { slot: core.slot, tip: this.#slot });
    if (record.databaseId !== this.#databaseId) throw broken(core.slot, 'it belongs to another database');
    if (!equalBytes(record.previousHash, this.#hash)) throw broken(core.slot, 'it does not follow the record before it');
    const bases = rowIdBases(record.transactions);
    let touchesCatalog = false;
    for (const [number, transaction] of record.transactions.entries()) {
      for (const control of transaction.controls) {
        this.#heed(control, core.slot);
        if (control.kind === 'state') touchesCatalog = true;
      }
      for (const writes of transaction.writes) {
        if (writes.tree <= CATALOG_TREE_MAX) touchesCatalog = true;
        if (writes.cleared) this.#memtable.clear(writes.tree, core.slot);
      }
      for (const bulk of transaction.bulk) this.#memtable.attach(decodeRun(bulk.run, `log record ${core.slot}`), core.slot, bases[number]);
      for (const writes of transaction.writes) {
        if (writes.rows instanceof PackedWrites && !writes.rows.hasRowIds) {
          this.#applyPacked(writes.tree, writes.rows, core.slot);
          continue;
        }
        for (const write of writes.rows) {
          this.#memtable.apply(
            writes.tree,
            resolvedKey(write, core.slot, bases[number]),
            resolvedRow(write, core.slot, bases[number]),
            core.slot,
          );
        }
      }
    }
    this.#history.push({ core: this.#keep(core), looked: undefined });
    this.#historyBytes += core.bytes.length;
    this.#slot = core.slot;
    this.#snapshot = undefined;
    this.#hash = core.hash;
    this.#committedAt = record.committedAt;
    this.#tailBytes += core.bytes.length;
    this.#times.push(record.committedAt);
    if (touchesCatalog) this.#catalogVersion++;
  }

  /** Takes a newer checkpoint of what was applied already as the base of new snapshots. */
  rebase(manifest: Manifest): void {
    assert(manifest.slot <= this.#slot && manifest.slot >= this.#manifest.slot, 'P3: a rebase stays within what was replayed', {
      to: manifest.slot,
      tip: this.#slot,
    });
    this.#times.splice(0, manifest.slot - this.#manifest.slot);
    if (manifest.slot > this.#manifest.slot) this.#memtable = this.#memtable.trimThrough(manifest.slot);
    this.#manifest = manifest;
    this.#isReplaced = false;
    this.#snapshot = undefined;
    this.#tailBytes = this.#cores.reduce((total, core) => total + (core.slot > manifest.slot ? core.bytes.length : 0), 0);
  }

  /** Forgets everything and goes on from `base`: the records in between were not seen. */
  restart(base: Base): void {
    this.#manifest = base.manifest;
    this.#isReplaced = false;
    this.#closed = undefined;
    this.#replacements++;
    this.#snapshot = undefined;
    this.#memtable = new Memtable();
    this.#slot = base.manifest.slot;
    this.#hash = base.recordHash;
    this.#committedAt = base.committedAt;
    this.#times = [base.committedAt];
    this.#catalogVersion++;
    this.#history = [];
    this.#places.clear();
    this.#historyBytes = 0;
    this.#cores = [];
    this.#coresBytes = 0;
    this.#tailBytes = 0;
  }

  /** How many footprints are kept. */
  get historyRecords(): number {
    return this.#history.length;
  }

  /** Bytes of the records whose footprints are kept. */
  get historyBytes(): number {
    return this.#historyBytes;
  }

  /** The footprints of all records after `seen`; undefined when some of them were not kept. */
  historyAfter(seen: Slot): readonly Footprint[] | undefined {
    const first = this.#slot - this.#history.length;
    if (seen < first) return undefined;
    return this.#history.slice(seen - first).map((replayed) => this.#look(replayed).footprint);
  }

  /** The record that holds the transaction, of those that somebody missed (`historyAfter`) and newer ones; undefined when none does. */
  placeOf(id: TransactionId): Place | undefined {
    for (let at = this.#history.length - 1; at >= 0 && this.#history[at].looked === undefined; at--) this.#look(this.#history[at]);
    return this.#places.get(id);
  }

  /** A transaction that `placeOf` found. */
  transactionAt({ slot }: Place, id: TransactionId): TransactionRecord | undefined {
    const replayed = this.#history[slot - (this.#slot - this.#history.length) - 1];
    return replayed === undefined ? undefined : decodeCore(replayed.core).transactions.find((transaction) => transaction.id === id);
  }

  /** Forgets footprints of records up to `oldest`: nobody will be validated against them. */
  forgetThrough(oldest: number): void {
    const first = this.#slot - this.#history.length;
    if (oldest <= first) return;
    for (const { core, looked } of this.#history.splice(0, Math.min(oldest - first, this.#history.length))) {
      this.#historyBytes -= core.bytes.length;
      for (const id of looked?.ids ?? []) this.#places.delete(id);
    }
  }

  /** The newest small records, newest first, for the next record to carry. */
  copies(): RecordCore[] {
    const copies: RecordCore[] = [];
    let bytes = 0;
    for (let at = this.#cores.length - 1; at >= 0 && copies.length < STRIDE - 1; at--) {
      const core = this.#cores[at];
      bytes += core.bytes.length;
      if (core.bytes.length > COPY_BYTES_MAX || bytes > COPIES_BYTES_MAX) break;
      copies.push(core);
    }
    return copies;
  }

  /** The cores from `after` + 1 on, as many as fit `bytesMax`; none when the first was not kept. */
  coresAfter(after: Slot, bytesMax: number): Uint8Array[] {
    const start = this.#cores.findIndex((core) => core.slot === after + 1);
    const cores: Uint8Array[] = [];
    let bytes = 0;
    for (let at = start; at >= 0 && at < this.#cores.length; at++) {
      bytes += this.#cores[at].bytes.length + 4;
      if (bytes > bytesMax) break;
      cores.push(this.#cores[at].bytes);
    }
    return cores;
  }

  /** The hash and commit time of the record at `at`; undefined when it is not among the newest. */
  recordAt(at: Slot): { readonly hash: Uint8Array; readonly committedAt: number } | undefined {
    if (at === this.#slot) return { hash: this.#hash, committedAt: this.#committedAt };
    const core = this.#cores.find((one) => one.slot === at);
    return core === undefined ? undefined : { hash: core.hash, committedAt: decodeCore(core).committedAt };
  }

  #applyPacked(tree: TreeId, writes: PackedWrites, slot: Slot): void {
    const { encoded } = writes;
    const memtable = this.#memtable;
    const into = memtable.treeAt(tree, slot);
    const rows = memtable.rowsOf(encoded);
    let keyBytes = 0;
    const byLength: Uint8Array[] = []; // keys of a length share their array: the memtable copies them
    writes.visit((keyFrom, keyTo, rowFrom, rowTo) => {
      const length = keyTo - keyFrom;
      const key = (byLength[length] ??= new Uint8Array(length));
      for (let at = 0; at < length; at++) key[at] = encoded[keyFrom + at];
      keyBytes += length;
      into.putRow(key, rowTo < 0 ? null : rows, rowFrom, rowTo, slot);
    });
    memtable.count(writes.length, keyBytes);
  }

  /** Control records bind whoever replays the log, root or not. */
  #heed(control: Control, at: Slot): void {
    if (control.kind === 'state') {
      this.#manifest = { ...decodeManifest(control.manifest, `log record ${at}`, this.#pages.crypto), slot: at };
      this.#memtable = new Memtable();
      this.#isReplaced = true;
      this.#replacements++;
      this.#tailBytes = 0;
      this.#times = [];
    } else if (control.kind === 'closed') this.#closed = control.reason;
    else if (control.kind === 'versions') this.#raiseVersions(control);
  }

  #raiseVersions(control: Control & { readonly kind: 'versions' }): void {
    const { minReaderVersion, minWriterVersion } = this.#versions;
    this.#versions = {
      minReaderVersion: Math.max(minReaderVersion, control.reader),
      minWriterVersion: Math.max(minWriterVersion, control.writer),
    };
    checkVersions(this.#versions, 'read');
  }

  /** What a record touched and whom it holds. It is looked at first whenever somebody missed it, and decoded again for that. */
  #look(replayed: Replayed): NonNullable<Replayed['looked']> {
    if (replayed.looked === undefined) {
      const record = decodeCore(replayed.core);
      const place = { slot: record.slot, committedAt: record.committedAt };
      const ids = record.transactions.map(({ id }) => id);
      for (const id of ids) this.#places.set(id, place);
      replayed.looked = { footprint: footprintOf(record), ids };
    }
    return replayed.looked;
  }

  /** Keeps a record among the newest; answers it as it is kept. */
  #keep({ slot, hash, bytes: given }: RecordCore): RecordCore {
    // A view of a larger object would keep all of it.
    const bytes = given.byteLength === given.buffer.byteLength ? given : given.slice();
    const core = { slot, bytes, hash: bytes.subarray(bytes.length - hash.length) };
    this.#cores.push(core);
    this.#coresBytes += bytes.length;
    let drop = 0;
    while (this.#coresBytes > CORES_BYTES_MAX && drop < this.#cores.length) this.#coresBytes -= this.#cores[drop++].bytes.length;
    if (drop > 0) this.#cores.splice(0, drop);
    return core;
  }
}

function broken(at: Slot, reason: string): SqlError {
  return new SqlError('data_corrupted', `log record ${at} breaks the log: ${reason}`);
}
