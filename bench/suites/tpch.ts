/**
 * The 22 TPC-H queries, warm, in process, against DuckDB with one thread and with two, and up to scale 0.1 against SQLite, whose queries
 * are cut off after half a minute. Answers are compared in the same run. Times are not comparable to TPC results.
 */
import { createReadStream, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { open, type VelociDatabase } from '../../src/index.ts';
import { TBL_FORMAT } from '../../src/session/copy/copy-format.ts';
import { interleaved, type Timed } from '../measure.ts';
import { difference, type Answer } from '../peers/answers.ts';
import { duckName, openDuck, type DuckDatabase } from '../peers/duckdb.ts';
import { LimitedSqlite } from '../peers/limited-sqlite.ts';
import { openSqlite } from '../peers/sqlite.ts';
import { failed, figure, geometricMean, type Figure } from '../report.ts';
import { tpchQueries, tpchSchema, tpchShared, tpchTables, type TpchQuery } from '../tpch/data.ts';
import { duckSchema, sqliteQuery } from '../tpch/dialects.ts';
import { TABLES } from '../tpch/generate.ts';
import { OURS, versus } from '../versus.ts';

const SCALE_DEFAULT = 0.01;
/** Beyond it SQLite would be cut off most of the time. */
const SQLITE_SCALE_MAX = 0.1;
const LIMIT_MS = 30_000;
const ROUNDS = 2;
const PROMISED = { suite: 'tpch', consistency: 'linearizable', durability: 'none' } as const;

interface Peers {
  readonly ducks: ReadonlyMap<string, DuckDatabase>;
  readonly sqlite: LimitedSqlite | undefined;
}

export async function tpch(scale = SCALE_DEFAULT): Promise<Figure[]> {
  const shared = tpchShared();
  if (shared === undefined) {
    console.error('tpch is skipped: the shared data is absent');
    return [];
  }
  const folder = tpchTables(scale);
  const schema = tpchSchema(shared);
  const ours = await loadOurs(schema, folder);
  const peers: Peers = {
    ducks: await loadDucks(schema, folder),
    sqlite: scale <= SQLITE_SCALE_MAX ? await loadSqlite(schema, folder) : undefined,
  };
  const figures: Figure[] = [];
  for (const query of tpchQueries(shared)) {
    try {
      figures.push(...(await measured(query, scale, ours, peers)));
    } catch (error) {
      failed(`tpch ${query.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  peers.sqlite?.close();
  for (const duck of peers.ducks.values()) duck.close();
  await ours.close();
  return [...figures, ...means(figures, scale)];
}

async function measured(query: TpchQuery, scale: number, ours: VelociDatabase, { ducks, sqlite }: Peers): Promise<Figure[]> {
  const { rows } = await ours.query(query.sql);
  const answer: Answer = rows.map((row) => Object.values(row));
  const statement = await ours.prepare(query.sql);
  const contestants: Timed[] = [
    {
      name: OURS,
      async run() {
        await statement.query();
        return 1;
      },
    },
  ];
  for (const [name, duck] of ducks) {
    compare(query, name, answer, await duck.rows(query.sql));
    const theirs = await duck.prepare(query.sql);
    contestants.push({
      name,
      async run() {
        await theirs();
        return 1;
      },
    });
  }
  const promised = { ...PROMISED, case: query.name, scale };
  const figures = versus(promised, await interleaved(contestants, ROUNDS), 'ms');
  if (sqlite === undefined) return figures;
  const [{ ours: mine }] = figures;
  const base = { ...promised, unit: 'ms', ours: mine, peerName: 'SQLite' };
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const theirs = await sqlite.query(sqliteQuery(query.sql));
    if (theirs === undefined) return [...figures, figure({ ...base, peer: null })];
    if (round === 0) compare(query, 'SQLite', answer, theirs.rows);
    best = Math.min(best, theirs.seconds * 1000);
  }
  return [...figures, figure({ ...base, peer: best })];
}

function compare(query: TpchQuery, name: string, ours: Answer, theirs: Answer): void {
  const found = difference(ours, theirs);
  if (found !== undefined) failed(`tpch ${query.name}: our answer differs from that of ${name}: ${found}`);
}

/** Geometric means over the queries that both sides finished. */
function means(figures: readonly Figure[], scale: number): Figure[] {
  const names = [...new Set(figures.map((each) => each.peerName))];
  return names.map((peerName) => {
    const both = figures.filter((each) => each.peerName === peerName && each.peer !== null);
    const base = { ...PROMISED, case: 'geomean', scale, unit: 'ms', ours: geometricMean(both.map((each) => each.ours)) };
    if (peerName === undefined) return figure(base);
    return figure({ ...base, peer: geometricMean(both.map((each) => each.peer ?? NaN)), peerName });
  });
}

async function loadOurs(schema: readonly string[], folder: string): Promise<VelociDatabase> {
  const database = await open('memory:', { checkpoints: 'manual', session: { settings: { statement_timeout: String(LIMIT_MS) } } });
  for (const statement of schema) await database.query(statement);
  const session = database.session({ settings: { statement_timeout: '0' } });
  for (const table of TABLES) await session.copyIn({ table, format: TBL_FORMAT }, createReadStream(join(folder, `${table}.tbl`)));
  await session.close();
  await database.checkpoint();
  await database.query('analyze');
  return database;
}

async function loadDucks(schema: readonly string[], folder: string): Promise<Map<string, DuckDatabase>> {
  const ducks = new Map<string, DuckDatabase>();
  for (const threads of [1, 2]) {
    const duck = await openDuck(threads);
    if (duck === undefined) continue;
    for (const statement of schema) await duck.run(duckSchema(statement));
    for (const table of TABLES)
      await duck.run(`copy ${table} from '${join(folder, `${table}.tbl`)}' (format csv, delimiter '|', header false, quote '', escape '')`);
    ducks.set(duckName(threads), duck);
  }
  return ducks;
}

/** A database file beside the tables, kept like them. */
async function loadSqlite(schema: readonly string[], folder: string): Promise<LimitedSqlite | undefined> {
  const path = `${folder}.sqlite`;
  if (!existsSync(path)) {
    const draft = `${path}.${process.pid}`;
    const sqlite = await openSqlite(draft);
    if (sqlite === undefined) return undefined;
    for (const statement of schema) sqlite.exec(statement);
    sqlite.exec('begin');
    for (const table of TABLES) {
      const rows = readFileSync(join(folder, `${table}.tbl`), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      const insert = sqlite.prepare(
        `insert into ${table} values (${rows[0]
          .split('|')
          .map(() => '?')
          .join()})`,
      );
      for (const row of rows) insert.run(...row.split('|'));
    }
    sqlite.exec('commit');
    sqlite.exec('analyze');
    sqlite.close();
    rmSync(path, { force: true });
    renameSync(draft, path);
  }
  return new LimitedSqlite(path, LIMIT_MS);
}
