/** The TPC-H tables in DuckDB: a database file kept between runs, and what is loaded from it. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder } from '../fixtures.ts';
import { openDuck, type DuckDatabase } from '../peers/duckdb.ts';
import { tablesVersion, tpchSchema, tpchTables } from './data.ts';
import { duckSchema } from './dialects.ts';
import { TABLES } from './generate.ts';

const THREADS = 2;

/** The file's path; undefined when the peer is absent. */
export async function tpchDuckFile(shared: string, scale: number): Promise<string | undefined> {
  const path = join(benchFolder(), `tpch-${tablesVersion(scale)}-${scale}.duckdb`);
  if (existsSync(path)) return path;
  const folder = tpchTables(scale);
  const duck = await openDuck(THREADS);
  if (duck === undefined) return undefined;
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  await duck.run(`attach '${draft}' as kept`);
  await duck.run('use kept');
  for (const statement of tpchSchema(shared)) await duck.run(duckSchema(statement));
  for (const table of TABLES)
    await duck.run(`copy ${table} from '${join(folder, `${table}.tbl`)}' (format csv, delimiter '|', header false, quote '', escape '')`);
  await duck.run('checkpoint kept');
  duck.close();
  renameSync(draft, path);
  return path;
}

/** A database in memory, where DuckDB's scans are quickest: filled from the file, in its order. Undefined when the peer is absent. */
export async function tpchDuck(shared: string, scale: number): Promise<DuckDatabase | undefined> {
  const path = await tpchDuckFile(shared, scale);
  const duck = path === undefined ? undefined : await openDuck(THREADS);
  if (duck === undefined) return undefined;
  await duck.run(`attach '${path}' as kept (read_only)`);
  for (const statement of tpchSchema(shared)) await duck.run(duckSchema(statement));
  for (const table of TABLES) await duck.run(`insert into ${table} from kept.${table}`);
  await duck.run('detach kept');
  return duck;
}
