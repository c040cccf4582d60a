/** The TPC-H tables in a database file of SQLite's, kept between runs. */
import { createReadStream, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { benchFolder } from '../fixtures.ts';
import { openSqlite, type SqliteStatement } from '../peers/sqlite.ts';
import { tablesVersion, tpchSchema, tpchTables } from './data.ts';
import { TABLES } from './generate.ts';

/** The file's path; undefined when the peer is absent. */
export async function tpchSqliteFile(shared: string, scale: number): Promise<string | undefined> {
  const path = join(benchFolder(), `tpch-${tablesVersion(scale)}-${scale}.sqlite`);
  if (existsSync(path)) return path;
  const folder = tpchTables(scale);
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  const sqlite = await openSqlite(draft);
  if (sqlite === undefined) return undefined;
  for (const statement of tpchSchema(shared)) sqlite.exec(statement);
  sqlite.exec('begin');
  for (const table of TABLES) {
    let insert: SqliteStatement | undefined;
    for await (const line of createInterface(createReadStream(join(folder, `${table}.tbl`)))) {
      const fields = line.split('|');
      insert ??= sqlite.prepare(`insert into ${table} values (${fields.map(() => '?').join()})`);
      insert.run(...fields);
    }
  }
  sqlite.exec('commit');
  sqlite.exec('analyze');
  sqlite.close();
  renameSync(draft, path);
  return path;
}
