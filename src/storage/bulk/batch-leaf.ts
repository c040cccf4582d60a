/** Batches to leaves: the rows of a batch in key order, with their keys, become the bytes of one leaf (see `leaf.ts`). */
import type { Crypto } from '../../base/runtime.ts';
import { utf8 } from '../../base/bytes.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import { compressBlock } from '../../kernels/lz4.ts';
import type { StoredValue } from '../../types/type.ts';
import { ENCODING, PSEUDO_COLUMN } from '../chunk/chunk-entry.ts';
import { encodeChunk } from '../chunk/chunk-writer.ts';
import { EXTERNAL_BYTES, External, type StoredCell } from '../chunk/stored-cell.ts';
import { commonPrefix, encodeKeys } from '../key-column.ts';
import { compressedBytesMax, layOutLeaf, type StoredChunk } from '../leaf-layout.ts';
import type { EncodedLeaf, WriteOverflow } from '../leaf-writer.ts';
import type { SegmentName } from '../page-reference.ts';
import type { Key } from '../tree.ts';
import type { BatchColumn } from './batch-column.ts';
import { ChunkMaker, type PlacedChunk } from './batch-chunks.ts';
import type { BatchKeys } from './batch-keys.ts';
import type { ColumnBatch } from './column-batch.ts';

const LZ4_TABLE_BYTES = 16 * 1024;
const LZ4_DISTANCE_MAX = 65_535;
/** Places in the table are counted up to this. */
const PLACES_MAX = 2 ** 31;

export class BatchLeafWriter {
  readonly #memory: LoadingMemory;
  readonly #crypto: Crypto;
  readonly #writeOverflow: WriteOverflow;
  readonly #chunks: ChunkMaker | undefined;
  readonly #table: number;
  #places = 0;
  /** Raw chunks, then compressed ones. */
  #area = 0;
  #areaBytes = 0;
  #page = new Uint8Array(0);

  constructor(memory: LoadingMemory, crypto: Crypto, writeOverflow: WriteOverflow) {
    this.#memory = memory;
    this.#crypto = crypto;
    this.#writeOverflow = writeOverflow;
    this.#chunks = memory.kernels === undefined ? undefined : new ChunkMaker(memory, memory.kernels);
    this.#table = memory.allocate(LZ4_TABLE_BYTES);
    this.#forgetPlaces();
  }

  /** The page that the next leaf is laid into. */
  readonly #allocate = (length: number): Uint8Array => {
    if (this.#page.length < length) this.#page = new Uint8Array(length * 2);
    return this.#page.subarray(0, length).fill(0);
  };

  /** The leaf of all rows of `batch`; its bytes are good until the next. `rowIdEnds` says of each row whether its key ends with a placeholder row id; undefined: none does. */
  finish(batch: ColumnBatch, keys: BatchKeys, rowIdEnds: Uint8Array | undefined): EncodedLeaf {
    const { rows } = batch;
    const first = keys.keyAt(0);
    const last = keys.keyAt(rows - 1);
    const columns = [...batch.columns].sort((a, b) => a.id - b.id);
    const place = this.#begin(columns, rows, keys);
    const leaf = new LeafParts(this.#writeOverflow);
    const prefix = first.slice(0, commonPrefix(first, last));
    leaf.chunks.push(this.#keyChunk(keys, rows, prefix.length, place));
    for (const column of columns) leaf.chunks.push(this.#columnChunk(column, rows, leaf, place));
    if (rowIdEnds !== undefined) {
      const ends: StoredCell[] = Array.from({ length: rows }, (_, row) => (rowIdEnds[row] === 1 ? true : undefined));
      leaf.chunks.push(plainly(PSEUDO_COLUMN.keyEndsWithRowId, encodeChunk('bool', ends, rows, leaf.segmentIndex)));
    }
    const { overflowBytes, segments, chunks } = leaf;
    const { bytes, headBytes, hash } = layOutLeaf(this.#crypto, { rows, prefix, segments, overflowBytes }, chunks, this.#allocate);
    const statistics = {
      rows,
      tombstones: 0,
      leaves: 1,
      bytes: bytes.length + overflowBytes,
      columns: chunks
        .filter(({ id }) => id < PSEUDO_COLUMN.keyEndsWithRowId)
        .map(({ id, chunk: { physical, encoding, nulls, min, max } }) => ({
          column: id,
          physical: encoding === ENCODING.nothing ? undefined : physical,
          nulls,
          absent: 0,
          min,
          max,
        })),
    };
    return { bytes, headBytes, hash, first, last, statistics };
  }

  /** Makes room for the leaf's chunks; where they go. */
  #begin(columns: readonly BatchColumn[], rows: number, keys: BatchKeys): Place {
    const chunks = this.#chunks;
    if (chunks === undefined) return { raw: 0, compressed: 0 };
    const bytes = columns.reduce((sum, column) => sum + chunks.bytesMax(column, rows), keys.bytesMax + 256);
    if (bytes * 2 > this.#areaBytes) {
      if (this.#areaBytes > 0) this.#memory.release(this.#area, this.#areaBytes);
      this.#areaBytes = bytes * 2 + 64 * 1024;
      this.#area = this.#memory.allocate(this.#areaBytes);
    }
    return { raw: this.#area, compressed: this.#area + Math.ceil(this.#areaBytes / 128) * 64 };
  }

  #keyChunk(keys: BatchKeys, rows: number, skip: number, place: Place): StoredChunk {
    const described = (words: number): PlacedChunk['chunk'] => ({ ...KEY_CHUNK, width: words });
    const { kernels } = this.#memory;
    if (kernels === undefined) {
      const all: Key[] = Array.from({ length: rows }, (_, row) => keys.keyAt(row));
      const { raw, words } = encodeKeys(all);
      return plainly(PSEUDO_COLUMN.keys, { ...described(words), raw });
    }
    const length = kernels.writeKeyChunk(keys.bytes, keys.ends, rows, skip, place.raw);
    const words = this.#memory.u32[(place.raw >>> 2) + 1];
    return this.#stored(PSEUDO_COLUMN.keys, { chunk: described(words), address: place.raw, length }, place);
  }

  #columnChunk(column: BatchColumn, rows: number, leaf: LeafParts, place: Place): StoredChunk {
    const { exceptions } = column;
    if (this.#chunks !== undefined && (exceptions === undefined || exceptions.size === 0))
      return this.#stored(column.id, this.#chunks.make(column, rows, place.raw), place);
    const cells: StoredCell[] = [];
    for (let row = 0; row < rows; row++) cells.push(leaf.placed(column.stored(row)));
    return plainly(column.id, encodeChunk(column.physical, cells, rows, leaf.segmentIndex));
  }

  /** Where the places of a chunk of `length` bytes are counted from in the table of matches, beyond the reach of those before. */
  #placesFrom(length: number): number {
    if (this.#places + length > PLACES_MAX) this.#forgetPlaces();
    const from = this.#places;
    this.#places += length + LZ4_DISTANCE_MAX;
    return from;
  }

  #forgetPlaces(): void {
    this.#memory.u8.fill(0, this.#table, this.#table + LZ4_TABLE_BYTES);
    this.#places = LZ4_DISTANCE_MAX + 1;
  }

  /** Compresses a chunk if that pays, and moves on behind it. */
  #stored(id: number, { chunk, address, length }: PlacedChunk, place: Place): StoredChunk {
    const { kernels, u8 } = this.#memory;
    place.raw = aligned(address + length + 16);
    const bytesMax = compressedBytesMax(chunk.encoding, length);
    const compressed =
      bytesMax === 0 || kernels === undefined
        ? -1
        : kernels.compress(address, length, place.compressed, bytesMax, this.#table, this.#placesFrom(length));
    if (compressed < 0) return { id, chunk, rawBytes: length, stored: u8.subarray(address, address + length) };
    const stored = u8.subarray(place.compressed, place.compressed + compressed);
    place.compressed = aligned(place.compressed + compressed + 16);
    return { id, chunk, rawBytes: length, stored };
  }
}

/** Where the next raw chunk goes, and the next compressed one. */
interface Place {
  raw: number;
  compressed: number;
}

const KEY_CHUNK: PlacedChunk['chunk'] = {
  physical: undefined,
  encoding: ENCODING.keys,
  flags: 0,
  width: 0,
  base: 0n,
  scale: 0,
  nulls: 0,
  min: undefined,
  max: undefined,
};

/** A leaf while its chunks are made: those, and what they refer to. */
class LeafParts {
  readonly chunks: StoredChunk[] = [];
  readonly segments: SegmentName[] = [];
  overflowBytes = 0;
  readonly #writeOverflow: WriteOverflow;

  constructor(writeOverflow: WriteOverflow) {
    this.#writeOverflow = writeOverflow;
  }

  readonly segmentIndex = (name: SegmentName): number => {
    const known = this.segments.indexOf(name);
    return known >= 0 ? known : this.segments.push(name) - 1;
  };

  /** The cell that the leaf keeps: long strings go out of line. */
  placed(value: StoredValue | null): StoredCell {
    if (typeof value === 'string') {
      if (value.length * 3 <= EXTERNAL_BYTES) return value;
      const bytes = utf8(value);
      return bytes.length <= EXTERNAL_BYTES ? value : this.#overflow('text', bytes);
    }
    return value instanceof Uint8Array && value.length > EXTERNAL_BYTES ? this.#overflow('bytes', value) : value;
  }

  #overflow(physical: 'text' | 'bytes', bytes: Uint8Array): External {
    const external = this.#writeOverflow(physical, bytes);
    this.overflowBytes += external.page.length;
    return external;
  }
}

/** A chunk that no kernel made. */
function plainly(id: number, chunk: PlacedChunk['chunk'] & { readonly raw: Uint8Array }): StoredChunk {
  const { raw } = chunk;
  const bytesMax = compressedBytesMax(chunk.encoding, raw.length);
  return { id, chunk, rawBytes: raw.length, stored: (bytesMax === 0 ? null : compressBlock(raw, bytesMax)) ?? raw };
}

function aligned(address: number): number {
  return Math.ceil(address / 64) * 64;
}
