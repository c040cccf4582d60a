/**
 * Checkpoints: the memtable's part of the state becomes runs, and with them an edit of the manifest.
 *
 *     memtable (floor, slot]  ─┐
 *     newest runs, if few      ├─ merged ─> one run          the rest of the stack stays as it is
 *     or the whole stack      ─┘            (copy on write into the oldest run when that is among them)
 *
 * Invariants
 *   H1  For every tree and key, the stack after the edit answers what the snapshot answers.
 *   H2  A stack never grows past STACK_RUNS_MAX runs, but for bulk loads attached since the last checkpoint.
 *   H3  Nothing is published here: an edit that is given up leaves only segments nobody refers to.
 */
import { compareBytes } from '../base/bytes.ts';
import type { ManifestEdit, TreeEdit } from './edit.ts';
import { layersOf } from './layers.ts';
import type { Snapshot } from './storage-state.ts';
import { runsOf, type Manifest } from './manifest.ts';
import { MemtableScan } from './memtable-scan.ts';
import type { MemtableTree } from './memtable-tree.ts';
import { MergedSource } from './merged-source.ts';
import type { PageStore } from './page-store.ts';
import type { SegmentName } from './page-reference.ts';
import { basePosition, touchedLeaves } from './run-lookup.ts';
import { describeRun, LeafStream, sharesOf, sumOf } from './run-builder.ts';
import { type RunDescriptor, type SegmentShare } from './run.ts';
import { MemtableSource, RunSource, type ScanSource } from './scan-sources.ts';
import type { SegmentWriter } from './segment.ts';
import { UnshadowedSource } from './unshadowed-source.ts';
import { TreeMerge } from './tree-merge.ts';
import { NO_KEY, PageWriter, buildRoot } from './tree-builder.ts';
import { WHOLE_TREE, type Slot, type TreeId } from './tree.ts';

/** Runs of a tree that a checkpoint leaves, at most. */
export const STACK_RUNS_MAX = 3;

/** Copy on write is cheap when it touches no more leaves than this, */
const CHEAP_LEAVES = 8;
/** or when so many changes fall into each leaf it touches. */
const CHANGES_PER_LEAF = 64;

/** A run is merged along with newer ones up to so many times its size. */
const SIZE_RATIO = 2;

/**
 * Turns everything in the snapshot's memtable into runs, written through `segments`, and resolves once they are durable. The
 * edit leads from the snapshot's manifest to its slot.
 */
export async function buildCheckpoint(snapshot: Snapshot, segments: SegmentWriter): Promise<ManifestEdit> {
  const trees: TreeEdit[] = [];
  const attached: SegmentShare[] = [];
  for (const [tree, memtable] of [...snapshot.memtable.trees()].sort(([a], [b]) => a - b)) {
    const edit = await checkpointTree(snapshot, tree, memtable, segments);
    if (edit === undefined) continue;
    trees.push(edit);
    for (const run of edit.added) attached.push(...run.segments);
  }
  const sizes = new Map(await segments.finish());
  const known = snapshot.manifest.segments;
  // Segments of bulk loads were written by others: their size is at least what their runs take.
  const atLeast = new Map<SegmentName, number>();
  for (const share of attached)
    if (!sizes.has(share.name) && !known.has(share.name)) atLeast.set(share.name, (atLeast.get(share.name) ?? 0) + share.bytes);
  return { from: snapshot.manifest.slot, to: snapshot.slot, trees, sizes: sumOf(sizes, atLeast), uploaded: [...sizes.keys()] };
}

/**
 * Merges the whole stack of a tree into one run that refers to none of the `emptied` segments. The edit moves no slot, so that
 * it survives checkpoints published meanwhile; undefined when there is nothing to do.
 */
export async function buildCompaction(
  manifest: Manifest,
  pages: PageStore,
  segments: SegmentWriter,
  tree: TreeId,
  emptied: ReadonlySet<SegmentName> = new Set(),
): Promise<ManifestEdit | undefined> {
  const stack = runsOf(manifest, tree);
  if (stack.length === 0) return undefined;
  const inEmptied = stack.some((run) => run.segments.some((share) => emptied.has(share.name)));
  if (stack.length === 1 && !inEmptied) return undefined;
  const run = await mergeAll(pages, segments, tree, [], stack, stack[0].slot, emptied);
  const sizes = await segments.finish();
  const edit: TreeEdit = { tree, removed: stack.map((one) => one.id), added: run === undefined ? [] : [run] };
  return { from: manifest.slot, to: manifest.slot, trees: [edit], sizes, uploaded: [...sizes.keys()] };
}

/** Live bytes of segments that are worth rewriting: those of which less than `share` is still referred to. */
export function mostlyDeadSegments(manifest: Manifest, share: number): ReadonlySet<SegmentName> {
  const dead = new Set<SegmentName>();
  for (const [name, use] of manifest.segments) if (use.liveBytes < use.totalBytes * share) dead.add(name);
  return dead;
}

async function checkpointTree(
  snapshot: Snapshot,
  tree: TreeId,
  memtable: MemtableTree,
  segments: SegmentWriter,
): Promise<TreeEdit | undefined> {
  const { pages, manifest, slot } = snapshot;
  const stack = layersOf(snapshot, tree).runs;
  const old = runsOf(manifest, tree);
  const visible = new Set(stack.map((run) => run.id));
  const removed = old.filter((run) => !visible.has(run.id)).map((run) => run.id);
  const oldIds = new Set(old.map((run) => run.id));
  const attached = stack.filter((run) => !oldIds.has(run.id));
  const scan = (): MemtableScan => new MemtableScan(memtable, WHOLE_TREE, false, slot, manifest.slot);
  const changes = countChanges(scan());
  if (changes === 0) return removed.length === 0 && attached.length === 0 ? undefined : { tree, removed, added: attached };

  const merged = await mergeCount(pages, stack, changes, scan);
  const oldest = stack.at(-1);
  const memtableSource = new MemtableSource(scan());
  // Copy on write takes every change for newer than the run it goes into.
  const changeSource =
    oldest !== undefined && oldest.slot > manifest.slot ? new UnshadowedSource(memtableSource, pages, [oldest]) : memtableSource;
  const result =
    merged === stack.length
      ? await mergeAll(pages, segments, tree, [changeSource], stack, slot, new Set())
      : await mergeUpper(pages, segments, tree, scan(), stack, merged, slot, manifest.slot);
  const gone = new Set(stack.slice(0, merged).map((run) => run.id));
  return {
    tree,
    removed: [...removed, ...old.filter((run) => gone.has(run.id)).map((run) => run.id)],
    added: [...(result === undefined ? [] : [result]), ...attached.filter((run) => !gone.has(run.id))],
  };
}

function countChanges(scan: MemtableScan): number {
  let count = 0;
  while (scan.advance()) count++;
  return count;
}

/** How many of the newest runs to merge with the changes: all, when copy on write is cheap; else those of about their size. */
async function mergeCount(pages: PageStore, stack: readonly RunDescriptor[], changes: number, scan: () => MemtableScan): Promise<number> {
  if (stack.length === 0) return 0;
  const oldest = stack[stack.length - 1];
  if (stack.length === 1 && oldest.firstOrdinal === undefined) {
    if (oldest.leaves <= CHEAP_LEAVES) return 1;
    const touched = await touchedLeaves(pages, oldest, scan(), Math.max(CHEAP_LEAVES, Math.ceil(changes / CHANGES_PER_LEAF)) + 1);
    if (touched <= CHEAP_LEAVES || touched * CHANGES_PER_LEAF <= changes) return 1;
  }
  let count = 0;
  let rows = changes;
  while (
    count < stack.length &&
    (stack.length - count + 1 > STACK_RUNS_MAX || stack[count].rows + stack[count].tombstones <= rows * SIZE_RATIO)
  ) {
    rows += stack[count].rows + stack[count].tombstones;
    count++;
  }
  return count;
}

/** The whole stack and the changes as one run without tombstones; undefined when no row is left. */
async function mergeAll(
  pages: PageStore,
  segments: SegmentWriter,
  tree: TreeId,
  changes: readonly ScanSource[],
  stack: readonly RunDescriptor[],
  slot: Slot,
  emptied: ReadonlySet<SegmentName>,
): Promise<RunDescriptor | undefined> {
  const writer = new PageWriter(segments);
  const oldest = stack.at(-1);
  const identity = { tree, kind: 'base', slot, firstOrdinal: undefined, base: undefined } as const;
  // Leaves with placeholder row ids cannot be shared by a run of another slot.
  const shared = oldest !== undefined && oldest.firstOrdinal === undefined ? oldest : undefined;
  const upper = shared === undefined ? stack : stack.slice(0, -1);
  const source = new MergedSource([...changes, ...upper.map((run) => runSource(pages, run, emptied))]);
  if (shared === undefined) return streamRun(source, writer, identity, () => undefined, false);
  const { root, bytes, first, last } = await new TreeMerge(pages, writer, source, emptied).into(shared);
  if (root === undefined) return undefined;
  const shares = new Map(bytes);
  for (const share of shared.segments) shares.set(share.name, (shares.get(share.name) ?? 0) + share.bytes);
  return describeRun(
    identity,
    root,
    first !== undefined && compareBytes(first, shared.first) < 0 ? first : shared.first,
    last !== undefined && compareBytes(last, shared.last) > 0 ? last : shared.last,
    sharesOf(shares),
    segments,
  );
}

/** The changes and the `count` newest runs as one run that lies over the rest of the stack: tombstones stay. */
async function mergeUpper(
  pages: PageStore,
  segments: SegmentWriter,
  tree: TreeId,
  scan: MemtableScan,
  stack: readonly RunDescriptor[],
  count: number,
  slot: Slot,
  floor: Slot,
): Promise<RunDescriptor | undefined> {
  const rest = stack.slice(count);
  const bottom = rest[rest.length - 1];
  const attachedBelow = rest.filter((run) => run.slot > floor);
  const changes = new MemtableSource(scan);
  // A bulk load attached after a change was made holds the newer row of its key, and would end up below it.
  const unshadowed = attachedBelow.length === 0 ? changes : new UnshadowedSource(changes, pages, attachedBelow);
  const source = new MergedSource([unshadowed, ...stack.slice(0, count).map((run) => runSource(pages, run, undefined))]);
  const base = bottom.kind === 'base' && bottom.firstOrdinal === undefined && rest.length === 1 ? bottom : undefined;
  const identity = { tree, kind: 'delta', slot, firstOrdinal: undefined, base: base?.id } as const;
  const position = (entry: ScanSource): ReturnType<typeof basePosition> =>
    base === undefined ? undefined : basePosition(pages, base, entry.key);
  return streamRun(source, new PageWriter(segments), identity, position, true);
}

async function streamRun(
  source: MergedSource,
  writer: PageWriter,
  identity: Parameters<typeof describeRun>[0],
  position: (entry: ScanSource) => ReturnType<typeof basePosition>,
  keepTombstones: boolean,
): Promise<RunDescriptor | undefined> {
  const stream = new LeafStream(writer, NO_KEY);
  for (let entry = await source.load(); entry !== undefined; entry = await source.load()) {
    if (keepTombstones || !entry.isTombstone) entry.copyTo(stream, position(entry));
    await source.advance();
    if (writer.segments.isBacklogged) await writer.segments.drain();
  }
  const leaves = stream.take();
  const { first, last } = stream;
  if (leaves.length === 0 || first === undefined || last === undefined) return undefined;
  return describeRun(identity, buildRoot(writer, leaves), first, last, sharesOf(sumOf(writer.written, stream.carried)), writer.segments);
}

function runSource(pages: PageStore, run: RunDescriptor, emptied: ReadonlySet<SegmentName> | undefined): RunSource {
  return new RunSource(pages, run, WHOLE_TREE, { reverse: false, prefetch: true, emptied });
}
