/** What may still be referred to: gathered from root, from the checkpoints retained, and from the records retained. */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import { decodeManifest } from '../storage/manifest-codec.ts';
import { slot as slotOf } from '../storage/tree.ts';
import { baseOf } from '../transaction/checkpoint.ts';
import type { Database } from '../transaction/database.ts';
import { CHECKPOINT_PREFIX } from '../transaction/names.ts';
import { readDecoded, readObject } from '../transaction/reading.ts';
import type { Pin } from '../transaction/root-codec.ts';
import type { Manifest } from '../storage/manifest.ts';
import { BRANCH_PREFIX } from '../../vfs/wrappers/branch.ts';
import type { ListedObject } from '../../vfs/object-store.ts';
import { listAll } from './listing.ts';
import { recordsBetween } from './records.ts';

/** Manifests already read: they never change. */
export type ManifestCache = Map<string, readonly string[]>;

/**
 * Names of segments and checkpoints that root, a checkpoint retained or a record after the boundary refers to, as of a moment
 * after the call. Checkpoints are retained when they were made after `retainedAfterMs` (store clock), and the newest before.
 */
export async function referencesOf(database: Database, retainedAfterMs: number, cache: ManifestCache): Promise<Set<string>> {
  const names = new Set<string>();
  const checkpoints = await retainedCheckpoints(database, retainedAfterMs);
  const { root } = await database.root.read();
  if (root.checkpoint.slot > 0) {
    names.add(root.checkpoint.name);
    addAll(names, segmentsOf((await baseOf(root, database.store, database.runtime)).manifest));
  }
  const held = root.pins.flatMap((pin) => (pin.kind === 'hold' ? [pin.checkpoint] : []));
  const kept = [...root.retained, ...held].flatMap(({ name }) => (name === '' ? [] : [name]));
  for (const name of new Set([...checkpoints, ...kept])) {
    names.add(name);
    addAll(names, await segmentsOfCheckpoint(database, name, cache));
  }
  for (const pin of root.pins) if (pin.kind === 'branch') addAll(names, await inheritedBy(database, pin, cache));
  await database.confirm({ kind: 'linearizable' });
  assert(database.slot >= root.checkpoint.slot, 'a confirmed state is at least as new as the checkpoint', {
    slot: database.slot,
    checkpoint: root.checkpoint.slot,
  });
  for await (const record of recordsBetween(database.store, database.runtime, root.boundary, database.slot)) {
    for (const transaction of record.transactions) {
      for (const bulk of transaction.bulk) addAll(names, bulk.segments);
      for (const control of transaction.controls)
        if (control.kind === 'state')
          addAll(names, segmentsOf(decodeManifest(control.manifest, `log record ${record.slot}`, database.runtime.crypto)));
    }
  }
  return names;
}

/** The slot in a checkpoint's name; it is the epoch of the object. Undefined for other names. */
export function epochOfCheckpointName(name: string): number | undefined {
  const match = /^checkpoint\/([0-9]+)-[0-9a-f]+$/.exec(name);
  return match === null ? undefined : slotOf(Number(match[1]));
}

async function retainedCheckpoints(database: Database, retainedAfterMs: number): Promise<string[]> {
  const retained: string[] = [];
  let newestBefore: ListedObject | undefined;
  for await (const page of listAll(database.store, database.runtime, CHECKPOINT_PREFIX)) {
    for (const object of page.objects) {
      const epoch = epochOfCheckpointName(object.name);
      if (epoch === undefined) continue;
      if (object.modifiedMs === undefined || object.modifiedMs > retainedAfterMs) retained.push(object.name);
      else if (newestBefore === undefined || epoch > (epochOfCheckpointName(newestBefore.name) ?? 0)) newestBefore = object;
    }
  }
  if (newestBefore !== undefined) retained.push(newestBefore.name);
  return retained;
}

/** The segments that a branch's origin names; none when the branch has been deleted meanwhile. */
async function inheritedBy(database: Database, pin: Pin, cache: ManifestCache): Promise<readonly string[]> {
  const { store, runtime, root } = database;
  const name = `${BRANCH_PREFIX}${pin.id}/${pin.checkpoint.name}`;
  const known = cache.get(name);
  if (known !== undefined) return known;
  const answer = await readDecoded(store, runtime, name, (bytes) => segmentsOf(decodeManifest(bytes, name, runtime.crypto)));
  if (answer.kind !== 'found') {
    const current = (await root.read()).root;
    if (!current.pins.some(({ id }) => id === pin.id)) return [];
    throw new SqlError('data_corrupted', `${name} is missing`, { detail: `Without it nobody knows what branch "${pin.name}" refers to.` });
  }
  cache.set(name, answer.value);
  return answer.value;
}

async function segmentsOfCheckpoint(database: Database, name: string, cache: ManifestCache): Promise<readonly string[]> {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const answer = await readObject(database.store, database.runtime, name);
  // Somebody else collected it in between: it is not retained any more.
  const segments = answer.kind === 'found' ? segmentsOf(decodeManifest(answer.bytes, name, database.runtime.crypto)) : [];
  cache.set(name, segments);
  return segments;
}

function segmentsOf(manifest: Manifest): string[] {
  return [...manifest.segments.keys()];
}

function addAll(names: Set<string>, more: readonly string[]): void {
  for (const name of more) names.add(name);
}
