/**
 * A chunk's entry in its leaf's directory: 64 bytes, little-endian.
 *
 *     offset  size  meaning
 *      0      4     column id, or one of PSEUDO_COLUMN
 *      4      1     physical form (PHYSICAL_CODE; 0: every row is null or absent)
 *      5      1     encoding (ENCODING)
 *      6      1     flags (CHUNK_FLAG)
 *      7      1     bits of a packed value or dictionary code, 0 to 32; 64-bit words of key heads
 *      8      4     offset from the leaf's start, a multiple of 64
 *     12      4     bytes as stored
 *     16      4     bytes raw (equal unless compressed)
 *     20      4     rows that are null
 *     24     16     SHA-256 of the stored bytes, first 16
 *     40      8     base of packed integers, signed
 *     48      2     decimal scale of scaled numerics
 *     50     14     zero
 */
import { ByteWriter, type ByteReader } from '../../base/bytes.ts';
import type { Physical } from '../../types/type.ts';
import { HASH_BYTES } from '../page-reference.ts';

export const CHUNK_ENTRY_BYTES = 64;

/** Where in an entry the chunk's offset is. */
export const CHUNK_OFFSET_AT = 8;

export const ENCODING = { nothing: 0, plain: 1, constant: 2, packed: 3, dictionary: 4, runs: 5, keys: 6 } as const;

export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

export const PHYSICAL_CODE = {
  bool: 1,
  int32: 2,
  int64: 3,
  float32: 4,
  float64: 5,
  numeric: 6,
  text: 7,
  bytes: 8,
} as const satisfies Record<Physical, number>;

export const PHYSICAL_OF_CODE: readonly (Physical | undefined)[] = [
  undefined,
  'bool',
  'int32',
  'int64',
  'float32',
  'float64',
  'numeric',
  'text',
  'bytes',
];

/** Directory ids of what is not a column of the table. */
export const PSEUDO_COLUMN = {
  /** The keys of the rows. */
  keys: 0xffffffff,
  /** bool: whether the row is a tombstone. Absent when none is. */
  tombstone: 0xfffffffe,
  /** text, int64, int32: segment, offset / 64 and row of the base leaf row that this one overrides. Row -1: the base has no such key; absent: not known. */
  baseSegment: 0xfffffffd,
  baseOffset: 0xfffffffc,
  baseRow: 0xfffffffb,
  /** bool: whether the key ends with a placeholder row id. Absent when none does. */
  keyEndsWithRowId: 0xfffffffa,
} as const;

export const CHUNK_FLAG = {
  /** A bitmap of null rows leads the chunk. */
  nulls: 1,
  /** A bitmap of rows written before the column existed follows. */
  absent: 2,
  /** A bitmap of values that lie out of line follows. */
  external: 4,
  /** The display scale of every row follows. */
  scales: 8,
  /** Numerics are cells (cell-codec.ts) and not scaled integers. */
  cells: 16,
  compressed: 32,
  /** The leaf's header has a lower bound, an upper bound. */
  min: 64,
  max: 128,
} as const;

export interface ChunkEntry {
  readonly column: number;
  readonly physical: number;
  readonly encoding: number;
  readonly flags: number;
  readonly width: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly nulls: number;
  readonly hash: Uint8Array;
  readonly base: bigint;
  readonly scale: number;
}

export function writeChunkEntry(writer: ByteWriter, entry: ChunkEntry): void {
  writer.u32(entry.column).u8(entry.physical).u8(entry.encoding).u8(entry.flags).u8(entry.width);
  writer.u32(entry.offset).u32(entry.storedBytes).u32(entry.rawBytes).u32(entry.nulls);
  writer.raw(entry.hash).i64(entry.base).u16(entry.scale).raw(RESERVED);
}

export function readChunkEntry(reader: ByteReader): ChunkEntry {
  const entry: ChunkEntry = {
    column: reader.u32(),
    physical: reader.u8(),
    encoding: reader.u8(),
    flags: reader.u8(),
    width: reader.u8(),
    offset: reader.u32(),
    storedBytes: reader.u32(),
    rawBytes: reader.u32(),
    nulls: reader.u32(),
    hash: reader.raw(HASH_BYTES),
    base: reader.i64(),
    scale: reader.u16(),
  };
  reader.raw(RESERVED.length);
  return entry;
}

const RESERVED = new Uint8Array(14);
