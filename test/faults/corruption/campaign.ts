/**
 * Damages a database and reads it: the answer is the right rows or a clear error. One case a seed; `SEED=n` runs one again.
 *
 *     right      the rows of the newest state
 *     refused    an SqlError that says what is wrong with the bucket
 *     earlier    the rows of an earlier state, where the newest objects were taken away or root was put back: nobody who
 *                knows nothing but the bucket can tell. Who knows a slot can: with it as a bookmark the same reader is refused.
 *
 * Anything else is a fault: other rows, another error, an exception that is no SqlError, a promise that nobody awaited, a hang.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../../../src/base/runtime.ts';
import { isSqlError, SqlError } from '../../../src/base/sql-error.ts';
import { restoreBackup } from '../../../src/maintenance/backup.ts';
import { branchNamed } from '../../../src/maintenance/branch.ts';
import { checkpoint } from '../../../src/maintenance/checkpoint.ts';
import { collectGarbage } from '../../../src/maintenance/garbage.ts';
import { nodeRuntime } from '../../../src/platform/node-runtime.ts';
import type { OpenedEngine } from '../../../src/platform/open-engine.ts';
import { openBranchStore } from '../../../src/platform/store-url.ts';
import { slot } from '../../../src/storage/tree.ts';
import { RootFile } from '../../../src/transaction/root.ts';
import { MemoryStore } from '../../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../../vfs/object-store.ts';
import { SeededRandom } from '../../../vfs/wrappers/seeded-random.ts';
import { VirtualClock } from '../../../vfs/wrappers/virtual-clock.ts';
import { type Damage, drawDamage, kindOf } from './damage.ts';
import { answerOf, BRANCH, makeSpecimen, type Objects, openOver, type Specimen, storeOf, virtualRuntime } from './specimen.ts';
import { Watchdog } from './watchdog.ts';

export type Outcome = 'right' | 'refused' | 'earlier' | 'fault';

export interface CaseResult {
  readonly seed: number;
  readonly scene: Scene;
  readonly outcome: Outcome;
  /** What was done, and what came of it. */
  readonly words: string;
  readonly damage: Damage | undefined;
}

/** What is done with the damaged database, and how often; the last two cost as much as five of the others. */
const SCENES = { read: 8, past: 2, branch: 3, backup: 2, tend: 1, disk: 1 } as const;
type Scene = keyof typeof SCENES;
const DRAWN = (Object.keys(SCENES) as Scene[]).flatMap((scene) => Array.from({ length: SCENES[scene] }, () => scene));

/** SQLSTATEs that tell of damage: XX001, an object that is gone, no database, a newer program's, another's, the store's own. */
const CLEAR = new Set(['XX001', '72000', '3D000', '0A000', '58030']);

const CASE_MS_MAX = 60_000;

export class Campaign {
  readonly #specimen: Specimen;
  readonly #watchdog = new Watchdog(CASE_MS_MAX);
  /** Rejections that nobody awaited since the case began. */
  readonly #stray: unknown[] = [];
  readonly #onStray = (reason: unknown): void => void this.#stray.push(reason);

  private constructor(specimen: Specimen) {
    this.#specimen = specimen;
    process.on('unhandledRejection', this.#onStray);
  }

  static async begin(): Promise<Campaign> {
    return new Campaign(await makeSpecimen(1));
  }

  async close(): Promise<void> {
    process.off('unhandledRejection', this.#onStray);
    await this.#watchdog.close();
  }

  async run(seed: number): Promise<CaseResult> {
    this.#watchdog.watch(seed);
    const random = new SeededRandom(seed);
    const scene = DRAWN[random.uint32() % DRAWN.length];
    const clock = new VirtualClock(() => new Promise((resolve) => setImmediate(resolve)));
    const play = new Play(this.#specimen, clock, random, seed);
    let outcome: Outcome;
    let came = '';
    try {
      // Files answer in real time, and nothing but them is waited for.
      [outcome, came] = scene === 'disk' ? await play.disk() : await clock.run(() => play[scene]());
    } catch (error) {
      [outcome, came] = judge(error);
    }
    await play.close();
    for (const reason of this.#stray.splice(0)) [outcome, came] = ['fault', `nobody awaited: ${textOf(reason)}`];
    return { seed, scene, outcome, words: `${scene}: ${play.damage?.words ?? 'nothing'} -> ${outcome} ${came}`, damage: play.damage };
  }
}

/** What an error says: damage, or a fault of ours. */
function judge(error: unknown): [Outcome, string] {
  return isSqlError(error) && CLEAR.has(error.code) ? ['refused', `${error.code} ${error.message}`] : ['fault', textOf(error)];
}

function textOf(error: unknown): string {
  if (error instanceof SqlError) return `${error.code} ${error.message} ${error.stack ?? ''}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

interface Opening {
  readonly runtime?: Runtime;
  /** Of a disk cache. */
  readonly folder?: string;
}

/** One case. Each scene answers what came of it, or throws what the reader threw. */
class Play {
  readonly #specimen: Specimen;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #opened: OpenedEngine[] = [];
  damage: Damage | undefined;

  constructor(specimen: Specimen, clock: VirtualClock, random: SeededRandom, seed: number) {
    this.#specimen = specimen;
    this.#clock = clock;
    this.#random = random;
    this.#seed = seed;
  }

  /** A process that knows nothing reads every table. */
  async read(): Promise<[Outcome, string]> {
    const store = this.#damagedBucket((name) => !name.startsWith('branch/'));
    const opened = await this.#open(store);
    const answer = await answerOf(opened.engine.session({ settings: this.#settings() }));
    const { newest, answers } = this.#specimen;
    if (answer === newest.answer) return ['right', ''];
    const seen = answers.get(answer);
    if (seen === undefined || !this.#mayShowThePast()) return ['fault', `other rows, at slot ${opened.database.slot}`];
    return this.#refusesBookmark(store, seen);
  }

  /** A state of the past. */
  async past(): Promise<[Outcome, string]> {
    const store = this.#damagedBucket((name) => !name.startsWith('branch/'));
    const opened = await this.#open(store);
    const { past } = this.#specimen;
    const answer = await answerOf(opened.engine.session({ settings: this.#settings() }), past.slot).catch((error: unknown) => {
      // Where the newest objects are gone the past may be yet to come.
      if (isSqlError(error, 'invalid_parameter_value') && this.#mayShowThePast()) return undefined;
      throw error;
    });
    if (answer === undefined) return ['refused', 'yet to come'];
    return answer === past.answer ? ['right', ''] : ['fault', 'other rows'];
  }

  /** The branch, through its parent. */
  async branch(): Promise<[Outcome, string]> {
    const store = this.#damagedBucket(() => true);
    const runtime = virtualRuntime(this.#clock, this.#seed);
    const opened = await this.#open(await openBranchStore(store, runtime, BRANCH));
    const answer = await answerOf(opened.engine.session({ settings: this.#settings() }));
    const { branchAnswers } = this.#specimen;
    if (answer === branchAnswers.at(-1)) return ['right', ''];
    return branchAnswers.includes(answer) && this.#mayShowThePast() ? ['earlier', ''] : ['fault', 'other rows'];
  }

  /** A backup, restored into an empty bucket. */
  async backup(): Promise<[Outcome, string]> {
    const { backup, newest } = this.#specimen;
    this.#draw(backup, [...backup.keys()], []);
    const source = storeOf(backup, this.#clock);
    this.#inflict(source);
    const target = new MemoryStore({ clock: this.#clock });
    const runtime = virtualRuntime(this.#clock, this.#seed);
    await restoreBackup(source, target, runtime);
    const opened = await this.#open(target);
    return (await answerOf(opened.engine.session({ settings: this.#settings() }))) === newest.answer
      ? ['right', '']
      : ['fault', 'other rows'];
  }

  /** A writer commits, checkpoints and collects over the damage; then a process that knows nothing reads, and the branch is read. */
  async tend(): Promise<[Outcome, string]> {
    const store = this.#damagedBucket(() => true);
    const runtime = virtualRuntime(this.#clock, this.#seed);
    const writer = await this.#open(store);
    const session = writer.engine.session({ settings: this.#settings() });
    const before = await answerOf(session);
    if (before !== this.#specimen.newest.answer && !this.#mayShowThePast()) return ['fault', 'other rows before'];
    await session.query(`INSERT INTO copies VALUES (5000, 'written over damage')`);
    const refused: string[] = [];
    for (const work of [
      () => checkpoint(writer.database),
      () => this.#clock.sleep(3 * 24 * 3_600_000),
      () => collectGarbage(writer.database),
      () => this.#clock.sleep(3_600_000),
      () => collectGarbage(writer.database),
    ]) {
      await work().catch((error: unknown) => {
        const [outcome, words] = judge(error);
        if (outcome === 'fault') throw error;
        refused.push(words);
      });
    }
    const reader = await this.#open(store);
    const after = await answerOf(reader.engine.session({ settings: this.#settings() }));
    if (after !== before) return ['fault', 'other rows after'];
    const { root } = await new RootFile(store, runtime).read();
    if (branchNamed(root, BRANCH) === undefined) return this.#mayShowThePast() ? ['earlier', ''] : ['fault', 'the branch is gone'];
    const side = await this.#open(await openBranchStore(store, runtime, BRANCH));
    const answer = await answerOf(side.engine.session({ settings: this.#settings() }));
    if (answer !== this.#specimen.branchAnswers.at(-1) && !this.#mayShowThePast()) return ['fault', 'other rows in the branch'];
    return refused.length > 0 ? ['refused', refused.join('; ')] : ['right', ''];
  }

  /** Pages kept on a disk, damaged there, and read by another process: the right rows, since the bucket has them. */
  async disk(): Promise<[Outcome, string]> {
    const folder = await mkdtemp(join(tmpdir(), 'velocidb-corruption-'));
    try {
      const store = storeOf(this.#specimen.objects, this.#clock);
      const first = await openOver(store, nodeRuntime(), folder);
      await answerOf(first.engine.session({ settings: this.#settings() }));
      await first.close();
      const names = (await readdir(folder)).sort();
      const files = new Map<string, Uint8Array>();
      for (const name of names) files.set(name, await readFile(join(folder, name)));
      const { object, bytes } = this.#draw(files, names, []);
      if (bytes === undefined) await rm(join(folder, object));
      else await writeFile(join(folder, object), bytes);
      const second = await this.#open(store, { runtime: nodeRuntime(), folder });
      const answer = await answerOf(second.engine.session({ settings: this.#settings() })).catch(textOf);
      return answer === this.#specimen.newest.answer ? ['right', ''] : ['fault', `not the rows that the bucket has: ${answer}`];
    } finally {
      await this.close(); // its tier may be writing into the folder
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #open(store: ObjectStore, { runtime = virtualRuntime(this.#clock, this.#seed), folder }: Opening = {}): Promise<OpenedEngine> {
    const opened = await openOver(store, runtime, folder);
    this.#opened.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.splice(0)) await opened.close();
  }

  #damagedBucket(isCandidate: (name: string) => boolean): MemoryStore {
    const { objects, earlier } = this.#specimen;
    this.#draw(objects, [...objects.keys()].filter(isCandidate), earlier);
    const store = storeOf(objects, this.#clock);
    this.#inflict(store);
    return store;
  }

  /** Draws until there is something to be done. */
  #draw(objects: Objects, candidates: readonly string[], earlier: readonly Objects[]): Damage {
    let drawn: Damage | undefined;
    while (drawn === undefined) drawn = drawDamage(this.#random, objects, candidates, earlier);
    this.damage = drawn;
    return drawn;
  }

  #inflict(store: MemoryStore): void {
    if (this.damage === undefined) return;
    const { object, bytes, others } = this.damage;
    if (bytes === undefined) store.remove(object);
    else store.plant(object, bytes);
    for (const other of others) store.remove(other);
  }

  /** Whether what was done hides the newest commits without leaving a trace in the bucket: a log that ends earlier, a root put back. */
  #mayShowThePast(): boolean {
    if (this.damage === undefined) return false;
    const { kind, object } = this.damage;
    return (
      ((kind === 'delete' || kind === 'cut') && kindOf(object) === 'log') ||
      (kindOf(object) === 'root' && (kind === 'replay' || kind === 'swap'))
    );
  }

  /** Who was told of the newest slot is not shown an earlier state. */
  async #refusesBookmark(store: MemoryStore, seen: number): Promise<[Outcome, string]> {
    const opened = await this.#open(store);
    const session = opened.engine.session({ consistency: { kind: 'bookmark', slot: slot(this.#specimen.newest.slot) } });
    const [outcome, words] = await answerOf(session).then(
      () => ['fault', 'a bookmark was not refused'] as [Outcome, string],
      (error: unknown): [Outcome, string] =>
        isSqlError(error, 'invalid_parameter_value') ? ['earlier', `slot ${seen}; ${error.message}`] : judge(error),
    );
    return [outcome, words];
  }

  #settings(): Record<string, string> {
    return { 'velocidb.executor': this.#random.uint32() % 8 > 0 ? 'rows' : 'vectors' };
  }
}
