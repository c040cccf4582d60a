/**
 * Branches: databases of their own that begin with a state of their parent and share its pages.
 *
 *     parent   root ── pins: branch "b" ─────────────┐ keeps the segments that origin names
 *              log 1 … 41 ── 42 ── 43 …              v
 *     branch            └─> branch/<id>/root, origin, checkpoint/…, log 42 ── 43 …, segment/… of its own
 *
 * Invariants
 *   B3  A branch is there if and only if its parent's root pins it. Before that its objects are garbage, and after it again.
 *   B4  Every segment of the parent that a branch ever refers to is named by its origin, which nobody changes or collects while it is pinned.
 *   B5  A branch that is deleted is closed first: whoever has it open is told by its log, and no commit is acknowledged after that record. So
 *       the log stays for AGE after the deletion, like records before a boundary: the collector takes the objects.
 *   B6  Slots go on in a branch where the parent's were, so that row ids and runs keep their numbers.
 */
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { hexOf } from '../base/bytes.ts';
import type { Manifest } from '../storage/manifest.ts';
import { encodeManifest } from '../storage/manifest-codec.ts';
import { PageStore } from '../storage/page-store.ts';
import { SegmentWriter } from '../storage/segment.ts';
import type { Slot } from '../storage/tree.ts';
import { EMPTY_CHECKPOINT } from '../transaction/checkpoint.ts';
import { createRoot } from '../transaction/create.ts';
import { openDatabase, type Database } from '../transaction/database.ts';
import { tooFarBehind } from '../transaction/group-commit.ts';
import { checkpointName } from '../transaction/names.ts';
import { objectWriter } from '../transaction/object-writer.ts';
import type { PastState } from '../transaction/past.ts';
import { freshId, type DatabaseId } from '../transaction/record.ts';
import { LEAST_WRITER_VERSION, READER_VERSION, type CheckpointReference, type Pin, type Root } from '../transaction/root-codec.ts';
import { withoutPins } from '../transaction/root-edits.ts';
import type { Moment } from '../transaction/transaction.ts';
import { BranchStore } from '../../vfs/wrappers/branch.ts';
import { TieredReader } from '../../vfs/tiers/tiered-reader.ts';
import { manifestOf, withHeldState } from './hold.ts';
import { inlinedPages } from './inline.ts';
import { pass, type Point } from './points.ts';

/** The object that names every segment a branch inherited: its first manifest, under a name that no collector looks at. */
export const ORIGIN_NAME = 'origin';
/** Names the hold in a branch's root that says that it is being deleted. */
const DELETED = 'deleted';

export interface Branch {
  readonly name: string;
  readonly id: DatabaseId;
  /** The slot of the parent whose state it began with, and when that was committed (timestamptz microseconds). */
  readonly slot: Slot;
  readonly committedAt: number;
}

type At = ((point: Point) => void | Promise<void>) | undefined;

/** Makes a branch of the state of `moment`. SQLSTATE 42P04 when there is one of that name, 72000 when the state is no longer there. */
export async function createBranch(database: Database, name: string, moment: Moment, at?: At): Promise<Branch> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name))
    throw new SqlError('invalid_parameter_value', `"${name}" is no name for a branch`, { hint: 'Use letters, digits, _, . and -.' });
  if (branchNamed((await database.root.read()).root, name) !== undefined) throw duplicate(name);
  return withHeldState(database, moment, `branch ${name}`, async ({ state, hold, checkInTime }) => {
    const id = freshId<DatabaseId>(database.runtime.random);
    await pass(at, 'branch:held');
    const checkpoint = await writeBranch(database, id, state, at);
    checkInTime();
    const pin: Pin = { ...hold, kind: 'branch', id, name, slot: state.snapshot.slot, checkpoint: { ...checkpoint, name: ORIGIN_NAME } };
    await pass(at, 'branch:written');
    await database.root.update((current) => {
      if (current.pins.some((one) => one.id === id)) return undefined;
      if (branchNamed(current, name) !== undefined) throw duplicate(name);
      if (current.pins.some((one) => one.name === DELETED)) throw new SqlError('invalid_catalog_name', 'the branch is being deleted');
      // A collector that took the hold may have taken what was written too.
      if (!current.pins.some((one) => one.id === hold.id)) throw tooFarBehind();
      return { ...current, pins: [...current.pins, pin] };
    });
    await pass(at, 'branch:pinned');
    return branchOf(pin);
  });
}

/** The branches of a database, by name. */
export async function listBranches(database: Database): Promise<readonly Branch[]> {
  const { root } = await database.root.read();
  return root.pins
    .filter(({ kind }) => kind === 'branch')
    .map(branchOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Opens a branch, beside its parent: the store stays the parent's to close. SQLSTATE 3D000 when there is none of that name. */
export async function openBranch(database: Database, name: string): Promise<Database> {
  const pin = branchNamed((await database.root.read()).root, name);
  if (pin === undefined) throw noBranch(name);
  return openDatabase(new BranchStore(database.store, pin.id), database.runtime, { fence: database.fence.options });
}

/**
 * Deletes a branch: its log is closed, its pin goes, and AGE later its objects. SQLSTATE 3D000 when there is none, 2BP01 when it has branches
 * of its own. Interrupted anywhere, it may be asked for again.
 */
export async function deleteBranch(database: Database, name: string, at?: At): Promise<Branch> {
  const pin = branchNamed((await database.root.read()).root, name);
  if (pin === undefined) throw noBranch(name);
  const branch = await openBranch(database, name);
  // Written anew each time: the collector counts from the newest object on (B5).
  const id = freshId<DatabaseId>(database.runtime.random);
  const mark: Pin = { ...pin, kind: 'hold', id, name: DELETED, checkpoint: EMPTY_CHECKPOINT };
  await branch.root.update((current) => {
    const child = current.pins.find(({ kind }) => kind === 'branch');
    if (child !== undefined) {
      throw new SqlError('dependent_objects_still_exist', `cannot delete branch "${name}" because other branches depend on it`, {
        detail: `Branch "${child.name}" depends on it.`,
      });
    }
    if (current.pins.some((one) => one.id === id)) return undefined;
    return { ...current, pins: [...current.pins.filter((one) => one.name !== DELETED), mark] };
  });
  await pass(at, 'branch:marked');
  await branch.commitControls([{ kind: 'closed', reason: `branch "${name}" was deleted` }]).catch((error: unknown) => {
    if (!isSqlError(error, 'invalid_catalog_name')) throw error; // closed already
  });
  await pass(at, 'branch:closed');
  await database.root.update((current) => withoutPins(current, (one) => one.id === pin.id));
  await pass(at, 'branch:unpinned');
  return branchOf(pin);
}

/** The pin of the branch of that name; undefined when there is none. */
export function branchNamed(root: Root, name: string): Pin | undefined {
  return root.pins.find((pin) => pin.kind === 'branch' && pin.name === name);
}

/** Writes everything of a branch but its pin; nobody can know of it yet. */
async function writeBranch(database: Database, id: DatabaseId, state: PastState, at: At): Promise<CheckpointReference> {
  const { runtime } = database;
  const { crypto, random } = runtime;
  const store = new BranchStore(database.store, id);
  const write = objectWriter(store, runtime);
  const { slot } = state.snapshot;
  const manifest: Manifest = await manifestOf(state.snapshot, new SegmentWriter({ crypto, random, writeObject: write, epoch: slot }));
  const bytes = encodeManifest(manifest, crypto);
  const name = checkpointName(slot, random);
  await Promise.all([write(name, bytes), write(ORIGIN_NAME, bytes)]);
  await pass(at, 'branch:uploaded');
  const checkpoint =
    slot === 0
      ? EMPTY_CHECKPOINT
      : { slot, name, hash: crypto.sha256(bytes), recordHash: state.recordHash, committedAt: state.committedAt };
  const pages = new PageStore({ reader: new TieredReader({ store, tiers: [] }), crypto });
  await createRoot(store, runtime, {
    databaseId: id,
    generation: 1,
    writeId: hexOf(random.bytes(16)),
    minReaderVersion: READER_VERSION,
    minWriterVersion: LEAST_WRITER_VERSION,
    checkpoint,
    boundary: slot,
    boundaryAtMs: undefined,
    doomEpoch: 0,
    newestSlot: slot,
    ...(await inlinedPages(pages, manifest, bytes)),
    tail: [],
    retained: [],
    pins: [],
    unknown: [],
  });
  return { ...checkpoint, hash: crypto.sha256(bytes) };
}

function branchOf({ name, id, slot, checkpoint }: Pin): Branch {
  return { name, id, slot, committedAt: checkpoint.committedAt };
}

function duplicate(name: string): SqlError {
  return new SqlError('duplicate_database', `there is a branch "${name}" already`);
}

/** SQLSTATE 3D000. */
export function noBranch(name: string): SqlError {
  return new SqlError('invalid_catalog_name', `there is no branch "${name}"`);
}
