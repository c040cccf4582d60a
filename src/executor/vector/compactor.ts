/**
 * Gathers the rows that pass a filter until they are worth a batch: a few rows of each leaf become one batch, so that what lies
 * above is called once for many leaves.
 */
import type { ColumnInfo } from './expression/lower.ts';
import type { Register, Registers } from './expression/registers.ts';
import { VECTOR_ROWS_MAX, type Batch } from './vector.ts';

/** From so many rows on a selection is a batch of its own. */
export const WORTH_A_BATCH = 512;

export class Compactor {
  readonly batch: Batch;
  readonly #registers: Registers;
  readonly #columns: readonly Register[];
  readonly #scratch: number;

  constructor(registers: Registers, columns: readonly ColumnInfo[]) {
    this.#registers = registers;
    this.#columns = columns.map((column) => registers.register(column.form.type));
    this.batch = { rows: 0, columns: this.#columns };
    this.#scratch = registers.memory.takeValues('i32');
  }

  get rows(): number {
    return this.batch.rows;
  }

  /** Forgets what was gathered. */
  clear(): void {
    this.batch.rows = 0;
  }

  /** Whether the selected rows fit behind what is there: there is room, and integers come in the same width. */
  fits(batch: Batch, places: readonly number[], count: number): boolean {
    if (this.batch.rows === 0) return true;
    if (this.batch.rows + count > VECTOR_ROWS_MAX) return false;
    return this.#columns.every((column, at) => column.isNarrow === batch.columns[places[at]].isNarrow);
  }

  /** Appends the selected rows; column i is the batch's at `places[i]`. `fits` was asked before. */
  append(batch: Batch, places: readonly number[], selection: number, count: number): void {
    const { kernels } = this.#registers;
    const at = this.batch.rows;
    for (const [place, column] of this.#columns.entries()) {
      const source = batch.columns[places[place]];
      if (at === 0) {
        column.own(false);
        column.isNarrow = source.isNarrow;
      }
      if (source.dictionary !== 0) {
        kernels.gather32(source.data, selection, count, this.#scratch);
        kernels.lookup64(this.#scratch, source.dictionary, count, column.values + at * 8);
      } else if (column.type === 'bool') kernels.gather8(source.data, selection, count, column.values + at);
      else if (column.type === 'i32' || column.isNarrow) kernels.gather32(source.data, selection, count, column.values + at * 4);
      else kernels.gather64(source.data, selection, count, column.values + at * 8);
      this.#appendNulls(column, source.nulls, selection, at, count);
    }
    this.batch.rows = at + count;
  }

  #appendNulls(column: Register, nulls: number, selection: number, at: number, count: number): void {
    const bytes = this.#registers.memory.heap.bytes();
    if (nulls === 0) {
      if (column.nulls !== 0) bytes.fill(0, column.nullBytes + at, column.nullBytes + at + count);
      return;
    }
    if (column.nulls === 0) {
      bytes.fill(0, column.nullBytes, column.nullBytes + at);
      column.nulls = column.nullBytes;
    }
    this.#registers.kernels.gather8(nulls, selection, count, column.nullBytes + at);
  }
}
