/**
 * Many rows of one tree at once. They are sorted, so that duplicates show and neighbours lie together. A small load goes the way
 * of ordinary writes; a large one goes into segments, uploaded before the commit that refers to them.
 *
 *     rows, columns ─> BulkWriter ── past SEGMENT_BYTES_MIN ──> runs in segments: one when they come in key order, else one a part
 *     finish ─> whatever is left ─> duplicates among parts, and with the tree ─> registered with the transaction
 *
 * Invariants
 *   U1  No two rows of a load have one key, and none has the key of a row that is there already: SQLSTATE 23505 by `onDuplicate`.
 *   U2  Finding the second reads the tree as a constraint does: a row that appears there meanwhile is a conflict.
 *   U3  A tree that the transaction wrote to row by row is loaded row by row, so that the order of its writes is one order.
 *   U4  Segments carry the snapshot's slot as their epoch: a doom that reaches them is a conflict.
 */
import { assert } from '../base/assert.ts';
import { compareBytes } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import type { LoadingMemory } from '../kernels/loading-memory.ts';
import { BulkWriter, type BulkPart } from '../storage/bulk/bulk-writer.ts';
import type { ColumnBatch } from '../storage/bulk/column-batch.ts';
import { afterKey, encodeKey } from '../storage/key-codec.ts';
import { isPlaceholderKey, keyEndsWithRowId } from '../storage/row-id.ts';
import { encodeRun } from '../storage/run-codec.ts';
import type { RunDescriptor } from '../storage/run.ts';
import { SegmentWriter, type SegmentWriterOptions } from '../storage/segment.ts';
import type { Cursor, Key, KeyRange, RowBatch, TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import { rangesOverlap } from './range-set.ts';
import type { BulkReference } from './record.ts';
import type { BulkLoad } from './transaction.ts';

/** What a load needs of the transaction it belongs to. */
export interface BulkLoadHost {
  /** Whether rows of the tree were written one by one. */
  hasOwnRows(tree: TreeSchema): boolean;
  put(tree: TreeSchema, key: Key, row: Row): void;
  /** The keys of a range that the transaction sees, read as a constraint does. */
  keysIn(tree: TreeSchema, range: KeyRange): Cursor;
  /** The rows of runs not registered yet, with keys. */
  rowsOfRuns(tree: TreeSchema, runs: readonly RunDescriptor[], range: KeyRange): Cursor;
  register(reference: BulkReference, placeholderKeys: readonly Key[]): void;
}

export interface BulkLoadOptions {
  readonly segments: SegmentWriterOptions;
  /** Bytes of values from which rows go into segments. */
  readonly segmentBytesMin?: number | undefined;
  /** Bytes of memory for rows that come in no order, before they become a run. */
  readonly partBytes?: number | undefined;
  /** Where columns lie, when several loads are to share them. */
  readonly memory?: LoadingMemory | undefined;
}

const SEGMENT_BYTES_MIN = 1024 * 1024;

export class TransactionBulkLoad implements BulkLoad {
  readonly #host: BulkLoadHost;
  readonly #tree: TreeSchema;
  readonly #onDuplicate: (row: Row) => Error;
  readonly #writer: BulkWriter;
  #isEnded = false;

  constructor(host: BulkLoadHost, tree: TreeSchema, onDuplicate: (row: Row) => Error, options: BulkLoadOptions) {
    this.#host = host;
    this.#tree = tree;
    this.#onDuplicate = onDuplicate;
    const { segments, partBytes, memory } = options;
    const segmentBytesMin = host.hasOwnRows(tree) ? Number.POSITIVE_INFINITY : (options.segmentBytesMin ?? SEGMENT_BYTES_MIN);
    this.#writer = new BulkWriter(tree, new SegmentWriter(segments), { segmentBytesMin, partBytes, memory });
  }

  get batch(): ColumnBatch {
    return this.#writer.batch;
  }

  add(row: Row): void | Promise<void> {
    assert(!this.#isEnded, 'a load takes rows until it ends');
    const added = this.#writer.add(row);
    return added instanceof Promise ? added.then(() => this.#refuseDuplicate()) : undefined;
  }

  advanced(): void | Promise<void> {
    assert(!this.#isEnded, 'a load takes rows until it ends');
    const added = this.#writer.advanced();
    return added instanceof Promise ? added.then(() => this.#refuseDuplicate()) : undefined;
  }

  async finish(): Promise<{ readonly rows: number }> {
    assert(!this.#isEnded, 'a load ends once');
    this.#isEnded = true;
    const writer = this.#writer;
    const { rows } = writer;
    try {
      if (writer.isSmall) await this.#putRows();
      else await this.#register(await writer.finish());
    } finally {
      writer.release();
    }
    return { rows };
  }

  abandon(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#writer.release();
  }

  async #register(parts: readonly BulkPart[]): Promise<void> {
    this.#refuseDuplicate();
    if (this.#host.hasOwnRows(this.#tree))
      throw new SqlError('feature_not_supported', 'cannot write to a table while it is being bulk loaded');
    await this.#checkParts(parts);
    const { areAll, keys } = this.#writer.placeholders;
    for (const part of parts) this.#host.register(referenceOf(this.#tree, part, this.#placesRowIds && areAll, keys), keys);
  }

  #refuseDuplicate(): void {
    if (this.#writer.duplicate !== undefined) throw this.#onDuplicate(this.#writer.duplicate);
  }

  /** Whether every key ends with the row id: where that is fresh, the key cannot be there already. */
  get #placesRowIds(): boolean {
    const { rowId, key, uniqueParts } = this.#tree;
    return rowId !== undefined && uniqueParts === undefined && key.length > 0 && key[key.length - 1].column === rowId;
  }

  async #putRows(): Promise<void> {
    const rows = Array.from(this.#writer.heldRows(), (row) => ({ key: encodeKey(this.#tree, row), row })).sort((a, b) =>
      compareBytes(a.key, b.key),
    );
    for (let at = 1; at < rows.length; at++) if (compareBytes(rows[at - 1].key, rows[at].key) === 0) throw this.#onDuplicate(rows[at].row);
    const keyed = rows.filter(({ row }) => !(keyEndsWithRowId(this.#tree, row) && isPlaceholderKey(encodeKey(this.#tree, row))));
    if (keyed.length > 0) {
      const range = { from: keyed[0].key, to: afterKey(keyed[keyed.length - 1].key) };
      const batch: RowBatch = { rows: keyed.map(({ row }) => row), keys: keyed.map(({ key }) => key) };
      await this.#refuseCommon(this.#host.keysIn(this.#tree, range), cursorOf(batch));
    }
    for (const { key, row } of rows) this.#host.put(this.#tree, key, row);
  }

  /** U1 and U2 for rows that are in segments by now. */
  async #checkParts(parts: readonly BulkPart[]): Promise<void> {
    if (this.#placesRowIds && this.#writer.placeholders.areAll) return;
    for (const [number, part] of parts.entries()) {
      const loaded = (): Cursor => this.#host.rowsOfRuns(this.#tree, [part.run], part.range);
      await this.#refuseCommon(this.#host.keysIn(this.#tree, part.range), loaded());
      const others = parts.slice(0, number).filter((other) => rangesOverlap(other.range, part.range));
      if (others.length > 0)
        await this.#refuseCommon(
          this.#host.rowsOfRuns(
            this.#tree,
            others.map((other) => other.run),
            part.range,
          ),
          loaded(),
        );
    }
  }

  /** Throws what is to be thrown for the first row of `loaded` whose key is in `there` too. */
  async #refuseCommon(there: Cursor, loaded: Cursor): Promise<void> {
    try {
      const row = await firstCommonRow(there, loaded);
      if (row !== undefined) throw this.#onDuplicate(row);
    } finally {
      there.close();
      loaded.close();
    }
  }
}

/** The first row of `b` whose key is among those of `a`; both in key order and with keys. Reads `b` no further than `a` calls for. */
async function firstCommonRow(a: Cursor, b: Cursor): Promise<Row | undefined> {
  let batch: RowBatch | null | undefined;
  let at = 0;
  for (let keys = await a.next(); keys !== null; keys = await a.next()) {
    for (const key of keys.keys) {
      for (;;) {
        if (batch === undefined || (batch !== null && at === batch.keys.length)) {
          batch = await b.next();
          at = 0;
        }
        if (batch === null) return undefined;
        const order = compareBytes(batch.keys[at], key);
        if (order === 0) return batch.rows[at];
        if (order > 0) break;
        at++;
      }
    }
  }
  return undefined;
}

function cursorOf(batch: RowBatch): Cursor {
  let isRead = false;
  return {
    next() {
      if (isRead) return null;
      isRead = true;
      return batch;
    },
    close: () => undefined,
  };
}

/** What a record says of a part. Where some keys end with a placeholder, it begins before what that will become. */
function referenceOf(tree: TreeSchema, { run }: BulkPart, keysHaveRowIds: boolean, placeholderKeys: readonly Key[]): BulkReference {
  const isPlaceholder = placeholderKeys.some((key) => compareBytes(key, run.first) === 0);
  const first = isPlaceholder ? run.first.slice(0, run.first.length - ROW_ID_BYTES) : run.first;
  return {
    tree: tree.id,
    run: encodeRun(run),
    segments: run.segments.map((share) => share.name),
    rows: run.rows,
    first,
    last: run.last,
    keysHaveRowIds,
  };
}

/** Bytes of a row id at the end of a key. */
const ROW_ID_BYTES = 8;
