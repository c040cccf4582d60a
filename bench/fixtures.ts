/** Databases built once and kept in the system's temporary folder between runs, keyed by what they hold and the format's version. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type VelociDatabase } from '../src/index.ts';
import { FORMAT_VERSION } from '../src/transaction/database.ts';

/** The URL of a fixture, built by `fill` when it is not there. */
export async function fixture(name: string, fill: (database: VelociDatabase) => Promise<void>): Promise<string> {
  const folder = join(tmpdir(), 'velocidb-bench', `${name}-v${FORMAT_VERSION}`);
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    console.error(`building the fixture ${name} …`);
    const database = await open(`file:${draft}?sync=off`);
    await fill(database);
    await database.checkpoint();
    await database.close();
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  }
  return `file:${folder}?sync=off`;
}
