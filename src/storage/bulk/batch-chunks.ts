/**
 * Columns of a batch to chunks, by kernel: the bytes that `encodeChunk` makes of the same values. Chunks are laid one behind the other into a
 * stretch of the load's memory, so that nothing is copied before it is compressed or hashed.
 */
import { assert } from '../../base/assert.ts';
import { packedBytes, widthOf } from '../../kernels/bit-packing.ts';
import type { LoadingKernels } from '../../kernels/loading.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import type { StoredValue } from '../../types/type.ts';
import { canonicalInt8, Numeric } from '../../types/value.ts';
import { CellWriter } from '../cell-codec.ts';
import { CHUNK_FLAG, ENCODING, type Encoding } from '../chunk/chunk-entry.ts';
import type { EncodedChunk } from '../chunk/encoded-chunk.ts';
import { chooseIntegerEncoding, constantCell, padded } from '../chunk/integer-writer.ts';
import { compareStored } from '../chunk/stored-cell.ts';
import { dictionaryPays, lowerBound, upperBound } from '../chunk/string-writer.ts';
import type { BatchColumn } from './batch-column.ts';
import { BATCH_ROWS_MAX } from './column-batch.ts';

/** A chunk whose raw bytes lie in the load's memory. */
export interface PlacedChunk {
  readonly chunk: Omit<EncodedChunk, 'raw'>;
  readonly address: number;
  readonly length: number;
}

/** What is known of the data section. */
interface Data {
  readonly encoding: Encoding;
  readonly width: number;
  readonly base: bigint;
  readonly min: StoredValue | undefined;
  readonly max: StoredValue | undefined;
}

const DICTIONARY_ENTRIES_MAX = 4097;
const TABLE_BYTES = 256 * 1024;

const cells = new CellWriter();

export class ChunkMaker {
  readonly #memory: LoadingMemory;
  readonly #kernels: LoadingKernels;
  readonly #cells: number;
  readonly #entries: number;
  readonly #codes: number;
  readonly #ranks: number;
  readonly #table: number;
  /** Bytes of the strings of a column, as `bytesMax` found them. */
  readonly #lengths = new Map<BatchColumn, number>();
  /** Where the next byte goes. */
  #at = 0;
  #start = 0;

  constructor(memory: LoadingMemory, kernels: LoadingKernels) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#cells = memory.allocate(32);
    this.#entries = memory.allocate(DICTIONARY_ENTRIES_MAX * 4);
    this.#codes = memory.allocate(BATCH_ROWS_MAX * 4);
    this.#ranks = memory.allocate(DICTIONARY_ENTRIES_MAX * 4);
    this.#table = memory.allocate(TABLE_BYTES);
  }

  /** Bytes that the chunk of a column may take, room for alignment included. To be asked before `make`. */
  bytesMax(column: BatchColumn, rows: number): number {
    if (column.form !== 'string') return rows * column.width + rows + 256;
    const length = this.#kernels.totalLength(column.data, 0, rows);
    this.#lengths.set(column, length);
    return rows * 4 + length + rows + 256;
  }

  /** The chunk of the first `rows` of a column without exceptions, laid from `address` on. */
  make(column: BatchColumn, rows: number, address: number): PlacedChunk {
    this.#start = address;
    this.#at = address;
    const nulls = column.hasNulls ? this.#count(column.nulls, rows) : 0;
    const { physical } = column;
    if (nulls === rows) {
      const chunk = { physical, encoding: ENCODING.nothing, flags: 0, width: 0, base: 0n, scale: 0, nulls, min: undefined, max: undefined };
      return { chunk, address, length: 0 };
    }
    const marks = nulls === 0 ? 0 : column.nulls;
    if (nulls > 0) this.#bitmap(column.nulls, rows);
    const { encoding, width, base, min, max } = this.#data(column, marks, rows);
    const scale = column.form === 'decimal' ? column.scale : 0;
    const flags = nulls > 0 ? CHUNK_FLAG.nulls : 0;
    return { chunk: { physical, encoding, flags, width, base, scale, nulls, min, max }, address, length: this.#at - address };
  }

  #data(column: BatchColumn, nulls: number, rows: number): Data {
    this.#align();
    switch (column.form) {
      case 'bool':
        this.#bitmap(column.data, rows);
        return plain(undefined, undefined);
      case 'int32':
        return this.#int32(column.data, nulls, rows);
      case 'int64':
        return this.#int64(column.data, nulls, rows);
      case 'decimal': {
        const data = this.#int64(column.data, nulls, rows);
        const numeric = (value: StoredValue | undefined): Numeric => new Numeric(value as number | bigint, column.scale);
        return { ...data, min: numeric(data.min), max: numeric(data.max) };
      }
      case 'float32':
      case 'float64':
        return this.#floats(column, rows);
      case 'string':
        return this.#strings(column, nulls, rows);
    }
  }

  #int32(data: number, nulls: number, rows: number): Data {
    this.#kernels.summary32(data, nulls, rows, this.#cells);
    const { i32, u32 } = this.#memory;
    const at = this.#cells >>> 2;
    const [min, max, runs] = [i32[at], i32[at + 1], u32[at + 2]];
    const { encoding, width } = chooseIntegerEncoding('int32', rows, min, max, runs);
    if (encoding === ENCODING.constant) this.#raw(constantCell('int32', min));
    else if (encoding === ENCODING.packed) {
      this.#kernels.pack32(data, nulls, rows, min, width, this.#at);
      this.#at += packedBytes(rows, width);
    } else if (encoding === ENCODING.runs) {
      const values = this.#runsHead(runs);
      this.#kernels.runs32(data, nulls, rows, this.#at + 4, values);
      this.#at = values + runs * 4;
    } else this.#copy(data, rows * 4);
    return { encoding, width, base: encoding === ENCODING.packed ? BigInt(min) : 0n, min, max };
  }

  #int64(data: number, nulls: number, rows: number): Data {
    this.#kernels.summary64(data, nulls, rows, this.#cells);
    const { i64, u32 } = this.#memory;
    const [least, most] = [i64[this.#cells / 8], i64[this.#cells / 8 + 1]];
    const runs = u32[(this.#cells >>> 2) + 4];
    const [min, max] = [canonicalInt8(least), canonicalInt8(most)];
    const { encoding, width } = chooseIntegerEncoding('int64', rows, min, max, runs);
    if (encoding === ENCODING.constant) this.#raw(constantCell('int64', min));
    else if (encoding === ENCODING.packed) {
      this.#kernels.pack64(data, nulls, rows, this.#cells, width, this.#at);
      this.#at += packedBytes(rows, width);
    } else if (encoding === ENCODING.runs) {
      const values = this.#runsHead(runs);
      this.#kernels.runs64(data, nulls, rows, this.#at + 4, values);
      this.#at = values + runs * 8;
    } else this.#copy(data, rows * 8);
    return { encoding, width, base: encoding === ENCODING.packed ? least : 0n, min, max };
  }

  /** The count of runs; where their values go, behind their ends. */
  #runsHead(runs: number): number {
    const values = this.#at + padded(4 + runs * 2);
    this.#memory.u32[(values >>> 2) - 1] = 0; // what pads the ends
    this.#memory.u32[(values >>> 2) - 2] = 0;
    this.#memory.u32[this.#at >>> 2] = runs;
    return values;
  }

  #floats(column: BatchColumn, rows: number): Data {
    const { u8, f32, f64 } = this.#memory;
    const isNarrow = column.form === 'float32';
    const values = isNarrow ? f32 : f64;
    const from = column.data / (isNarrow ? 4 : 8);
    let min: number | undefined;
    let max: number | undefined;
    for (let row = 0; row < rows; row++) {
      if (column.hasNulls && u8[column.nulls + row] === 1) continue;
      const value = values[from + row];
      if (min === undefined || compareStored(column.physical, value, min) < 0) min = value;
      if (max === undefined || compareStored(column.physical, value, max) > 0) max = value;
    }
    this.#copy(column.data, rows * column.width);
    return plain(min, max);
  }

  #strings(column: BatchColumn, nulls: number, rows: number): Data {
    const { data } = column;
    const kernels = this.#kernels;
    const distinct = kernels.buildDictionary(data, nulls, rows, this.#entries, this.#codes, this.#table);
    const total = this.#lengths.get(column) ?? 0;
    if (distinct > 0) {
      kernels.sortDictionary(data, this.#entries, distinct, this.#ranks, this.#table);
      const first = this.#memory.u32[this.#entries >>> 2];
      const min = this.#string(column, first);
      const max = this.#string(column, this.#memory.u32[(this.#entries >>> 2) + distinct - 1]);
      const bounds = { min: lowerBound(min), max: upperBound(max) };
      if (distinct === 1) {
        cells.reset();
        cells.cell(0, column.physical, min);
        this.#raw(cells.take());
        return { encoding: ENCODING.constant, width: 0, base: 0n, ...bounds };
      }
      if (dictionaryPays(rows, total, distinct, this.#distinctLength(data, distinct))) {
        const width = widthOf(distinct - 1);
        this.#dictionary(data, nulls, distinct, width, rows);
        return { encoding: ENCODING.dictionary, width, base: 0n, ...bounds };
      }
      this.#plainStrings(data, nulls, rows, total);
      return plain(bounds.min, bounds.max);
    }
    kernels.boundsOfStrings(data, nulls, rows, this.#cells);
    const { u32 } = this.#memory;
    const least = this.#string(column, u32[this.#cells >>> 2]);
    const most = this.#string(column, u32[(this.#cells >>> 2) + 1]);
    this.#plainStrings(data, nulls, rows, total);
    return plain(lowerBound(least), upperBound(most));
  }

  #plainStrings(data: number, nulls: number, rows: number, total: number): void {
    const bytes = this.#zeroedEnd(padded(rows * 4));
    this.#kernels.copyStrings(data, nulls, 0, rows, this.#at, bytes);
    this.#at = bytes + total;
  }

  /** Count, ends, bytes, codes. */
  #dictionary(data: number, nulls: number, distinct: number, width: number, rows: number): void {
    const bytes = this.#zeroedEnd(padded(4 + distinct * 4));
    this.#kernels.copyStrings(data, 0, this.#entries, distinct, this.#at + 4, bytes);
    const { u32 } = this.#memory;
    u32[this.#at >>> 2] = distinct;
    this.#at = bytes + u32[(this.#at >>> 2) + distinct];
    this.#align();
    this.#kernels.packCodes(this.#codes, nulls, this.#ranks, rows, width, this.#at);
    this.#at += packedBytes(rows, width);
  }

  /** Where the section behind the next `bytes` begins; the last word of those, which may be padding, is zero. */
  #zeroedEnd(bytes: number): number {
    this.#memory.u32[((this.#at + bytes) >>> 2) - 1] = 0;
    return this.#at + bytes;
  }

  #distinctLength(data: number, distinct: number): number {
    const { u32 } = this.#memory;
    let total = 0;
    for (let at = 0; at < distinct; at++) total += u32[(data >>> 2) + 2 * u32[(this.#entries >>> 2) + at] + 1];
    return total;
  }

  #string(column: BatchColumn, row: number): string | Uint8Array {
    const value = column.stored(row);
    assert(typeof value === 'string' || value instanceof Uint8Array, 'a string column holds strings');
    return value;
  }

  #bitmap(bytes: number, rows: number): void {
    this.#kernels.bitmap(bytes, rows, this.#at);
    this.#at += (rows + 7) >> 3;
  }

  #copy(from: number, length: number): void {
    this.#memory.u8.copyWithin(this.#at, from, from + length);
    this.#at += length;
  }

  #raw(bytes: Uint8Array): void {
    this.#memory.u8.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Zeros to the next multiple of eight from the chunk's start. */
  #align(): void {
    const to = this.#start + padded(this.#at - this.#start);
    this.#memory.u8.fill(0, this.#at, to);
    this.#at = to;
  }

  #count(nulls: number, rows: number): number {
    const { u8 } = this.#memory;
    let count = 0;
    for (let row = 0; row < rows; row++) count += u8[nulls + row];
    return count;
  }
}

function plain(min: StoredValue | undefined, max: StoredValue | undefined): Data {
  return { encoding: ENCODING.plain, width: 0, base: 0n, min, max };
}
