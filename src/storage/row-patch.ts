/**
 * Changes some columns of an encoded row (row-codec.ts) without knowing the others: their cells are copied as they lie.
 *
 *     count, cell, cell | changed | cell | changed | cell, …
 *     copied            |         | copied         | copied
 */
import type { Physical, StoredValue } from '../types/type.ts';
import type { Row, Value } from '../types/value.ts';
import type { CellWriter } from './cell-codec.ts';
import { CellReader } from './cell-reader.ts';
import { columnForm } from './column-form.ts';
import { fits } from './row-codec.ts';
import { ROW_ID_COLUMN, type TreeSchema } from './tree.ts';

/** A column that is read, and where its value goes. */
export interface PatchRead {
  readonly position: number;
  readonly place: number;
}

interface PatchedColumn {
  readonly id: number;
  /** Where its value goes when it is read, -1 when it is not. */
  readonly place: number;
  /** Where its value is when it is changed, -1 when it is not. */
  readonly position: number;
  readonly physical: Physical;
  readonly load: ((stored: StoredValue) => Value) | undefined;
  readonly store: ((value: Value) => StoredValue) | undefined;
}

const reader = new CellReader('a row');

/** First `read`s a row, then `write`s it changed: the bytes must stay as they are in between. */
export class RowPatch {
  /** Positions in the schema of what is changed. */
  readonly positions: readonly number[];
  /** By id. */
  readonly #columns: readonly PatchedColumn[];
  readonly #changed: readonly PatchedColumn[];
  /** Of each changed column's cell: where it begins and ends, and its step. */
  readonly #starts: number[];
  readonly #ends: number[];
  readonly #steps: number[];
  #bytes: Uint8Array | undefined;
  #from = 0;
  #to = 0;

  /** `changed` are positions in the schema, the row id not among them. */
  constructor(schema: TreeSchema, changed: readonly number[], read: readonly PatchRead[]) {
    this.positions = changed;
    this.#columns = schema.columns
      .map(({ id, type }, position): PatchedColumn => {
        const place = read.find((one) => one.position === position)?.place ?? -1;
        return { id, place, position: changed.includes(position) && id !== ROW_ID_COLUMN ? position : -1, ...columnForm(type) };
      })
      .filter(({ place, position }) => place >= 0 || position >= 0)
      .sort((a, b) => a.id - b.id);
    this.#changed = this.#columns.filter(({ position }) => position >= 0);
    this.#starts = this.#changed.map(() => 0);
    this.#ends = this.#changed.map(() => 0);
    this.#steps = this.#changed.map(() => 0);
  }

  /** Whether a row was read that can be written. */
  get isOpen(): boolean {
    return this.#bytes !== undefined;
  }

  /** Lets go of the row. */
  close(): void {
    this.#bytes = undefined;
  }

  /** Reads what is to be read of the row in `bytes` from `from` to `to` into `into`; false when it has not all cells that this is about. */
  read(bytes: Uint8Array, from: number, to: number, into: Row): boolean {
    const columns = this.#columns;
    this.#bytes = undefined;
    reader.open(bytes, from, to);
    let next = 0;
    let changed = 0;
    let id = -1;
    for (let cells = reader.varint(); cells > 0 && next < columns.length; cells--) {
      const start = reader.position;
      const head = reader.varint();
      id += head >>> 4;
      const column = columns[next];
      if (id !== column.id) {
        reader.skip(head & 15);
        continue;
      }
      next++;
      if (column.place < 0) reader.skip(head & 15);
      else {
        const stored = reader.value(head & 15);
        if (stored !== null && !fits(column.physical, stored)) return false;
        into[column.place] = stored === null || column.load === undefined ? stored : column.load(stored);
      }
      if (column.position < 0) continue;
      this.#starts[changed] = start;
      this.#steps[changed] = head >>> 4;
      this.#ends[changed++] = reader.position;
    }
    if (next < columns.length || reader.position > to) return false;
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
    return true;
  }

  /** Appends the row that was read with the changed columns as `row` has them, by position in the schema. */
  write(out: CellWriter, row: Row): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    let from = this.#from;
    for (let at = 0; at < this.#changed.length; at++) {
      const { position, physical, store } = this.#changed[at];
      const value = row[position];
      out.part(bytes, from, this.#starts[at]);
      out.cell(this.#steps[at], physical, value === null || store === undefined ? value : store(value));
      from = this.#ends[at];
    }
    out.part(bytes, from, this.#to);
  }
}
