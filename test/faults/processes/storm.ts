/**
 * Writers under fire: processes that run transactions over HTTP while the network fails, and are killed, frozen and started again.
 *
 *     writer 0, 2, 4 … ──> caching proxy ──┐
 *     writer 1, 3, 5 … ────────────────────┴──> fault proxy ──> S3 fake
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { verifyStore } from '../../../src/maintenance/verify.ts';
import { openEngine } from '../../../src/platform/open-engine.ts';
import { fractionFrom, SeededRandom } from '../../../vfs/wrappers/seeded-random.ts';
import { type S3Server, startS3Server } from '../../fakes/s3-server.ts';
import { CachingProxy } from './caching-proxy.ts';
import { FaultProxy, type ProxyFault } from './fault-proxy.ts';
import { FENCE, readHistory, type Transaction } from './history.ts';
import { judge, type Lists } from './judge.ts';

export interface StormOptions {
  readonly seed: number;
  readonly writers: number;
  readonly kills: number;
  readonly freezes: number;
  /** The share of requests that fail. */
  readonly faults: number;
}

export interface StormReport {
  /** What is wrong; nothing when all is well. */
  readonly faults: readonly string[];
  readonly transactions: readonly Transaction[];
  readonly kills: number;
  /** Of those, how many came between a write's landing and its answer. */
  readonly killsBeforeAnswer: number;
  readonly freezes: number;
  /** Freezes that outlasted AGE. */
  readonly longFreezes: number;
  readonly errors: ReadonlyMap<string, number>;
  readonly requests: ReadonlyMap<ProxyFault | 'passed', number>;
  readonly cache: { readonly kept: number; readonly asked: number };
  readonly seconds: number;
}

/** How long a request may take before its outcome is unknown. */
const TIMEOUT_MS = 1_500;
const PREFIX = 'storm';
/** Writes that land between two misfortunes, so that a slow machine gets anywhere, and how long they are waited for at most. */
const WRITES_BETWEEN = [1, 12] as const;
const PAUSE_MS_MAX = 20_000;
const FREEZE_MS = [500, 18_000] as const;
/** The share of kills that wait for a write to land, and how long they do at most. */
const SNIPED = 0.5;
const SNIPE_MS_MAX = 2_000;
const LOOK_EVERY_MS = 10;
/** How long writers have to end by themselves, once nothing fails any more. */
const CALM_MS_MAX = 180_000;

export async function storm(options: StormOptions): Promise<StormReport> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'velocidb-storm-'));
  const bundle = await bundleWriter();
  const server = await startS3Server();
  const random = new SeededRandom(options.seed);
  const faultProxy = new FaultProxy(server.url, random);
  const direct = await faultProxy.start();
  const cachingProxy = new CachingProxy(direct);
  const cached = await cachingProxy.start();
  try {
    await createLists(server);
    const writers = Array.from({ length: options.writers }, (_, number) => {
      const url = server.storeUrl(PREFIX).replace(encodeURIComponent(server.url), encodeURIComponent(number % 2 === 0 ? cached : direct));
      return new Writer(bundle.program, `${url}&timeoutMs=${TIMEOUT_MS}&transport=${number < 2 ? 'sdk' : 'http'}`, folder, number);
    });
    const misfortune = new Misfortune(writers, faultProxy, random);
    const forgetting = setInterval(() => void (server.requests.length = 0), 1_000); // the fake remembers every request
    try {
      faultProxy.share = options.faults;
      for (const writer of writers) writer.start();
      await misfortune.strike(options.kills, options.freezes);
      faultProxy.share = 0;
      const stuck = await Promise.all(writers.map((writer) => writer.end()));
      const { transactions, errors, broken } = readHistory(writers.map(({ log }) => log));
      const faults = [
        ...stuck.flatMap((fault) => fault ?? []),
        ...broken,
        ...judge(transactions, await listsIn(server)),
        ...(await damageIn(server)),
      ];
      const { kills, killsBeforeAnswer, freezes, longFreezes } = misfortune;
      const seconds = (performance.now() - started) / 1000;
      const { counts: requests } = faultProxy;
      return {
        faults,
        transactions,
        kills,
        killsBeforeAnswer,
        freezes,
        longFreezes,
        errors,
        requests,
        cache: cachingProxy.counts,
        seconds,
      };
    } finally {
      clearInterval(forgetting);
      for (const writer of writers) writer.kill();
    }
  } finally {
    await cachingProxy.close();
    await faultProxy.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(bundle.folder, { recursive: true, force: true });
  }
}

/** One writer: a process, and the next one when it is dead. */
class Writer {
  readonly log: string;
  readonly #program: string;
  readonly #url: string;
  readonly #number: number;
  #incarnation = 0;
  #child: ChildProcess | undefined;
  #errors = '';
  #isFrozen = false;
  /** Whether a write of this life has landed. */
  hasWritten = false;

  constructor(program: string, url: string, folder: string, number: number) {
    this.log = join(folder, `${number}.jsonl`);
    this.#program = program;
    this.#url = url;
    this.#number = number;
  }

  get accessKey(): string {
    return `WRITER${this.#number}`;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  start(): void {
    const child = spawn(process.execPath, [this.#program, this.#url, this.log, String(this.#number), String(++this.#incarnation)], {
      env: { PATH: process.env['PATH'], AWS_ACCESS_KEY_ID: this.accessKey, AWS_SECRET_ACCESS_KEY: 'secret', VELOCIDB_DISK_CACHE: 'off' },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#child = child;
    this.hasWritten = false;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
    this.#isFrozen = false;
  }

  freeze(): void {
    this.#isFrozen = this.#child?.kill('SIGSTOP') ?? false;
  }

  thaw(): void {
    if (this.#isFrozen) this.#child?.kill('SIGCONT');
    this.#isFrozen = false;
  }

  /** Tells it to stop and waits until it has. Answers what is wrong, when it did not or died by itself. */
  async end(): Promise<string | undefined> {
    this.thaw();
    const child = this.#child;
    if (child === undefined) return undefined;
    const ended = new Promise<number | string | null>((resolve) => {
      if (child.exitCode !== null) resolve(child.exitCode);
      else child.once('exit', (code, signal) => resolve(code ?? signal));
    });
    child.kill('SIGTERM');
    const code = await Promise.race([ended, sleep(CALM_MS_MAX, 'late', { ref: false })]);
    if (code === 'late') return `writer ${this.#number} did not end within ${CALM_MS_MAX} ms of calm`;
    return code === 0 || code === 'SIGTERM'
      ? undefined // the latter had hardly begun
      : `writer ${this.#number} ended with code ${String(code)}: ${this.#errors.slice(-2_000)}`;
  }
}

/** Kills and freezes, until there were enough of both. */
class Misfortune {
  readonly #writers: readonly Writer[];
  readonly #random: SeededRandom;
  kills = 0;
  killsBeforeAnswer = 0;
  freezes = 0;
  longFreezes = 0;
  #landed = 0;
  /** Waits for the next write of a writer. */
  #sniper: ((writer: Writer) => void) | undefined;

  constructor(writers: readonly Writer[], proxy: FaultProxy, random: SeededRandom) {
    this.#writers = writers;
    this.#random = random;
    const byKey = new Map(writers.map((writer) => [writer.accessKey, writer]));
    proxy.onLanded = (accessKey) => {
      const writer = byKey.get(accessKey);
      if (writer === undefined) return;
      this.#landed++;
      writer.hasWritten = true;
      this.#sniper?.(writer);
    };
  }

  async strike(kills: number, freezes: number): Promise<void> {
    const thawing: Promise<void>[] = [];
    while (this.kills < kills || this.freezes < freezes) {
      await this.#someWrites();
      const awake = this.#writers.filter(({ isFrozen }) => !isFrozen);
      const grown = awake.filter(({ hasWritten }) => hasWritten);
      const candidates = grown.length > 0 ? grown : awake;
      const victim = candidates[this.#random.uint32() % candidates.length];
      const freezesNow = this.freezes < freezes && awake.length > this.#writers.length / 2;
      if (freezesNow && this.#random.uint32() % (kills + freezes) < freezes) thawing.push(this.#freeze(victim));
      else if (this.kills < kills) await this.#kill(victim);
    }
    await Promise.all(thawing);
  }

  async #someWrites(): Promise<void> {
    const goal = this.#landed + this.#between(WRITES_BETWEEN);
    const untilMs = performance.now() + PAUSE_MS_MAX;
    while (this.#landed < goal && performance.now() < untilMs) await sleep(LOOK_EVERY_MS);
  }

  async #freeze(victim: Writer): Promise<void> {
    const ms = this.#between(FREEZE_MS);
    victim.freeze();
    this.freezes++;
    if (ms > FENCE.ageMs) this.longFreezes++;
    await sleep(ms);
    victim.thaw();
  }

  async #kill(victim: Writer): Promise<void> {
    if (fractionFrom(this.#random) < SNIPED && (await this.#hasLanded(victim))) this.killsBeforeAnswer++;
    victim.kill();
    this.kills++;
    victim.start();
  }

  /** Waits for a write of the victim to land, its answer still on the way. */
  #hasLanded(victim: Writer): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (landed: boolean): void => {
        clearTimeout(timer);
        this.#sniper = undefined;
        if (landed) victim.kill();
        resolve(landed);
      };
      const timer = setTimeout(() => answer(false), SNIPE_MS_MAX);
      this.#sniper = (writer) => {
        if (writer === victim) answer(true);
      };
    });
  }

  #between([least, most]: readonly [number, number]): number {
    return least + fractionFrom(this.#random) * (most - least);
  }
}

/** The writer's program in one file, which starts in half the time. Under dist/, where its packages are found; the caller removes its folder. */
async function bundleWriter(): Promise<{ readonly program: string; readonly folder: string }> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const root = here.slice(0, here.lastIndexOf('test/faults')).replace(/dist\/$/, '');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'faults-writer-'));
  const program = join(folder, 'writer.mjs');
  const entry = join(root, 'test/faults/children/writer.ts');
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return { program, folder };
}

async function createLists(server: S3Server): Promise<void> {
  const { engine, close } = await openEngine(server.storeUrl(PREFIX), { s3Transport: 'http', fence: FENCE });
  await engine.session().query('CREATE TABLE lists (key bigint PRIMARY KEY, items text NOT NULL)');
  await close();
}

/** What a process reads that knows nothing, over a network that does not fail. */
async function listsIn(server: S3Server): Promise<Lists> {
  const { engine, close } = await openEngine(server.storeUrl(PREFIX), { s3Transport: 'http', fence: FENCE, checkpoints: 'manual' });
  const { rows } = await engine.session().query('SELECT key, items FROM lists');
  await close();
  return new Map(rows.map(([key, items]) => [Number(key), String(items).split(',').map(Number)]));
}

async function damageIn(server: S3Server): Promise<string[]> {
  const { database, close } = await openEngine(server.storeUrl(PREFIX), { s3Transport: 'http', fence: FENCE, checkpoints: 'manual' });
  const { damage } = await verifyStore(database);
  await close();
  return damage.map(({ object, problem }) => `damage: ${object}: ${problem}`);
}
