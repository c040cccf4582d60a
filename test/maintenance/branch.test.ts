import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBranch, deleteBranch, listBranches, openBranch } from '../../src/maintenance/branch.ts';
import { diffStates } from '../../src/maintenance/branch-diff.ts';
import { promoteBranch } from '../../src/maintenance/branch-promote.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { restoreTo } from '../../src/maintenance/restore.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import type { OpenedEngine } from '../../src/platform/open-engine.ts';
import type { Session } from '../../src/session/session.ts';
import type { Moment } from '../../src/transaction/transaction.ts';
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

const all = (of: Session): Promise<string[]> => rowsOf(of, 'select a from t order by a');
const newest = (): Moment => ({ kind: 'slot', slot: opened.database.slot });

describe('a branch', () => {
  it('begins with the state of its parent, and both go their own ways', async () => {
    await checkpoint(opened.database);
    await runAll(session, "insert into t values (6, 'six')");
    await createBranch(opened.database, 'b', newest());
    const branch = (await machine.open('b')).engine.session();
    expect(await all(branch)).toEqual(['1', '2', '3', '4', '5', '6']);
    await runAll(branch, "delete from t where a < 4; insert into t values (10, 'ten'); create table only_here (x int)");
    await runAll(session, "insert into t values (7, 'seven')");
    expect(await all(branch)).toEqual(['4', '5', '6', '10']);
    expect(await all(session)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    await expect(session.query('select * from only_here')).rejects.toMatchObject({ code: '42P01' });
    expect((await listBranches(opened.database)).map(({ name }) => name)).toEqual(['b']);
  });

  it('copies no page of its parent', async () => {
    await runAll(session, "insert into t select g, g || repeat('x', 100) from generate_series(6, 5000) g");
    await checkpoint(opened.database);
    const meter = opened.store.begin();
    await createBranch(opened.database, 'b', newest());
    expect(meter.end().writtenBytes).toBeLessThan(30_000);
    expect(machine.store.names().filter((name) => /^branch\/.*segment/.test(name))).toEqual([]);
    const branch = await machine.open('b');
    expect(await rowsOf(branch.engine.session(), 'select count(*) from t')).toEqual(['5000']);
    expect((await verifyStore(branch.database)).damage).toEqual([]);
  });

  it('is not taken for its parent, whose root somebody put in the place of its own', async () => {
    await createBranch(opened.database, 'b', newest());
    const root = machine.store.names().find((name) => /^branch\/[^/]+\/root$/.test(name)) ?? '';
    machine.store.plant(root, machine.store.peek('root') ?? new Uint8Array(0));
    await expect(machine.open('b')).rejects.toMatchObject({ code: 'XX001' });
    await expect(openBranch(opened.database, 'b')).rejects.toMatchObject({ code: 'XX001' });
  });

  it('of an earlier moment has the state and the schema of then', async () => {
    const before = newest();
    await runAll(session, 'alter table t drop column b; delete from t');
    await checkpoint(opened.database);
    await createBranch(opened.database, 'then', before);
    expect(await rowsOf((await machine.open('then')).engine.session(), 'select * from t where a = 1')).toEqual(['1,1']);
  });

  it('outlives everything its parent collects, and collects its own', async () => {
    await checkpoint(opened.database);
    await runAll(session, "update t set b = b || ' again'"); // into a segment of its own
    await checkpoint(opened.database);
    await createBranch(opened.database, 'b', newest());
    const branch = await machine.open('b');
    const inBranch = branch.engine.session();
    for (let round = 0; round < 6; round++) {
      await runAll(session, `delete from t; insert into t select g, g::text from generate_series(1, 500) g`);
      await runAll(inBranch, `insert into t values (${100 + round}, 'b${round}')`);
      await checkpoint(opened.database);
      await checkpoint(branch.database);
      machine.pass(AGE_MS + 60_000);
      await machine.collect(opened);
      await machine.collect(branch);
      machine.pass(60_000);
      await machine.collect(opened);
      await machine.collect(branch);
    }
    const fresh = await machine.open('b');
    expect(await all(fresh.engine.session())).toEqual(['1', '2', '3', '4', '5', '100', '101', '102', '103', '104', '105']);
    expect((await verifyStore(fresh.database)).damage).toEqual([]);
    expect((await verifyStore(opened.database)).damage).toEqual([]);
    await deleteBranch(opened.database, 'b');
    const segments = (): number => machine.store.names().filter((name) => name.startsWith('segment/')).length;
    const before = segments();
    machine.pass(AGE_MS + 60_000);
    await machine.collect(opened);
    expect(segments()).toBeLessThan(before); // what only the branch needed
    expect(await rowsOf(session, 'select count(*) from t')).toEqual(['500']);
  });

  it('may have branches, and is not deleted before them', async () => {
    await createBranch(opened.database, 'a', newest());
    const a = await machine.open('a');
    await runAll(a.engine.session(), 'delete from t where a > 3');
    await checkpoint(a.database);
    await createBranch(a.database, 'b', { kind: 'slot', slot: a.database.slot });
    const b = await machine.open('a/b');
    await runAll(b.engine.session(), 'delete from t where a > 2');
    expect([await all(session), await all(a.engine.session()), await all(b.engine.session())].map((rows) => rows.length)).toEqual([
      5, 3, 2,
    ]);
    await expect(deleteBranch(opened.database, 'a')).rejects.toMatchObject({ code: '2BP01' });
    await deleteBranch(a.database, 'b');
    await deleteBranch(opened.database, 'a');
    expect(await listBranches(opened.database)).toEqual([]);
    machine.pass(AGE_MS + 60_000);
    await machine.collect(opened);
    expect(machine.store.names().filter((name) => name.startsWith('branch/'))).toEqual([]);
  });

  it('that is deleted acknowledges nothing more, and its name is free', async () => {
    await createBranch(opened.database, 'b', newest());
    const branch = (await machine.open('b')).engine.session();
    await deleteBranch(opened.database, 'b');
    await expect(branch.query('delete from t')).rejects.toMatchObject({ code: '3D000' });
    await expect(machine.open('b')).rejects.toMatchObject({ code: '3D000', message: 'there is no branch "b"' });
    await createBranch(opened.database, 'b', newest());
    expect(await all((await machine.open('b')).engine.session())).toHaveLength(5);
    machine.pass(AGE_MS + 60_000);
    await machine.collect(opened);
    await expect(branch.query('delete from t')).rejects.toMatchObject({ code: '3D000' });
    expect(await all((await machine.open('b')).engine.session())).toHaveLength(5);
  });

  it('needs a name that is free and fit, and a state that is there', async () => {
    await createBranch(opened.database, 'b', newest());
    await expect(createBranch(opened.database, 'b', newest())).rejects.toMatchObject({ code: '42P04' });
    await expect(createBranch(opened.database, 'a/b', newest())).rejects.toMatchObject({ code: '22023' });
    await expect(deleteBranch(opened.database, 'x')).rejects.toMatchObject({ code: '3D000' });
    expect((await opened.database.root.read()).root.pins.map(({ kind }) => kind)).toEqual(['branch']);
  });

  it('that is never finished is garbage, and is swept', async () => {
    const dies = createBranch(opened.database, 'b', newest(), (point) =>
      point === 'branch:written' ? Promise.reject(new Error('dies')) : undefined,
    );
    await expect(dies).rejects.toThrow('dies');
    const left = (): string[] => machine.store.names().filter((name) => name.startsWith('branch/'));
    expect(left().length).toBeGreaterThan(0);
    await machine.collect(opened);
    expect(left().length).toBeGreaterThan(0);
    machine.pass(AGE_MS + 60_000);
    await machine.collect(opened);
    expect(left()).toEqual([]);
  });

  it('whose maker slept past AGE is refused', async () => {
    const other = await machine.open();
    const late = createBranch(opened.database, 'b', newest(), async (point) => {
      if (point !== 'branch:written') return;
      machine.pass(AGE_MS + 60_000);
      await machine.collect(other);
    });
    await expect(late).rejects.toMatchObject({ code: '40001' });
    expect(await listBranches(opened.database)).toEqual([]);
  });
});

describe('a diff', () => {
  it('counts rows by key, tables that are in one only, and columns that differ', async () => {
    await runAll(
      session,
      'create table same (x int primary key); insert into same select generate_series(1, 100); create table gone (x int)',
    );
    await checkpoint(opened.database);
    await createBranch(opened.database, 'b', newest());
    const branch = await machine.open('b');
    expect(await diffStates(opened.database, branch.database)).toEqual([]);
    await runAll(
      branch.engine.session(),
      "delete from t where a = 1; update t set b = b || 'x' where a in (2, 3); insert into t select g, g::text from generate_series(50, 53) g; create table fresh as select 1 as x; drop table gone; alter table same add column y int",
    );
    const diffs = await diffStates(opened.database, await openBranch(opened.database, 'b'));
    expect(diffs).toEqual([
      { table: 'public.fresh', added: 1, removed: 0, changed: 0, schema: 'only in the second' },
      { table: 'public.gone', added: 0, removed: 0, changed: 0, schema: 'only in the first' },
      { table: 'public.same', added: 0, removed: 0, changed: expect.any(Number), schema: 'changed' },
      { table: 'public.t', added: 4, removed: 1, changed: 2, schema: 'same' },
    ]);
  });
});

describe('a promotion', () => {
  it('makes the branch’s state the newest, and can be undone', async () => {
    await createBranch(opened.database, 'b', newest());
    const branch = await machine.open('b');
    const inBranch = branch.engine.session();
    for (let a = 10; a < 20; a++) await inBranch.query(`insert into t values (${a}, 'b${a}')`);
    await inBranch.query('delete from t where a < 5');
    await checkpoint(branch.database);
    const { before, slot } = await promoteBranch(opened.database, 'b');
    expect(slot).toBe(branch.database.slot + 1);
    expect(await all(session)).toEqual(await all(inBranch));
    expect(await all((await machine.open()).engine.session())).toEqual(await all(inBranch));
    await checkpoint(opened.database);
    await deleteBranch(opened.database, 'b');
    machine.pass(AGE_MS / 2);
    await machine.collect(opened);
    expect((await verifyStore(opened.database)).damage).toEqual([]);
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    expect(await all(session)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('keeps the row ids of tables without a key apart', async () => {
    await runAll(session, 'create table k (v int); insert into k select generate_series(1, 10)');
    await createBranch(opened.database, 'b', newest());
    const branch = (await machine.open('b')).engine.session();
    for (let round = 0; round < 5; round++) await branch.query(`insert into k select generate_series(1, 10)`);
    await promoteBranch(opened.database, 'b');
    for (let round = 0; round < 8; round++) await session.query('insert into k select generate_series(1, 10)');
    expect(await rowsOf(session, 'select count(*) from k')).toEqual(['140']);
  });

  it('is refused when the database has changed since, unless forced', async () => {
    await createBranch(opened.database, 'b', newest());
    await runAll((await machine.open('b')).engine.session(), 'delete from t where a = 1');
    await runAll(session, 'delete from t where a = 2');
    await expect(promoteBranch(opened.database, 'b')).rejects.toMatchObject({ code: '55000' });
    await promoteBranch(opened.database, 'b', { force: true });
    expect(await all(session)).toEqual(['2', '3', '4', '5']);
  });

  it('loses no commit that comes in while it works', async () => {
    await createBranch(opened.database, 'b', newest());
    await runAll((await machine.open('b')).engine.session(), 'delete from t where a = 1');
    const other = (await machine.open()).engine.session();
    const late = promoteBranch(opened.database, 'b', {
      at: async (point) => {
        if (point === 'promote:filled') await other.query('delete from t where a = 2');
      },
    });
    await expect(late).rejects.toMatchObject({ code: '40001' });
    expect(await all(session)).toEqual(['1', '3', '4', '5']);
  });
});
