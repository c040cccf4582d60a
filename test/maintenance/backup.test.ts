import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, listBackups, restoreBackup } from '../../src/maintenance/backup.ts';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import { restoreTo } from '../../src/maintenance/restore.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import type { Session } from '../../src/session/session.ts';
import { slot } from '../../src/storage/tree.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { AGE_MS, rowsOf, runAll, TimeMachine } from '../session/time-machine.ts';

let machine: TimeMachine;
let opened: OpenedEngine;
let session: Session;
let target: MemoryStore;

beforeEach(async () => {
  machine = new TimeMachine();
  opened = await machine.open();
  session = opened.engine.session();
  target = new MemoryStore({ clock: { now: () => machine.nowMs } });
  await runAll(
    session,
    "create table t (a int primary key, b text); insert into t select g, repeat('x', 200) || g from generate_series(1, 2000) g",
  );
  await checkpoint(opened.database);
  await runAll(session, "insert into t values (9000, 'tail')");
});

afterEach(() => machine.close());

/** A database restored from the backup of a slot. */
async function restored(at?: number): Promise<OpenedEngine> {
  const store = new MemoryStore({ clock: { now: () => machine.nowMs } });
  await restoreBackup(target, store, machine.runtime, at === undefined ? undefined : slot(at));
  return openEngine('memory:', { store, runtime: machine.runtime, checkpoints: 'manual', create: false });
}

describe('a backup', () => {
  it('restores to what was, and the restored database goes on', async () => {
    await backUp(opened.database, target);
    await runAll(session, 'delete from t');
    const copy = await restored();
    const other = copy.engine.session();
    expect(await rowsOf(other, 'select count(*), max(a) from t')).toEqual(['2001,9000']);
    await runAll(other, "insert into t values (9001, 'on')");
    await checkpoint(copy.database);
    machine.pass(AGE_MS + 60_000);
    await machine.collect(copy);
    expect(await rowsOf(other, 'select count(*) from t')).toEqual(['2002']);
    expect((await verifyStore(copy.database)).damage).toEqual([]);
    await copy.close();
  });

  it('sends only what is not there yet, and older ones stay', async () => {
    const first = await backUp(opened.database, target);
    expect(first.copiedObjects).toBe(first.objects);
    await runAll(session, 'delete from t where a = 9000');
    const second = await backUp(opened.database, target);
    expect(second.copiedObjects).toBe(1);
    expect(second.copiedBytes).toBeLessThan(1_000);
    expect((await listBackups(target, machine.runtime)).map((one) => one.slot)).toEqual([second.slot, first.slot]);
    expect(await rowsOf((await restored(first.slot)).engine.session(), 'select count(*) from t')).toEqual(['2001']);
    expect(await rowsOf((await restored()).engine.session(), 'select count(*) from t')).toEqual(['2000']);
  });

  it('holds a state that a restore began, before it was checkpointed', async () => {
    const before = opened.database.slot;
    await runAll(session, 'delete from t');
    await restoreTo(opened.database, { kind: 'slot', slot: before });
    await runAll(session, "insert into t values (9001, 'after')");
    await backUp(opened.database, target);
    const copy = await restored();
    expect(await rowsOf(copy.engine.session(), 'select count(*) from t')).toEqual(['2002']);
    expect((await verifyStore(copy.database)).damage).toEqual([]);
  });

  it('of a branch is a database of its own', async () => {
    const { createBranch } = await import('../../src/maintenance/branch.ts');
    await createBranch(opened.database, 'b', { kind: 'slot', slot: opened.database.slot });
    const branch = await machine.open('b');
    await runAll(branch.engine.session(), 'delete from t where a > 10');
    await backUp(branch.database, target);
    const copy = await restored();
    expect(await rowsOf(copy.engine.session(), 'select count(*) from t')).toEqual(['10']);
    expect((await verifyStore(copy.database)).damage).toEqual([]);
  });

  it('with any object damaged or missing is refused, before there is a database', async () => {
    await backUp(opened.database, target);
    const store = new MemoryStore({ clock: { now: () => machine.nowMs } });
    for (const name of target.names()) {
      const sound = target.peek(name) ?? new Uint8Array();
      const damaged = sound.slice();
      damaged[damaged.length >> 1] ^= 1;
      target.plant(name, damaged);
      await expect(restoreBackup(target, store, machine.runtime), name).rejects.toMatchObject({ code: 'XX001' });
      await target.delete(name);
      await expect(restoreBackup(target, store, machine.runtime), name).rejects.toMatchObject({
        code: name.startsWith('backup/') ? '3D000' : 'XX001',
      });
      expect(store.names()).not.toContain('root');
      target.plant(name, sound);
    }
    await restoreBackup(target, store, machine.runtime); // over what the attempts left
    await expect(restoreBackup(target, store, machine.runtime)).rejects.toMatchObject({ code: '42P04' });
  });
});
