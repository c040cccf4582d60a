/**
 * Promotion: the newest state of a branch becomes its parent's, by one commit of the parent. What only the branch has is copied (its own
 * segments, byte for byte under their names); what it inherited is the parent's already. The branch stays as it is.
 *
 * Invariants
 *   B7  The parent's log is brought to the branch's slot first, by empty records: runs and row ids are numbered by slots, and a slot that
 *       the branch has used must not come again after its rows are in the parent.
 *   B8  Unless it is forced, nothing that the parent wrote since the branch began is lost: the commit is refused.
 */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Manifest } from '../storage/manifest.ts';
import { WHOLE_TREE, type Slot, type TreeId } from '../storage/tree.ts';
import type { Database } from '../transaction/database.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import { readObject } from '../transaction/reading.ts';
import type { TreeReads } from '../transaction/record.ts';
import { SEGMENT_PREFIX } from '../transaction/names.ts';
import { BranchStore } from '../../vfs/wrappers/branch.ts';
import { branchNamed, noBranch, openBranch } from './branch.ts';
import { manifestOf, withHeldState } from './hold.ts';
import { listAll } from './listing.ts';
import { type Point, pass } from './points.ts';
import { recordsBetween } from './records.ts';
import { commitState, segmentWriter } from './restore.ts';

export interface Promotion {
  /** The branch's slot whose state was taken. */
  readonly from: Slot;
  /** The parent's newest slot before: its state stays readable there. */
  readonly before: Slot;
  /** The slot of the commit. */
  readonly slot: Slot;
  readonly copiedBytes: number;
}

/** SQLSTATE 55000 when the parent has written something since the branch began and `force` is not given, 3D000 when there is no such branch. */
export async function promoteBranch(
  database: Database,
  name: string,
  { force = false, at }: { readonly force?: boolean | undefined; readonly at?: ((point: Point) => void | Promise<void>) | undefined } = {},
): Promise<Promotion> {
  await database.confirm({ kind: 'linearizable' });
  const pin = branchNamed((await database.root.read()).root, name);
  if (pin === undefined) throw noBranch(name);
  const before = database.slot;
  if (!force && (await hasWritten(database, pin.slot, before))) throw movedOn(name, pin.slot);
  const branch = await openBranch(database, name);
  await branch.confirm({ kind: 'linearizable' });
  return withHeldState(branch, { kind: 'slot', slot: branch.slot }, 'promotion', async ({ state, checkInTime }) => {
    const from = state.snapshot.slot;
    const manifest = await manifestOf(state.snapshot, segmentWriter(branch));
    const copiedBytes = await copyOwnSegments(database, new BranchStore(database.store, pin.id), manifest);
    await pass(at, 'promote:copied');
    while (database.slot < from) await database.commitControls([]); // B7
    await pass(at, 'promote:filled');
    checkInTime();
    const unless = force ? undefined : { reads: everything(database), seen: before };
    const slot = await commitState(database, manifest, `branch "${name}", slot ${from}`, unless);
    return { from, before, slot, copiedBytes };
  });
}

/** Copies the segments of `manifest` that lie in the branch. Answers how many bytes. */
async function copyOwnSegments({ store, runtime }: Database, branch: BranchStore, manifest: Manifest): Promise<number> {
  const write = objectWriter(store, runtime);
  let bytes = 0;
  for await (const page of listAll(branch, runtime, SEGMENT_PREFIX)) {
    for (const { name } of page.objects) {
      if (!new Set<string>(manifest.segments.keys()).has(name)) continue;
      const answer = await readObject(branch, runtime, name);
      assert(answer.kind === 'found', 'what a held state refers to is there', { name });
      await write(name, answer.bytes);
      bytes += answer.bytes.length;
    }
  }
  return bytes;
}

/** Whether a record of slots (after, through] changed any row. */
async function hasWritten({ store, runtime }: Database, after: Slot, through: Slot): Promise<boolean> {
  let records = 0;
  for await (const { transactions } of recordsBetween(store, runtime, after, through)) {
    records++;
    for (const { writes, bulk, controls } of transactions)
      if (writes.length > 0 || bulk.length > 0 || controls.some(({ kind }) => kind === 'state')) return true;
  }
  return records < through - after; // what was collected can no longer be told
}

/** Every tree there is. New ones come with a change of the catalog, which is among them. */
function everything(database: Database): TreeReads[] {
  const { manifest, memtable } = database.snapshot();
  const trees = new Set<TreeId>(manifest.trees.keys());
  for (const [tree] of memtable.trees()) trees.add(tree);
  return [...trees].sort((a, b) => a - b).map((tree) => ({ tree, always: true, keys: [], ranges: [WHOLE_TREE] }));
}

function movedOn(name: string, since: Slot): SqlError {
  return new SqlError('object_not_in_prerequisite_state', `the database has changed since branch "${name}" began`, {
    detail: `The branch began with slot ${since}.`,
    hint: 'Forced, the promotion takes the place of those changes; they stay readable in the past.',
  });
}
