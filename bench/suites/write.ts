/**
 * Single-row writes by prepared statements, all of a case in one transaction, in process, against better-sqlite3 in memory. Ours is
 * committed to a bucket in memory.
 */
import { open } from '../../src/index.ts';
import { interleaved, type Timed } from '../measure.ts';
import { openSqlite, SQLITE, type SqliteDatabase } from '../peers/sqlite.ts';
import type { Figure } from '../report.ts';
import { OURS, versus } from '../versus.ts';

const PROMISED = { suite: 'write', consistency: 'strictly serializable', durability: 'object (memory bucket)' } as const;
const TABLE = 'create table t (id integer primary key, a integer, b text)';
const FILL = (rows: number) => `insert into t select g, g % 100, 'row number ' || g from generate_series(1, ${rows}) g`;
const ROWS = 1_000_000;
const INSERTS = 1_000_000;
const CHANGES = 100_000;
const ROUNDS = 2;

export async function write(): Promise<Figure[]> {
  return [
    ...(await insertMany()),
    ...(await byKey('update_100k', 'update t set a = a + 1 where id = $1', existingKey)),
    ...(await byKey('upsert', `insert into t values ($1, 1, 'x') on conflict (id) do update set a = t.a + 1`, maybeKey)),
  ];
}

/** A million INSERT statements into an empty table. */
async function insertMany(): Promise<Figure[]> {
  const insert = 'insert into t values ($1, $2, $3)';
  const seconds = await interleaved(
    [
      {
        name: OURS,
        async run() {
          const database = await open('memory:', { checkpoints: 'manual' });
          await database.query(TABLE);
          await database.transaction(async (transaction) => {
            for (let id = 1; id <= INSERTS; id++) {
              const parameters = [id, id % 100, `row number ${id}`];
              if (transaction.now(insert, parameters) === undefined) await transaction.query(insert, parameters);
            }
          });
          await database.close();
          return INSERTS;
        },
      },
      ...(await sqliteContestant((sqlite) => {
        sqlite.exec(TABLE);
        sqlite.exec('begin');
        const statement = sqlite.prepare(peerText(insert));
        for (let id = 1; id <= INSERTS; id++) statement.run(id, id % 100, `row number ${id}`);
        sqlite.exec('commit');
        return INSERTS;
      }, true)),
    ],
    ROUNDS,
  );
  return versus({ ...PROMISED, case: 'insert_1m' }, seconds, 'op/s');
}

/** A hundred thousand statements of one key each, on a million rows. */
async function byKey(name: string, text: string, key: (at: number, round: number) => number): Promise<Figure[]> {
  const database = await open('memory:', { checkpoints: 'manual' });
  await database.query(TABLE);
  await database.query(FILL(ROWS));
  await database.checkpoint();
  let ourRound = 0;
  let theirRound = 0;
  const seconds = await interleaved(
    [
      {
        name: OURS,
        async run() {
          const round = ourRound++;
          await database.transaction(async (transaction) => {
            for (let at = 0; at < CHANGES; at++) {
              const parameters = [key(at, round)];
              if (transaction.now(text, parameters) === undefined) await transaction.query(text, parameters);
            }
          });
          return CHANGES;
        },
      },
      ...(await sqliteContestant((sqlite) => {
        const round = theirRound++;
        if (round === 0) fillSqlite(sqlite);
        sqlite.exec('begin');
        const statement = sqlite.prepare(peerText(text));
        for (let at = 0; at < CHANGES; at++) statement.run(key(at, round));
        sqlite.exec('commit');
        return CHANGES;
      })),
    ],
    ROUNDS,
  );
  await database.close();
  return versus({ ...PROMISED, case: name }, seconds, 'op/s');
}

function fillSqlite(sqlite: SqliteDatabase): void {
  sqlite.exec(TABLE);
  sqlite.exec('begin');
  const insert = sqlite.prepare('insert into t values (?, ?, ?)');
  for (let id = 1; id <= ROWS; id++) insert.run(id, id % 100, `row number ${id}`);
  sqlite.exec('commit');
}

/** The peer, if it is there, over one database of its own, or over a new one each round. */
async function sqliteContestant(run: (sqlite: SqliteDatabase) => number, isNewEachRound = false): Promise<Timed[]> {
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

function existingKey(at: number): number {
  return ((at * 736_871) % ROWS) + 1;
}

/** Every other key is new, and another one each round. */
function maybeKey(at: number, round: number): number {
  return at % 2 === 0 ? existingKey(at) : ROWS + existingKey(at) * 10 + round;
}
