/**
 * What a transaction wrote row by row and no record can hold: its rows go into segments before the commit, as those of a bulk load do, and
 * the record refers to them.
 *
 *     writes of a tree ──┬─ rows ───────> a run in fresh segments      the record's `bulk`
 *                        └─ tombstones ─> writes as before
 *
 * Invariants
 *   SP1  Rows of one slot have each key once: as a write, or in a run.
 *   SP2  The transaction defends the very keys that it wrote. Others see the run's range: a conflict is never missed, but may be one of range.
 *   SP3  Trees of the catalog, trees with row ids, and those that the transaction loaded in bulk as well stay as they are.
 */
import { compareBytes } from '../base/bytes.ts';
import { decodeRowAt, decoderOf, encodeRow } from '../storage/row-codec.ts';
import type { Cursor, TreeId, TreeSchema } from '../storage/tree.ts';
import type { BulkLoadHost } from './bulk-load.ts';
import { PackedWrites } from './packed-writes.ts';
import type { BulkReference, RowWrite, TreeWrites } from './record.ts';
import { CATALOG_TREE_MAX, type BulkLoad } from './transaction.ts';

export interface SpillHost {
  /** A load of segments of the transaction's own. */
  bulkLoad(host: BulkLoadHost, tree: TreeSchema, onDuplicate: () => Error): BulkLoad;
  /** Whether the transaction loaded the tree in bulk. */
  isLoaded(tree: TreeId): boolean;
}

export interface Spilled {
  readonly writes: readonly TreeWrites[];
  readonly bulk: readonly BulkReference[];
}

/** Puts the rows of `writes` into segments, as far as SP3 lets it. */
export async function spill(writes: readonly TreeWrites[], host: SpillHost): Promise<Spilled> {
  const left: TreeWrites[] = [];
  const bulk: BulkReference[] = [];
  for (const written of writes) {
    const schema = written.rows instanceof PackedWrites ? written.rows.schema : undefined;
    const stays = schema?.rowId !== undefined || written.tree <= CATALOG_TREE_MAX || host.isLoaded(written.tree);
    if (schema === undefined || stays) left.push(written);
    else {
      const rows = await spillTree(written, schema, host, bulk);
      if (rows.length > 0 || written.cleared) left.push({ ...written, rows });
    }
  }
  return { writes: left, bulk };
}

/** Answers what remains to be written row by row: tombstones, or everything when it was too little for segments. */
async function spillTree(written: TreeWrites, schema: TreeSchema, host: SpillHost, bulk: BulkReference[]): Promise<RowWrite[]> {
  const rows: RowWrite[] = [];
  const load = host.bulkLoad(
    {
      hasOwnRows: () => false,
      put: (_, key, row) => rows.push({ key: key.slice(), row: encodeRow(schema, row), keyHasRowId: false, rowHasRowId: false }),
      keysIn: () => NOTHING,
      rowsOfRuns: () => NOTHING,
      register: (reference) => bulk.push(reference),
    },
    schema,
    () => new Error('SP1: a transaction has one newest version of each key'),
  );
  const decoder = decoderOf(
    schema,
    schema.columns.map((_, position) => position),
  );
  try {
    for (const write of written.rows) {
      if (write.row === null) {
        rows.push(write);
        continue;
      }
      const added = load.add(decodeRowAt(decoder, write.row, 0, write.row.length));
      if (added instanceof Promise) await added;
    }
    await load.finish();
  } finally {
    load.abandon();
  }
  return rows.sort((a, b) => compareBytes(a.key, b.key));
}

/** Whoever wrote the rows looked for their keys. */
const NOTHING: Cursor = { next: () => null, close: () => undefined };
