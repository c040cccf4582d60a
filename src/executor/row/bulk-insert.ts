/** Rows by the tens of thousands into one table: streamed, with their index entries, into loads that the transaction sorts and checks. */
import { assert } from '../../base/assert.ts';
import type { BulkLoad } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { uniqueViolation } from './constraint-error.ts';
import { noteInserted } from './foreign-key.ts';
import type { PreparedIndex, PreparedTarget } from './write-target.ts';

/** From how many rows on an INSERT without ON CONFLICT goes this way. */
export const BULK_ROWS_MIN = 10_000;

export class BulkInsert {
  readonly #target: PreparedTarget;
  readonly #environment: Environment;
  readonly #table: BulkLoad;
  readonly #indexes: readonly { readonly index: PreparedIndex; readonly load: BulkLoad }[];

  constructor(target: PreparedTarget, environment: Environment) {
    const { table, indexes } = target;
    const { transaction, context } = environment;
    this.#target = target;
    this.#environment = environment;
    this.#table = transaction.bulkLoad(table.tree, {
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
        onDuplicate: (row) => uniqueViolation(table, index.descriptor, row.slice(0, index.descriptor.keys.length), context),
      }),
    }));
  }

  /** Takes a completed row. */
  add(row: Row): void | Promise<void> {
    noteInserted(this.#environment, this.#target.table, row);
    const waiting: Promise<void>[] = [];
    const added = this.#table.add(row);
    if (added instanceof Promise) waiting.push(added);
    for (const { index, load } of this.#indexes) {
      const entry = index.entryOf(row, this.#environment);
      const done = entry === undefined ? undefined : load.add(entry.row);
      if (done instanceof Promise) waiting.push(done);
    }
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  /** 23505 when a unique key of a row is taken. */
  async finish(): Promise<void> {
    try {
      await this.#table.finish();
      for (const { load } of this.#indexes) await load.finish();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  abandon(): void {
    this.#table.abandon();
    for (const { load } of this.#indexes) load.abandon();
  }
}
