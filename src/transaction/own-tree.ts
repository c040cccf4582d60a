/**
 * What a transaction wrote to one tree: its keys, each with a chain of versions, newest first; rows encoded end to end.
 *
 * Invariant OT1: versions leave as they came, the newest first, and with the first version of a key its entry (where the table of keys
 * lets it go), so that nothing stays of what was rolled back.
 */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import { CellWriter } from '../storage/cell-codec.ts';
import { rowEncoderOf, type RowEncoder } from '../storage/row-codec.ts';
import type { RowPatch } from '../storage/row-patch.ts';
import type { Key, TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import { KeyTable } from './key-table.ts';
import type { RowWrite } from './record.ts';

/** What is known of a version beside its row. */
export const VERSION = {
  /** The key ends with a placeholder row id. */
  keyHasRowId: 1,
  /** The row begins with one. */
  rowHasRowId: 2,
  /** A bulk load of the same transaction may have put a row there before: a tombstone then counts. */
  overLoad: 4,
  /** The key was read before, as every level validates it, and only this says so. */
  wasRead: 8,
} as const;

/** Fields of a version, in one array. */
const ENTRY = 0;
const ROW_AT = 1;
const ROW_LENGTH = 2;
const FLAGS = 3;
const SEQUENCE = 4;
const OLDER = 5;
const FIELDS = 6;

/** Of a version's flags and lengths in a record. */
const HEAD_BYTES = 8;

/** Bytes of rows that one transaction may hold of a tree. */
const ROW_BYTES_MAX = 2 ** 31 - 1;

const TOMBSTONE = -1;
const NONE = -1;
/** Most transactions write a row of a tree: arrays of at most 64 bytes are cheap. */
const VERSIONS_MIN = 2;
const ROW_BYTES_MIN = 64;

export class OwnTree {
  readonly keys = new KeyTable();
  /** Sequence numbers at which the tree was cleared, ascending. */
  readonly clears: number[] = [];
  readonly #rows = new CellWriter(ROW_BYTES_MIN);
  /** Per entry: its newest version. */
  #newest = new Int32Array(VERSIONS_MIN);
  #versions = new Int32Array(VERSIONS_MIN * FIELDS);
  #count = 0;
  #hasRowIds = false;
  #schema: TreeSchema | undefined;
  #encoder: RowEncoder | undefined;

  /** Writes a row as of `sequence`; with a patch the row that it is open on, changed. */
  put(schema: TreeSchema, key: Key, row: Row, flags: number, sequence: number, patch?: RowPatch): void {
    if (this.#schema !== schema || this.#encoder === undefined) {
      this.#encoder = rowEncoderOf(schema);
      this.#schema = schema;
    }
    const at = this.#rows.length;
    if (patch === undefined) this.#encoder.encode(this.#rows, row);
    else patch.write(this.#rows, row);
    if (this.#rows.length > ROW_BYTES_MAX)
      throw new SqlError('program_limit_exceeded', 'the transaction is too large', { hint: 'Load rows in bulk, or commit more often.' });
    this.#add(key, at, this.#rows.length - at, flags, sequence);
  }

  /** Writes a tombstone as of `sequence`. */
  remove(key: Key, flags: number, sequence: number): void {
    this.#add(key, this.#rows.length, TOMBSTONE, flags, sequence);
  }

  /** Forgets the newest version. Answers its entry when nothing is left of it but that the key was read. */
  pop(): { readonly key: Key; readonly wasRead: boolean } {
    const version = --this.#count;
    assert(version >= 0, 'OT1: what is rolled back was written');
    const at = version * FIELDS;
    const entry = this.#versions[at + ENTRY];
    const key = this.keys.keyOf(entry);
    this.#newest[entry] = this.#versions[at + OLDER];
    this.#rows.truncate(this.#versions[at + ROW_AT]);
    if (this.#newest[entry] === NONE && entry === this.keys.count - 1) this.keys.pop();
    return { key, wasRead: (this.#versions[at + FLAGS] & VERSION.wasRead) !== 0 };
  }

  /** The version of `key` that a reader at `sequence` sees, for the methods below; -1 when there is none. */
  find(key: Key, sequence: number): number {
    const entry = this.keys.find(key);
    return entry < 0 ? NONE : this.visible(entry, sequence);
  }

  /** The version of an entry that a reader at `sequence` sees; -1 when there is none. */
  visible(entry: number, sequence: number): number {
    const versions = this.#versions;
    let version = this.#newest[entry];
    while (version !== NONE && versions[version * FIELDS + SEQUENCE] > sequence) version = versions[version * FIELDS + OLDER];
    if (version === NONE || (this.clears.length > 0 && versions[version * FIELDS + SEQUENCE] < this.clearedBefore(sequence))) return NONE;
    return version;
  }

  /** The newest clear at or before `sequence`; 0 when there is none. */
  clearedBefore(sequence: number): number {
    for (let at = this.clears.length - 1; at >= 0; at--) if (this.clears[at] <= sequence) return this.clears[at];
    return 0;
  }

  /** The schema of the newest row; undefined when there were only tombstones. */
  get schema(): TreeSchema | undefined {
    return this.#schema;
  }

  /** About how many bytes of a record its versions take, overwritten ones included. */
  get recordBytes(): number {
    return this.keys.startOf(this.keys.count) + this.#rows.length + this.#count * HEAD_BYTES;
  }

  /** Whether a placeholder row id was ever written to a key or row. */
  get hasRowIds(): boolean {
    return this.#hasRowIds;
  }

  isTombstone(version: number): boolean {
    return this.#versions[version * FIELDS + ROW_LENGTH] === TOMBSTONE;
  }

  flagsOf(version: number): number {
    return this.#versions[version * FIELDS + FLAGS];
  }

  entryOf(version: number): number {
    return this.#versions[version * FIELDS + ENTRY];
  }

  /** Where all rows lie. Another array once a row was written. */
  get rows(): Uint8Array {
    return this.#rows.bytes;
  }

  /** Bytes of all rows, overwritten ones included. */
  get rowBytes(): number {
    return this.#rows.length;
  }

  rowStart(version: number): number {
    return this.#versions[version * FIELDS + ROW_AT];
  }

  /** The end of a row that is there. */
  rowEnd(version: number): number {
    return this.#versions[version * FIELDS + ROW_AT] + this.#versions[version * FIELDS + ROW_LENGTH];
  }

  /** A version as a record has it: views. */
  writeOf(version: number): RowWrite {
    const flags = this.flagsOf(version);
    return {
      key: this.keys.keyOf(this.entryOf(version)),
      row: this.isTombstone(version) ? null : this.rows.subarray(this.rowStart(version), this.rowEnd(version)),
      keyHasRowId: (flags & VERSION.keyHasRowId) !== 0,
      rowHasRowId: (flags & VERSION.rowHasRowId) !== 0,
    };
  }

  #add(key: Key, rowAt: number, rowLength: number, flags: number, sequence: number): void {
    if ((flags & (VERSION.keyHasRowId | VERSION.rowHasRowId)) !== 0) this.#hasRowIds = true;
    const known = this.keys.count;
    const entry = this.keys.findOrAdd(key);
    if (entry === this.#newest.length) this.#newest = grown(this.#newest);
    if (entry === known) this.#newest[entry] = NONE;
    const version = this.#count++;
    const at = version * FIELDS;
    if (at === this.#versions.length) this.#versions = grown(this.#versions);
    const versions = this.#versions;
    versions[at + ENTRY] = entry;
    versions[at + ROW_AT] = rowAt;
    versions[at + ROW_LENGTH] = rowLength;
    versions[at + FLAGS] = flags;
    versions[at + SEQUENCE] = sequence;
    versions[at + OLDER] = this.#newest[entry];
    this.#newest[entry] = version;
  }
}

function grown(old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(old.length * 2);
  larger.set(old);
  return larger;
}
