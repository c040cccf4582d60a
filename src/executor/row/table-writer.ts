/**
 * Writes rows of one table with everything that hangs on them: the indexes' entries, uniqueness, and the foreign keys to be
 * looked at when the statement ends.
 *
 * Invariant W1: a row is written only after every unique key of it was found free, and then with all its index entries.
 */
import { equalBytes } from '../../base/bytes.ts';
import { present } from '../../base/assert.ts';
import type { IndexDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Key, TreeSchema } from '../../storage/tree.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { uniqueViolation } from './constraint-error.ts';
import { noteDeleted, noteInserted, noteUpdated } from './foreign-key.ts';
import type { IndexEntry, PreparedTarget } from './write-target.ts';

const NO_COLUMNS: readonly number[] = [];

export class TableWriter {
  readonly #target: PreparedTarget;
  readonly #table: TableDescriptor;
  readonly #tree: TreeSchema;
  readonly #primary: IndexDescriptor | undefined;
  readonly #environment: Environment;

  constructor(target: PreparedTarget, environment: Environment) {
    this.#target = target;
    this.#table = target.table;
    this.#tree = target.table.tree;
    this.#primary = target.table.indexes.find((index) => index.primary);
    this.#environment = environment;
  }

  /** Inserts a completed row; 23505 when a unique key of it is taken. */
  insert(row: Row): void | Promise<void> {
    const { transaction } = this.#environment;
    const key = encodeKey(this.#tree, row);
    const entries = this.#target.indexes.map((index) => index.entryOf(row, this.#environment));
    const lookups: Promise<void>[] = [];
    if (this.#tree.rowId === undefined)
      this.#mustBeFree(this.#tree, key, present(this.#primary, 'a table without a row id has a primary key'), row, lookups);
    for (const [at, entry] of entries.entries()) {
      if (entry?.collides === true)
        this.#mustBeFree(this.#target.indexes[at].descriptor.tree, entry.key, this.#target.indexes[at].descriptor, entry.row, lookups);
    }
    const write = (): void => {
      transaction.put(this.#tree, key, row);
      for (const [at, entry] of entries.entries())
        if (entry !== undefined) transaction.put(this.#target.indexes[at].descriptor.tree, entry.key, entry.row);
      noteInserted(this.#environment, this.#table, row);
    };
    return lookups.length > 0 ? Promise.all(lookups).then(write) : write();
  }

  /** Replaces `old` by the completed `row`. */
  update(old: Row, row: Row): void | Promise<void> {
    const { transaction } = this.#environment;
    const oldKey = encodeKey(this.#tree, old);
    const key = encodeKey(this.#tree, row);
    const moved = !equalBytes(oldKey, key);
    const changes = this.#target.indexes.map((index) => ({
      index,
      from: index.entryOf(old, this.#environment),
      to: index.entryOf(row, this.#environment),
    }));
    const lookups: Promise<void>[] = [];
    if (moved) this.#mustBeFree(this.#tree, key, present(this.#primary, 'only a primary key can move a row'), row, lookups);
    for (const { index, from, to } of changes) {
      if (to?.collides === true && !(from !== undefined && equalBytes(from.key, to.key)))
        this.#mustBeFree(index.descriptor.tree, to.key, index.descriptor, to.row, lookups);
    }
    const write = (): void => {
      if (moved) transaction.delete(this.#tree, oldKey);
      transaction.put(this.#tree, key, row);
      for (const { index, from, to } of changes) replaceEntry(this.#environment, index.descriptor.tree, from, to);
      noteUpdated(this.#environment, this.#table, old, row);
    };
    return lookups.length > 0 ? Promise.all(lookups).then(write) : write();
  }

  delete(row: Row): void {
    const { transaction } = this.#environment;
    transaction.delete(this.#tree, encodeKey(this.#tree, row));
    for (const index of this.#target.indexes) {
      const entry = index.entryOf(row, this.#environment);
      if (entry !== undefined) transaction.delete(index.descriptor.tree, entry.key);
    }
    noteDeleted(this.#environment, this.#table, row);
  }

  #mustBeFree(tree: TreeSchema, key: Key, index: IndexDescriptor, row: Row, lookups: Promise<void>[]): void {
    const judge = (found: Row | null): void => {
      if (found !== null)
        throw uniqueViolation(
          this.#table,
          index,
          index.primary ? this.#tree.key.map((part) => row[part.column]) : row.slice(0, index.keys.length),
          this.#environment.context,
        );
    };
    const found = this.#environment.transaction.get(tree, key, NO_COLUMNS, 'constraint');
    if (found instanceof Promise) lookups.push(found.then(judge));
    else judge(found);
  }
}

/** Writes only what changed of an index entry. */
function replaceEntry(environment: Environment, tree: TreeSchema, from: IndexEntry | undefined, to: IndexEntry | undefined): void {
  const same = from !== undefined && to !== undefined && equalBytes(from.key, to.key);
  if (from !== undefined && !same) environment.transaction.delete(tree, from.key);
  if (to !== undefined && !(same && from.row.every((value, at) => value === to.row[at]))) environment.transaction.put(tree, to.key, to.row);
}
