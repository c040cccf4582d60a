/**
 * Rotation of a sealed database's data key: a new key seals what is written from now on, and what is there stays as it is until checkpoints and
 * compactions replace it.
 *
 *     keyring ── the new key, by replace-if-match ──> an empty record, sealed with it
 *                 from now on nothing is lost          every writer meets it before its next commit, and reads the keyring
 *
 * Invariants
 *   K3  No record after the announcing one is sealed with an older key: whoever wants a later slot has read that record, and so the new keyring.
 *   K4  Interrupted anywhere, both keys are in the keyring, or the old one alone: asked for again, it adds another. No key is ever taken away.
 */
import { runsOf } from '../storage/manifest.ts';
import type { SegmentName } from '../storage/page-reference.ts';
import { baseOf } from '../transaction/checkpoint.ts';
import type { Database } from '../transaction/database.ts';
import type { Keyring } from '../../vfs/encryption/keyring.ts';
import type { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { checkpoint } from './checkpoint.ts';
import { compactTree } from './compact.ts';
import { patiently } from './listing.ts';
import { pass, type Point } from './points.ts';

/** Adds a data key and announces it in the log. Everything is wrapped anew, by the first of the keyring file's providers. */
export async function rotateDataKey(
  database: Database,
  keyring: KeyringFile,
  at?: ((point: Point) => void | Promise<void>) | undefined,
): Promise<Keyring> {
  const rotated = await patiently(database.runtime, () => keyring.rotate());
  await pass(at, 'rotate:keyring-written');
  await database.commitControls([]);
  await pass(at, 'rotate:announced');
  return rotated;
}

/** Wraps the data keys anew with the first of the keyring file's providers; nothing else is written. */
export async function rewrapDataKeys({ runtime }: Database, keyring: KeyringFile): Promise<Keyring> {
  return patiently(runtime, () => keyring.rewrap());
}

/**
 * Writes everything that the newest state refers to anew, and so with the newest key: a checkpoint, then every tree that has pages older than it.
 * Answers how many trees were rewritten. What they replaced is collected AGE later.
 */
export async function rewriteEverything(database: Database): Promise<number> {
  await database.confirm({ kind: 'linearizable' });
  await checkpoint(database);
  const { manifest: before } = await newest(database);
  const old = new Set<SegmentName>(before.segments.keys());
  let rewritten = 0;
  for (const tree of before.trees.keys()) {
    const { manifest } = await newest(database);
    if (!runsOf(manifest, tree).some((run) => run.segments.some(({ name }) => old.has(name)))) continue;
    if (await compactTree(database, manifest, tree, old, {})) rewritten++;
  }
  return rewritten;
}

async function newest(database: Database): ReturnType<typeof baseOf> {
  return baseOf((await database.root.read()).root, database.store, database.runtime);
}
