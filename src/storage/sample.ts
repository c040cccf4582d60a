/**
 * A sample of a tree for statistics: blocks of neighbouring rows, taken evenly along the key, so that it shows both how values
 * repeat over the whole tree and how they repeat side by side.
 *
 *     |·····▒▒▒·····|·····▒▒▒·····|·····▒▒▒·····|      one block in each of as many equal parts
 *
 * Layers are sampled one by one, each for its share of the rows; what a newer layer overrides may be seen twice.
 */
import type { Row } from '../types/value.ts';
import { layersOf } from './layers.ts';
import type { Leaf } from './leaf-reader.ts';
import { MemtableScan } from './memtable-scan.ts';
import { fillExternals, projectRows } from './projection.ts';
import { decodeRowAt, decoderOf, type RowDecoder } from './row-codec.ts';
import { rowIdsOf } from './run-reader.ts';
import type { RunDescriptor } from './run.ts';
import { estimateRows, type Snapshot } from './storage-state.ts';
import { WHOLE_TREE, type TreeSchema } from './tree.ts';

export interface TreeSample {
  /** About how many rows the tree has. */
  readonly rows: number;
  /** Neighbouring rows in key order; blocks of one layer follow each other in its order. */
  readonly blocks: readonly (readonly Row[])[];
}

export interface SampleOptions {
  /** About how many rows to take. */
  readonly rows: number;
  /** At most so many blocks: each costs the reading of a leaf. */
  readonly blocks: number;
}

/** Leaves asked for at a time. */
const LEAVES_AT_ONCE = 8;
/** A layer with a smaller share of the rows is left out. */
const LAYER_SHARE_MIN = 0.02;

/** Rows of the tree as the columns at `columns`. Reads one leaf a block and the pages above. */
export async function sampleTree(
  snapshot: Snapshot,
  schema: TreeSchema,
  columns: readonly number[],
  options: SampleOptions,
): Promise<TreeSample> {
  const { memtable, runs } = layersOf(snapshot, schema.id);
  const decoder = decoderOf(schema, columns);
  const total = Math.max(
    1,
    runs.reduce((sum, run) => sum + run.rows, memtable?.entries ?? 0),
  );
  const blocks: Row[][] = [];
  for (const run of runs.toReversed()) {
    const share = run.rows / total;
    if (share < LAYER_SHARE_MIN) continue;
    const wanted = Math.max(1, Math.round(Math.min(options.blocks * share, run.leaves)));
    const rowsPerBlock = Math.max(1, Math.round((options.rows * share) / wanted));
    for (let first = 0; first < wanted; first += LEAVES_AT_ONCE) {
      const places = Array.from({ length: Math.min(LEAVES_AT_ONCE, wanted - first) }, (_, at) => (first + at + 0.5) / wanted);
      const read = await Promise.all(places.map((place) => blockAt(snapshot, run, place, decoder, rowsPerBlock)));
      blocks.push(...read.filter((rows) => rows.length > 0));
    }
  }
  if (memtable !== undefined && memtable.entries / total >= LAYER_SHARE_MIN) {
    const wanted = Math.max(1, Math.round((options.blocks * memtable.entries) / total));
    const rowsPerBlock = Math.max(1, Math.round((options.rows * memtable.entries) / total / wanted));
    const scan = new MemtableScan(memtable, WHOLE_TREE, false, snapshot.slot, snapshot.manifest.slot);
    blocks.push(...memtableBlocks(scan, memtable.entries, wanted, rowsPerBlock, decoder));
  }
  return { rows: estimateRows(snapshot, schema.id), blocks };
}

/** Rows from the middle of the leaf at `place` (0 to 1) of the run. */
async function blockAt({ pages }: Snapshot, run: RunDescriptor, place: number, decoder: RowDecoder, rowsWanted: number): Promise<Row[]> {
  const rowIds = rowIdsOf(run);
  let reference = run.root;
  let within = place;
  for (let level = run.level; level > 0; level--) {
    const inner = await pages.inner(reference, rowIds);
    const scaled = within * inner.children.length;
    const child = Math.min(inner.children.length - 1, Math.floor(scaled));
    within = scaled - child;
    reference = inner.children[child];
  }
  const leaf: Leaf = await pages.leaf(reference, rowIds);
  const count = Math.min(rowsWanted, leaf.rows);
  const from = Math.min(leaf.rows - count, Math.floor(within * leaf.rows));
  const rows: Row[] = [];
  let external = 0;
  if (!leaf.hasTombstones) external = projectRows(decoder, leaf, from, from + count, rows);
  else
    for (let row = from; row < from + count; row++) if (!leaf.isTombstone(row)) external += projectRows(decoder, leaf, row, row + 1, rows);
  if (external > 0) await fillExternals(pages, decoder, rows, 0);
  return rows;
}

/** As many runs of neighbours as wanted, evenly along the memtable. */
function memtableBlocks(scan: MemtableScan, entries: number, blocks: number, rowsPerBlock: number, decoder: RowDecoder): Row[][] {
  const stride = Math.max(rowsPerBlock, Math.floor(entries / blocks));
  const found: Row[][] = [];
  for (let at = 0; scan.advance(); at++) {
    if (at % stride === 0) found.push([]);
    if (at % stride >= rowsPerBlock || scan.isTombstone) continue;
    const bytes = scan.row;
    found[found.length - 1].push(decodeRowAt(decoder, bytes, 0, bytes.length));
  }
  return found.filter((rows) => rows.length > 0);
}
