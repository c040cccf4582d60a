import type { Key, Slot, TreeId } from './tree.ts';
import type { PageReference, SegmentName } from './page-reference.ts';

/**
 * One immutable B+tree: rows of one tree in key order. Newest first, the runs of a tree make its stack.
 *
 * A `base` run holds rows only, and hides nothing below it but its own keys. A `delta` run may also hold tombstones, and beside
 * each key the position (base leaf, row) that it overrides in the run `base`.
 */
export interface RunDescriptor {
  /** 128 random bits in hexadecimal. */
  readonly id: string;
  readonly tree: TreeId;
  readonly kind: 'base' | 'delta';
  /** The newest slot whose writes it holds. A run attached by a bulk load has that record's slot. Newer means by slot. */
  readonly slot: Slot;
  /** When row ids in it are placeholders: `slot` and ordinals counted from here stand in their place (row-id.ts). */
  readonly firstOrdinal: number | undefined;
  readonly root: PageReference;
  /** 0 when the root is a leaf. */
  readonly level: number;
  /** Rows, and tombstones beside them. */
  readonly rows: number;
  readonly tombstones: number;
  readonly leaves: number;
  /** No key in it is below `first` or above `last` (unresolved where they end with a placeholder). */
  readonly first: Key;
  readonly last: Key;
  /** The id of the run that a delta's positions refer to. */
  readonly base: string | undefined;
  /** Pages of its key filter, empty when it has none. */
  readonly filters: readonly PageReference[];
  /** How many bytes of which segments its pages take: what dies with it. */
  readonly segments: readonly SegmentShare[];
}

export interface SegmentShare {
  readonly name: SegmentName;
  readonly bytes: number;
}

/** Bytes of all pages of a run. */
export function runBytes(run: RunDescriptor): number {
  return run.segments.reduce((sum, share) => sum + share.bytes, 0);
}
