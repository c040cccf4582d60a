/**
 * The bucket looked at as a whole, the way no query does: root, the log's chain of hashes, and every object that the newest checkpoint, the
 * retained ones and the log refer to, read in full.
 *
 * Invariants
 *   Y1  Every byte that a state within the retention window rests on is read and compared with the hash of whoever refers to it.
 *   Y2  Damage is listed and does not end the search; a store that fails does.
 *   Y3  Nothing is written.
 */
import { equalBytes, hexOf } from '../base/bytes.ts';
import { isSqlError } from '../base/sql-error.ts';
import { checkRun, type CheckedPages } from '../storage/check-run.ts';
import { decodeManifest } from '../storage/manifest-codec.ts';
import type { Manifest } from '../storage/manifest.ts';
import { PageStore } from '../storage/page-store.ts';
import { decodeRun } from '../storage/run-codec.ts';
import type { RunDescriptor } from '../storage/run.ts';
import { readSegmentDirectory } from '../storage/segment.ts';
import { slot as slotOf } from '../storage/tree.ts';
import { fetchManifest } from '../transaction/checkpoint.ts';
import type { Database } from '../transaction/database.ts';
import { LOG_PREFIX, logName, slotOfLogName } from '../transaction/names.ts';
import { readObject } from '../transaction/reading.ts';
import { decodeCore, decodeObject, type RecordCore } from '../transaction/record-codec.ts';
import type { LogRecord } from '../transaction/record.ts';
import type { CheckpointReference, Root } from '../transaction/root-codec.ts';
import { patiently } from './listing.ts';
import { TieredReader } from '../../vfs/tiers/tiered-reader.ts';

export interface Damage {
  /** The object, or the part of the database, that is not as it should be. */
  readonly object: string;
  readonly problem: string;
}

export interface Verification {
  readonly damage: readonly Damage[];
  readonly records: number;
  readonly checkpoints: number;
  readonly segments: number;
  readonly pages: number;
  readonly bytes: number;
}

/** Listed and no more. */
const DAMAGE_MAX = 1_000;
const PARALLEL = 8;
const CACHE_BYTES = 32 * 1024 * 1024;

/** Verifies all there is of an open database, up to the newest slot at a moment after the call. */
export async function verifyStore(database: Database): Promise<Verification> {
  return new StoreCheck(database).run();
}

class StoreCheck {
  readonly #database: Database;
  readonly #pages: PageStore;
  readonly #damage: Damage[] = [];
  readonly #checked: CheckedPages = { seen: new Map(), pages: 0, bytes: 0 };
  /** Segments looked at, with the bytes that somebody said they have at least. */
  readonly #segments = new Map<string, number>();
  #records = 0;

  constructor(database: Database) {
    this.#database = database;
    const { store } = database;
    const reader = new TieredReader({ store, tiers: [] });
    this.#pages = new PageStore({ reader, crypto: database.runtime.crypto, cacheBytesMax: CACHE_BYTES });
  }

  async run(): Promise<Verification> {
    // Where the end of the log cannot be replayed, it is looked for by name.
    await this.#guarded('log', () => this.#database.confirm({ kind: 'linearizable' }));
    const { root } = await this.#database.root.read();
    await this.#log(root, await this.#newestSlot());
    const checkpoints = [root.checkpoint, ...root.retained, ...root.pins.flatMap((pin) => (pin.kind === 'hold' ? [pin.checkpoint] : []))];
    const named = new Map(checkpoints.filter(({ name }) => name !== '').map((one) => [one.name, one]));
    for (const checkpoint of named.values()) await this.#checkpoint(checkpoint);
    if (root.manifest.length > 0)
      await this.#guarded('root', async () => {
        const inlined = decodeManifest(root.manifest, 'root', this.#database.runtime.crypto);
        if (inlined.slot !== root.checkpoint.slot) this.#report('root', `its manifest is of slot ${inlined.slot}`);
      });
    for (const [name, bytesMin] of this.#segments) await this.#segment(name, bytesMin);
    const { pages, bytes } = this.#checked;
    return { damage: this.#damage, records: this.#records, checkpoints: named.size, segments: this.#segments.size, pages, bytes };
  }

  /** Every record after the boundary, each from its own object. */
  async #log(root: Root, end: number): Promise<void> {
    const { tip, store, runtime } = this.#database;
    const known = new Map<number, CheckpointReference>();
    for (const checkpoint of [...root.retained, root.checkpoint]) known.set(checkpoint.slot, checkpoint);
    let previous: (Pick<LogRecord, 'committedAt'> & { readonly hash: Uint8Array }) | undefined;
    const start = known.get(root.boundary);
    if (start !== undefined) previous = { hash: start.recordHash, committedAt: start.committedAt };
    for (let next = root.boundary + 1; next <= end; next += PARALLEL) {
      const slots = Array.from({ length: Math.min(PARALLEL, end - next + 1) }, (_, at) => slotOf(next + at));
      const cores = await Promise.all(
        slots.map((slot) =>
          this.#guarded(logName(slot), async () => {
            const answer = await readObject(store, runtime, logName(slot));
            if (answer.kind === 'found') return decodeObject(answer.bytes, slot, runtime.crypto);
            this.#report(logName(slot), `the record of slot ${slot} is missing`);
            return undefined;
          }),
        ),
      );
      for (const [at, slot] of slots.entries()) {
        const own: RecordCore | undefined = cores[at]?.[0];
        if (own === undefined) {
          previous = undefined;
          continue;
        }
        const record = decodeCore(own);
        this.#records++;
        if (record.databaseId !== root.databaseId) this.#report(logName(slot), 'it belongs to another database');
        if (previous !== undefined && !equalBytes(record.previousHash, previous.hash))
          this.#report(logName(slot), 'it does not follow the record before it');
        if (previous !== undefined && record.committedAt <= previous.committedAt)
          this.#report(logName(slot), 'it was committed before the record before it');
        const checkpoint = known.get(slot);
        if (checkpoint !== undefined && !equalBytes(checkpoint.recordHash, own.hash))
          this.#report(
            checkpoint.name,
            `root says that it follows record ${hexOf(checkpoint.recordHash).slice(0, 16)}…, which slot ${slot} has not`,
          );
        previous = { hash: own.hash, committedAt: record.committedAt };
        await this.#attachments(record);
      }
    }
    if (previous !== undefined && end === tip.slot && !equalBytes(previous.hash, tip.hash))
      this.#report(logName(slotOf(end)), 'it is not the record that was replayed');
  }

  /** The newest slot known here, or listed. */
  async #newestSlot(): Promise<number> {
    const { store, runtime, slot } = this.#database;
    const { objects } = await patiently(runtime, () => store.list(LOG_PREFIX, { limit: 1 }));
    return Math.max(slot, (objects.length === 0 ? undefined : slotOfLogName(objects[0].name)) ?? 0);
  }

  /** What a record refers to: runs loaded in bulk, a whole state. */
  async #attachments(record: LogRecord): Promise<void> {
    const what = `log record ${record.slot}`;
    for (const transaction of record.transactions) {
      for (const bulk of transaction.bulk) await this.#guarded(what, () => this.#run({ ...decodeRun(bulk.run, what), slot: record.slot }));
      for (const control of transaction.controls)
        if (control.kind === 'state')
          await this.#guarded(what, () => this.#manifest(decodeManifest(control.manifest, what, this.#database.runtime.crypto)));
    }
  }

  async #checkpoint(checkpoint: CheckpointReference): Promise<void> {
    const { store, runtime } = this.#database;
    await this.#guarded(checkpoint.name, async () => {
      const manifest = await fetchManifest(checkpoint, store, runtime);
      if (manifest.slot !== checkpoint.slot) this.#report(checkpoint.name, `it is of slot ${manifest.slot}, not ${checkpoint.slot}`);
      await this.#manifest(manifest);
    });
  }

  async #manifest(manifest: Manifest): Promise<void> {
    for (const [name, use] of manifest.segments) this.#noteSegment(name, use.liveBytes);
    for (const runs of manifest.trees.values()) for (const run of runs) await this.#run(run);
  }

  async #run(run: RunDescriptor): Promise<void> {
    for (const share of run.segments) this.#noteSegment(share.name, share.bytes);
    await checkRun(this.#pages, run, this.#checked, (object, problem) => this.#report(object, problem));
  }

  #noteSegment(name: string, bytesMin: number): void {
    this.#segments.set(name, Math.max(this.#segments.get(name) ?? 0, bytesMin));
  }

  /** The object as a whole: there, large enough, and with a directory that says where its pages lie. */
  async #segment(name: string, bytesMin: number): Promise<void> {
    const { store, runtime } = this.#database;
    await this.#guarded(name, async () => {
      const answer = await readObject(store, runtime, name);
      if (answer.kind !== 'found') return this.#report(name, 'it is missing');
      if (answer.size < bytesMin) this.#report(name, `it has ${answer.size} bytes, of which ${bytesMin} are referred to`);
      readSegmentDirectory(name, answer.bytes, runtime.crypto);
    });
  }

  async #guarded<T>(object: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isSqlError(error, 'data_corrupted') && !isSqlError(error, 'snapshot_too_old')) throw error;
      this.#report(object, error.detail ?? error.message);
      return undefined;
    }
  }

  #report(object: string, problem: string): void {
    if (this.#damage.length >= DAMAGE_MAX || this.#damage.some((one) => one.object === object && one.problem === problem)) return;
    this.#damage.push({ object, problem });
  }
}
