/** A chunk's raw bytes to a column: the inverse of `chunk-writer.ts`. Sizes are checked here once, so that reading a row is not. */
import { SqlError } from '../../base/sql-error.ts';
import { packedBytes } from '../../kernels/bit-packing.ts';
import type { Physical, StoredValue } from '../../types/type.ts';
import { CellReader } from '../cell-reader.ts';
import type { SegmentName } from '../page-reference.ts';
import { CHUNK_FLAG, ENCODING, PHYSICAL_OF_CODE, type ChunkEntry } from './chunk-entry.ts';
import { Bitmap, ChunkView, EmptyView, type ColumnView, type ValueSource } from './column-view.ts';
import {
  ConstantSource,
  Int32Source,
  Int64Source,
  PackedSource,
  RunSource,
  ScaledSource,
  WidePackedSource,
  type IntegerSource,
} from './integer-source.ts';
import { SectionReader } from './section-reader.ts';
import { BytesSource, DictionarySource, ExternalSource, NumericCellSource, StringTable, TextSource } from './string-source.ts';

/**
 * The column of `entry` over its raw bytes (verified and decompressed), `rows` long. `object` names the damaged thing in
 * SQLSTATE XX001; `segments` are the leaf's.
 */
export function openChunk(entry: ChunkEntry, raw: Uint8Array, rows: number, segments: readonly SegmentName[], object: string): ColumnView {
  return new ChunkOpening(entry, raw, rows, segments, object).open();
}

const cells = new CellReader('a constant chunk');

class ChunkOpening {
  readonly #entry: ChunkEntry;
  readonly #sections: SectionReader;
  readonly #rows: number;
  readonly #segments: readonly SegmentName[];
  readonly #damaged: () => never;

  constructor(entry: ChunkEntry, raw: Uint8Array, rows: number, segments: readonly SegmentName[], object: string) {
    this.#entry = entry;
    this.#rows = rows;
    this.#segments = segments;
    this.#damaged = () => {
      throw new SqlError('data_corrupted', `${object} is damaged: the chunk of column ${entry.column} does not hold together`);
    };
    this.#sections = new SectionReader(raw, this.#damaged);
  }

  open(): ColumnView {
    const { flags, encoding, physical: code } = this.#entry;
    const rows = this.#rows;
    const bitmapBytes = (rows + 7) >> 3;
    const nulls = (flags & CHUNK_FLAG.nulls) === 0 ? undefined : new Bitmap(this.#sections.bytes(bitmapBytes));
    const absent = (flags & CHUNK_FLAG.absent) === 0 ? undefined : new Bitmap(this.#sections.bytes(bitmapBytes));
    const external = (flags & CHUNK_FLAG.external) === 0 ? undefined : new Bitmap(this.#sections.bytes(bitmapBytes));
    if (encoding === ENCODING.nothing) {
      if (nulls === undefined) return new EmptyView(rows, absent === undefined ? null : undefined);
      return new ChunkView(rows, new ConstantSource(false), nulls, absent);
    }
    const physical = PHYSICAL_OF_CODE[code];
    if (physical === undefined) return this.#damaged();
    return new ChunkView(rows, this.#source(physical, external), nulls, absent);
  }

  #source(physical: Physical, external: Bitmap | undefined): ValueSource {
    switch (physical) {
      case 'bool': {
        this.#expect(ENCODING.plain);
        const bits = new Bitmap(this.#sections.bytes((this.#rows + 7) >> 3));
        return { value: (row) => bits.has(row) };
      }
      case 'float32': {
        this.#expect(ENCODING.plain);
        const values = this.#sections.typed(this.#rows * 4, Float32Array);
        return { value: (row) => values[row] };
      }
      case 'float64': {
        this.#expect(ENCODING.plain);
        const values = this.#sections.typed(this.#rows * 8, Float64Array);
        return { value: (row) => values[row] };
      }
      case 'int32':
      case 'int64':
        return this.#integers(physical, this.#entry.encoding, this.#rows);
      case 'numeric':
        return this.#numerics();
      case 'text':
      case 'bytes':
        return this.#strings(physical, external);
    }
  }

  #integers(physical: 'int32' | 'int64', encoding: number, count: number): IntegerSource {
    switch (encoding) {
      case ENCODING.constant: {
        const value = this.#constant();
        if (typeof value !== 'number' && typeof value !== 'bigint') return this.#damaged();
        return { value: () => value };
      }
      case ENCODING.packed: {
        const { width, base } = this.#entry;
        if (width > 32) return this.#damaged();
        const words = this.#sections.typed(packedBytes(count, width), Uint32Array);
        const narrow = Number(base);
        const most = narrow + 2 ** width;
        return Number.isSafeInteger(narrow) && Number.isSafeInteger(most)
          ? new PackedSource(words, width, narrow)
          : new WidePackedSource(words, width, base);
      }
      case ENCODING.plain:
        return physical === 'int32'
          ? new Int32Source(this.#sections.typed(count * 4, Int32Array))
          : new Int64Source(this.#sections.typed(count * 8, Int32Array));
      case ENCODING.runs: {
        const runs = this.#sections.peekCount();
        if (runs === 0 || runs > count) return this.#damaged();
        const section = this.#sections.bytes(4 + runs * 2);
        const ends = new Uint16Array(section.buffer, section.byteOffset + 4, runs);
        if (ends[runs - 1] > count) return this.#damaged();
        return new RunSource(ends, this.#integers(physical, ENCODING.plain, runs));
      }
      default:
        return this.#damaged();
    }
  }

  #numerics(): ValueSource {
    const { flags, scale, encoding } = this.#entry;
    if ((flags & CHUNK_FLAG.cells) !== 0) {
      this.#expect(ENCODING.plain);
      return new NumericCellSource(this.#stringTable(this.#rows), this.#damaged);
    }
    const scales = (flags & CHUNK_FLAG.scales) === 0 ? undefined : this.#sections.typed(this.#rows * 2, Uint16Array);
    return new ScaledSource(this.#integers('int64', encoding, this.#rows), scale, scales);
  }

  #strings(physical: 'text' | 'bytes', external: Bitmap | undefined): ValueSource {
    const over = (table: StringTable): ValueSource => (physical === 'text' ? new TextSource(table) : new BytesSource(table));
    switch (this.#entry.encoding) {
      case ENCODING.constant: {
        const value = this.#constant();
        if (physical === 'text' ? typeof value !== 'string' : !(value instanceof Uint8Array)) return this.#damaged();
        return new ConstantSource(value);
      }
      case ENCODING.plain: {
        const table = this.#stringTable(this.#rows);
        return external === undefined
          ? over(table)
          : new ExternalSource(physical, over(table), table, external, this.#segments, this.#damaged);
      }
      case ENCODING.dictionary: {
        const count = this.#sections.peekCount();
        if (count === 0 || count > this.#rows) return this.#damaged();
        const section = this.#sections.bytes(4 + count * 4);
        const ends = new Uint32Array(section.buffer, section.byteOffset + 4, count);
        const table = new StringTable(ends, this.#sections.bytes(ends[count - 1]), this.#damaged);
        const width = this.#entry.width;
        if (width > 32) return this.#damaged();
        return new DictionarySource(
          count,
          over(table),
          this.#sections.typed(packedBytes(this.#rows, width), Uint32Array),
          width,
          this.#damaged,
        );
      }
      default:
        return this.#damaged();
    }
  }

  #stringTable(count: number): StringTable {
    const ends = this.#sections.typed(count * 4, Uint32Array);
    return new StringTable(ends, this.#sections.bytes(count === 0 ? 0 : ends[count - 1]), this.#damaged);
  }

  #constant(): StoredValue {
    const section = this.#sections.rest();
    cells.open(section);
    const value = cells.value(cells.varint());
    cells.finish();
    return value === null ? this.#damaged() : value;
  }

  #expect(encoding: number): void {
    if (this.#entry.encoding !== encoding) this.#damaged();
  }
}
