/** Where the tables lie as .tbl files: unpacked from the shared data at scale 0.01, generated otherwise, kept between runs. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { benchFolder } from '../fixtures.ts';
import { lines, TABLES } from './generate.ts';

/** Changes whenever the generator's rows do. */
const GENERATOR_VERSION = 3;
const CHUNK_LENGTH = 1 << 20;

export interface TpchQuery {
  /** `q01` to `q22`. */
  readonly name: string;
  readonly sql: string;
}

/** The folder of schema and queries; undefined where the shared data is absent. */
export function tpchShared(): string | undefined {
  const folder = join(process.env['VELOCIDB_SHARED'] ?? '../shared', 'data', 'tpch');
  return existsSync(folder) ? folder : undefined;
}

/** Where the rows at `scale` come from: a word that changes when they do. */
export function tablesVersion(scale: number): string {
  return scale === 0.01 && tpchShared() !== undefined ? 'shared' : `generated${GENERATOR_VERSION}`;
}

/** A folder with `<table>.tbl` of every table at `scale`. */
export function tpchTables(scale: number): string {
  const shared = tablesVersion(scale) === 'shared' ? tpchShared() : undefined;
  const folder = join(benchFolder(), `tpch-${tablesVersion(scale)}-${scale}`);
  if (existsSync(folder)) return folder;
  console.error(`making the TPC-H tables at scale ${scale} …`);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  for (const table of TABLES) {
    const path = join(draft, `${table}.tbl`);
    if (shared === undefined) writeLines(path, lines(table, scale));
    else writeFileSync(path, gunzipSync(readFileSync(join(shared, 'data', 'sf0.01', `${table}.tbl.gz`))));
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return folder;
}

/** The statements that create the tables, in PostgreSQL's dialect. */
export function tpchSchema(shared: string): string[] {
  return readFileSync(join(shared, 'schema.sql'), 'utf8')
    .replaceAll(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** The 22 queries, in order. */
export function tpchQueries(shared: string): TpchQuery[] {
  const folder = join(shared, 'queries');
  return readdirSync(folder)
    .filter((name) => /^q\d\d\.sql$/.test(name))
    .sort()
    .map((name) => ({ name: name.slice(0, 3), sql: readFileSync(join(folder, name), 'utf8').trim().replace(/;$/, '') }));
}

function writeLines(path: string, source: Iterable<string>): void {
  const file = openSync(path, 'w');
  let chunk: string[] = [];
  let length = 0;
  const flush = () => {
    writeSync(file, chunk.join(''));
    chunk = [];
    length = 0;
  };
  for (const line of source) {
    chunk.push(line, '\n');
    length += line.length;
    if (length >= CHUNK_LENGTH) flush();
  }
  flush();
  closeSync(file);
}
