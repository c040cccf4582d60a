/**
 * A run's descriptor as bytes: in manifests, and in log records that attach a bulk load.
 *
 *     16 id | varint tree | u8 flags: 1 delta, 2 placeholder row ids, 4 positions refer to a base | varint slot
 *     [varint first ordinal] | [16 id of the base] | varint level, rows, tombstones, leaves | sized first key, sized last key
 *     reference of the root | varint filters, their references | varint segments, per segment: text name, varint bytes
 *
 *     reference   text segment | varint offset / 64 | varint bytes | varint head bytes | 16 hash
 */
import { ByteReader, ByteWriter, bytesOfHex, hexOf } from '../base/bytes.ts';
import { assert } from '../base/assert.ts';
import { HASH_BYTES, PAGE_ALIGNMENT, type PageReference, type SegmentName } from './page-reference.ts';
import type { RunDescriptor, SegmentShare } from './run.ts';
import { slot, treeId } from './tree.ts';

const DELTA = 1;
const PLACEHOLDERS = 2;
const HAS_BASE = 4;
const ID_BYTES = 16;

/** The bytes of a descriptor by itself. */
export function encodeRun(run: RunDescriptor): Uint8Array {
  const writer = new ByteWriter(256);
  writeRun(writer, run);
  return writer.bytes();
}

/** The descriptor that `encodeRun` wrote; SQLSTATE XX001 naming `what` otherwise. */
export function decodeRun(bytes: Uint8Array, what: string): RunDescriptor {
  const reader = new ByteReader(bytes, what);
  const run = readRun(reader);
  if (reader.remaining !== 0) reader.damaged('it is longer than what it holds');
  return run;
}

export function writeRun(writer: ByteWriter, run: RunDescriptor): void {
  writeId(writer, run.id);
  const flags =
    (run.kind === 'delta' ? DELTA : 0) | (run.firstOrdinal === undefined ? 0 : PLACEHOLDERS) | (run.base === undefined ? 0 : HAS_BASE);
  writer.varint(run.tree).u8(flags).varint(run.slot);
  if (run.firstOrdinal !== undefined) writer.varint(run.firstOrdinal);
  if (run.base !== undefined) writeId(writer, run.base);
  writer.varint(run.level).varint(run.rows).varint(run.tombstones).varint(run.leaves).sized(run.first).sized(run.last);
  writeReference(writer, run.root);
  writer.varint(run.filters.length);
  for (const filter of run.filters) writeReference(writer, filter);
  writer.varint(run.segments.length);
  for (const share of run.segments) writer.text(share.name).varint(share.bytes);
}

export function readRun(reader: ByteReader): RunDescriptor {
  const id = hexOf(reader.raw(ID_BYTES));
  const tree = reader.varint();
  if (tree === 0) reader.damaged('a run has no tree');
  const flags = reader.u8();
  if (flags > 7) reader.damaged('a run has flags this version does not know');
  const runSlot = slot(reader.varint());
  const firstOrdinal = (flags & PLACEHOLDERS) === 0 ? undefined : reader.varint();
  const base = (flags & HAS_BASE) === 0 ? undefined : hexOf(reader.raw(ID_BYTES));
  const level = reader.varint();
  const rows = reader.varint();
  const tombstones = reader.varint();
  const leaves = reader.varint();
  const first = reader.sized().slice();
  const last = reader.sized().slice();
  const root = readReference(reader);
  const filters = many(reader, () => readReference(reader));
  const segments = many(reader, (): SegmentShare => ({ name: reader.text() as SegmentName, bytes: reader.varint() }));
  const kind = (flags & DELTA) === 0 ? 'base' : 'delta';
  return {
    id,
    tree: treeId(tree),
    kind,
    slot: runSlot,
    firstOrdinal,
    root,
    level,
    rows,
    tombstones,
    leaves,
    first,
    last,
    base,
    filters,
    segments,
  };
}

export function writeReference(writer: ByteWriter, reference: PageReference): void {
  writer
    .text(reference.segment)
    .varint(reference.offset / PAGE_ALIGNMENT)
    .varint(reference.length)
    .varint(reference.headBytes)
    .raw(reference.hash);
}

export function readReference(reader: ByteReader): PageReference {
  const segment = reader.text() as SegmentName;
  const offset = reader.varint() * PAGE_ALIGNMENT;
  const length = reader.varint();
  const headBytes = reader.varint();
  if (headBytes > length || headBytes === 0) reader.damaged('a page reference is out of range');
  return { segment, offset, length, headBytes, hash: reader.raw(HASH_BYTES).slice() };
}

function many<T>(reader: ByteReader, read: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.varint(); left > 0; left--) items.push(read());
  return items;
}

function writeId(writer: ByteWriter, id: string): void {
  const bytes = bytesOfHex(id);
  assert(bytes !== undefined && bytes.length === ID_BYTES, 'a run id is 128 bits in hexadecimal', { id });
  writer.raw(bytes);
}
