/**
 * Single-row writes by prepared statements, all of a case in one transaction, in process, against better-sqlite3 in memory. Ours is
 * committed to a bucket in memory.
 */
import { open } from '../../src/index.ts';
import { cpuSeconds, interleaved, wallSeconds, type Timed } from '../measure.ts';
import { isWanted, type BenchOptions } from '../options.ts';
import { openSqlite, SQLITE, type SqliteDatabase } from '../peers/sqlite.ts';
import { profiled } from '../profile.ts';
import type { Figure } from '../report.ts';
import { OURS, versus } from '../versus.ts';

const PROMISED = { suite: 'write', consistency: 'strictly serializable', durability: 'object (memory bucket)' } as const;
const TABLE = 'create table t (id integer primary key, a integer, b text)';
const FILL = (rows: number) => `insert into t select g, g % 100, 'row number ' || g from generate_series(1, ${rows}) g`;
/** At scale 1. */
const ROWS = 1_000_000;
const CHANGES = 100_000;
const INSERT_ROUNDS = 2;
const CHANGE_ROUNDS = 5;

/** Scale 1 inserts a million rows, and changes a hundred thousand of a million. */
export async function write(options: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (isWanted(options, 'insert_1m')) figures.push(...(await insertMany(options)));
  for (const change of BY_KEY) if (isWanted(options, change.name)) figures.push(...(await byKey(change, options)));
  return figures;
}

/** Statements of one key each; `key` of the number of the statement, the round, and the rows there are. */
interface Change {
  readonly name: string;
  readonly text: string;
  readonly key: (at: number, round: number, rows: number) => number;
}

const BY_KEY: readonly Change[] = [
  { name: 'update_100k', text: 'update t set a = a + 1 where id = $1', key: existingKey },
  { name: 'upsert', text: `insert into t values ($1, 1, 'x') on conflict (id) do update set a = t.a + 1`, key: maybeKey },
];

/** INSERT statements into an empty table. */
async function insertMany(options: BenchOptions): Promise<Figure[]> {
  const text = 'insert into t values ($1, $2, $3)';
  const rows = Math.round(ROWS * options.scale);
  const ours = async (): Promise<number> => {
    const database = await open('memory:', { checkpoints: 'manual' });
    await database.query(TABLE);
    await database.transaction(async (transaction) => {
      for (let id = 1; id <= rows; id++) {
        const parameters = [id, id % 100, `row number ${id}`];
        if (transaction.now(text, parameters) === undefined) await transaction.query(text, parameters);
      }
    });
    await database.close();
    return rows;
  };
  const theirs = (sqlite: SqliteDatabase): number => {
    sqlite.exec(TABLE);
    sqlite.exec('begin');
    const statement = sqlite.prepare(peerText(text));
    for (let id = 1; id <= rows; id++) statement.run(id, id % 100, `row number ${id}`);
    sqlite.exec('commit');
    return rows;
  };
  return measured('insert_1m', ours, theirs, options, true);
}

/** One transaction of changes, on rows that a checkpoint has merged into pages. */
async function byKey({ name, text, key }: Change, options: BenchOptions): Promise<Figure[]> {
  const rows = Math.round(ROWS * options.scale);
  const changes = Math.round(CHANGES * options.scale);
  const database = await open('memory:', { checkpoints: 'manual' });
  await database.query(TABLE);
  await database.query(FILL(rows));
  await database.checkpoint();
  let ourRound = 0;
  let theirRound = 0;
  const ours = async (): Promise<number> => {
    const round = ourRound++;
    await database.transaction(async (transaction) => {
      for (let at = 0; at < changes; at++) {
        const parameters = [key(at, round, rows)];
        if (transaction.now(text, parameters) === undefined) await transaction.query(text, parameters);
      }
    });
    return changes;
  };
  const theirs = (sqlite: SqliteDatabase): number => {
    const round = theirRound++;
    if (round === 0) fillSqlite(sqlite, rows);
    sqlite.exec('begin');
    const statement = sqlite.prepare(peerText(text));
    for (let at = 0; at < changes; at++) statement.run(key(at, round, rows));
    sqlite.exec('commit');
    return changes;
  };
  const figures = await measured(name, ours, theirs, options, false);
  await database.close();
  return figures;
}

/** The peer works on a database of its own, new each round or the same in all. */
async function measured(
  name: string,
  ours: () => Promise<number>,
  theirs: (sqlite: SqliteDatabase) => number,
  options: BenchOptions,
  isNewEachRound: boolean,
): Promise<Figure[]> {
  const { profileFolder, scale, countsCpu, isAlone } = options;
  if (profileFolder !== undefined) {
    await ours();
    await profiled(profileFolder, `write-${name}-${scale}`, ours);
    return [];
  }
  const peer = isAlone ? [] : await sqliteContestant(theirs, isNewEachRound);
  const rounds = isNewEachRound ? INSERT_ROUNDS : CHANGE_ROUNDS;
  const seconds = await interleaved([{ name: OURS, run: ours }, ...peer], rounds, undefined, countsCpu ? cpuSeconds : wallSeconds);
  return versus({ ...PROMISED, case: name, scale }, seconds, 'op/s');
}

function fillSqlite(sqlite: SqliteDatabase, rows: number): void {
  sqlite.exec(TABLE);
  sqlite.exec('begin');
  const insert = sqlite.prepare('insert into t values (?, ?, ?)');
  for (let id = 1; id <= rows; id++) insert.run(id, id % 100, `row number ${id}`);
  sqlite.exec('commit');
}

async function sqliteContestant(run: (sqlite: SqliteDatabase) => number, isNewEachRound: boolean): Promise<Timed[]> {
  const kept = await openSqlite();
  if (kept === undefined) return [];
  return [
    {
      name: SQLITE,
      async run() {
        const sqlite = isNewEachRound ? ((await openSqlite()) ?? kept) : kept;
        const operations = run(sqlite);
        if (sqlite !== kept) sqlite.close();
        return operations;
      },
    },
  ];
}

function peerText(text: string): string {
  return text.replaceAll(/\$\d/g, '?');
}

function existingKey(at: number, _: number, rows: number): number {
  return ((at * 736_871) % rows) + 1;
}

/** Every other key is new, and another one each round. */
function maybeKey(at: number, round: number, rows: number): number {
  return at % 2 === 0 ? existingKey(at, round, rows) : rows + existingKey(at, round, rows) * 10 + round;
}
