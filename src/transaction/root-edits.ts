/**
 * What maintenance changes in root, as functions from one version to the next. Each may be applied again to a version that
 * has its effect already, which is what `RootFile.update` needs.
 *
 * Invariants
 *   E1  Checkpoints, boundary and doom only move forward.
 *   E2  The boundary never passes the checkpoint: what may be collected is in it.
 *   E3  A checkpoint that names a doomed segment is never published.
 */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import { epochOfSegmentName } from './names.ts';
import type { Slot } from '../storage/tree.ts';
import type { CheckpointReference, Root } from './root-codec.ts';

export interface CheckpointPublication {
  readonly checkpoint: CheckpointReference;
  /** The manifest to inline, empty when it is too large. */
  readonly manifest: Uint8Array;
  /** The pages to inline, as storage packs them. */
  readonly pages: Uint8Array;
  /** Segments uploaded for this checkpoint, not yet referred to by any other. */
  readonly newSegments: readonly string[];
  /** Cores of the records after the checkpoint, from its slot + 1 on; see `Tip.coresAfter`. */
  readonly tail: readonly Uint8Array[];
  readonly newestSlot: Slot;
}

/**
 * Root with a newer checkpoint, or with another one of the same slot (a compaction); undefined when root has this one or a newer
 * one. Throws SQLSTATE 55000 when a segment of it was doomed.
 */
export function withCheckpoint(root: Root, publication: CheckpointPublication): Root | undefined {
  const { checkpoint } = publication;
  if (root.checkpoint.slot > checkpoint.slot || root.checkpoint.name === checkpoint.name) return undefined;
  const doomed = publication.newSegments.find((name) => (epochOfSegmentName(name) ?? 0) <= root.doomEpoch);
  if (doomed !== undefined) {
    throw new SqlError('object_not_in_prerequisite_state', 'could not publish the checkpoint: its segments were given up', { detail: `Segment ${doomed} is not after doom epoch ${root.doomEpoch}.` });
  }
  const newestSlot = publication.newestSlot > root.newestSlot ? publication.newestSlot : root.newestSlot;
  return { ...root, checkpoint, manifest: publication.manifest, pages: publication.pages, tail: publication.tail, newestSlot };
}

/** Root that allows records up to `boundary` to be collected; undefined when it does already. */
export function withBoundary(root: Root, boundary: Slot): Root | undefined {
  assert(boundary <= root.checkpoint.slot, 'E2: the boundary stays at or below the checkpoint', { boundary, checkpoint: root.checkpoint.slot });
  return root.boundary >= boundary ? undefined : { ...root, boundary };
}

/** Root that allows unreferenced segments of epochs up to `epoch` to be deleted; undefined when it does already. */
export function withDoom(root: Root, epoch: number): Root | undefined {
  return root.doomEpoch >= epoch ? undefined : { ...root, doomEpoch: epoch };
}

/** Root that refuses programs older than these versions; undefined when it does already. */
export function withVersions(root: Root, reader: number, writer: number): Root | undefined {
  if (root.minReaderVersion >= reader && root.minWriterVersion >= writer) return undefined;
  return { ...root, minReaderVersion: Math.max(root.minReaderVersion, reader), minWriterVersion: Math.max(root.minWriterVersion, writer) };
}
