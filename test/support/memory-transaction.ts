/** A Transaction over sorted maps in memory: one key space per tree, savepoints by copying, nothing to conflict with. */
import { compareBytes } from '../../src/base/bytes.ts';
import { LoadingMemory } from '../../src/kernels/loading-memory.ts';
import { ColumnBatch } from '../../src/storage/bulk/column-batch.ts';
import { slot, type Cursor, type Key, type KeyRange, type TreeSchema } from '../../src/storage/tree.ts';
import type {
  BulkLoad,
  CommitResult,
  Savepoint,
  Transaction,
  TransactionId,
  TransactionScanOptions,
} from '../../src/transaction/transaction.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import type { Row } from '../../src/types/value.ts';

interface Entry {
  readonly key: Key;
  readonly row: Row;
}

const BATCH_ROWS = 1024;

export class MemoryTransaction implements Transaction {
  readonly id = '0'.repeat(32) as TransactionId;
  readonly isolation = 'serializable';
  readonly readOnly = false;
  readonly snapshot = slot(0);
  readonly startedAt = 0;
  readonly #delayed: boolean;
  #trees = new Map<number, Entry[]>();
  #nextRowId = 1;
  readonly #savepoints: Map<number, Entry[]>[] = [];

  /** With `delayed`, every read answers by a promise, as one does when bytes are missing. */
  constructor(delayed = false) {
    this.#delayed = delayed;
  }

  get hasWrites(): boolean {
    return this.#trees.size > 0;
  }

  rows(tree: TreeSchema): number {
    return this.#entries(tree).length;
  }

  get(tree: TreeSchema, key: Key, columns: readonly number[]): Row | null | Promise<Row | null> {
    const { at, found } = search(this.#entries(tree), key);
    const row = found ? columns.map((column) => this.#entries(tree)[at].row[column]) : null;
    return this.#delayed ? Promise.resolve(row) : row;
  }

  scan(tree: TreeSchema, range: KeyRange, options: TransactionScanOptions): Cursor {
    const entries = this.#entries(tree);
    const from = range.from === undefined ? 0 : search(entries, range.from).at;
    const to = range.to === undefined ? entries.length : search(entries, range.to).at;
    const wanted = entries.slice(from, Math.max(from, to));
    if (options.reverse === true) wanted.reverse();
    let at = 0;
    const next = () => {
      if (at >= wanted.length) return null;
      const batch = wanted.slice(at, at + BATCH_ROWS);
      at += batch.length;
      return {
        rows: batch.map((entry) => options.columns.map((column) => entry.row[column])),
        keys: options.keys === true ? batch.map((entry) => entry.key) : [],
      };
    };
    return {
      next: () => (this.#delayed ? Promise.resolve().then(next) : next()),
      close: () => {
        at = wanted.length;
      },
    };
  }

  readPromptly(): 'waits' {
    return 'waits';
  }

  openPromptly(): boolean {
    return false;
  }

  noteRead(): void {}

  put(tree: TreeSchema, key: Key, row: Row): void {
    const entries = this.#entries(tree);
    const { at, found } = search(entries, key);
    entries.splice(at, found ? 1 : 0, { key: key.slice(), row: row.slice() });
  }

  delete(tree: TreeSchema, key: Key): void {
    const entries = this.#entries(tree);
    const { at, found } = search(entries, key);
    if (found) entries.splice(at, 1);
  }

  putOver(tree: TreeSchema, key: Key, row: Row): void {
    this.put(tree, key, row);
  }

  deleteOver(tree: TreeSchema, key: Key): void {
    this.delete(tree, key);
  }

  newRowId(): number {
    return this.#nextRowId++;
  }

  newRowIds(count: number): number {
    this.#nextRowId += count;
    return this.#nextRowId - count;
  }

  bulkLoad(tree: TreeSchema): BulkLoad {
    let rows = 0;
    const batch = new ColumnBatch(tree, new LoadingMemory(false));
    const put = (row: Row): void => {
      this.put(tree, encodeKey(tree, row), row);
      rows++;
    };
    const putBatch = (): void => {
      for (let at = 0; at < batch.rows; at++) put(batch.rowAt(at));
      batch.clear();
    };
    return {
      batch,
      add: put,
      advanced: putBatch,
      finish: () => Promise.resolve({ rows }),
      abandon: () => undefined,
    };
  }

  clearTree(tree: TreeSchema): void {
    this.#trees.set(tree.id, []);
  }

  savepoint(): Savepoint {
    this.#savepoints.push(new Map([...this.#trees].map(([id, entries]) => [id, [...entries]])));
    return (this.#savepoints.length - 1) as Savepoint;
  }

  rollbackTo(savepoint: Savepoint): void {
    this.#trees = new Map([...this.#savepoints[savepoint]].map(([id, entries]) => [id, [...entries]]));
  }

  beginStatement(): void {}

  commit(): Promise<CommitResult> {
    return Promise.resolve({ slot: undefined, committedAt: 0 });
  }

  rollback(): void {}

  #entries(tree: TreeSchema): Entry[] {
    let entries = this.#trees.get(tree.id);
    if (entries === undefined) {
      entries = [];
      this.#trees.set(tree.id, entries);
    }
    return entries;
  }
}

function search(entries: readonly Entry[], key: Key): { readonly at: number; readonly found: boolean } {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(entries[middle].key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return { at: low, found: low < entries.length && compareBytes(entries[low].key, key) === 0 };
}
