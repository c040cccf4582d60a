/**
 * Publishing an edit: the manifest that root names now, with the edit applied, becomes the manifest that root names.
 *
 *     read root ── apply ──> upload checkpoint/<epoch>-<rand> ──> replace root if it still names what was read
 *         ^                                                                     │
 *         └────────── somebody else published in between: apply again ──────────┘
 *
 * Invariants
 *   W1  Root moves from exactly the manifest that the edit was applied to.
 *   W2  Nothing published names an object that the collector may delete: what the edit uploaded is of an epoch after the doom epoch
 *       of the root it is published in; what it took over is in that root already, or vouched for by a record of the log.
 *   W3  A publication whose outcome was unknown is recognised by its checkpoint's name, and nothing of it is cleaned up.
 */
import { applyEdit, type ManifestEdit } from '../storage/edit.ts';
import { encodeManifest } from '../storage/manifest-codec.ts';
import type { Manifest } from '../storage/manifest.ts';
import type { Slot } from '../storage/tree.ts';
import { baseOf } from '../transaction/checkpoint.ts';
import type { Database } from '../transaction/database.ts';
import { checkpointName } from '../transaction/names.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import type { CheckpointReference } from '../transaction/root-codec.ts';
import { retainedWith } from '../transaction/root-edits.ts';
import { inlinedInRoot } from './inline.ts';
import { type Point, pass } from './points.ts';

const REBASES_MAX = 8;

export type Publication =
  | { readonly kind: 'published'; readonly slot: Slot; readonly name: string }
  /** Somebody else published what makes this edit void. Its segments are left to the collector. */
  | { readonly kind: 'superseded' }
  /** Objects of the edit were given up by a collector: begin again. */
  | { readonly kind: 'doomed' };

/** The record at a checkpoint's slot: where the chain of hashes goes on. */
export type CheckpointRecord = Pick<CheckpointReference, 'recordHash' | 'committedAt'>;

/**
 * Publishes `edit`, whose segments are durable and were named with `epoch`. `record` is the one at the slot that the edit leads to;
 * undefined for a compaction, which leads to no other slot.
 */
export function publishEdit(
  database: Database,
  edit: ManifestEdit,
  epoch: Slot,
  record: CheckpointRecord | undefined,
  at?: (point: Point) => void | Promise<void>,
): Promise<Publication> {
  return publish(database, (base) => applyEdit(base, edit), epoch, record, at);
}

/**
 * Publishes a whole manifest, for a state that a record began: what root's checkpoint holds is not part of it. Void once root has a
 * checkpoint of its slot or a later one.
 */
export function publishManifest(
  database: Database,
  manifest: Manifest,
  epoch: Slot,
  record: CheckpointRecord,
  at?: (point: Point) => void | Promise<void>,
): Promise<Publication> {
  return publish(database, (base) => (base.slot < manifest.slot ? manifest : undefined), epoch, record, at);
}

async function publish(
  database: Database,
  next: (base: Manifest) => Manifest | undefined,
  epoch: Slot,
  record: CheckpointRecord | undefined,
  at: ((point: Point) => void | Promise<void>) | undefined,
): Promise<Publication> {
  const { root, store, runtime } = database;
  const write = objectWriter(store, runtime);
  for (let attempt = 1; attempt <= REBASES_MAX; attempt++) {
    const before = (await root.read()).root;
    const base = await baseOf(before, store, runtime);
    const manifest = next(base.manifest);
    if (manifest === undefined) return { kind: 'superseded' };
    const bytes = encodeManifest(manifest, runtime.crypto);
    const name = checkpointName(epoch, runtime.random);
    await write(name, bytes);
    await pass(at, 'checkpoint:uploaded');
    const reference: CheckpointReference = {
      ...(record ?? before.checkpoint),
      slot: manifest.slot,
      name,
      hash: runtime.crypto.sha256(bytes),
    };
    const inlined = await inlinedInRoot(database, manifest, bytes);
    let isDoomedNow = false;
    const stands = await root.update((current) => {
      if (current.checkpoint.name === name || current.checkpoint.name !== before.checkpoint.name) return undefined;
      isDoomedNow = epoch <= current.doomEpoch;
      if (isDoomedNow) return undefined;
      const retained = retainedWith(current, reference);
      return { ...current, ...inlined, checkpoint: reference, retained, tail: tailAfter(database, manifest) };
    });
    if (stands.checkpoint.name === name) {
      await database.adopt(stands);
      await pass(at, 'checkpoint:published');
      return { kind: 'published', slot: manifest.slot, name };
    }
    if (isDoomedNow) return { kind: 'doomed' };
  }
  return { kind: 'superseded' };
}

function tailAfter(database: Database, manifest: Manifest): readonly Uint8Array[] {
  return database.tip.coresAfter(manifest.slot, TAIL_BYTES_MAX);
}

/** Bytes of root's body that the recent tail may take. */
const TAIL_BYTES_MAX = 64 * 1024;
