/**
 * A checkpoint: the tail of the log becomes runs, and root begins to name a manifest that holds them.
 *
 *     root's manifest + what was replayed after it ── merge ──> segments ──> manifest object ──> root
 *                                                               durable      durable            the moment it happens
 *
 * Nobody waits for it, and whatever it leaves behind when it dies or loses the race is garbage and nothing else.
 *
 * Invariants
 *   K1  The manifest published for slot n is the state at n: merged from a believed local state (fence.ts).
 *   K2  Everything uploaded is named with the newest slot known then, its epoch: a doom raised since is noticed on publication.
 */
import { applyEdit, type ManifestEdit } from '../storage/edit.ts';
import type { Manifest } from '../storage/manifest.ts';
import { buildCheckpoint } from '../storage/merge.ts';
import { SegmentWriter } from '../storage/segment.ts';
import type { Slot } from '../storage/tree.ts';
import { assert } from '../base/assert.ts';
import { baseOf } from '../transaction/checkpoint.ts';
import type { Database } from '../transaction/database.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import { compactMostlyDead } from './compact.ts';
import { type Point, pass } from './points.ts';
import { publishEdit, publishManifest } from './publish.ts';

export interface CheckpointOptions {
  /** Called at named points; tests crash or delay there. */
  readonly at?: ((point: Point) => void | Promise<void>) | undefined;
  /** Bytes at which a segment is closed. */
  readonly segmentBytesTarget?: number | undefined;
  /** Share of live bytes below which a segment is rewritten; 0: never. */
  readonly liveShareMin?: number | undefined;
}

export interface CheckpointReport {
  /** `current`: there was nothing newer than root's checkpoint. `superseded`: others were always first. */
  readonly kind: 'published' | 'superseded' | 'current';
  /** The slot of the checkpoint that root names now, as far as known. */
  readonly slot: Slot;
}

const ATTEMPTS_MAX = 4;

/** Checkpoints what is known here to be committed. Any number may run anywhere. */
export async function checkpoint(database: Database, options: CheckpointOptions = {}): Promise<CheckpointReport> {
  let report: CheckpointReport = { kind: 'superseded', slot: database.tip.manifest.slot };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX && report.kind === 'superseded'; attempt++) report = await attemptOnce(database, options);
  if (report.kind === 'published') await compactMostlyDead(database, options);
  return report;
}

async function attemptOnce(database: Database, options: CheckpointOptions): Promise<CheckpointReport> {
  const { store, runtime } = database;
  const { root } = await database.root.read();
  await database.adopt(root);
  const { manifest } = await baseOf(root, store, runtime);
  const { isReplaced } = database.tip;
  if (manifest.slot > database.slot || (database.tip.manifest.slot > manifest.slot && !isReplaced)) {
    await database.confirm({ kind: 'linearizable' });
    return { kind: 'superseded', slot: manifest.slot };
  }
  // A state that a record began owes nothing to root's checkpoint.
  const snapshot = isReplaced ? database.tip.snapshot() : { ...database.tip.snapshot(), manifest };
  if (snapshot.slot === manifest.slot) return { kind: 'current', slot: manifest.slot };
  const record = { recordHash: database.tip.hash, committedAt: database.tip.committedAt };
  await pass(options.at, 'checkpoint:before-upload');
  const segments = new SegmentWriter({
    crypto: runtime.crypto,
    random: runtime.random,
    writeObject: objectWriter(store, runtime),
    epoch: snapshot.slot,
    segmentBytesTarget: options.segmentBytesTarget,
  });
  const edit = await buildCheckpoint(snapshot, segments);
  await pass(options.at, 'checkpoint:segments-uploaded');
  const publication = isReplaced
    ? await publishManifest(database, manifestAfter(snapshot.manifest, edit), snapshot.slot, record, options.at)
    : await publishEdit(database, edit, snapshot.slot, record, options.at);
  if (publication.kind === 'published') return { kind: 'published', slot: publication.slot };
  // Doomed: the epoch was too old. A newer one comes with the control record that raised the doom.
  if (publication.kind === 'doomed') await database.confirm({ kind: 'linearizable' });
  return { kind: 'superseded', slot: manifest.slot };
}

/** The manifest that an edit of `manifest` itself leads to. */
export function manifestAfter(manifest: Manifest, edit: ManifestEdit): Manifest {
  const after = applyEdit(manifest, edit);
  assert(after !== undefined, 'K1: an edit applies to the manifest it was made of');
  return after;
}
