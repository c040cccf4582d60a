/**
 * The leaf page: up to LEAF_ROWS_MAX rows of one tree in key order, each column a chunk of its own (PAX).
 *
 *     ┌ head ─────────────────────────────────────────┬ chunks, each at a multiple of 64 ──────┐
 *     │ fixed 64 │ directory 64 × n │ prefix, bounds… │ keys │ column │ column │ …             │
 *     └──────────┴──────────────────┴─────────────────┴──────┴────────┴────────┴───────────────┘
 *       hashed by the parent's reference                each hashed by its directory entry
 *
 * Fixed part, little-endian
 *
 *     offset  size  meaning
 *      0      4     'VELF'
 *      4      2     format version, 1
 *      6      2     zero
 *      8      4     bytes of the head
 *     12      4     rows, 1 to 65,535
 *     16      4     directory entries, the keys' first, then ascending by column id
 *     20      4     segments named
 *     24      8     bytes of overflow pages that its rows refer to
 *     32     32     zero
 *
 * Variable part, after the directory: sized key prefix; for each entry its lower and upper bound (sized cells, as its flags say);
 * the names of the segments that rows refer to (texts).
 *
 * Invariants
 *   F1  Keys ascend strictly.
 *   F2  No byte that is not covered by a verified hash is ever interpreted, but for the head's length.
 *   F3  A page is a function of its rows, whatever order its columns were first met in.
 */
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import type { StoredValue } from '../types/type.ts';
import {
  CHUNK_ENTRY_BYTES,
  CHUNK_FLAG,
  CHUNK_OFFSET_AT,
  PHYSICAL_OF_CODE,
  readChunkEntry,
  writeChunkEntry,
  type ChunkEntry,
} from './chunk/chunk-entry.ts';
import type { SegmentName } from './page-reference.ts';
import { readBound, writeBound } from './statistics.ts';

export const LEAF_ROWS_MAX = 2048;

/** A leaf is closed once its rows take about so many bytes before encoding. */
export const LEAF_BYTES_TARGET = 256 * 1024;

const LEAF_FORMAT_VERSION = 1;

const MAGIC = 0x464c4556;

/** Directory entries, bounds beside them. */
export interface LeafColumn {
  readonly entry: ChunkEntry;
  readonly min: StoredValue | undefined;
  readonly max: StoredValue | undefined;
}

/** A leaf's head, decoded. */
export interface LeafHead {
  readonly rows: number;
  readonly prefix: Uint8Array;
  readonly columns: readonly LeafColumn[];
  readonly segments: readonly SegmentName[];
  readonly overflowBytes: number;
}

/** Bytes of the fixed part. */
const LEAF_FIXED_BYTES = 64;

/** The head's bytes. Their number does not depend on where chunks lie: `moveChunks` says that afterwards. */
export function encodeLeafHead(head: LeafHead): Uint8Array {
  const writer = new ByteWriter(1024);
  writer
    .u32(MAGIC)
    .u16(LEAF_FORMAT_VERSION)
    .u16(0)
    .u32(0)
    .u32(head.rows)
    .u32(head.columns.length)
    .u32(head.segments.length)
    .u64(head.overflowBytes);
  writer.align(LEAF_FIXED_BYTES);
  for (const column of head.columns) writeChunkEntry(writer, column.entry);
  writer.sized(head.prefix);
  for (const { entry, min, max } of head.columns) {
    const physical = PHYSICAL_OF_CODE[entry.physical];
    if (physical === undefined) continue;
    if (min !== undefined) writeBound(writer, physical, min);
    if (max !== undefined) writeBound(writer, physical, max);
  }
  for (const segment of head.segments) writer.text(segment);
  writer.patchU32(8, writer.length);
  return writer.bytes();
}

/** Adds `by` to the offset of every chunk in an encoded head of `columns` directory entries. */
export function moveChunks(head: Uint8Array, columns: number, by: number): void {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (let column = 0; column < columns; column++) {
    const at = LEAF_FIXED_BYTES + column * CHUNK_ENTRY_BYTES + CHUNK_OFFSET_AT;
    view.setUint32(at, view.getUint32(at, true) + by, true);
  }
}

/** The head of verified bytes; SQLSTATE 0A000 for a later format version, XX001 when it does not hold together. */
export function decodeLeafHead(bytes: Uint8Array, pageBytes: number, object: string): LeafHead {
  const reader = new ByteReader(bytes, object);
  if (reader.u32() !== MAGIC) reader.damaged('it is not a leaf');
  const version = reader.u16();
  if (version !== LEAF_FORMAT_VERSION) {
    throw new SqlError('feature_not_supported', `${object} was written by a newer version`, {
      detail: `It is a leaf of format version ${version}; this one reads ${LEAF_FORMAT_VERSION}.`,
    });
  }
  reader.u16();
  if (reader.u32() !== bytes.length) reader.damaged('its head has another length');
  const rows = reader.u32();
  const columnCount = reader.u32();
  const segmentCount = reader.u32();
  const overflowBytes = reader.u64();
  if (rows === 0 || rows > 0xffff) reader.damaged('its row count is out of range');
  reader.skipTo(LEAF_FIXED_BYTES);
  reader.raw(LEAF_FIXED_BYTES - reader.position);
  const entries: ChunkEntry[] = [];
  for (let at = 0; at < columnCount; at++) {
    const entry = readChunkEntry(reader);
    if (entry.offset + entry.storedBytes > pageBytes) reader.damaged('a chunk lies outside the page');
    entries.push(entry);
  }
  const prefix = reader.sized();
  const columns = entries.map((entry) => {
    const min = (entry.flags & CHUNK_FLAG.min) === 0 ? undefined : readBound(reader);
    const max = (entry.flags & CHUNK_FLAG.max) === 0 ? undefined : readBound(reader);
    return { entry, min, max };
  });
  const segments: SegmentName[] = [];
  for (let at = 0; at < segmentCount; at++) segments.push(reader.text() as SegmentName);
  if (reader.remaining !== 0) reader.damaged('its head is longer than what it holds');
  return { rows, prefix, columns, segments, overflowBytes };
}
