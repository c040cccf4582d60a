/**
 * Databases built once and kept in the system's temporary folder between runs.
 *
 *     name-<hash of the formats>                   as loaded and checkpointed
 *     name-<hash of the formats>-<hash of ANALYZE>     the same objects, with statistics
 *
 * The first hash covers what decides the bytes in a bucket and nothing that only reads them, so that work on executors rebuilds nothing. A
 * bucket's objects never change, so that copies share them by hard links and cost nothing.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open, type VelociDatabase } from '../src/index.ts';

export interface Fixture {
  readonly name: string;
  /** What decides the rows: a version of their generator, a scale. */
  readonly content: string;
  fill(database: VelociDatabase): Promise<void>;
}

/** Raised when the bytes of a bucket change and none of the files below did. */
const VERSION = 1;
/** Files under src that decide the bytes of a bucket: codecs, writers, and what chooses between forms. How rows reach them does not count. */
const FORMATS = [
  /^catalog\/(?:initialize|trees|(?:[\w-]+\/)*[\w-]*codec)\./,
  /^maintenance\/(?:checkpoint|inline)\./,
  /^storage\/(?!.*(?:bulk|reader|source|cursor|memtable|lookup|page-store|storage-state)).*(?:codec|writer|builder|form|page|segment|manifest|leaf|statistics|zone-map|merge)\b/,
  /^storage\/(?:row-id|column-form|tree|run|chunk\/chunk-entry|chunk\/encoded-chunk)\./,
  /^transaction\/(?:.*-codec|create)\./,
  /^types\/(?:nested-codec|sort-key|numeric\/.*codec)\./,
];
/** Files under src that decide what ANALYZE writes. */
const STATISTICS = [/^(?!planner\/)(?:[\w-]+\/)*(?:analyze|sample|[\w-]*statistics?)[\w-]*[./]/];
const HASH_DIGITS = 10;
/** Fixtures of other code, unused for so long, go when a new one is built. */
const UNUSED_MS_MAX = 12 * 3_600_000;

/** The folder that holds what the benchmarks keep between runs. */
export function benchFolder(): string {
  const folder = join(tmpdir(), 'velocidb-bench');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The folder of an analyzed database, built when it is not there. Others may read it at the same time: nobody writes to it. */
export async function fixtureFolder(wanted: Fixture): Promise<string> {
  const loaded = join(benchFolder(), `${wanted.name}-${sourceHash(FORMATS, `${VERSION} ${wanted.content}`)}`);
  const analyzed = `${loaded}-${sourceHash(STATISTICS, '')}`;
  if (!existsSync(analyzed)) {
    await made(loaded, async (draft) => {
      removeUnused(wanted.name);
      console.error(`building the fixture ${wanted.name} …`);
      const database = await open(`file:${draft}?sync=off`, { checkpoints: 'manual' });
      await wanted.fill(database);
      await database.checkpoint();
      await database.close();
    });
    await made(analyzed, async (draft) => {
      linkFolder(loaded, draft);
      const database = await open(`file:${draft}?sync=off`, { checkpoints: 'manual' });
      await database.query('analyze');
      await database.checkpoint();
      await database.close();
    });
  }
  const now = new Date();
  for (const folder of [loaded, analyzed]) if (existsSync(folder)) utimesSync(folder, now, now);
  return analyzed;
}

/** The URL of a copy that may be written to; it goes when the process ends. */
export async function fixtureCopy(wanted: Fixture): Promise<string> {
  const folder = await fixtureFolder(wanted);
  const copy = `${folder}.copy.${process.pid}`;
  linkFolder(folder, copy);
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  return `file:${copy}?sync=off`;
}

/** Makes `folder` by `work` on a draft beside it, unless it is there. Whoever is first wins. */
export async function made(folder: string, work: (draft: string) => void | Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  await work(draft);
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** The same tree of folders and links, with the same files. */
function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const facts = lstatSync(source);
    if (facts.isDirectory()) linkFolder(source, target);
    else if (facts.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

function removeUnused(name: string): void {
  for (const old of readdirSync(benchFolder())) {
    const path = join(benchFolder(), old);
    if (old.startsWith(`${name}-`) && Date.now() - statSync(path).mtimeMs > UNUSED_MS_MAX) rmSync(path, { recursive: true, force: true });
  }
}

function sourceHash(patterns: readonly RegExp[], seed: string): string {
  const hash = createHash('sha256').update(seed);
  for (const [path, text] of sourceFiles()) if (patterns.some((pattern) => pattern.test(path))) hash.update(path).update(text);
  return hash.digest('hex').slice(0, HASH_DIGITS);
}

let sources: [string, Buffer][] | undefined;

/** Everything under src that is code, by its path there. */
function sourceFiles(): readonly [string, Buffer][] {
  if (sources !== undefined) return sources;
  const root = fileURLToPath(new URL('../src/', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.d)\.[jt]s$/.test(file));
  sources = files.sort().map((file) => [relative('.', file), readFileSync(join(root, file))]);
  return sources;
}
