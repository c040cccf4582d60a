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
import { BottomRuns, splitRuns } from './bottom-runs.ts';
import { layersOf } from './layers.ts';
import type { Leaf } from './leaf-reader.ts';
import type { Manifest } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import { MemtableScan } from './memtable-scan.ts';
import type { PageReference } from './page-reference.ts';
import type { PageStore } from './page-store.ts';
import { projectRow } from './projection.ts';
import { decodeRowAt, decoderOf, type RowDecoder } from './row-codec.ts';
import { findLeaf, mayHold, rowIdsOf } from './run-reader.ts';
import { runBytes, type RunDescriptor } from './run.ts';
import { ScanCursor } from './scan-cursor.ts';
import { MemtableSource, RunSource, type ScanSource } from './scan-sources.ts';
import { joinStatistics, type SubtreeStatistics } from './statistics.ts';
import { LEAF_ROWS_MAX } from './leaf.ts';
import type { Cursor, Key, KeyRange, ScanOptions, Slot, TreeId, TreeSchema } from './tree.ts';
import { zoneMap } from './zone-map.ts';
import type { Row } from '../types/value.ts';

/** The state of a database at `slot`. Cheap to make, and valid as long as its objects are in the bucket. */
export interface Snapshot {
  readonly manifest: Manifest;
  readonly memtable: Memtable;
  readonly slot: Slot;
  readonly pages: PageStore;
}

/** The row of `key`, as the columns at `columns`, or null. A promise only when bytes are missing. */
export function readRow(snapshot: Snapshot, schema: TreeSchema, key: Key, columns: readonly number[]): Row | null | Promise<Row | null> {
  const { memtable, runs } = layersOf(snapshot, schema.id);
  const decoder = decoderOf(schema, columns);
  let version = memtable === undefined ? -1 : memtable.find(key, snapshot.slot);
  if (memtable === undefined || version === -1) return readRuns(snapshot, runs, 0, runs.length, key, decoder, undefined);
  const slot = memtable.slotOf(version);
  if (slot <= snapshot.manifest.slot) version = -1;
  const fromMemtable = (): Row | null => {
    if (version === -1 || memtable.isTombstone(version)) return null;
    const bytes = memtable.rowOf(version);
    return decodeRowAt(decoder, bytes, 0, bytes.length);
  };
  if (version === -1) return readRuns(snapshot, runs, 0, runs.length, key, decoder, undefined);
  let newer = 0;
  while (newer < runs.length && runs[newer].slot > slot) newer++;
  return newer === 0 ? fromMemtable() : readRuns(snapshot, runs, 0, newer, key, decoder, fromMemtable);
}

/** The first of runs [at, end) that has `key` decides; none: `otherwise`. */
function readRuns(
  snapshot: Snapshot,
  runs: readonly RunDescriptor[],
  from: number,
  end: number,
  key: Key,
  decoder: RowDecoder,
  otherwise: (() => Row | null) | undefined,
): Row | null | Promise<Row | null> {
  for (let at = from; at < end; at++) {
    const run = runs[at];
    if (!mayHold(run, key)) continue;
    const leaf = findLeaf(snapshot.pages, run, key);
    if (leaf instanceof Promise) {
      prefetchLeaves(snapshot, runs, at + 1, end, key);
      return leaf
        .then((loaded) => rowIn(snapshot, loaded, key, decoder) ?? readRuns(snapshot, runs, at + 1, end, key, decoder, otherwise))
        .then((row) => (row === TOMBSTONE ? null : row));
    }
    const row = rowIn(snapshot, leaf, key, decoder);
    if (row !== undefined) return row === TOMBSTONE ? null : row;
  }
  return otherwise === undefined ? null : otherwise();
}

/** Asks for the leaves that older runs would be looked up in, so that a miss costs no further round trip. */
function prefetchLeaves(snapshot: Snapshot, runs: readonly RunDescriptor[], from: number, end: number, key: Key): void {
  for (let at = from; at < end; at++) {
    if (!mayHold(runs[at], key)) continue;
    const leaf = findLeaf(snapshot.pages, runs[at], key);
    if (leaf instanceof Promise) leaf.catch(() => undefined);
  }
}

const TOMBSTONE = Symbol('tombstone');

function rowIn(snapshot: Snapshot, leaf: Leaf, key: Key, decoder: RowDecoder): Row | Promise<Row> | typeof TOMBSTONE | undefined {
  const row = leaf.keys.find(key);
  if (row < 0) return undefined;
  return leaf.hasTombstones && leaf.isTombstone(row) ? TOMBSTONE : projectRow(snapshot.pages, decoder, leaf, row);
}

/** Rows of `range` in key order (or reverse), merged over all layers. */
export function openCursor(snapshot: Snapshot, schema: TreeSchema, range: KeyRange, options: ScanOptions): Cursor {
  const { memtable, runs } = layersOf(snapshot, schema.id);
  const reverse = options.reverse === true;
  const prefetch = options.rowsWanted === undefined || options.rowsWanted > LEAF_ROWS_MAX;
  const slices = options.slices === true && !reverse && options.keys !== true;
  const overlay: ScanSource[] = [];
  if (memtable !== undefined)
    overlay.push(new MemtableSource(new MemtableScan(memtable, range, reverse, snapshot.slot, snapshot.manifest.slot)));
  const split = splitRuns(schema, runs);
  for (const run of split.overlay) overlay.push(new RunSource(snapshot.pages, run, range, { reverse, prefetch }));
  // Only the bottom may pass over rows, and only where nothing above is older: what is skipped would uncover what it overrides.
  const newest = split.bottom.reduce((slot, run) => Math.max(slot, run.slot), 0);
  const isLowest = newest <= snapshot.manifest.slot && split.overlay.every((run) => run.slot > newest);
  const zones = isLowest ? zoneMap(schema, options.bounds) : undefined;
  const isWhole = slices && range.from === undefined && range.to === undefined && split.overlay.length === 0;
  const sources = split.bottom.map((run) => new RunSource(snapshot.pages, run, range, { reverse, prefetch, slices, ...zones }));
  const bottom = sources.length < 2 ? sources.at(0) : new BottomRuns(reverse ? sources.reverse() : sources);
  const decoder = decoderOf(schema, options.columns);
  return new ScanCursor({
    pages: snapshot.pages,
    decoder,
    overlay,
    bottom,
    reverse,
    keys: options.keys === true,
    rowsWanted: options.rowsWanted,
    slices,
    runs: isWhole ? split.bottom : undefined,
  });
}

/** About how many rows `range` holds (the whole tree when not given): from counts and pages at hand, never by reading. */
export function estimateRows(snapshot: Snapshot, tree: TreeId, range?: KeyRange | undefined): number {
  const { memtable, runs } = layersOf(snapshot, tree);
  let rows = memtable === undefined ? 0 : range === undefined ? memtable.entries : memtable.countBetween(range, 100_000);
  for (const run of runs) {
    const share = range === undefined ? 1 : shareOf(snapshot, run, range);
    rows += (run.rows - run.tombstones) * share;
  }
  return Math.max(0, Math.round(rows));
}

/** Guesses where nothing is at hand: an open range holds a third, a closed one a hundredth. */
const OPEN_SHARE = 1 / 3;
const CLOSED_SHARE = 1 / 100;

function shareOf(snapshot: Snapshot, run: RunDescriptor, range: KeyRange): number {
  const from = range.from === undefined ? 0 : placeOf(snapshot, run, range.from);
  const to = range.to === undefined ? 1 : placeOf(snapshot, run, range.to);
  if (from === undefined || to === undefined) return range.from === undefined || range.to === undefined ? OPEN_SHARE : CLOSED_SHARE;
  return Math.max(0, to - from);
}

/** The fraction of a run's rows below `key`, as far as pages at hand tell; undefined when the root is not. */
function placeOf(snapshot: Snapshot, run: RunDescriptor, key: Key): number | undefined {
  const rowIds = rowIdsOf(run);
  let reference: PageReference = run.root;
  let low = 0;
  let width = 1;
  for (let level = run.level; level > 0; level--) {
    const inner = snapshot.pages.peekInner(reference, rowIds);
    if (inner === undefined) return level === run.level ? undefined : low + width / 2;
    const child = inner.childFor(key);
    width /= inner.children.length;
    low += child * width;
    reference = inner.children[child];
  }
  const leaf = snapshot.pages.peekLeaf(reference, rowIds);
  if (leaf === undefined) return run.level === 0 ? undefined : low + width / 2;
  return low + (width * leaf.keys.lowerBound(key)) / leaf.rows;
}

/** What the runs of a tree know of themselves; the memtable's rows are counted, its columns are not. */
export interface TreeStatistics {
  readonly rows: number;
  readonly bytes: number;
  readonly runs: number;
  readonly columns: SubtreeStatistics['columns'];
}

/** Row count, bytes, and per column bounds and null counts. Reads one statistics page per run when it is not at hand. */
export async function treeStatistics(snapshot: Snapshot, tree: TreeId): Promise<TreeStatistics> {
  const { runs } = layersOf(snapshot, tree);
  const parts: SubtreeStatistics[] = [];
  let bytes = 0;
  for (const run of runs) {
    bytes += runBytes(run);
    const rowIds = rowIdsOf(run);
    if (run.level === 0) {
      const leaf = await snapshot.pages.leaf(run.root, rowIds);
      parts.push(leaf.statistics);
      continue;
    }
    const inner = await snapshot.pages.inner(run.root, rowIds);
    if (inner.statistics !== undefined) parts.push(joinStatistics(await snapshot.pages.statistics(inner.statistics)));
  }
  return { rows: estimateRows(snapshot, tree), bytes, runs: runs.length, columns: parts.length === 0 ? [] : joinStatistics(parts).columns };
}
