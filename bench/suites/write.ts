/** Writes in one transaction, in process, against better-sqlite3 in memory. Ours is committed to a bucket in memory. */
import { open } from '../../src/index.ts';
import { interleaved } from '../measure.ts';
import { openSqlite, SQLITE } from '../peers/sqlite.ts';
import type { Figure } from '../report.ts';
import { OURS, versus } from '../versus.ts';

const PROMISED = { suite: 'write', consistency: 'strictly serializable', durability: 'object (memory bucket)' } as const;
const TABLE = 'create table t (id integer primary key, a integer, b text)';
const UPDATES = 20_000;
const INSERTS = 100_000;

export async function write(): Promise<Figure[]> {
  return [...(await insertMany()), ...(await updateByKey()), ...(await upsert())];
}

async function insertMany(): Promise<Figure[]> {
  const text = `insert into t select g, g % 100, 'row number ' || g from generate_series(1, ${INSERTS}) g`;
  const seconds = await interleaved(
    [
      {
        name: OURS,
        async run() {
          const database = await open('memory:', { checkpoints: 'manual' });
          await database.query(TABLE);
          await database.query(text);
          await database.close();
          return INSERTS;
        },
      },
      ...(await sqliteContestant(async (sqlite) => {
        sqlite.exec('begin');
        const insert = sqlite.prepare('insert into t values (?, ?, ?)');
        for (let id = 1; id <= INSERTS; id++) insert.run(id, id % 100, `row number ${id}`);
        sqlite.exec('commit');
        return INSERTS;
      }, false)),
    ],
    2,
  );
  return versus({ ...PROMISED, case: 'insert_1m' }, seconds, 'op/s');
}

async function updateByKey(): Promise<Figure[]> {
  return byKey('update_100k', 'update t set a = a + 1 where id = $1', 'update t set a = a + 1 where id = ?');
}

async function upsert(): Promise<Figure[]> {
  return byKey(
    'upsert',
    `insert into t values ($1, 1, 'x') on conflict (id) do update set a = t.a + 1`,
    `insert into t values (?, 1, 'x') on conflict (id) do update set a = t.a + 1`,
  );
}

async function byKey(name: string, ours: string, theirs: string): Promise<Figure[]> {
  const database = await open('memory:', { checkpoints: 'manual' });
  await database.query(TABLE);
  await database.query(`insert into t select g, g % 100, 'row number ' || g from generate_series(1, ${INSERTS}) g`);
  const seconds = await interleaved(
    [
      {
        name: OURS,
        async run() {
          await database.transaction(async (transaction) => {
            for (let at = 0; at < UPDATES; at++) await transaction.query(ours, [keyAt(at)]);
          });
          return UPDATES;
        },
      },
      ...(await sqliteContestant(async (sqlite) => {
        sqlite.exec('begin');
        const statement = sqlite.prepare(theirs);
        for (let at = 0; at < UPDATES; at++) statement.run(keyAt(at));
        sqlite.exec('commit');
        return UPDATES;
      }, true)),
    ],
    2,
  );
  await database.close();
  return versus({ ...PROMISED, case: name }, seconds, 'op/s');
}

async function sqliteContestant(work: (database: import('../peers/sqlite.ts').SqliteDatabase) => Promise<number>, filled: boolean) {
  const first = await openSqlite();
  if (first === undefined) return [];
  first.close();
  let kept: import('../peers/sqlite.ts').SqliteDatabase | undefined;
  return [
    {
      name: SQLITE,
      async run() {
        const database = kept ?? (await openSqlite());
        if (database === undefined) return 1;
        if (kept === undefined) {
          database.exec(TABLE);
          if (filled) {
            const insert = database.prepare('insert into t values (?, ?, ?)');
            database.exec('begin');
            for (let id = 1; id <= INSERTS; id++) insert.run(id, id % 100, `row number ${id}`);
            database.exec('commit');
            kept = database;
          }
        }
        const operations = await work(database);
        if (!filled) database.close();
        return operations;
      },
    },
  ];
}

function keyAt(at: number): number {
  return ((at * 73_687) % INSERTS) + 1;
}
