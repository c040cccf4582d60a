/**
 * Statements that write, cut off at every call they send to the store, one after the other: afterwards the database opens, each statement has
 * happened or has not, an acknowledged one has, every index fits its table, and the statement can be run again.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { CrashStore, FATES, type Fate } from '../maintenance/crash-store.ts';
import { virtualClock } from '../transaction/harness.ts';
import { rowsOf, runAll } from './time-machine.ts';

const clock = virtualClock();
const objects = new Map<string, Uint8Array>();
let seeds = 0;

function open(store: ObjectStore): Promise<OpenedEngine> {
  const runtime = { clock, random: new SeededRandom(++seeds), crypto: nodeRuntime().crypto };
  return openEngine('memory:', { store, runtime, create: false, checkpoints: 'manual', diskCache: 'off' });
}

/** A table in leaves with an index, one that refers to it, one without a key, and a tail after the checkpoint. */
beforeAll(() =>
  clock.run(async () => {
    const store = new MemoryStore({ clock });
    const runtime = { clock, random: new SeededRandom(1), crypto: nodeRuntime().crypto };
    const opened = await openEngine('memory:', { store, runtime, checkpoints: 'manual', diskCache: 'off' });
    await runAll(
      opened.engine.session(),
      `create table t (a int primary key, b text); create index t_b on t (b);
       insert into t select g, 'b' || g % 5 from generate_series(1, 30) g;
       create table u (x int references t, y int); insert into u values (1, 1), (2, 2);
       create sequence s`,
    );
    await checkpoint(opened.database);
    await runAll(opened.engine.session(), `update t set b = 'changed' where a = 3; delete from t where a = 30`);
    await opened.close();
    for (const name of store.names()) objects.set(name, store.peek(name) ?? new Uint8Array(0));
  }),
);

function bucket(): MemoryStore {
  const store = new MemoryStore({ clock });
  for (const [name, bytes] of objects) store.plant(name, bytes);
  return store;
}

interface Statement {
  readonly text: string;
  /** What tells whether it has happened: its answer is `after` if and only if it has. */
  readonly asks: string;
  readonly after: string;
  /** The code with which it is refused once it has happened; undefined: it may happen again, to no effect. */
  readonly again?: string | undefined;
}

const COUNT = 'select count(*) from t';
const columnsOf = (table: string): string =>
  `select count(*) from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped`;
const exists = (name: string): string => `select count(*) from pg_class where relname = '${name}'`;

const STATEMENTS: Readonly<Record<string, Statement>> = {
  insert: { text: `insert into t values (100, 'new')`, asks: `${COUNT} where a = 100`, after: '1', again: '23505' },
  update: { text: `update t set b = 'all'`, asks: `${COUNT} where b = 'all'`, after: '29' },
  delete: { text: `delete from t where a > 10`, asks: COUNT, after: '10' },
  upsert: {
    text: `insert into t values (1, 'over'), (200, 'over') on conflict (a) do update set b = excluded.b`,
    asks: `${COUNT} where b = 'over'`,
    after: '2',
  },
  'several in one transaction': {
    text: `begin; delete from u; delete from t where a <= 5; insert into u values (9, 9); commit`,
    asks: `select (select count(*) from t), (select count(*) from u), (select max(x) from u)`,
    after: '24,1,9',
  },
  'create table': { text: 'create table v (k int primary key, w text unique)', asks: exists('v'), after: '1', again: '42P07' },
  'create table as': { text: 'create table v as select * from t', asks: exists('v'), after: '1', again: '42P07' },
  'create index': { text: 'create unique index t_ab on t (a, b)', asks: exists('t_ab'), after: '1', again: '42P07' },
  'add a column': { text: 'alter table t add column c int default 7', asks: columnsOf('t'), after: '3', again: '42701' },
  'drop a column': { text: 'alter table t drop column b', asks: columnsOf('t'), after: '1', again: '42703' },
  'add a constraint': { text: 'alter table u add unique (y)', asks: exists('u_y_key'), after: '1' },
  truncate: { text: 'truncate u', asks: 'select count(*) from u', after: '0' },
  'drop table': { text: 'drop table u', asks: exists('u'), after: '0', again: '42P01' },
  'drop index': { text: 'drop index t_b', asks: exists('t_b'), after: '0', again: '42704' },
};

describe.each(Object.keys(STATEMENTS))('%s', (name) => {
  it.each(FATES)('happens whole or not at all, whichever call fails: %s', { timeout: 120_000 }, (fate) =>
    clock.run(async () => {
      const statement = STATEMENTS[name];
      let cuts = 0;
      for (let nth = 1; ; nth++) {
        const store = bucket();
        const crashing = new CrashStore(store, nth, fate);
        const outcome = await open(crashing)
          .then(({ engine }) => runAll(engine.session(), statement.text))
          .then(
            () => 'acknowledged' as const,
            (error: unknown) => {
              if (!isSqlError(error)) throw error;
              return error.code === '08007' ? 'unknown' : 'failed';
            },
          );
        await check(store, statement, outcome, fate, `${fate} call ${nth}`);
        if (!crashing.hasFailed) break;
        cuts++;
      }
      expect(cuts).toBeGreaterThan(1);
    }),
  );
});

async function check(
  store: MemoryStore,
  { text, asks, after, again }: Statement,
  outcome: 'acknowledged' | 'unknown' | 'failed',
  fate: Fate,
  what: string,
): Promise<void> {
  const opened = await open(store);
  const session = opened.engine.session();
  const said = (await rowsOf(session, asks)).join(';');
  if (outcome === 'acknowledged') expect(said, what).toBe(after);
  // A process that dies hears nothing; one that lives is told of a failure only if nothing has happened.
  if (outcome === 'failed' && (fate === 'lost' || fate === 'refused')) expect(said, what).not.toBe(after);
  await checkIndexes(opened, what);
  const code = await runAll(opened.engine.session(), text).then(
    () => undefined,
    (error: unknown) => (isSqlError(error) ? error.code : String(error)),
  );
  if (said !== after) expect(code, what).toBeUndefined();
  else if (again !== undefined) expect(code, what).toBe(again);
  const later = await open(store);
  const answer = (await rowsOf(later.engine.session(), asks)).join(';');
  if (said !== after || again !== undefined) expect(answer, what).toBe(after);
  await checkIndexes(later, what);
  expect((await verifyStore(later.database)).damage, what).toEqual([]);
}

async function checkIndexes({ engine }: OpenedEngine, what: string): Promise<void> {
  await engine.session().checkIndexes(({ problems }) => expect(problems, what).toEqual([]));
}
