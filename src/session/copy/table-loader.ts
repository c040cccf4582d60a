/**
 * Loads completed rows into a table and its indexes in bulk. Unique keys are judged when all rows are there, and foreign keys after that,
 * as at the end of any statement.
 */
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import type { Environment } from '../../executor/environment.ts';
import { uniqueViolation } from '../../executor/row/constraint-error.ts';
import { noteInserted, settleForeignKeys } from '../../executor/row/foreign-key.ts';
import type { PreparedTarget } from '../../executor/row/write-target.ts';
import type { BulkLoad } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';

export class TableLoader {
  readonly #target: PreparedTarget;
  readonly #environment: Environment;
  readonly #rows: BulkLoad;
  readonly #entries: readonly BulkLoad[];
  readonly #hasForeignKeys: boolean;

  constructor(target: PreparedTarget, environment: Environment) {
    const { table } = target;
    const { transaction, context } = environment;
    this.#target = target;
    this.#environment = environment;
    this.#hasForeignKeys = table.constraints.some((constraint) => constraint.kind === 'foreign');
    this.#rows = transaction.bulkLoad(table.tree, { onDuplicate: (row) => duplicateRow(table, row, environment) });
    this.#entries = target.indexes.map(({ descriptor }) =>
      transaction.bulkLoad(descriptor.tree, {
        onDuplicate: (row) => uniqueViolation(table, descriptor, row.slice(0, descriptor.keys.length), context),
      }),
    );
  }

  /** Takes a row of all columns of the table's tree but the row id, which it fills in. NOT NULL and CHECK are judged here. */
  add(row: Row): void | Promise<void> {
    const { table, indexes } = this.#target;
    if (table.tree.rowId !== undefined) row[table.tree.rowId] = this.#environment.transaction.newRowId();
    this.#target.complete(row, this.#environment);
    if (this.#hasForeignKeys) noteInserted(this.#environment, table, row);
    let waiting: Promise<void> | undefined;
    const added = this.#rows.add(row);
    if (added instanceof Promise) waiting = added;
    for (let at = 0; at < indexes.length; at++) {
      const entry = indexes[at].entryOf(row, this.#environment);
      const taken = entry === undefined ? undefined : this.#entries[at].add(entry.row);
      if (taken instanceof Promise) waiting = waiting === undefined ? taken : Promise.all([waiting, taken]).then(() => undefined);
    }
    return waiting;
  }

  /** Registers everything with the transaction. 23505 and 23503 come from here. */
  async finish(): Promise<void> {
    await this.#rows.finish();
    for (const entries of this.#entries) await entries.finish();
    await settleForeignKeys(this.#environment);
  }

  abandon(): void {
    this.#rows.abandon();
    for (const entries of this.#entries) entries.abandon();
  }
}

function duplicateRow(table: TableDescriptor, row: Row, environment: Environment): Error {
  const primary = table.indexes.find((index) => index.primary);
  if (primary === undefined) return new Error('rows without a key cannot collide');
  return uniqueViolation(
    table,
    primary,
    table.tree.key.map((part) => row[part.column]),
    environment.context,
  );
}
