/**
 * Reading a database as of a snapshot: the memtable over the runs of the manifest.
 *
 *     memtable   versions of slots in (manifest.slot, slot]   ─┐
 *     attached   bulk-loaded runs of slots in the same        ─┼─> newest wins, by slot; tombstones and clears hide
 *     manifest   stack of runs, newest first                  ─┘
 *
 * Invariants
 *   S1  What a snapshot answers never changes: manifests are immutable, memtables only gain versions of later slots.
 *   S2  Memtable versions, attached runs and clears of slots <= manifest.slot are in the manifest already and are not looked at.
 */
import type { Manifest } from './manifest.ts';
import { runsOf } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import { MemtableScan } from './memtable-scan.ts';
import { assert } from '../base/assert.ts';
import { decodeRow, decodeRowAt, decoderOf } from './row-codec.ts';
import type { Cursor, Key, KeyRange, RowBatch, ScanOptions, Slot, TreeSchema } from './tree.ts';
import type { Row } from '../types/value.ts';

/** The state of a database at `slot`. Cheap to make, and valid as long as its objects are in the bucket. */
export interface Snapshot {
  readonly manifest: Manifest;
  readonly memtable: Memtable;
  readonly slot: Slot;
}

/** The row of `key`, as the columns at `columns`, or null. A promise only when bytes are missing. */
export function readRow(snapshot: Snapshot, schema: TreeSchema, key: Key, columns: readonly number[]): Row | null | Promise<Row | null> {
  assert(runsOf(snapshot.manifest, schema.id).length === 0, 'runs come with the leaf format');
  const tree = snapshot.memtable.tree(schema.id);
  if (tree === undefined) return null;
  const version = tree.find(key, snapshot.slot);
  if (version === -1 || tree.slotOf(version) <= snapshot.manifest.slot || tree.isTombstone(version)) return null;
  return decodeRow(schema, tree.rowOf(version), columns);
}

/** Rows of `range` in key order (or reverse), merged over all layers. */
export function openCursor(snapshot: Snapshot, schema: TreeSchema, range: KeyRange, options: ScanOptions): Cursor {
  assert(runsOf(snapshot.manifest, schema.id).length === 0, 'runs come with the leaf format');
  const tree = snapshot.memtable.tree(schema.id);
  if (tree === undefined) return { next: () => null, close: () => undefined };
  const scan = new MemtableScan(tree, range, options.reverse === true, snapshot.slot, snapshot.manifest.slot);
  const decoder = decoderOf(schema, options.columns);
  const limit = Math.max(1, Math.min(options.rowsWanted ?? 1024, 1024));
  return {
    next(): RowBatch | null {
      const rows: Row[] = [];
      const keys: Key[] = [];
      while (rows.length < limit && scan.advance()) {
        if (scan.isTombstone) continue;
        const bytes = scan.row;
        rows.push(decodeRowAt(decoder, bytes, 0, bytes.length));
        if (options.keys === true) keys.push(scan.key);
      }
      return rows.length === 0 ? null : { rows, keys };
    },
    close: () => undefined,
  };
}

/** About how many rows `range` holds: from counts at hand, never by reading. */
export function estimateRows(snapshot: Snapshot, schema: TreeSchema, range?: KeyRange | undefined): number {
  const tree = snapshot.memtable.tree(schema.id);
  if (tree === undefined) return 0;
  return range === undefined ? tree.entries : tree.countBetween(range, 100_000);
}
