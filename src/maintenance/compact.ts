/**
 * Compaction: segments of which little is still referred to are emptied, by rewriting the runs that refer to them. An edit like a
 * checkpoint's, but one that moves no slot, so that it survives checkpoints published meanwhile.
 */
import { buildCompaction, mostlyDeadSegments } from '../storage/merge.ts';
import type { Manifest } from '../storage/manifest.ts';
import type { SegmentName } from '../storage/page-reference.ts';
import { SegmentWriter } from '../storage/segment.ts';
import type { TreeId } from '../storage/tree.ts';
import { baseOf } from '../transaction/checkpoint.ts';
import type { Database } from '../transaction/database.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import type { CheckpointOptions } from './checkpoint.ts';
import { publishEdit } from './publish.ts';

/** Share of live bytes below which a segment is rewritten, unless told otherwise. */
const LIVE_SHARE_MIN = 0.4;

/** Trees rewritten in one go: what is left comes after the next checkpoint. */
const TREES_MAX = 4;

/** Rewrites what holds on to mostly dead segments. Answers how many trees were rewritten. */
export async function compactMostlyDead(database: Database, options: CheckpointOptions): Promise<number> {
  const { root } = await database.root.read();
  const { manifest } = await baseOf(root, database.store, database.runtime);
  const dead = mostlyDeadSegments(manifest, options.liveShareMin ?? LIVE_SHARE_MIN);
  let rewritten = 0;
  for (const tree of dead.size === 0 ? [] : treesIn(manifest, dead).slice(0, TREES_MAX)) {
    if (await compactTree(database, manifest, tree, dead, options)) rewritten++;
  }
  return rewritten;
}

/** Rewrites a tree without the segments `emptied`, and publishes it. Answers whether there was anything to rewrite, and nobody was quicker. */
export async function compactTree(
  database: Database,
  manifest: Manifest,
  tree: TreeId,
  emptied: ReadonlySet<SegmentName>,
  options: CheckpointOptions,
): Promise<boolean> {
  const { store, runtime } = database;
  const epoch = database.slot;
  const segments = new SegmentWriter({
    crypto: runtime.crypto,
    random: runtime.random,
    writeObject: objectWriter(store, runtime),
    epoch,
    segmentBytesTarget: options.segmentBytesTarget,
  });
  const edit = await buildCompaction(manifest, database.tip.snapshot().pages, segments, tree, emptied);
  if (edit === undefined) return false;
  return (await publishEdit(database, edit, epoch, undefined, options.at)).kind === 'published';
}

/** Trees with a run in one of `segments`, in order of id. */
function treesIn(manifest: Manifest, segments: ReadonlySet<SegmentName>): TreeId[] {
  return [...manifest.trees]
    .filter(([, runs]) => runs.some((run) => run.segments.some((share) => segments.has(share.name))))
    .map(([tree]) => tree)
    .sort((a, b) => a - b);
}
