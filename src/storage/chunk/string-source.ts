import { PAGE_ALIGNMENT, type SegmentName } from '../page-reference.ts';
import { CellReader, readText } from '../cell-reader.ts';
import { Numeric } from '../../types/value.ts';
import type { StoredValue } from '../../types/type.ts';
import { unpackAt } from '../../kernels/bit-packing.ts';
import { HASH_BYTES } from '../page-reference.ts';
import type { Bitmap, ValueSource } from './column-view.ts';
import { External } from './stored-cell.ts';
import { EXTERNAL_CELL_BYTES } from './string-writer.ts';

/** Byte strings by number: `ends` (exclusive, ascending) over `bytes`. `damaged` is called when they do not fit. */
export class StringTable {
  readonly #ends: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #damaged: () => never;

  constructor(ends: Uint32Array, bytes: Uint8Array, damaged: () => never) {
    this.#ends = ends;
    this.#bytes = bytes;
    this.#damaged = damaged;
  }

  text(at: number): string {
    const from = at === 0 ? 0 : this.#ends[at - 1];
    const to = this.#ends[at];
    if (!(from <= to && to <= this.#bytes.length)) this.#damaged();
    return readText(this.#bytes, from, to);
  }

  /** A view. */
  view(at: number): Uint8Array {
    const from = at === 0 ? 0 : this.#ends[at - 1];
    const to = this.#ends[at];
    if (!(from <= to && to <= this.#bytes.length)) this.#damaged();
    return this.#bytes.subarray(from, to);
  }
}

export class TextSource implements ValueSource {
  readonly #table: StringTable;

  constructor(table: StringTable) {
    this.#table = table;
  }

  value(row: number): string {
    return this.#table.text(row);
  }
}

export class BytesSource implements ValueSource {
  readonly #table: StringTable;

  constructor(table: StringTable) {
    this.#table = table;
  }

  value(row: number): Uint8Array {
    return this.#table.view(row).slice();
  }
}

/** Values of a dictionary, decoded once each. */
export class DictionarySource implements ValueSource {
  readonly #values: (StoredValue | undefined)[];
  readonly #table: ValueSource;
  readonly #words: Uint32Array;
  readonly #width: number;
  readonly #damaged: () => never;

  constructor(count: number, table: ValueSource, words: Uint32Array, width: number, damaged: () => never) {
    this.#values = new Array<StoredValue | undefined>(count).fill(undefined);
    this.#table = table;
    this.#words = words;
    this.#width = width;
    this.#damaged = damaged;
  }

  value(row: number): StoredValue {
    const code = unpackAt(this.#words, row, this.#width);
    const known = this.#values[code];
    if (known !== undefined) return known;
    if (code >= this.#values.length) return this.#damaged();
    const value = this.#table.value(code) as StoredValue;
    this.#values[code] = value;
    return value;
  }
}

/** Numerics that are not scaled integers. */
export class NumericCellSource implements ValueSource {
  readonly #table: StringTable;
  readonly #damaged: () => never;

  constructor(table: StringTable, damaged: () => never) {
    this.#table = table;
    this.#damaged = damaged;
  }

  value(row: number): StoredValue {
    const bytes = this.#table.view(row);
    cells.open(bytes);
    const value = cells.value(cells.varint());
    cells.finish();
    return value instanceof Numeric ? value : this.#damaged();
  }
}

const cells = new CellReader('a numeric');

/** A plain column some of whose values are references. */
export class ExternalSource implements ValueSource {
  readonly #physical: 'text' | 'bytes';
  readonly #inline: ValueSource;
  readonly #table: StringTable;
  readonly #external: Bitmap;
  readonly #segments: readonly SegmentName[];
  readonly #damaged: () => never;

  constructor(
    physical: 'text' | 'bytes',
    inline: ValueSource,
    table: StringTable,
    external: Bitmap,
    segments: readonly SegmentName[],
    damaged: () => never,
  ) {
    this.#physical = physical;
    this.#inline = inline;
    this.#table = table;
    this.#external = external;
    this.#segments = segments;
    this.#damaged = damaged;
  }

  value(row: number): StoredValue | External {
    if (!this.#external.has(row)) return this.#inline.value(row);
    const cell = this.#table.view(row);
    if (cell.length !== EXTERNAL_CELL_BYTES) return this.#damaged();
    const view = new DataView(cell.buffer, cell.byteOffset, cell.length);
    const segment = this.#segments[view.getUint16(0, true)];
    if (segment === undefined) return this.#damaged();
    const length = view.getUint32(6, true);
    const page = {
      segment,
      offset: view.getUint32(2, true) * PAGE_ALIGNMENT,
      length,
      headBytes: length,
      hash: cell.slice(10, 10 + HASH_BYTES),
    };
    return new External(this.#physical, page, view.getUint32(26, true));
  }
}
