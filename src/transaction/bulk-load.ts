/**
 * Many rows of one tree at once. They are sorted first, so that duplicates show and neighbours lie together. A small load goes
 * the way of ordinary writes; one past SEGMENT_BYTES_MIN goes into segments, uploaded before the commit that refers to them.
 *
 * Invariants
 *   U1  No two rows of a load have one key, and none has the key of a row that is there already: SQLSTATE 23505 by `onDuplicate`.
 *   U2  Finding the second reads the tree as a constraint does: a row that appears there meanwhile is a conflict.
 */
import { assert } from '../base/assert.ts';
import { compareBytes } from '../base/bytes.ts';
import { afterKey, encodeKey } from '../storage/key-codec.ts';
import { keyEndsWithRowId } from '../storage/row-id.ts';
import type { Key, RowBatch, TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import type { BulkLoad, Transaction } from './transaction.ts';

interface Loaded {
  readonly key: Key;
  readonly row: Row;
}

/** A load whose rows become ordinary writes of `transaction`. */
export class InlineBulkLoad implements BulkLoad {
  readonly #transaction: Transaction;
  readonly #tree: TreeSchema;
  readonly #onDuplicate: (row: Row) => Error;
  #rows: Loaded[] = [];
  #isEnded = false;

  constructor(transaction: Transaction, tree: TreeSchema, onDuplicate: (row: Row) => Error) {
    this.#transaction = transaction;
    this.#tree = tree;
    this.#onDuplicate = onDuplicate;
  }

  add(row: Row): void {
    assert(!this.#isEnded, 'a load takes rows until it ends');
    this.#rows.push({ key: encodeKey(this.#tree, row), row });
  }

  async finish(): Promise<{ readonly rows: number }> {
    assert(!this.#isEnded, 'a load ends once');
    this.#isEnded = true;
    const rows = this.#rows.sort((a, b) => compareBytes(a.key, b.key));
    this.#rows = [];
    for (let at = 1; at < rows.length; at++) if (compareBytes(rows[at - 1].key, rows[at].key) === 0) throw this.#onDuplicate(rows[at].row);
    await this.#checkAgainstTree(rows);
    for (const { key, row } of rows) this.#transaction.put(this.#tree, key, row);
    return { rows: rows.length };
  }

  abandon(): void {
    this.#isEnded = true;
    this.#rows = [];
  }

  /** U2: a merge of the sorted keys with those that the tree has between the first and the last. */
  async #checkAgainstTree(rows: readonly Loaded[]): Promise<void> {
    const keyed = rows.filter(({ row }) => !keyEndsWithRowId(this.#tree, row)); // nobody else has a key that ends with a fresh row id
    if (keyed.length === 0) return;
    const range = { from: keyed[0].key, to: afterKey(keyed[keyed.length - 1].key) };
    const cursor = this.#transaction.scan(this.#tree, range, { columns: [], keys: true, purpose: 'constraint' });
    try {
      let next = 0;
      for (let batch: RowBatch | null = await cursor.next(); batch !== null; batch = await cursor.next()) {
        for (const key of batch.keys) {
          while (next < keyed.length && compareBytes(keyed[next].key, key) < 0) next++;
          if (next === keyed.length) return;
          if (compareBytes(keyed[next].key, key) === 0) throw this.#onDuplicate(keyed[next].row);
        }
      }
    } finally {
      cursor.close();
    }
  }
}
