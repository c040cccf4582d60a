/**
 * Databases built once and kept in the system's temporary folder between runs. Their names hold a hash of the code that decides what lies
 * in the bucket, so that a fixture is never older than the formats and checkpoints it shows.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open, type VelociDatabase } from '../src/index.ts';

/** The folders under src whose code decides what a bucket holds. */
const DECIDING = ['base', 'catalog', 'maintenance', 'storage', 'transaction'];
const HASH_DIGITS = 12;

/** The URL of a copy of a fixture, built by `fill` when it is not there; the copy goes when the process ends. `fill`'s own text counts as part of the name. */
export async function fixture(name: string, fill: (database: VelociDatabase) => Promise<void>): Promise<string> {
  const parent = join(tmpdir(), 'velocidb-bench');
  const folder = join(parent, `${name}-${contentHash(fill.toString())}`);
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true });
    for (const old of readdirSync(parent)) if (old.startsWith(`${name}-`)) rmSync(join(parent, old), { recursive: true, force: true });
    const draft = `${folder}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    console.error(`building the fixture ${name} …`);
    const database = await open(`file:${draft}?sync=off`);
    await fill(database);
    await database.checkpoint();
    await database.close();
    renameSync(draft, folder);
  }
  const copy = `${folder}.copy.${process.pid}`;
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  return `file:${copy}?sync=off`;
}

function contentHash(seed: string): string {
  const hash = createHash('sha256').update(seed);
  for (const folder of DECIDING) {
    const path = fileURLToPath(new URL(`../src/${folder}/`, import.meta.url));
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.d)\.[jt]s$/.test(file));
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(path, file)));
  }
  return hash.digest('hex').slice(0, HASH_DIGITS);
}
