/** From root to the state that replay starts from. */
import { equalBytes } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { decodeManifest } from '../storage/manifest-codec.ts';
import type { Manifest } from '../storage/manifest.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { readDecoded } from './reading.ts';
import type { CheckpointReference, Root } from './root-codec.ts';
import { EMPTY_BASE, type Base } from './tip.ts';

/** The newest checkpoint that `root` names: inlined in it, or fetched. SQLSTATE XX001 when it is not what root promises, 72000 when it is gone. */
export async function baseOf(root: Root, store: ObjectStore, runtime: Runtime): Promise<Base> {
  const { checkpoint } = root;
  if (checkpoint.name === '') return EMPTY_BASE;
  const manifest =
    root.manifest.length > 0 ? decodeManifest(root.manifest, 'root', runtime.crypto) : await fetchManifest(checkpoint, store, runtime);
  if (manifest.slot !== checkpoint.slot)
    throw new SqlError('data_corrupted', `${checkpoint.name} is damaged: it holds slot ${manifest.slot}`);
  return { manifest, recordHash: checkpoint.recordHash, committedAt: checkpoint.committedAt };
}

async function fetchManifest(checkpoint: CheckpointReference, store: ObjectStore, runtime: Runtime): Promise<Manifest> {
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
