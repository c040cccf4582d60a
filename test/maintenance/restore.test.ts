import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { restoreTo } from '../../src/maintenance/restore.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import type { OpenedEngine } from '../../src/platform/open-engine.ts';
import type { Session } from '../../src/session/session.ts';
import { slot } from '../../src/storage/tree.ts';
import { AGE_MS, rowsOf, runAll, TimeMachine } from '../session/time-machine.ts';

let machine: TimeMachine;
let opened: OpenedEngine;
let session: Session;

beforeEach(async () => {
  machine = new TimeMachine();
  opened = await machine.open();
  session = opened.engine.session();
  await runAll(session, 'create table t (a int primary key, b text unique); insert into t select g, g::text from generate_series(1, 5) g');
});

afterEach(() => machine.close());

const all = (of: Session = session): Promise<string[]> => rowsOf(of, 'select a from t order by a');

describe('a restore', () => {
  it('makes an earlier state the newest, and back again', async () => {
    const before = opened.database.slot;
    await runAll(session, 'delete from t where a > 2; create table later (x int)');
    const after = opened.database.slot;
    const report = await restoreTo(opened.database, { kind: 'slot', slot: before });
    expect(report).toMatchObject({ from: before, slot: after + 1 });
    expect(await all()).toEqual(['1', '2', '3', '4', '5']);
    await expect(session.query('select * from later')).rejects.toMatchObject({ code: '42P01' });
    await restoreTo(opened.database, { kind: 'slot', slot: after });
    expect(await all()).toEqual(['1', '2']);
    expect(await rowsOf(session, 'select count(*) from later')).toEqual(['0']);
    expect((await opened.database.root.read()).root.pins).toEqual([]);
  });

  it('is seen by whoever has the database open, and by whoever opens it', async () => {
    const other = await machine.open();
    const before = opened.database.slot;
    await runAll(session, 'delete from t');
    expect(await all(other.engine.session())).toEqual([]);
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    expect(await all(other.engine.session())).toHaveLength(5);
    expect(await all((await machine.open()).engine.session())).toHaveLength(5);
  });

  it('copies no page: what it uploads is what the tail wrote', async () => {
    await runAll(session, "insert into t select g, g || repeat('x', 100) from generate_series(6, 5000) g");
    await checkpoint(opened.database);
    const before = opened.database.slot;
    await runAll(session, 'delete from t');
    await checkpoint(opened.database);
    const meter = opened.store.begin();
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    expect(meter.end().writtenBytes).toBeLessThan(30_000); // the record, and root twice with its inner pages
    expect(await rowsOf(session, 'select count(*) from t')).toEqual(['5000']);
  });

  it('is checkpointed as a whole, over whatever checkpoint root had', async () => {
    await checkpoint(opened.database);
    const before = opened.database.slot;
    await runAll(session, 'delete from t where a > 1');
    await checkpoint(opened.database);
    await runAll(session, "insert into t values (7, 'seven')");
    const { slot: restored } = await restoreTo(opened.database, { kind: 'slot', slot: before });
    expect(await checkpoint(opened.database)).toEqual({ kind: 'published', slot: restored });
    expect(await all((await machine.open()).engine.session())).toEqual(['1', '2', '3', '4', '5']);
    await runAll(session, "insert into t values (8, 'eight')");
    expect((await checkpoint(opened.database)).kind).toBe('published');
    expect(await all((await machine.open()).engine.session())).toEqual(['1', '2', '3', '4', '5', '8']);
    expect((await verifyStore(opened.database)).damage).toEqual([]);
  });

  it('with writes after it, before any checkpoint, is checkpointed with them', async () => {
    const before = opened.database.slot;
    await runAll(session, 'delete from t where a > 1');
    await checkpoint(opened.database);
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    await runAll(session, "update t set b = 'new' where a = 3; insert into t values (9, 'nine')");
    expect((await checkpoint(opened.database)).kind).toBe('published');
    const fresh = (await machine.open()).engine.session();
    expect(await rowsOf(fresh, 'select a, b from t order by a')).toEqual(['1,1', '2,2', '3,new', '4,4', '5,5', '9,nine']);
  });

  it('conflicts with every transaction under way', async () => {
    const before = opened.database.slot;
    const other = opened.engine.session();
    await runAll(other, "begin; insert into t values (6, 'six')");
    await runAll(session, 'delete from t where a = 1');
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    await expect(other.query('commit')).rejects.toMatchObject({ code: '40001', detail: expect.stringMatching(/replaced the whole state/) });
    expect(await all()).toHaveLength(5);
  });

  it('hands out no sequence number twice', async () => {
    await runAll(session, 'create table s (id serial primary key, v int); insert into s (v) values (1), (2)');
    const before = opened.database.slot;
    await runAll(session, 'insert into s (v) select g from generate_series(1, 100) g');
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    const other = (await machine.open()).engine.session();
    for (let round = 0; round < 40; round++) {
      await session.query('insert into s (v) values (3)');
      await other.query('insert into s (v) values (4)');
    }
    expect(await rowsOf(session, 'select count(*) = count(distinct id), count(*) from s')).toEqual(['t,82']);
  });

  it('goes to any slot within the retention window, across other restores', async () => {
    const states = new Map<number, string[]>();
    states.set(opened.database.slot, await all());
    for (let round = 0; round < 12; round++) {
      machine.pass(60_000);
      if (round === 7) await restoreTo(opened.database, { kind: 'slot', slot: slot([...states.keys()][2]) });
      else await runAll(session, round % 3 === 2 ? 'delete from t where a < 4' : `insert into t values (${100 + round}, 'r${round}')`);
      states.set(opened.database.slot, await all());
      if (round % 4 === 3) await checkpoint(opened.database);
    }
    for (const [at, rows] of states) {
      expect(await rowsOf(session, `select a from t as of system time slot ${at} order by a`), `slot ${at}`).toEqual(rows);
      await restoreTo(opened.database, { kind: 'slot', slot: slot(at) });
      expect(await all(), `slot ${at}`).toEqual(rows);
    }
    expect((await verifyStore(opened.database)).damage).toEqual([]);
  });

  it('is refused before the window and after the end', async () => {
    await checkpoint(opened.database);
    machine.pass(AGE_MS + 5_000);
    await machine.collect(opened);
    await expect(restoreTo(opened.database, { kind: 'slot', slot: slot(1) })).rejects.toMatchObject({ code: '72000' });
    await expect(restoreTo(opened.database, { kind: 'slot', slot: slot(99) })).rejects.toMatchObject({ code: '22023' });
    await expect(restoreTo(opened.database, { kind: 'time', at: Number.MAX_SAFE_INTEGER })).rejects.toMatchObject({ code: '22023' });
  });

  it('keeps what it names from the collector while it runs, and its hold goes with AGE when it dies', async () => {
    await checkpoint(opened.database);
    const before = opened.database.slot;
    await runAll(session, 'delete from t');
    await checkpoint(opened.database);
    const dies = restoreTo(opened.database, { kind: 'slot', slot: before }, (point) => {
      if (point === 'restore:held') {
        opened.database.root.update = () => Promise.reject(new Error('dead')); // nothing is cleaned up after death
        throw new Error('dies');
      }
    });
    await expect(dies).rejects.toThrow('dies');
    const other = await machine.open();
    expect((await other.database.root.read()).root.pins).toMatchObject([{ kind: 'hold', slot: before }]);
    machine.pass(AGE_MS + 5_000);
    await machine.collect(other);
    expect((await other.database.root.read()).root.pins).toEqual([]);
  });
});

describe('verify', () => {
  it('finds nothing wrong with a sound database, and reads every kind of object', async () => {
    await checkpoint(opened.database);
    await runAll(session, "insert into t select g, g || repeat('y', 3000) from generate_series(10, 40) g");
    await checkpoint(opened.database);
    const { damage, ...counts } = await verifyStore(opened.database);
    expect(damage).toEqual([]);
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
  });

  it('notices one flipped bit in any object it covers', async () => {
    await runAll(session, "insert into t select g, g || repeat('y', 3000) from generate_series(10, 20) g");
    await checkpoint(opened.database);
    await runAll(session, "insert into t values (77, 'z')");
    const names = machine.store.names().filter((name) => name !== 'root');
    for (const name of names) {
      const sound = machine.store.peek(name) ?? new Uint8Array();
      const damaged = sound.slice();
      damaged[Math.floor(damaged.length / 2)] ^= 4;
      machine.store.plant(name, damaged);
      const { damage } = await verifyStore(opened.database);
      expect(damage.length, name).toBeGreaterThan(0);
      machine.store.plant(name, sound);
    }
    expect((await verifyStore(opened.database)).damage).toEqual([]);
  });

  it('notices an object that is missing', async () => {
    await checkpoint(opened.database);
    const segment = machine.store.names().find((name) => name.startsWith('segment/')) ?? '';
    await machine.store.delete(segment);
    const { damage } = await verifyStore(opened.database);
    expect(damage.some(({ object, problem }) => object === segment && problem === 'it is missing')).toBe(true);
  });
});

describe('an index check', () => {
  it('finds rows without entries and entries without rows', async () => {
    await runAll(session, 'create index on t ((a % 2)) where a > 1');
    const told: string[] = [];
    const check = async (): Promise<readonly string[]> => {
      told.length = 0;
      await session.checkIndexes((table) => told.push(...table.problems));
      return told;
    };
    expect(await check()).toEqual([]);
    const catalog = await opened.engine.catalogs.of(opened.database.begin({ isolation: 'serializable', readOnly: true }));
    const table = catalog.findRelation('public', 't', []);
    if (table?.kind !== 'table') throw new Error('t is a table');
    const transaction = opened.database.begin({ isolation: 'serializable', readOnly: false });
    const cursor = transaction.scan(table.tree, { from: undefined, to: undefined }, { columns: [0], keys: true, purpose: 'none' });
    const batch = await cursor.next();
    transaction.delete(table.tree, batch?.keys[2] ?? new Uint8Array());
    await transaction.commit();
    expect(await check()).toEqual([
      expect.stringMatching(/^index "t_b_key" has an entry for row \\x[0-9a-f]+, which does not exist$/),
      'index "t_b_key" has 5 entries where its table calls for 4',
      expect.stringMatching(/^index "t_expr_idx" has an entry for row/),
      expect.stringMatching(/entries where its table calls for 3$/),
    ]);
  });
});
