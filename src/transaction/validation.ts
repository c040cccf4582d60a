/**
 * Whether a transaction may still commit after a record that it did not see.
 *
 *     its claim    keys and ranges it read, keys it wrote, trees it cleared, ranges it bulk loaded
 *     the record   keys written, trees cleared, ranges bulk loaded, segments doomed, the whole state replaced
 *
 * Invariants
 *   V1  A conflict is found whenever the record wrote something that the claim covers: never less, by row and by range never more.
 *   V2  Reads for constraints, of the catalog and of rows about to be written are in the claim at every isolation level.
 */
import { compareBytes, hexOf } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import { epochOfSegmentName } from './names.ts';
import { afterKey } from '../storage/key-codec.ts';
import { WHOLE_TREE, type Key, type Slot, type TreeId } from '../storage/tree.ts';
import { firstIn, type Footprint, type TreeFootprint } from './footprint.ts';
import { lowerBound } from './key-map.ts';
import { firstKeyIn, rangeHas, rangesOverlap } from './range-set.ts';
import type { BulkReference, TransactionRecord, TreeReads, TreeWrites } from './record.ts';

/** What a transaction must defend to commit. */
export type Claim = Pick<TransactionRecord, 'reads' | 'writes' | 'bulk'>;

export interface Conflict {
  readonly slot: Slot;
  /** Undefined when a segment was doomed. */
  readonly tree: TreeId | undefined;
  /** The key both sides touched; undefined when a whole tree, a range or a segment was. */
  readonly key: Key | undefined;
  readonly over: 'read' | 'write' | 'segment' | 'state';
}

/** The first conflict of `claim` with a record that it did not see; undefined when there is none. */
export function conflictWith(claim: Claim, record: Footprint): Conflict | undefined {
  if (record.replacesState && (claim.reads.length > 0 || claim.writes.length > 0 || claim.bulk.length > 0))
    return { slot: record.slot, tree: undefined, key: undefined, over: 'state' };
  for (const writes of claim.writes) {
    const other = record.trees.get(writes.tree);
    const found = other === undefined ? undefined : conflictOfWrites(writes, other);
    if (found !== undefined) return { slot: record.slot, tree: writes.tree, key: found.key, over: 'write' };
  }
  for (const bulk of claim.bulk) {
    const other = record.trees.get(bulk.tree);
    const found = other === undefined ? undefined : conflictOfBulk(bulk, other);
    if (found !== undefined) return { slot: record.slot, tree: bulk.tree, key: found.key, over: 'write' };
    if (record.doomEpoch !== undefined && isDoomed(bulk, record.doomEpoch))
      return { slot: record.slot, tree: undefined, key: undefined, over: 'segment' };
  }
  for (const reads of claim.reads) {
    const other = record.trees.get(reads.tree);
    const found = other === undefined ? undefined : conflictOfReads(reads, other);
    if (found !== undefined) return { slot: record.slot, tree: reads.tree, key: found.key, over: 'read' };
  }
  return undefined;
}

/** SQLSTATE 40001 in PostgreSQL's words, naming the winner's slot and the key. */
export function serializationFailure(conflict: Conflict): SqlError {
  const message =
    conflict.over === 'read'
      ? 'could not serialize access due to read/write dependencies among transactions'
      : conflict.over === 'write' || conflict.over === 'state'
        ? 'could not serialize access due to concurrent update'
        : 'could not serialize access: segments of this transaction were given up';
  return new SqlError('serialization_failure', message, { detail: describe(conflict), hint: 'The transaction might succeed if retried.' });
}

interface Found {
  readonly key: Key | undefined;
}

const WHOLE: Found = { key: undefined };

function conflictOfWrites(writes: TreeWrites, other: TreeFootprint): Found | undefined {
  if (writes.cleared || other.cleared) return WHOLE;
  if (other.keys.size === 0 && other.ranges.length === 0) return undefined;
  for (const write of writes.rows) {
    if (write.keyHasRowId) continue; // nobody else has this key
    if (other.keys.get(write.key) === true) return { key: write.key };
    if (other.ranges.some((range) => rangeHas(range, write.key))) return { key: write.key };
  }
  return undefined;
}

function conflictOfBulk(bulk: BulkReference, other: TreeFootprint): Found | undefined {
  if (other.cleared) return WHOLE;
  if (bulk.keysHaveRowIds) return undefined; // nobody else has these keys
  const loaded = { from: bulk.first, to: afterKey(bulk.last) };
  const key = firstIn(other.keys, loaded);
  if (key !== undefined) return { key };
  return other.ranges.some((range) => rangesOverlap(range, loaded)) ? WHOLE : undefined;
}

function conflictOfReads(reads: TreeReads, other: TreeFootprint): Found | undefined {
  if (reads.keys.length === 0 && reads.ranges.length === 0) return undefined;
  if (other.cleared) return WHOLE;
  for (const range of reads.ranges) {
    const key = firstIn(other.keys, range);
    if (key !== undefined) return { key };
    if (other.ranges.some((loaded) => rangesOverlap(loaded, range))) return WHOLE;
  }
  for (const loaded of other.ranges) {
    const key = firstKeyIn(reads.keys, loaded);
    if (key !== undefined) return { key };
  }
  if (other.keys.size * 8 < reads.keys.length) {
    for (const [key] of other.keys.entries(WHOLE_TREE)) if (hasKey(reads.keys, key)) return { key };
    return undefined;
  }
  for (const key of reads.keys) if (other.keys.get(key) === true) return { key };
  return undefined;
}

function isDoomed(bulk: BulkReference, epoch: number): boolean {
  return bulk.segments.some((name) => (epochOfSegmentName(name) ?? 0) <= epoch);
}

function hasKey(keys: readonly Key[], key: Key): boolean {
  const at = lowerBound(keys, key);
  return at < keys.length && compareBytes(keys[at], key) === 0;
}

function describe(conflict: Conflict): string {
  if (conflict.over === 'state') return `The record in slot ${conflict.slot} replaced the whole state.`;
  if (conflict.tree === undefined) return `The record in slot ${conflict.slot} doomed them.`;
  const verb = conflict.over === 'read' ? 'read' : 'wrote';
  if (conflict.key === undefined)
    return `The record in slot ${conflict.slot} changed tree ${conflict.tree} as a whole or by range, where this transaction ${verb}.`;
  return `The record in slot ${conflict.slot} wrote key \\x${hexOf(conflict.key)} of tree ${conflict.tree}, which this transaction ${verb}.`;
}
