/**
 * Backups: the newest state of a database, object by object, in another bucket. What is there already is not sent again; a manifest that names
 * every object with its hash is written last, and nothing is trusted that it does not vouch for.
 *
 *     source ── hold ──> segments, checkpoint, log after it ──> root as it is to be ──> backup/<slot>-<random>
 *                             only what is not there yet                                  now the backup is there
 *
 * Invariants
 *   U1  A backup is there if and only if its manifest is: everything that it names was there before.
 *   U2  Objects never change and names are never used twice, so that one object serves any number of backups.
 *   U3  Restoring compares every byte with the manifest before the root of the new database is written.
 */
import { equalBytes } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { decodeManifest } from '../storage/manifest-codec.ts';
import type { Slot } from '../storage/tree.ts';
import { createRoot } from '../transaction/create.ts';
import type { Database } from '../transaction/database.ts';
import { coresBetween } from '../transaction/log-range.ts';
import { LOG_PREFIX, logName, ROOT_NAME, slotOfLogName } from '../transaction/names.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import { readObject } from '../transaction/reading.ts';
import { decodeCore } from '../transaction/record-codec.ts';
import { decodeRoot, encodeRoot, type CheckpointReference, type Root } from '../transaction/root-codec.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { backupName, BACKUP_PREFIX, decodeBackup, encodeBackup, type Backup, type BackupObject } from './backup-codec.ts';
import { withHeldState } from './hold.ts';
import { listAll, patiently } from './listing.ts';
import { pass, type Point } from './points.ts';

export interface BackupReport {
  readonly name: string;
  readonly slot: Slot;
  readonly committedAt: number;
  /** All objects of the backup, and those that were sent now. */
  readonly objects: number;
  readonly copiedObjects: number;
  readonly copiedBytes: number;
}

/** Copies under way at a time. */
const PARALLEL = 8;

/** Backs the newest state of `database` up into `target`, another bucket or prefix. */
export async function backUp(
  database: Database,
  target: ObjectStore,
  at?: ((point: Point) => void | Promise<void>) | undefined,
): Promise<BackupReport> {
  const { store, runtime } = database;
  await database.confirm({ kind: 'linearizable' });
  return withHeldState(database, { kind: 'slot', slot: database.slot }, 'backup', async ({ state, hold }) => {
    const { slot } = state.snapshot;
    const known = await objectsOfNewest(target, runtime);
    await pass(at, 'backup:held');
    const copier = new Copier(store, target, runtime, known);
    const objects = await copier.copyAll(await namesOf(database, hold.checkpoint, slot));
    await pass(at, 'backup:copied');
    const { root } = await database.root.read();
    const backup: Backup = {
      databaseId: root.databaseId,
      slot,
      committedAt: state.committedAt,
      root: encodeRoot(rootOf(root, hold.checkpoint, slot), runtime.crypto),
      objects,
    };
    const name = backupName(slot, runtime.random);
    await objectWriter(target, runtime)(name, encodeBackup(backup, runtime.crypto));
    const { copiedObjects, copiedBytes } = copier;
    return { name, slot, committedAt: state.committedAt, objects: objects.length, copiedObjects, copiedBytes };
  });
}

/** The backups in a bucket, newest first: their names and slots. */
export async function listBackups(
  target: ObjectStore,
  runtime: Runtime,
): Promise<readonly { readonly name: string; readonly slot: Slot }[]> {
  const backups: { name: string; slot: Slot }[] = [];
  for await (const page of listAll(target, runtime, BACKUP_PREFIX)) {
    for (const { name } of page.objects) {
      const slot = slotOfLogName(LOG_PREFIX + name.slice(BACKUP_PREFIX.length).split('-')[0]);
      if (slot !== undefined) backups.push({ name, slot });
    }
  }
  return backups;
}

/**
 * Makes a database in `target`, which must have none, from the newest backup of `source`, or that of `slot`. SQLSTATE 3D000 when there is none,
 * 42P04 when `target` is not empty, XX001 when an object is not what its backup says.
 */
export async function restoreBackup(
  source: ObjectStore,
  target: ObjectStore,
  runtime: Runtime,
  slot?: Slot | undefined,
  at?: ((point: Point) => void | Promise<void>) | undefined,
): Promise<Backup> {
  const chosen = (await listBackups(source, runtime)).find((one) => slot === undefined || one.slot === slot);
  if (chosen === undefined)
    throw new SqlError('invalid_catalog_name', slot === undefined ? 'there is no backup' : `there is no backup of slot ${slot}`);
  const backup = await readBackup(source, runtime, chosen.name);
  await requireEmpty(target, runtime, backup.slot);
  const write = objectWriter(target, runtime);
  await inParallel(backup.objects, async ({ name, size, hash }) => {
    const answer = await readObject(source, runtime, name);
    if (answer.kind !== 'found') throw damaged(name, 'it is missing');
    if (answer.bytes.length !== size || !equalBytes(runtime.crypto.sha256(answer.bytes), hash))
      throw damaged(name, 'it is not what the backup says'); // U3
    await write(name, answer.bytes);
  });
  await pass(at, 'backup:restored');
  await createRoot(target, runtime, decodeRoot(backup.root, runtime.crypto));
  return backup;
}

async function readBackup(source: ObjectStore, runtime: Runtime, name: string): Promise<Backup> {
  const answer = await readObject(source, runtime, name);
  if (answer.kind !== 'found') throw damaged(name, 'it is missing');
  return decodeBackup(answer.bytes, name, runtime.crypto);
}

/** What the newest backup says of its objects: they need not be read again to be vouched for. */
async function objectsOfNewest(target: ObjectStore, runtime: Runtime): Promise<ReadonlyMap<string, BackupObject>> {
  const [newest] = await listBackups(target, runtime);
  if (newest === undefined) return new Map();
  return new Map((await readBackup(target, runtime, newest.name)).objects.map((object) => [object.name, object]));
}

/** Everything that the state of `slot` rests on: the checkpoint, the log after it, and the segments of both. */
async function namesOf({ store, runtime }: Database, checkpoint: CheckpointReference, slot: Slot): Promise<readonly string[]> {
  const names = new Set<string>();
  const addManifest = (bytes: Uint8Array, what: string): void => {
    for (const segment of decodeManifest(bytes, what, runtime.crypto).segments.keys()) names.add(segment);
  };
  if (checkpoint.name !== '') {
    names.add(checkpoint.name);
    const answer = await readObject(store, runtime, checkpoint.name);
    if (answer.kind !== 'found') throw damaged(checkpoint.name, 'it is missing');
    addManifest(answer.bytes, checkpoint.name);
  }
  for await (const core of coresBetween(store, runtime, checkpoint.slot, slot)) {
    names.add(logName(core.slot));
    for (const { bulk, controls } of decodeCore(core).transactions) {
      for (const { segments } of bulk) for (const segment of segments) names.add(segment);
      for (const control of controls) if (control.kind === 'state') addManifest(control.manifest, `log record ${core.slot}`);
    }
  }
  return [...names];
}

/** The root that the restored database begins with: its log starts at the checkpoint, and nothing else depends on it. */
function rootOf(root: Root, checkpoint: CheckpointReference, slot: Slot): Root {
  const none = new Uint8Array(0);
  return {
    ...root,
    checkpoint,
    boundary: checkpoint.slot,
    boundaryAtMs: undefined,
    newestSlot: slot,
    manifest: none,
    pages: none,
    tail: [],
    retained: [],
    pins: [],
  };
}

/** Sends what is not there yet. */
class Copier {
  readonly #source: ObjectStore;
  readonly #target: ObjectStore;
  readonly #runtime: Runtime;
  readonly #known: ReadonlyMap<string, BackupObject>;
  copiedObjects = 0;
  copiedBytes = 0;

  constructor(source: ObjectStore, target: ObjectStore, runtime: Runtime, known: ReadonlyMap<string, BackupObject>) {
    this.#source = source;
    this.#target = target;
    this.#runtime = runtime;
    this.#known = known;
  }

  async copyAll(names: readonly string[]): Promise<readonly BackupObject[]> {
    const objects: BackupObject[] = [];
    await inParallel(names, async (name) => {
      objects.push(this.#known.get(name) ?? (await this.#copy(name)));
    });
    return objects.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** An object that no backup vouches for yet may be there all the same: then it must be the same. */
  async #copy(name: string): Promise<BackupObject> {
    const answer = await readObject(this.#source, this.#runtime, name);
    if (answer.kind !== 'found') throw damaged(name, 'it is missing');
    const hash = this.#runtime.crypto.sha256(answer.bytes);
    const there = await readObject(this.#target, this.#runtime, name);
    if (there.kind === 'found' && !equalBytes(this.#runtime.crypto.sha256(there.bytes), hash))
      throw new SqlError('data_corrupted', `${name} is in the backup already, and is another object`, {
        hint: 'Back up into an empty place.',
      });
    if (there.kind !== 'found') {
      await objectWriter(this.#target, this.#runtime)(name, answer.bytes);
      this.copiedObjects++;
      this.copiedBytes += answer.bytes.length;
    }
    return { name, size: answer.bytes.length, hash };
  }
}

/** No root, and no record after the backup's slot, which a new database would take for its own. What an interrupted restore left is fine. */
async function requireEmpty(target: ObjectStore, runtime: Runtime, slot: Slot): Promise<void> {
  const root = await readObject(target, runtime, ROOT_NAME, { range: { offset: 0, length: 1 } });
  if (root.kind !== 'absent') throw new SqlError('duplicate_database', 'there is a database at this URL already');
  const { objects } = await patiently(runtime, () => target.list(LOG_PREFIX, { limit: 1 }));
  const newest = objects.length === 0 ? undefined : slotOfLogName(objects[0].name);
  if (newest !== undefined && newest > slot)
    throw new SqlError('duplicate_database', 'there is the log of a database at this URL already', {
      detail: `It has a record in slot ${newest}.`,
    });
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

function damaged(name: string, problem: string): SqlError {
  return new SqlError('data_corrupted', `${name} is damaged: ${problem}`);
}
