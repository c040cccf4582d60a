/** Collects rows in key order into the bytes of one leaf (see `leaf.ts`). */
import { assert } from '../base/assert.ts';
import { compareBytes, utf8 } from '../base/bytes.ts';
import type { Crypto } from '../base/runtime.ts';
import { compressBlock } from '../kernels/lz4.ts';
import type { Physical } from '../types/type.ts';
import { Numeric } from '../types/value.ts';
import { CHUNK_FLAG, ENCODING, PSEUDO_COLUMN } from './chunk/chunk-entry.ts';
import { encodeChunk } from './chunk/chunk-writer.ts';
import type { EncodedChunk } from './chunk/encoded-chunk.ts';
import { EXTERNAL_BYTES, External, type StoredCell } from './chunk/stored-cell.ts';
import { encodeKeys } from './key-column.ts';
import { LEAF_BYTES_TARGET, LEAF_ROWS_MAX } from './leaf.ts';
import { compressedBytesMax, layOutLeaf, type StoredChunk } from './leaf-layout.ts';
import { PAGE_ALIGNMENT, type SegmentName } from './page-reference.ts';
import { physicalOfTag, visitCells } from './row-codec.ts';
import type { ColumnStatistics, SubtreeStatistics } from './statistics.ts';
import type { Key } from './tree.ts';

/** Writes a value too long for a leaf into a page of its own. */
export type WriteOverflow = (physical: 'text' | 'bytes', bytes: Uint8Array) => External;

/** The row of a base run's leaf that a delta's row takes the place of; `none` when the base is known not to have the key. */
export type RowPosition = 'none' | { readonly segment: SegmentName; readonly offset: number; readonly row: number };

/** The row number of a key that the base run does not have. */
const NO_BASE_ROW = -1;

/** One leaf, ready to be placed. */
export interface EncodedLeaf {
  readonly bytes: Uint8Array;
  readonly headBytes: number;
  readonly hash: Uint8Array;
  readonly first: Key;
  readonly last: Key;
  readonly statistics: SubtreeStatistics;
}

interface IdentifiedChunk extends StoredChunk {
  readonly chunk: EncodedChunk;
}

interface ColumnBuffer {
  physical: Physical | undefined;
  readonly values: StoredCell[];
}

export class LeafWriter {
  readonly #crypto: Crypto;
  readonly #writeOverflow: WriteOverflow;
  readonly #columns = new Map<number, ColumnBuffer>();
  #keys: Key[] = [];
  #bytes = 0;
  #tombstones = 0;
  #overflowBytes = 0;

  constructor(crypto: Crypto, writeOverflow: WriteOverflow) {
    this.#crypto = crypto;
    this.#writeOverflow = writeOverflow;
  }

  get rows(): number {
    return this.#keys.length;
  }

  /** Whether the leaf should be finished before another row, when it is to be filled to a `share` (0 to 1) of what it may hold. */
  isFull(share: number): boolean {
    return this.#keys.length >= LEAF_ROWS_MAX * share || this.#bytes >= LEAF_BYTES_TARGET * share;
  }

  /** Begins the row of `key`, greater than all before; the cells follow by `addRow`, `addCell`, or it is a tombstone. */
  begin(key: Key): void {
    const last = this.#keys.at(-1);
    assert(last === undefined || compareBytes(last, key) < 0, 'F1: keys ascend');
    assert(this.#keys.length < LEAF_ROWS_MAX, 'a leaf that is full takes no more rows');
    this.#keys.push(key);
    this.#bytes += key.length + 4;
  }

  /** The cells of an encoded row (row-codec.ts) for the row begun. */
  addRow(row: Uint8Array): void {
    visitCells(row, 0, row.length, this.#visit);
  }

  readonly #visit = (id: number, tag: number, value: StoredCell): void => this.addCell(id, physicalOfTag(tag), value);

  /** One cell of the row begun. `physical` is undefined for a null. */
  addCell(id: number, physical: Physical | undefined, value: StoredCell): void {
    if (value === undefined) return;
    const row = this.#keys.length - 1;
    let column = this.#columns.get(id);
    if (column === undefined) {
      column = { physical, values: [] };
      this.#columns.set(id, column);
    }
    column.physical ??= physical;
    assert(physical === undefined || column.physical === physical, 'T2: a column has one physical form', {
      id,
      physical,
      column: column.physical,
    });
    const { values } = column;
    while (values.length < row) values.push(undefined);
    values.push(this.#placed(value));
  }

  tombstone(): void {
    this.#tombstones++;
    this.addCell(PSEUDO_COLUMN.tombstone, 'bool', true);
  }

  /** Where in the base run the row begun is overridden. */
  position(position: RowPosition): void {
    if (position === 'none') {
      this.addCell(PSEUDO_COLUMN.baseRow, 'int32', NO_BASE_ROW);
      return;
    }
    this.addCell(PSEUDO_COLUMN.baseSegment, 'text', position.segment);
    this.addCell(PSEUDO_COLUMN.baseOffset, 'int64', position.offset / PAGE_ALIGNMENT);
    this.addCell(PSEUDO_COLUMN.baseRow, 'int32', position.row);
  }

  /** Says that the key of the row begun ends with a placeholder row id. */
  keyEndsWithRowId(): void {
    this.addCell(PSEUDO_COLUMN.keyEndsWithRowId, 'bool', true);
  }

  /** The leaf of the rows so far; the writer is empty again. At least one row. */
  finish(): EncodedLeaf {
    const rows = this.#keys.length;
    assert(rows > 0, 'a leaf has rows');
    const segments: SegmentName[] = [];
    const segmentIndex = (name: SegmentName): number => {
      const known = segments.indexOf(name);
      return known >= 0 ? known : segments.push(name) - 1;
    };
    const { prefix, raw, words } = encodeKeys(this.#keys);
    const keyChunk: EncodedChunk = {
      physical: undefined,
      encoding: ENCODING.keys,
      flags: 0,
      width: words,
      base: 0n,
      scale: 0,
      nulls: 0,
      raw,
      min: undefined,
      max: undefined,
    };
    const chunks: IdentifiedChunk[] = [
      { id: PSEUDO_COLUMN.keys, chunk: keyChunk, rawBytes: raw.length, stored: compressed(keyChunk) ?? raw },
    ];
    for (const id of [...this.#columns.keys()].sort((a, b) => a - b)) {
      const column = this.#columns.get(id);
      if (column === undefined || column.values.length === 0) continue;
      while (column.values.length < rows) column.values.push(undefined);
      const chunk = encodeChunk(column.physical, column.values, rows, segmentIndex);
      chunks.push({ id, chunk, rawBytes: chunk.raw.length, stored: compressed(chunk) ?? chunk.raw });
    }
    const leaf = this.#layOut(rows, prefix, chunks, segments);
    this.#reset();
    return leaf;
  }

  #layOut(rows: number, prefix: Uint8Array, chunks: readonly IdentifiedChunk[], segments: readonly SegmentName[]): EncodedLeaf {
    const overflowBytes = this.#overflowBytes;
    const { bytes, headBytes, hash } = layOutLeaf(this.#crypto, { rows, prefix, segments, overflowBytes }, chunks);
    const statistics: SubtreeStatistics = {
      rows: rows - this.#tombstones,
      tombstones: this.#tombstones,
      leaves: 1,
      bytes: bytes.length + overflowBytes,
      columns: chunks.filter(({ id }) => id < PSEUDO_COLUMN.keyEndsWithRowId).map(({ id, chunk }) => this.#columnStatistics(id, chunk)),
    };
    return { bytes, headBytes, hash, first: this.#keys[0], last: this.#keys[rows - 1], statistics };
  }

  #columnStatistics(id: number, chunk: EncodedChunk): ColumnStatistics {
    const values = this.#columns.get(id)?.values ?? [];
    let absent = 0;
    if ((chunk.flags & CHUNK_FLAG.absent) !== 0) for (const value of values) if (value === undefined) absent++;
    const physical = chunk.encoding === ENCODING.nothing ? undefined : chunk.physical;
    return { column: id, physical, nulls: chunk.nulls, absent: absent - this.#absentTombstones(absent), min: chunk.min, max: chunk.max };
  }

  /** Tombstones have no cells; they are not rows that lack a column. */
  #absentTombstones(absent: number): number {
    return Math.min(absent, this.#tombstones);
  }

  /** The cell as the leaf keeps it: long strings go out of line. */
  #placed(value: StoredCell): StoredCell {
    if (typeof value === 'string') {
      this.#bytes += value.length + 4;
      if (value.length * 3 <= EXTERNAL_BYTES) return value;
      const bytes = utf8(value);
      return bytes.length <= EXTERNAL_BYTES ? value : this.#overflow('text', bytes);
    }
    if (value instanceof Uint8Array) {
      this.#bytes += value.length + 4;
      return value.length <= EXTERNAL_BYTES ? value : this.#overflow('bytes', value);
    }
    if (value instanceof External) {
      this.#overflowBytes += value.page.length;
      this.#bytes += 32;
    } else this.#bytes += value instanceof Numeric ? 12 : 8;
    return value;
  }

  #overflow(physical: 'text' | 'bytes', bytes: Uint8Array): External {
    const external = this.#writeOverflow(physical, bytes);
    this.#overflowBytes += external.page.length;
    this.#bytes += 32 - bytes.length;
    return external;
  }

  #reset(): void {
    this.#columns.clear();
    this.#keys = [];
    this.#bytes = 0;
    this.#tombstones = 0;
    this.#overflowBytes = 0;
  }
}

function compressed(chunk: EncodedChunk): Uint8Array | null {
  const bytesMax = compressedBytesMax(chunk.encoding, chunk.raw.length);
  return bytesMax === 0 ? null : compressBlock(chunk.raw, bytesMax);
}
