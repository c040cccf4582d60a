/**
 * A decoded column of a leaf: cells by row, without materialising the rest.
 *
 * Callers may rely on `valueAt(row)` for 0 <= row < rows being exactly the cell that was written, and on `fill` doing the same
 * for many rows at once.
 */
import type { StoredValue } from '../../types/type.ts';
import type { Row, Value } from '../../types/value.ts';
import { External, type StoredCell } from './stored-cell.ts';

export interface ColumnView {
  readonly rows: number;
  valueAt(row: number): StoredCell;
  /**
   * Sets `into[start + i][place]` to row `from + i` for i in [0, count): `load` applied to values, `missing` where absent.
   * Answers how many cells were `External`, which are set as they are.
   */
  fill(
    into: Row[],
    start: number,
    place: number,
    from: number,
    count: number,
    load: ((stored: StoredValue) => Value) | undefined,
    missing: Value,
  ): number;
}

/** Bits of rows, least significant first. */
export class Bitmap {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  has(row: number): boolean {
    return (this.#bytes[row >> 3] & (1 << (row & 7))) !== 0;
  }
}

/** Where a value comes from when the row is neither null nor absent. */
export interface ValueSource {
  value(row: number): StoredValue | External;
  /** A loop over `value` for columns without nulls, where it pays. */
  fill?(into: Row[], start: number, place: number, from: number, count: number): number;
}

/** A column over a source of values and the bitmaps in front of it. */
export class ChunkView implements ColumnView {
  readonly rows: number;
  readonly #source: ValueSource;
  readonly #nulls: Bitmap | undefined;
  readonly #absent: Bitmap | undefined;

  constructor(rows: number, source: ValueSource, nulls: Bitmap | undefined, absent: Bitmap | undefined) {
    this.rows = rows;
    this.#source = source;
    this.#nulls = nulls;
    this.#absent = absent;
  }

  valueAt(row: number): StoredCell {
    if (this.#nulls !== undefined && this.#nulls.has(row)) return null;
    if (this.#absent !== undefined && this.#absent.has(row)) return undefined;
    return this.#source.value(row);
  }

  fill(
    into: Row[],
    start: number,
    place: number,
    from: number,
    count: number,
    load: ((stored: StoredValue) => Value) | undefined,
    missing: Value,
  ): number {
    const source = this.#source;
    if (this.#nulls === undefined && this.#absent === undefined && load === undefined && source.fill !== undefined) {
      return source.fill(into, start, place, from, count);
    }
    let external = 0;
    for (let at = 0; at < count; at++) {
      const cell = this.valueAt(from + at);
      if (cell === null) into[start + at][place] = null;
      else if (cell === undefined) into[start + at][place] = missing;
      else if (cell instanceof External) {
        into[start + at][place] = cell as unknown as Value;
        external++;
      } else into[start + at][place] = load === undefined ? cell : load(cell);
    }
    return external;
  }
}

/** A column of one cell repeated: every row null, or every row absent. */
export class EmptyView implements ColumnView {
  readonly rows: number;
  readonly #cell: null | undefined;

  constructor(rows: number, cell: null | undefined) {
    this.rows = rows;
    this.#cell = cell;
  }

  valueAt(): StoredCell {
    return this.#cell;
  }

  fill(into: Row[], start: number, place: number, _from: number, count: number, _load: unknown, missing: Value): number {
    const value = this.#cell === null ? null : missing;
    for (let at = 0; at < count; at++) into[start + at][place] = value;
    return 0;
  }
}
