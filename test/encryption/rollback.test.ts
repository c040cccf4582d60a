/** An older state of the whole bucket: sealed as it was, and so not refused by its bytes. Who remembers something refuses it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { checkpoint } from '../../src/maintenance/checkpoint.ts';
import type { OpenedEngine } from '../../src/platform/open-engine.ts';
import { anchorText } from '../../src/transaction/anchor.ts';
import { slot } from '../../src/storage/tree.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { openSealed, rowsOf, run } from './database.ts';

let store: MemoryStore;
let opened: OpenedEngine;
let before: MemoryStore;
let anchor: string;

beforeEach(async () => {
  store = new MemoryStore({ clock: Date });
  opened = await openSealed(store);
  await run(opened, 'create table t (a int primary key)', 'insert into t values (1)');
  before = copyOf(store);
  await run(opened, 'insert into t values (2)');
  anchor = anchorText(opened.database);
});

function copyOf(source: MemoryStore): MemoryStore {
  const copy = new MemoryStore({ clock: Date });
  for (const name of source.names()) copy.plant(name, source.peek(name) ?? new Uint8Array());
  return copy;
}

describe('an older state of a whole bucket', () => {
  it('is not told from the newest by its bytes alone', async () => {
    expect(await rowsOf(await openSealed(before), 'select count(*) from t')).toEqual(['1']);
  });

  it('is refused by whoever has the database open', async () => {
    await checkpoint(opened.database);
    const stolen = before.peek('root') ?? new Uint8Array();
    store.plant('root', stolen);
    await expect(opened.database.root.read()).rejects.toMatchObject({ code: 'XX001' });
  });

  it('is refused by whoever remembers a bookmark', async () => {
    const rolledBack = await openSealed(before);
    const session = rolledBack.engine.session({ consistency: { kind: 'bookmark', slot: slot(opened.database.slot) } });
    await expect(session.query('select * from t')).rejects.toMatchObject({ code: '22023' });
  });

  it('is refused by whoever remembers an anchor, and so is another history from there on', async () => {
    await expect(openSealed(before, { anchor })).rejects.toMatchObject({ code: 'XX001', message: expect.stringContaining('back in time') });
    const forked = await openSealed(before);
    await run(forked, 'insert into t values (3)');
    await expect(openSealed(before, { anchor })).rejects.toMatchObject({ code: 'XX001', message: expect.stringContaining('replaced') });
    await run(forked, 'insert into t values (4)');
    await expect(openSealed(before, { anchor })).rejects.toMatchObject({ code: 'XX001', message: expect.stringContaining('replaced') });
    // The record that is remembered, put into the other history, is not led on from.
    await checkpoint(forked.database);
    const name = store.names().find((one) => one.startsWith('log/')) ?? '';
    before.plant(name, store.peek(name) ?? new Uint8Array());
    await expect(openSealed(before, { anchor })).rejects.toMatchObject({ code: 'XX001', message: expect.stringContaining('replaced') });
  });

  it('is not created anew for whoever remembers an anchor: 3D000', async () => {
    await expect(openSealed(new MemoryStore(), { anchor })).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('an anchor', () => {
  it('holds for the state that it is of, and for every later one', async () => {
    await (await openSealed(store, { anchor })).close();
    await run(opened, 'insert into t values (3)', 'insert into t values (4)');
    await checkpoint(opened.database);
    await run(opened, 'insert into t values (5)');
    const later = await openSealed(store, { anchor });
    expect(await rowsOf(later, 'select count(*) from t')).toEqual(['5']);
  });

  it('cannot be compared once its record is gone: 72000', async () => {
    await run(opened, 'insert into t values (3)');
    await checkpoint(opened.database);
    for (const name of store.names()) if (name.startsWith('log/')) await store.delete(name);
    await expect(openSealed(store, { anchor })).rejects.toMatchObject({ code: '72000' });
  });

  it('is a slot and a hash: 22023', async () => {
    for (const text of ['', '1', '1-ab', `x-${'0'.repeat(64)}`, `${'9'.repeat(16)}-${'0'.repeat(64)}`])
      await expect(openSealed(store, { anchor: text })).rejects.toMatchObject({ code: '22023' });
  });
});
