import type { Row } from '../../types/value.ts';
import type { ColumnInfo } from './expression/lower.ts';
import type { Registers } from './expression/registers.ts';
import { Unboxer } from './unbox.ts';
import type { Batch } from './vector.ts';

/** Puts rows of known columns into vectors of its own. Throws `VectorFallback` for a value that has another form than its column. */
export class RowsToBatch {
  readonly #registers: Registers;
  readonly #columns: readonly ColumnInfo[];
  #unboxers: readonly Unboxer[] | undefined;

  constructor(registers: Registers, columns: readonly ColumnInfo[]) {
    this.#registers = registers;
    this.#columns = columns;
  }

  /** Points the batch's columns at the rows, at most VECTOR_ROWS_MAX. */
  fill(rows: readonly Row[], batch: Batch): void {
    this.#unboxers ??= this.#columns.map((column) => new Unboxer(this.#registers, column.type, column.form));
    for (const [place, unboxer] of this.#unboxers.entries()) {
      unboxer.start();
      for (let at = 0; at < rows.length; at++) unboxer.set(at, rows[at][place]);
      batch.columns[place].pointAt(unboxer.finish());
    }
    batch.rows = rows.length;
  }
}
