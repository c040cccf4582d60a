/**
 * The bytes of a log record. A record is a core, which the chain of hashes runs through, and behind it copies of the cores of
 * the last few small records, so that a tail is read in strides.
 *
 *     core                                                    copies
 *     ┌────────┬──────────────────────────────┬─────────┐     ┌───────┬──────────┬──────────┬───────┐
 *     │ header │ transactions                 │ SHA-256 │     │ count │ core n-1 │ core n-2 │ check │
 *     └────────┴──────────────────────────────┴─────────┘     └───────┴──────────┴──────────┴───────┘
 *
 * Invariants
 *   C1  A core's last 32 bytes are the SHA-256 of all its bytes before; that is the record's hash.
 *   C2  Version and must-understand flags are looked at only after the hash: damage is XX001, a newer writer is 0A000.
 *   C3  Copies run backwards without a gap: n-1, n-2, …
 *   C4  One encoding per record: encoding what was decoded gives the same core.
 */
import { assert, unreachable } from '../base/assert.ts';
import { ByteReader, ByteWriter, bytesOfHex, equalBytes, hexOf, sharedWriter } from '../base/bytes.ts';
import type { Crypto } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { slot, treeId, type Key, type KeyRange, type Slot } from '../storage/tree.ts';
import {
  parsedId,
  type BulkReference,
  type Control,
  type DatabaseId,
  type LogRecord,
  type RecordHeader,
  type RowWrite,
  type TransactionRecord,
  type TreeReads,
  type TreeWrites,
  type WriterId,
} from './record.ts';
import { PackedWrites, readRow, writeRow } from './packed-writes.ts';
import type { Isolation, TransactionId } from './transaction.ts';

/** The record format this program writes, and the newest it reads. */
export const RECORD_VERSION = 1;

const MAGIC = 0x474f4c56; // 'VLOG' in file order
const HEADER_BYTES = 96;
const HASH_BYTES = 32;
const CHECK_BYTES = 16;
const ISOLATIONS: readonly Isolation[] = ['serializable', 'repeatable read', 'read committed'];

/** A record's core and what identifies it. */
export interface RecordCore {
  readonly slot: Slot;
  readonly bytes: Uint8Array;
  /** A view of its last 32 bytes. */
  readonly hash: Uint8Array;
}

/** The core of the record with this header, around transactions encoded by `encodeTransaction`. */
export function encodeCore(record: RecordHeader, transactions: readonly Uint8Array[], crypto: Crypto): RecordCore {
  const out = new ByteWriter(transactions.reduce((total, bytes) => total + bytes.length, 160));
  out.u32(MAGIC).u16(RECORD_VERSION).u16(0).u32(0).u32(0).u64(record.slot);
  out.raw(bytesOfId(record.databaseId)).raw(record.previousHash).raw(bytesOfId(record.writer)).i64(BigInt(record.committedAt));
  assert(out.length === HEADER_BYTES, 'the header has its documented size', { length: out.length });
  out.varint(transactions.length);
  for (const bytes of transactions) out.raw(bytes);
  out.patchU32(8, out.length + HASH_BYTES);
  out.raw(crypto.sha256(out.view()));
  const bytes = out.bytes();
  return { slot: record.slot, bytes, hash: bytes.subarray(bytes.length - HASH_BYTES) };
}

/** The object: a core with copies of earlier ones behind it, newest first (C3). */
export function encodeObject(core: RecordCore, copies: readonly RecordCore[], crypto: Crypto): Uint8Array {
  const out = new ByteWriter(core.bytes.length + copies.reduce((total, copy) => total + copy.bytes.length + 4, 64));
  out.raw(core.bytes).u8(copies.length);
  for (const [at, copy] of copies.entries()) {
    assert(copy.slot === core.slot - 1 - at, 'C3: copies run backwards without a gap', { slot: core.slot, copy: copy.slot });
    out.u32(copy.bytes.length).raw(copy.bytes);
  }
  return out.raw(crypto.sha256(out.view().subarray(core.bytes.length)).subarray(0, CHECK_BYTES)).bytes();
}

/** The cores in the object of a slot: its own first, then the copies. SQLSTATE XX001 when it is not what was written. */
export function decodeObject(bytes: Uint8Array, at: Slot, crypto: Crypto): RecordCore[] {
  const what = `log record ${at}`;
  const own = openCore(bytes, what, crypto);
  const reader = new ByteReader(bytes, what);
  if (own.slot !== at) reader.damaged(`it holds slot ${own.slot}`);
  const tail = bytes.subarray(own.bytes.length);
  if (tail.length < 1 + CHECK_BYTES) reader.damaged('its copies are cut off');
  const body = tail.subarray(0, tail.length - CHECK_BYTES);
  if (!equalBytes(crypto.sha256(body).subarray(0, CHECK_BYTES), tail.subarray(body.length)))
    reader.damaged('the checksum of its copies does not match');
  const cores = [own];
  const inner = new ByteReader(body, what);
  for (let left = inner.u8(); left > 0; left--) {
    const copy = openCore(inner.raw(inner.u32()), what, crypto);
    if (copy.slot !== at - cores.length) inner.damaged(`the copy of slot ${copy.slot} is out of order`);
    cores.push(copy);
  }
  if (inner.remaining > 0) inner.damaged('there are bytes behind its copies');
  return cores;
}

/** The core at the front of `bytes`, its hash checked. */
export function openCore(bytes: Uint8Array, what: string, crypto: Crypto): RecordCore {
  const reader = new ByteReader(bytes, what);
  if (reader.u32() !== MAGIC) reader.damaged('it does not begin as a log record');
  const version = reader.u16();
  const flags = reader.u16();
  const length = reader.u32();
  reader.u32();
  const number = reader.u64();
  if (length < HEADER_BYTES + HASH_BYTES || length > bytes.length) reader.damaged('its length is wrong');
  const core = bytes.subarray(0, length);
  const hash = core.subarray(length - HASH_BYTES);
  if (!equalBytes(crypto.sha256(core.subarray(0, length - HASH_BYTES)), hash)) reader.damaged('its hash does not match');
  if (version !== RECORD_VERSION || flags !== 0) throw newer(what, `format ${version}, flags ${flags}`);
  return { slot: slot(number), bytes: core, hash };
}

/** The record of a core whose hash was checked by `openCore`. */
export function decodeCore(core: RecordCore): LogRecord {
  const what = `log record ${core.slot}`;
  const reader = new ByteReader(core.bytes.subarray(0, core.bytes.length - HASH_BYTES), what);
  reader.raw(24);
  const databaseId = idOfBytes<DatabaseId>(reader.raw(16));
  const previousHash = reader.raw(32);
  const writer = idOfBytes<WriterId>(reader.raw(16));
  const committedAt = Number(reader.i64());
  const transactions: TransactionRecord[] = [];
  for (let left = reader.varint(); left > 0; left--) transactions.push(readTransaction(reader, what));
  if (reader.remaining > 0) reader.damaged('there are bytes behind its transactions');
  return { slot: core.slot, databaseId, previousHash, writer, committedAt, transactions };
}

/** A transaction's bytes: the same in every record that tries to hold it. */
export function encodeTransaction(transaction: TransactionRecord): Uint8Array {
  const out = sharedWriter(
    transaction.writes.reduce((bytes, { rows }) => bytes + (rows instanceof PackedWrites ? rows.encoded.length : 0), 512),
  );
  const start = out.length;
  writeTransaction(out, transaction);
  return out.view(start);
}

/** What `encodeTransaction` wrote. */
export function decodeTransaction(bytes: Uint8Array, what: string): TransactionRecord {
  const reader = new ByteReader(bytes, what);
  const transaction = readTransaction(reader, what);
  if (reader.remaining > 0) reader.damaged('there are bytes behind a transaction');
  return transaction;
}

function writeTransaction(out: ByteWriter, transaction: TransactionRecord): void {
  out.raw(bytesOfId(transaction.id)).varint(transaction.snapshot).u8(ISOLATIONS.indexOf(transaction.isolation));
  out.varint(transaction.rowIds);
  out.varint(transaction.controls.length);
  for (const control of transaction.controls) writeControl(out, control);
  out.varint(transaction.reads.length);
  for (const reads of transaction.reads) writeReads(out, reads);
  out.varint(transaction.writes.length);
  for (const writes of transaction.writes) writeWrites(out, writes);
  out.varint(transaction.bulk.length);
  for (const bulk of transaction.bulk) writeBulk(out, bulk);
}

function readTransaction(reader: ByteReader, what: string): TransactionRecord {
  const id = idOfBytes<TransactionId>(reader.raw(16));
  const snapshot = slot(reader.varint());
  const isolation = ISOLATIONS[reader.u8()] ?? reader.damaged('its isolation is unknown');
  const rowIds = reader.varint();
  const controls: Control[] = [];
  for (let left = reader.varint(); left > 0; left--) controls.push(readControl(reader, what));
  const reads: TreeReads[] = [];
  for (let left = reader.varint(); left > 0; left--) reads.push(readReads(reader));
  const writes: TreeWrites[] = [];
  for (let left = reader.varint(); left > 0; left--) writes.push(readWrites(reader));
  const bulk: BulkReference[] = [];
  for (let left = reader.varint(); left > 0; left--) bulk.push(readBulk(reader));
  return { id, snapshot, isolation, rowIds, reads, writes, bulk, controls };
}

const CONTROL_DOOM = 1;
const CONTROL_VERSIONS = 2;
const CONTROL_STATE = 3;
const CONTROL_CLOSED = 4;

function writeControl(out: ByteWriter, control: Control): void {
  switch (control.kind) {
    case 'doom':
      out.u8(CONTROL_DOOM).varint(control.epoch);
      return;
    case 'versions':
      out.u8(CONTROL_VERSIONS).varint(control.reader).varint(control.writer);
      return;
    case 'state':
      out.u8(CONTROL_STATE).sized(control.manifest).text(control.origin);
      return;
    case 'closed':
      out.u8(CONTROL_CLOSED).text(control.reason);
      return;
    default:
      unreachable(control);
  }
}

function readControl(reader: ByteReader, what: string): Control {
  const kind = reader.u8();
  if (kind === CONTROL_DOOM) return { kind: 'doom', epoch: reader.varint() };
  if (kind === CONTROL_VERSIONS) return { kind: 'versions', reader: reader.varint(), writer: reader.varint() };
  if (kind === CONTROL_STATE) return { kind: 'state', manifest: reader.sized().slice(), origin: reader.text() };
  if (kind === CONTROL_CLOSED) return { kind: 'closed', reason: reader.text() };
  throw newer(what, `control ${kind}`);
}

function writeReads(out: ByteWriter, reads: TreeReads): void {
  out
    .varint(reads.tree)
    .u8(reads.always ? 1 : 0)
    .varint(reads.keys.length);
  for (const key of reads.keys) out.sized(key);
  out.varint(reads.ranges.length);
  for (const range of reads.ranges) writeRange(out, range);
}

function readReads(reader: ByteReader): TreeReads {
  const tree = treeId(reader.varint());
  const always = reader.u8() === 1;
  const keys: Key[] = [];
  for (let left = reader.varint(); left > 0; left--) keys.push(reader.sized());
  const ranges: KeyRange[] = [];
  for (let left = reader.varint(); left > 0; left--) ranges.push(readRange(reader));
  return { tree, always, keys, ranges };
}

function writeWrites(out: ByteWriter, writes: TreeWrites): void {
  out
    .varint(writes.tree)
    .u8(writes.cleared ? 1 : 0)
    .varint(writes.rows.length);
  if (writes.rows instanceof PackedWrites) out.raw(writes.rows.encoded);
  else for (const write of writes.rows) writeRow(out, write);
}

function readWrites(reader: ByteReader): TreeWrites {
  const tree = treeId(reader.varint());
  const cleared = reader.u8() === 1;
  const rows: RowWrite[] = [];
  for (let left = reader.varint(); left > 0; left--) rows.push(readRow(reader));
  return { tree, cleared, rows };
}

function writeBulk(out: ByteWriter, bulk: BulkReference): void {
  out.varint(bulk.tree).varint(bulk.rows);
  out
    .sized(bulk.first)
    .sized(bulk.last)
    .u8(bulk.keysHaveRowIds ? 1 : 0);
  out.sized(bulk.run).varint(bulk.segments.length);
  for (const segment of bulk.segments) out.text(segment);
}

function readBulk(reader: ByteReader): BulkReference {
  const tree = treeId(reader.varint());
  const rows = reader.varint();
  const first = reader.sized();
  const last = reader.sized();
  const keysHaveRowIds = reader.u8() === 1;
  const run = reader.sized();
  const segments: string[] = [];
  for (let left = reader.varint(); left > 0; left--) segments.push(reader.text());
  return { tree, run, segments, rows, first, last, keysHaveRowIds };
}

const FROM_PRESENT = 1;
const TO_PRESENT = 2;

function writeRange(out: ByteWriter, range: KeyRange): void {
  out.u8((range.from === undefined ? 0 : FROM_PRESENT) | (range.to === undefined ? 0 : TO_PRESENT));
  if (range.from !== undefined) out.sized(range.from);
  if (range.to !== undefined) out.sized(range.to);
}

function readRange(reader: ByteReader): KeyRange {
  const flags = reader.u8();
  const from = (flags & FROM_PRESENT) === 0 ? undefined : reader.sized();
  const to = (flags & TO_PRESENT) === 0 ? undefined : reader.sized();
  return { from, to };
}

/** The 16 bytes of an id. */
export function bytesOfId(id: string): Uint8Array {
  const bytes = bytesOfHex(id);
  assert(bytes !== undefined && bytes.length === 16, 'an id is 32 hexadecimal digits', { id });
  return bytes;
}

/** The id whose 16 bytes these are. */
export function idOfBytes<Id extends DatabaseId | WriterId | TransactionId>(bytes: Uint8Array): Id {
  return parsedId<Id>(hexOf(bytes));
}

function newer(what: string, found: string): SqlError {
  return new SqlError('feature_not_supported', `${what} was written by a newer version of VelociDB`, {
    detail: `It has ${found}; this program understands format ${RECORD_VERSION}.`,
    hint: 'Upgrade this program.',
  });
}
