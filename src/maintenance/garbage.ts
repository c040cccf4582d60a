/**
 * Garbage collection: records, checkpoints and segments that nobody can refer to any more are deleted. One run does as much as
 * is allowed now and leaves the rest to a later one.
 *
 *     log        boundary into root ── GRACE by the store's clock ──> delete slots up to it
 *     segments   doom epoch into the log (no later load commits a doomed segment) ──> into root (no later checkpoint is
 *                published with one) ──> what may still be referred to is read ──> delete the rest
 *     intents    void by the end of the log ──> delete
 *
 * Invariants
 *   C1  A log record is deleted only when it is at or below a boundary that has been in root for GRACE, and was AGE old when
 *       the boundary passed it, both by the store's clock.
 *   C2  A segment or checkpoint is deleted only when its epoch is at or below root's doom epoch, it is AGE old, and neither root,
 *       nor a checkpoint retained, nor a record retained refers to it, all read after the doom was in root.
 *   C3  Checkpoints are retained for AGE after they were followed by a newer one: readers of an older root find their segments.
 *   C4  A listing decides nothing alone: what it leaves out is only kept longer, and references are gathered from root and log.
 *   C5  Every step may be the last: the next run begins with root again.
 *   C6  Every state of the last AGE stays readable: the checkpoint before its oldest slot is kept, and every record after that one.
 *   C7  An object of a branch is deleted only when every object of the branch is AGE old and root, read after, does not pin it.
 */
import { assert } from '../base/assert.ts';
import type { Database } from '../transaction/database.ts';
import {
  CHECKPOINT_PREFIX,
  epochOfSegmentName,
  INTENT_PREFIX,
  LOG_PREFIX,
  logName,
  ROOT_NAME,
  SEGMENT_PREFIX,
  slotOfLogName,
  voidAfterOfIntentName,
} from '../transaction/names.ts';
import { boundaryFor, withBoundary, withDoom, withoutPins } from '../transaction/root-edits.ts';
import type { Pin, Root } from '../transaction/root-codec.ts';
import type { RootVersion } from '../transaction/root.ts';
import { slot as slotOf, type Slot } from '../storage/tree.ts';
import { BRANCH_PREFIX } from '../../vfs/wrappers/branch.ts';
import type { ListedObject } from '../../vfs/object-store.ts';
import { listAll, patiently } from './listing.ts';
import { type Point, pass } from './points.ts';
import { epochOfCheckpointName, type ManifestCache, referencesOf } from './references.ts';

export interface GarbageOptions {
  /** How old a record, segment or superseded checkpoint must be, by the store's clock (ms). At least four transaction lifetimes. */
  readonly ageMs: number;
  /** How long a boundary stands in root before slots below it are deleted (ms). */
  readonly graceMs: number;
  /** What is allowed for the grain and the spread of the store's clocks (ms). */
  readonly marginMs: number;
  /** Most objects that one run deletes. */
  readonly deletionsMax?: number | undefined;
  /** Called at named points; tests crash or delay there. */
  readonly at?: ((point: Point) => void | Promise<void>) | undefined;
}

export const GARBAGE_DEFAULTS: GarbageOptions = { ageMs: 24 * 3_600_000, graceMs: 10 * 60_000, marginMs: 2 * 60_000 };

const DELETIONS_MAX = 10_000;

export interface GarbageReport {
  readonly recordsDeleted: number;
  readonly segmentsDeleted: number;
  readonly checkpointsDeleted: number;
  readonly intentsDeleted: number;
  readonly boundary: Slot;
  readonly doomEpoch: number;
}

/** Deletes what may be deleted now. Safe beside any number of others, and interrupted anywhere. */
export async function collectGarbage(database: Database, options: Partial<GarbageOptions> = {}): Promise<GarbageReport> {
  return new Collection(database, { ...GARBAGE_DEFAULTS, ...options }).run();
}

class Collection {
  readonly #database: Database;
  readonly #options: GarbageOptions;
  #deletionsLeft: number;

  constructor(database: Database, options: GarbageOptions) {
    assert(options.marginMs < options.graceMs && options.graceMs <= options.ageMs, 'margin, GRACE and AGE ascend', { ...options });
    this.#database = database;
    this.#options = options;
    this.#deletionsLeft = options.deletionsMax ?? DELETIONS_MAX;
  }

  async run(): Promise<GarbageReport> {
    const { root } = this.#database;
    const version = await root.read();
    const nowMs = version.dateMs;
    let recordsDeleted = 0;
    if (nowMs !== undefined) {
      await this.#dropHolds(version.root, this.#oldestMs(nowMs));
      const isSettled = this.#isSettled(version, nowMs);
      if (isSettled) recordsDeleted = await this.#deleteRecords(version.root.boundary);
      // A boundary that moves again before it has settled would never settle.
      if (isSettled && this.#deletionsLeft > 0) await this.#moveBoundary(version, nowMs);
    }
    const { segmentsDeleted, checkpointsDeleted } = nowMs === undefined ? NOTHING : await this.#collectSegments(nowMs);
    if (nowMs !== undefined) await this.#sweepBranches(this.#oldestMs(nowMs));
    const intentsDeleted = await this.#deleteIntents();
    const { boundary, doomEpoch } = root.fence ?? version.root;
    return { recordsDeleted, segmentsDeleted, checkpointsDeleted, intentsDeleted, boundary, doomEpoch };
  }

  /** Holds as old as AGE: whoever made them is gone, or too late. */
  async #dropHolds(current: Root, oldestMs: number): Promise<void> {
    const isLeft = (pin: Pin): boolean => pin.kind === 'hold' && pin.madeAtMs <= oldestMs;
    if (current.pins.some(isLeft)) await this.#database.root.update((root) => withoutPins(root, isLeft));
  }

  /** Whether the boundary has stood in root for GRACE. Before the first one there is nothing to wait for. */
  #isSettled(version: RootVersion, nowMs: number): boolean {
    const sinceMs = version.root.boundaryAtMs ?? version.modifiedMs;
    if (version.root.boundary === 0) return true;
    return sinceMs !== undefined && nowMs - sinceMs >= this.#options.graceMs + this.#options.marginMs;
  }

  async #deleteRecords(boundary: Slot): Promise<number> {
    if (boundary === 0) return 0;
    let deleted = 0;
    // Names are inverted: records up to the boundary follow that of the slot after it.
    for await (const page of listAll(this.#database.store, this.#database.runtime, LOG_PREFIX, logName(slotOf(boundary + 1)))) {
      for (const { name } of page.objects) {
        const at = slotOfLogName(name);
        if (at === undefined || at > boundary) continue;
        if (!(await this.#delete(name, 'garbage:before-record'))) return deleted;
        deleted++;
      }
    }
    return deleted;
  }

  /** Those that no later record may hold: their owners died, or were never told what became of them. */
  async #deleteIntents(): Promise<number> {
    let deleted = 0;
    for await (const page of listAll(this.#database.store, this.#database.runtime, INTENT_PREFIX)) {
      for (const { name } of page.objects) {
        const voidAfter = voidAfterOfIntentName(name);
        if (voidAfter === undefined) continue;
        if (voidAfter > this.#database.slot || !(await this.#delete(name, 'garbage:before-intent'))) return deleted;
        deleted++;
      }
    }
    return deleted;
  }

  /** To the checkpoint that states of the newest slot that is AGE old are replayed from (C6). */
  async #moveBoundary(version: RootVersion, nowMs: number): Promise<void> {
    const { checkpoint, boundary } = version.root;
    const oldestMs = this.#oldestMs(nowMs);
    let target: number = boundary;
    for await (const page of listAll(this.#database.store, this.#database.runtime, LOG_PREFIX, logName(slotOf(checkpoint.slot + 1)))) {
      const aged = page.objects.find(
        ({ name, modifiedMs }) => slotOfLogName(name) !== undefined && modifiedMs !== undefined && modifiedMs <= oldestMs,
      );
      if (aged === undefined) continue;
      target = slotOfLogName(aged.name) ?? boundary;
      break;
    }
    if (boundaryFor(version.root, slotOf(target)) <= boundary) return;
    await pass(this.#options.at, 'garbage:before-boundary');
    await this.#database.root.update((current) => withBoundary(current, boundaryFor(current, slotOf(target))));
    await pass(this.#options.at, 'garbage:boundary-written');
  }

  async #collectSegments(nowMs: number): Promise<{ segmentsDeleted: number; checkpointsDeleted: number }> {
    const { root } = this.#database;
    const candidates = await this.#oldObjects(nowMs);
    if (candidates.size === 0) return NOTHING;
    const cache: ManifestCache = new Map();
    const before = await referencesOf(this.#database, this.#oldestMs(nowMs), cache);
    const epochs = [...candidates].filter(([name]) => !before.has(name)).map(([, epoch]) => epoch);
    if (epochs.length === 0) return NOTHING;
    const doomEpoch = Math.max(...epochs);
    await pass(this.#options.at, 'garbage:before-doom');
    if ((root.fence?.doomEpoch ?? 0) < doomEpoch) {
      await this.#database.commitControls([{ kind: 'doom', epoch: doomEpoch }]);
      await pass(this.#options.at, 'garbage:doom-logged');
      await root.update((current) => withDoom(current, doomEpoch));
      await pass(this.#options.at, 'garbage:doom-written');
    }
    const after = await referencesOf(this.#database, this.#oldestMs(nowMs), cache);
    let segmentsDeleted = 0;
    let checkpointsDeleted = 0;
    for (const [name, epoch] of candidates) {
      if (epoch > doomEpoch || before.has(name) || after.has(name)) continue;
      if (!(await this.#delete(name, 'garbage:before-segment'))) break;
      if (name.startsWith(SEGMENT_PREFIX)) segmentsDeleted++;
      else checkpointsDeleted++;
    }
    return { segmentsDeleted, checkpointsDeleted };
  }

  /** Objects of branches that root does not pin: left by a branch that was never finished, or was deleted. */
  async #sweepBranches(oldestMs: number): Promise<void> {
    const branches = new Map<string, { readonly names: string[]; isYoung: boolean }>();
    for await (const page of listAll(this.#database.store, this.#database.runtime, BRANCH_PREFIX)) {
      for (const { name, modifiedMs } of page.objects) {
        const id = name.split('/')[1];
        const branch = branches.get(id) ?? { names: [], isYoung: false };
        branches.set(id, branch);
        branch.names.push(name);
        branch.isYoung ||= modifiedMs === undefined || modifiedMs > oldestMs;
      }
    }
    if (![...branches.values()].some(({ isYoung }) => !isYoung)) return;
    const pinned = new Set<string>((await this.#database.root.read()).root.pins.map(({ id }) => id));
    for (const [id, { names, isYoung }] of branches) {
      if (isYoung || pinned.has(id)) continue;
      const root = `${BRANCH_PREFIX}${id}/${ROOT_NAME}`; // first: from then on nobody opens it
      for (const name of [root, ...names.filter((one) => one !== root)])
        if (!(await this.#delete(name, 'garbage:before-branch-object'))) return;
    }
  }

  /** What the store's clock showed AGE ago. */
  #oldestMs(nowMs: number): number {
    return nowMs - this.#options.ageMs - this.#options.marginMs;
  }

  /** Segments and checkpoints that are AGE old, with their epochs. */
  async #oldObjects(nowMs: number): Promise<Map<string, number>> {
    const oldestMs = this.#oldestMs(nowMs);
    const found = new Map<string, number>();
    const keep = (object: ListedObject, epoch: number | undefined): void => {
      if (epoch !== undefined && object.modifiedMs !== undefined && object.modifiedMs <= oldestMs) found.set(object.name, epoch);
    };
    for await (const page of listAll(this.#database.store, this.#database.runtime, SEGMENT_PREFIX))
      for (const object of page.objects) keep(object, epochOfSegmentName(object.name));
    for await (const page of listAll(this.#database.store, this.#database.runtime, CHECKPOINT_PREFIX))
      for (const object of page.objects) keep(object, epochOfCheckpointName(object.name));
    return found;
  }

  /** Answers whether there is allowance for more. */
  async #delete(name: string, point: Point): Promise<boolean> {
    if (this.#deletionsLeft-- <= 0) return false;
    await pass(this.#options.at, point);
    await patiently(this.#database.runtime, () => this.#database.store.delete(name));
    return true;
  }
}

const NOTHING = { segmentsDeleted: 0, checkpointsDeleted: 0 } as const;
