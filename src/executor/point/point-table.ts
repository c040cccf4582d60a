/**
 * One table as point programs write it: with its index entries, each unique key looked at first (as executor/row/table-writer.ts does).
 *
 *     insert    every unique key free? ──> row, entries
 *     update    changed unique keys free? ──> row, changed entries        the row keeps its own key
 *     delete    row, entries
 *
 * A question comes before the first write and may be answered by waiting; then nothing is written (F1). A key that is taken is waiting, too: the
 * ordinary road finds it again and says so in full (F2).
 */
import { equalBytes } from '../../base/bytes.ts';
import type { WriteTarget } from '../../binder/plan.ts';
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import { KeyMaker } from '../../storage/key-codec.ts';
import type { RowPatch } from '../../storage/row-patch.ts';
import { RowReader, type ReadOutcome } from '../../storage/row-reader.ts';
import type { Key } from '../../storage/tree.ts';
import type { Transaction } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { prepareTarget, type IndexEntry, type PreparedIndex, type PreparedTarget } from '../row/write-target.ts';
import { NOT_PROMPT, scopeOf, type PromptCompiler } from './prompt.ts';

/** An index, and a reader that says whether it has a key. */
export interface PointIndex extends PreparedIndex {
  readonly presence: RowReader;
}

const NO_ENTRIES: readonly (IndexEntry | undefined)[] = [];

export class PointTable {
  readonly table: TableDescriptor;
  readonly indexes: readonly PointIndex[];
  readonly #target: PreparedTarget;
  readonly #presence: RowReader;
  readonly #keys: KeyMaker;
  /** The row that nobody looks at. */
  readonly #nothing: Row = [];

  constructor(target: WriteTarget, compiler: PromptCompiler) {
    const { table } = target;
    if (table.referencedBy.length > 0 || table.constraints.some((constraint) => constraint.kind === 'foreign')) throw NOT_PROMPT;
    for (const { expression } of target.generated) compiler.checked(expression);
    for (const { condition } of target.checks) compiler.checked(condition);
    for (const { keys, predicate } of target.indexExpressions)
      for (const expression of [...keys, predicate]) if (expression !== undefined) compiler.checked(expression);
    this.table = table;
    this.#target = prepareTarget(target, scopeOf([]));
    this.indexes = this.#target.indexes.map((index) => ({ ...index, presence: new RowReader(index.descriptor.tree, []) }));
    this.#presence = new RowReader(table.tree, []);
    this.#keys = new KeyMaker(table.tree);
  }

  /** Generated columns, NOT NULL and CHECK: throws what they throw. */
  complete(row: Row, environment: Environment): void {
    this.#target.complete(row, environment);
  }

  /** The row's own key, good until the next one is asked for. */
  keyOf(row: Row): Key {
    return this.#keys.key(row);
  }

  /** The entries of a row, by index. */
  entriesOf(row: Row, environment: Environment): readonly (IndexEntry | undefined)[] {
    return this.indexes.length === 0 ? NO_ENTRIES : this.indexes.map((index) => index.entryOf(row, environment));
  }

  /** Whether the table has a row of this key: a `write` read. */
  holds(transaction: Transaction, key: Key): ReadOutcome {
    return transaction.readPromptly(this.#presence, key, 'write', this.#nothing);
  }

  /** Whether a row may be inserted at once: no row has its key. */
  isKeyFree(transaction: Transaction, key: Key): boolean {
    return this.table.tree.rowId !== undefined || this.holds(transaction, key) === 'absent';
  }

  /** Whether no other entry has one of its unique keys. */
  areUniqueFree(transaction: Transaction, entries: readonly (IndexEntry | undefined)[]): boolean {
    for (let at = 0; at < entries.length; at++) if (!this.#isEntryFree(transaction, at, entries[at])) return false;
    return true;
  }

  /** Whether the entries `to` may take the place of `from` at once. */
  areEntriesFree(transaction: Transaction, from: readonly (IndexEntry | undefined)[], to: readonly (IndexEntry | undefined)[]): boolean {
    for (let at = 0; at < to.length; at++) if (!haveOneKey(from[at], to[at]) && !this.#isEntryFree(transaction, at, to[at])) return false;
    return true;
  }

  /** Writes a row found free, and its entries. */
  insert(transaction: Transaction, key: Key, row: Row, entries: readonly (IndexEntry | undefined)[]): void {
    const { tree } = this.table;
    if (tree.rowId === undefined) transaction.putOver(tree, key, row);
    else transaction.put(tree, key, row);
    for (let at = 0; at < entries.length; at++) this.#putEntry(transaction, at, entries[at]);
  }

  /** Puts a changed row, read before as a `write` reads, in its place, and writes only what changed of its entries, found free. */
  update(
    transaction: Transaction,
    key: Key,
    row: Row,
    from: readonly (IndexEntry | undefined)[],
    to: readonly (IndexEntry | undefined)[],
  ): void {
    transaction.putOver(this.table.tree, key, row);
    for (let at = 0; at < to.length; at++) {
      const { tree } = this.indexes[at].descriptor;
      const before = from[at];
      const after = to[at];
      const same = haveOneKey(before, after);
      if (before !== undefined && !same) transaction.delete(tree, before.key);
      if (!same) this.#putEntry(transaction, at, after);
      else if (after !== undefined && before?.row.every((value, cell) => value === after.row[cell]) !== true)
        transaction.put(tree, after.key, after.row);
    }
  }

  /** Puts the row that `patch` is open on in its place with the patch's columns as `row` has them; false, and nothing written, where NOT NULL forbids it. */
  patch(transaction: Transaction, key: Key, row: Row, patch: RowPatch): boolean {
    const { columns, tree } = this.table;
    for (const position of patch.positions) if (row[position] === null && columns[position].notNull) return false;
    transaction.putOver(tree, key, row, patch);
    return true;
  }

  /** Deletes a row that was read as a `write` reads, and its entries. */
  delete(transaction: Transaction, key: Key, entries: readonly (IndexEntry | undefined)[]): void {
    transaction.deleteOver(this.table.tree, key);
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at];
      if (entry !== undefined) transaction.delete(this.indexes[at].descriptor.tree, entry.key);
    }
  }

  /** Whether a column takes part in the row's own key. */
  isInKey(position: number): boolean {
    return this.table.tree.key.some((part) => part.column === position);
  }

  /** Puts an entry whose key, if it is a unique one, was found free. */
  #putEntry(transaction: Transaction, at: number, entry: IndexEntry | undefined): void {
    if (entry === undefined) return;
    const { tree } = this.indexes[at].descriptor;
    if (entry.collides) transaction.putOver(tree, entry.key, entry.row);
    else transaction.put(tree, entry.key, entry.row);
  }

  #isEntryFree(transaction: Transaction, at: number, entry: IndexEntry | undefined): boolean {
    if (entry?.collides !== true) return true;
    return transaction.readPromptly(this.indexes[at].presence, entry.key, 'write', this.#nothing) === 'absent';
  }
}

function haveOneKey(a: IndexEntry | undefined, b: IndexEntry | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a.key, b.key);
}
