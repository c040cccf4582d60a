/** Up to a leaf's worth of rows of one tree, by column. */
import { assert } from '../../base/assert.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import type { Row } from '../../types/value.ts';
import { LEAF_ROWS_MAX } from '../leaf.ts';
import type { TreeSchema } from '../tree.ts';
import { BatchColumn } from './batch-column.ts';
import { StringArena } from './string-arena.ts';

export const BATCH_ROWS_MAX = LEAF_ROWS_MAX;

/** Bytes of values from which on a batch takes no more rows. */
const BATCH_BYTES_MAX = 1024 * 1024;

export class ColumnBatch {
  readonly schema: TreeSchema;
  readonly memory: LoadingMemory;
  /** As `schema.columns`. */
  readonly columns: readonly BatchColumn[];
  readonly #strings: StringArena;
  readonly #address: number;
  readonly #fixedBytes: number;
  #rows = 0;
  #rowsMax = BATCH_ROWS_MAX;
  #valueBytes = 0;
  #borrowed: { readonly low: number; readonly high: number } | undefined;

  constructor(schema: TreeSchema, memory: LoadingMemory) {
    this.schema = schema;
    this.memory = memory;
    this.#strings = new StringArena(memory);
    this.#fixedBytes = schema.columns.reduce((sum, column) => sum + BatchColumn.bytesOf(column, BATCH_ROWS_MAX), 0);
    this.#address = memory.allocate(this.#fixedBytes);
    let at = this.#address;
    this.columns = schema.columns.map((column) => {
      const placed = new BatchColumn(column, memory, this.#strings, at, BATCH_ROWS_MAX);
      at += BatchColumn.bytesOf(column, BATCH_ROWS_MAX);
      return placed;
    });
  }

  get rows(): number {
    return this.#rows;
  }

  /** How many more rows it takes. */
  get room(): number {
    return this.#valueBytes >= BATCH_BYTES_MAX ? 0 : this.#rowsMax - this.#rows;
  }

  /** Bytes of values that it should still take; one row more may always come while there is room. */
  get bytesRoom(): number {
    return Math.max(0, BATCH_BYTES_MAX - this.#valueBytes);
  }

  /** Bytes of its values, about. */
  get valueBytes(): number {
    return this.#valueBytes;
  }

  /** Bytes of memory that it holds. */
  get heldBytes(): number {
    return this.#fixedBytes + this.#strings.bytes;
  }

  /** Room for strings that live as long as the batch. */
  get strings(): StringArena {
    return this.#strings;
  }

  /** Takes a whole row. */
  add(row: Row): void {
    assert(this.room > 0, 'a batch that is full takes no more rows');
    this.#valueBytes += this.set(this.#rows, row);
    this.#rows++;
  }

  /** Puts a row in the place of one that is there already, or is about to be; about how many bytes it takes. */
  set(at: number, row: Row): number {
    const { columns } = this;
    assert(row.length === columns.length, 'T3: a row has a value for every column', { values: row.length, columns: columns.length });
    let bytes = 0;
    for (let position = 0; position < columns.length; position++) bytes += columns[position].set(at, row[position]);
    return bytes;
  }

  /** Says that `count` rows, of about so many bytes, were put into every column behind the others. */
  advance(count: number, valueBytes: number): void {
    assert(count <= this.#rowsMax - this.#rows, 'a batch takes no more rows than it has room for', { count });
    this.#rows += count;
    this.#valueBytes += valueBytes;
  }

  rowAt(at: number): Row {
    return this.columns.map((column) => column.get(at));
  }

  /** Forgets its rows; it is to take up to `rowsMax` others. */
  clear(rowsMax = BATCH_ROWS_MAX): void {
    this.#rows = 0;
    this.#rowsMax = rowsMax;
    this.#valueBytes = 0;
    this.#borrowed = undefined;
    this.#strings.clear();
    for (const column of this.columns) column.clear();
  }

  /** Says that strings may lie at addresses [low, high), which are somebody else's until `settle`. */
  borrow(low: number, high: number): void {
    this.#borrowed = { low, high };
  }

  /** Copies the strings that are borrowed. */
  settle(): void {
    const { kernels } = this.memory;
    const borrowed = this.#borrowed;
    this.#borrowed = undefined;
    if (borrowed === undefined || this.#rows === 0) return;
    assert(kernels !== undefined, 'only kernels refer to strings elsewhere');
    for (const column of this.columns) {
      if (column.form !== 'string') continue;
      const arena = this.#strings.reserve(kernels.totalLength(column.data, 0, this.#rows));
      this.#strings.taken(kernels.moveStrings(column.data, this.#rows, borrowed.low, borrowed.high, arena));
    }
  }

  /** Gives its memory back. */
  release(): void {
    this.#strings.release();
    this.memory.release(this.#address, this.#fixedBytes);
  }
}
