/**
 * Rows by the tens of thousands into one table: streamed, with their index entries, into loads that the transaction sorts and checks. They come
 * one by one, or by column into the table's batch.
 */
import { assert } from '../../base/assert.ts';
import { giveLoadingMemoryBack, takeLoadingMemory, type LoadingMemory } from '../../kernels/loading-memory.ts';
import { copyRows } from '../../storage/bulk/copy-rows.ts';
import type { ColumnBatch } from '../../storage/bulk/column-batch.ts';
import type { BulkLoad } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { uniqueViolation } from './constraint-error.ts';
import { noteInserted } from './foreign-key.ts';
import type { PreparedIndex, PreparedTarget } from './write-target.ts';

/** From how many rows on an INSERT without ON CONFLICT goes this way. */
export const BULK_ROWS_MIN = 10_000;

interface IndexLoad {
  readonly index: PreparedIndex;
  readonly load: BulkLoad;
}

export class BulkInsert {
  readonly #target: PreparedTarget;
  readonly #environment: Environment;
  readonly #memory: LoadingMemory;
  readonly #table: BulkLoad;
  readonly #indexes: readonly IndexLoad[];
  readonly #hasForeignKeys: boolean;
  #isOver = false;

  constructor(target: PreparedTarget, environment: Environment) {
    const { table, indexes } = target;
    const { transaction, context } = environment;
    const memory = takeLoadingMemory();
    this.#target = target;
    this.#environment = environment;
    this.#memory = memory;
    this.#hasForeignKeys = table.constraints.some((constraint) => constraint.kind === 'foreign');
    this.#table = transaction.bulkLoad(table.tree, {
      memory,
      onDuplicate: (row) => {
        const primary = table.indexes.find((index) => index.primary);
        assert(primary !== undefined, 'only a primary key can be there twice', { table: table.name });
        return uniqueViolation(
          table,
          primary,
          table.tree.key.map((part) => row[part.column]),
          context,
        );
      },
    });
    this.#indexes = indexes.map((index) => ({
      index,
      load: transaction.bulkLoad(index.descriptor.tree, {
        memory,
        onDuplicate: (row) => uniqueViolation(table, index.descriptor, row.slice(0, index.descriptor.keys.length), context),
      }),
    }));
  }

  /** Takes a completed row. A promise must be awaited before the next. */
  add(row: Row): void | Promise<void> {
    if (this.#hasForeignKeys) noteInserted(this.#environment, this.#target.table, row);
    let waiting: Promise<void> | undefined;
    const added = this.#table.add(row);
    if (added instanceof Promise) waiting = added;
    for (const { index, load } of this.#indexes) {
      const entry = index.entryOf(row, this.#environment);
      const taken = entry === undefined ? undefined : load.add(entry.row);
      if (taken instanceof Promise) waiting = waiting === undefined ? taken : Promise.all([waiting, taken]).then(() => undefined);
    }
    return waiting;
  }

  /** Where rows go by column, with room for one at least; `advance` must follow, and renews it. */
  get batch(): ColumnBatch {
    return this.#table.batch;
  }

  /** Takes the `count` completed rows of about so many bytes that were put behind the rows of `batch`. */
  async advance(count: number, valueBytes: number): Promise<void> {
    const { batch } = this.#table;
    const base = batch.rows;
    if (this.#hasForeignKeys)
      for (let row = 0; row < count; row++) noteInserted(this.#environment, this.#target.table, batch.rowAt(base + row));
    for (const load of this.#indexes) await this.#index(load, batch, base, count);
    batch.advance(count, valueBytes);
    await this.#table.advanced();
  }

  /** Looks for rows whose unique key is taken: SQLSTATE 23505. */
  async finish(): Promise<void> {
    try {
      await this.#table.finish();
      for (const { load } of this.#indexes) await load.finish();
    } finally {
      this.abandon();
    }
  }

  /** Gives everything up that is not finished. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#table.abandon();
    for (const { load } of this.#indexes) load.abandon();
    giveLoadingMemoryBack(this.#memory);
  }

  async #index({ index, load }: IndexLoad, rows: ColumnBatch, base: number, count: number): Promise<void> {
    const { columns } = index;
    if (columns === undefined) {
      for (let row = 0; row < count; row++) {
        const entry = index.entryOf(rows.rowAt(base + row), this.#environment);
        if (entry !== undefined) await load.add(entry.row);
      }
      return;
    }
    for (let from = 0; from < count;) {
      const { batch } = load;
      const fits = Math.min(batch.room, count - from);
      copyRows(rows, base + from, fits, batch, columns);
      batch.advance(fits, fits * columns.length * ENTRY_CELL_BYTES);
      await load.advanced();
      from += fits;
    }
  }
}

/** Bytes of an index entry's value, about. */
const ENTRY_CELL_BYTES = 8;
