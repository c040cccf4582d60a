/** From root to the state that replay starts from. */
import { equalBytes } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { decodeManifest } from '../storage/manifest-codec.ts';
import type { Manifest } from '../storage/manifest.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { slot } from '../storage/tree.ts';
import { readDecoded } from './reading.ts';
import { GENESIS_HASH } from './record.ts';
import type { CheckpointReference, Root } from './root-codec.ts';
import { EMPTY_BASE, type Base } from './tip.ts';

/** What root names while there is no checkpoint: the state before the first record. */
export const EMPTY_CHECKPOINT: CheckpointReference = {
  slot: slot(0),
  name: '',
  hash: GENESIS_HASH,
  recordHash: GENESIS_HASH,
  committedAt: 0,
};

/** The newest checkpoint that `root` names: inlined in it, or fetched. SQLSTATE XX001 when it is not what root promises, 72000 when it is gone. */
export async function baseOf(root: Root, store: ObjectStore, runtime: Runtime): Promise<Base> {
  return fetchBase(root.checkpoint, root, store, runtime);
}

/** Any checkpoint that `root` names, or the empty one; see `baseOf`. */
export async function fetchBase(checkpoint: CheckpointReference, root: Root, store: ObjectStore, runtime: Runtime): Promise<Base> {
  if (checkpoint.name === '') return EMPTY_BASE;
  const isInlined = checkpoint.name === root.checkpoint.name && root.manifest.length > 0;
  const manifest = isInlined ? decodeManifest(root.manifest, 'root', runtime.crypto) : await fetchManifest(checkpoint, store, runtime);
  if (manifest.slot !== checkpoint.slot)
    throw new SqlError('data_corrupted', `${checkpoint.name} is damaged: it holds slot ${manifest.slot}`);
  return { manifest, recordHash: checkpoint.recordHash, committedAt: checkpoint.committedAt };
}

/** The manifest that a reference names, its hash checked. */
export async function fetchManifest(checkpoint: CheckpointReference, store: ObjectStore, runtime: Runtime): Promise<Manifest> {
  const answer = await readDecoded(store, runtime, checkpoint.name, (bytes) => {
    if (!equalBytes(runtime.crypto.sha256(bytes), checkpoint.hash))
      throw new SqlError('data_corrupted', `${checkpoint.name} is damaged: its hash does not match`);
    return decodeManifest(bytes, checkpoint.name, runtime.crypto);
  });
  if (answer.kind === 'found') return answer.value;
  throw new SqlError('snapshot_too_old', 'snapshot too old', {
    detail: `Object ${checkpoint.name} is not in the bucket any more.`,
    hint: 'Open the database again.',
  });
}
