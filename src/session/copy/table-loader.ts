/**
 * Loads rows into a table and its indexes in bulk. Unique keys are judged when all rows are there, and foreign keys after that, as at the end
 * of any statement.
 */
import type { Environment } from '../../executor/environment.ts';
import { BulkInsert } from '../../executor/row/bulk-insert.ts';
import { settleForeignKeys } from '../../executor/row/foreign-key.ts';
import type { PreparedTarget } from '../../executor/row/write-target.ts';
import type { ColumnBatch } from '../../storage/bulk/column-batch.ts';
import type { Row } from '../../types/value.ts';

export class TableLoader {
  readonly #target: PreparedTarget;
  readonly #environment: Environment;
  readonly #rows: BulkInsert;

  constructor(target: PreparedTarget, environment: Environment) {
    this.#target = target;
    this.#environment = environment;
    this.#rows = new BulkInsert(target, environment);
  }

  /** Completes a row of all columns of the table's tree but the row id, a new one unless it is given. NOT NULL and CHECK are judged here. */
  complete(row: Row, rowId?: number | bigint): void {
    const { tree } = this.#target.table;
    if (tree.rowId !== undefined) row[tree.rowId] = rowId ?? this.#environment.transaction.newRowId();
    this.#target.complete(row, this.#environment);
  }

  /** `count` row ids in a row: the first; undefined for a table with a key. */
  newRowIds(count: number): number | bigint | undefined {
    return this.#target.table.tree.rowId === undefined ? undefined : this.#environment.transaction.newRowIds(count);
  }

  /** Takes a completed row. */
  add(row: Row): void | Promise<void> {
    return this.#rows.add(row);
  }

  /** Where completed rows go by column; `advance` must follow. */
  get batch(): ColumnBatch {
    return this.#rows.batch;
  }

  advance(count: number, valueBytes: number): Promise<void> {
    return this.#rows.advance(count, valueBytes);
  }

  /** Registers everything with the transaction. 23505 and 23503 come from here. */
  async finish(): Promise<void> {
    await this.#rows.finish();
    await settleForeignKeys(this.#environment);
  }

  abandon(): void {
    this.#rows.abandon();
  }
}
