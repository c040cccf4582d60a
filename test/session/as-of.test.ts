import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedEngine } from '../../src/platform/open-engine.ts';
import type { Session } from '../../src/session/session.ts';
import { AGE_MS, rowsOf, runAll, TimeMachine } from './time-machine.ts';

const MINUTE = 60_000;

let machine: TimeMachine;
let opened: OpenedEngine;
let session: Session;

beforeEach(async () => {
  machine = new TimeMachine();
  opened = await machine.open();
  session = opened.engine.session();
  await runAll(session, 'create table t (a int primary key, b text)');
  machine.pass(MINUTE);
});

afterEach(() => machine.close());

/** Inserts row 1, 2, … one a minute. */
async function insertRows(count: number, from = 1): Promise<void> {
  for (let a = from; a < from + count; a++) {
    await session.query(`insert into t values (${a}, 'row ${a}')`);
    machine.pass(MINUTE);
  }
}

const past = (when: string): Promise<string[]> => rowsOf(session, `select a from t as of system time ${when} order by a`);

describe('SELECT … AS OF SYSTEM TIME', () => {
  it('reads the state of a moment, an interval ago, and right after a slot', async () => {
    await insertRows(3);
    const { slot } = opened.database;
    expect(await past("'-90s'")).toEqual(['1', '2']);
    expect(await past("interval '-150 seconds'")).toEqual(['1']);
    expect(await past("now() - interval '2 minutes'")).toEqual(['1', '2']);
    expect(await past("'2030-01-01 00:01:30+00'")).toEqual(['1']);
    expect(await past("timestamp '2030-01-01 00:02:00'")).toEqual(['1', '2']);
    expect(await past(`${machine.nowMs - 3 * MINUTE}000000`)).toEqual(['1']);
    expect(await past(`slot ${slot - 1}`)).toEqual(['1', '2']);
    expect(await past(`slot ${slot}`)).toEqual(['1', '2', '3']);
    expect(await rowsOf(session, 'select a from t order by a')).toEqual(['1', '2', '3']);
  });

  it('includes what was committed at that very moment, and nothing after', async () => {
    await insertRows(1);
    const [at] = await rowsOf(session, "select to_char(timestamptz '2030-01-01 00:01:00+00', 'YYYY-MM-DD HH24:MI:SS.US')");
    expect(await past(`'${at}+00'`)).toEqual(['1']);
    expect(await past("'2030-01-01 00:00:59.999999+00'")).toEqual([]);
  });

  it('sees the schema of then: columns and tables that are gone, and none that came later', async () => {
    await insertRows(1);
    await session.query('alter table t drop column b');
    await session.query('alter table t add column c int default 7');
    await session.query('create table later (x int)');
    machine.pass(MINUTE);
    await session.query('drop table t');
    machine.pass(MINUTE);
    expect(await rowsOf(session, "select * from t as of system time '-150s'")).toEqual(['1,row 1']);
    expect(await rowsOf(session, "select * from t as of system time '-90s'")).toEqual(['1,7']);
    await expect(session.query("select * from later as of system time '-150s'")).rejects.toMatchObject({ code: '42P01', position: 15 });
    await expect(session.query('select * from t')).rejects.toMatchObject({ code: '42P01' });
  });

  it('reads over checkpoints: the state is replayed from the one before', async () => {
    for (let round = 0; round < 4; round++) {
      await insertRows(3, round * 3 + 1);
      await opened.engine.checkpoint?.();
    }
    const fresh = await machine.open();
    const other = fresh.engine.session();
    for (let ago = 1; ago <= 12; ago++) {
      const expected = Array.from({ length: 12 - ago + 1 }, (_, at) => String(at + 1));
      expect(await rowsOf(other, `select a from t as of system time '-${ago * 60}s' order by a`), `${ago} minutes ago`).toEqual(expected);
    }
    await other.close();
  });

  it('reads by rows and by vectors alike, over leaves and what was written after them', async () => {
    await runAll(session, 'create table big (a int primary key, b int); insert into big select g, g % 10 from generate_series(1, 20000) g');
    const loaded = opened.database.slot;
    await runAll(session, 'update big set b = 99 where a <= 1000');
    await opened.engine.checkpoint?.();
    await runAll(session, 'delete from big where a > 15000');
    const after = opened.database.slot;
    for (const executor of ['rows', 'vectors']) {
      await runAll(session, `set velocidb.executor = ${executor}`);
      const sums = (slot: number): Promise<string[]> =>
        rowsOf(session, `select count(*), sum(b), max(a) from big as of system time slot ${slot}`);
      expect(await sums(loaded)).toEqual(['20000,90000,20000']);
      expect(await sums(after - 1)).toEqual(['20000,184500,20000']);
      expect(await sums(after)).toEqual(['15000,162000,15000']);
    }
  });

  it('needs no request for what is in the tail, and one probe when nothing newer is known', async () => {
    await insertRows(3);
    await past("'-90s'");
    const meter = opened.store.begin();
    await past("'-90s'");
    expect(meter.end().requests).toBe(0);
    const probing = opened.store.begin();
    await past("'-10s'");
    expect(probing.end().requests).toBe(1);
  });

  it('learns of commits of other processes before it says what was', async () => {
    const other = await machine.open();
    await insertRows(2);
    expect(await rowsOf(other.engine.session(), "select a from t as of system time '-30s' order by a")).toEqual(['1', '2']);
  });

  it('is refused before the retention window, with its oldest moment, and answers within it', async () => {
    await insertRows(2);
    await opened.engine.checkpoint?.();
    machine.pass(AGE_MS + 5_000);
    await insertRows(2, 3);
    await opened.engine.checkpoint?.();
    await machine.collect(opened);
    machine.pass(5 * MINUTE);
    expect(await machine.collect(opened)).toMatchObject({ recordsDeleted: expect.any(Number) });
    expect(await past(`'-${AGE_MS / 1000}s'`)).toEqual(['1', '2']);
    await expect(past("'2030-01-01 00:01:30+00'")).rejects.toMatchObject({
      code: '72000',
      detail: expect.stringMatching(/^The oldest state that can be read is that of 2030-01-01T00:02:00\.000000Z, slot \d+\.$/),
    });
  });

  it('is refused in the future, and when it names no time', async () => {
    await expect(past("'1h'")).rejects.toMatchObject({ code: '22023' });
    await expect(past('slot 4711')).rejects.toMatchObject({ code: '22023', message: 'slot 4711 is in the future' });
    await expect(past("'soon'")).rejects.toMatchObject({ code: '22023', position: 35 });
    await expect(past('slot -1')).rejects.toMatchObject({ code: '22023' });
    await expect(past('a')).rejects.toMatchObject({ code: '42703', position: 35 });
    await expect(past('nothing()')).rejects.toMatchObject({ code: '42883', position: 35 });
  });

  it('only reads', async () => {
    const clause = "as of system time '-1s'";
    for (const text of [
      `insert into t select * from t ${clause}`,
      `create table u as select * from t ${clause}`,
      `delete from t ${clause}`,
    ])
      await expect(session.query(text), text).rejects.toMatchObject({ code: '0A000' });
    await expect(session.query(`with x as (delete from t returning 1) select * from x ${clause}`)).rejects.toMatchObject({ code: '25006' });
  });

  it('is planned anew each time, and never answers a later question of the same text', async () => {
    await insertRows(1);
    const prepared = await session.prepare("select a from t as of system time '-30s' where a = $1");
    const ask = async (): Promise<number> => (await (await session.open(prepared, [2])).fetch(0)).rows.length;
    expect(await ask()).toBe(0);
    await insertRows(1, 2);
    expect(await ask()).toBe(1);
    await session.query('delete from t');
    expect(await ask()).toBe(1);
    machine.pass(MINUTE);
    expect(await ask()).toBe(0);
  });

  it('goes through portals that are fetched in parts', async () => {
    await insertRows(3);
    const portal = await session.open(await session.prepare("select a from t as of system time '-90s' order by a"), []);
    expect((await portal.fetch(1)).rows).toEqual([[1]]);
    await runAll(opened.engine.session(), 'delete from t');
    expect(await portal.fetch(10)).toMatchObject({ rows: [[2]] });
    await portal.close();
    await session.sync();
  });
});

describe('BEGIN and SET TRANSACTION', () => {
  it('make a whole transaction read one moment, and nothing is written in it', async () => {
    await insertRows(2);
    await runAll(session, "begin as of system time '-90s'");
    expect(await rowsOf(session, 'select a from t')).toEqual(['1']);
    await runAll(opened.engine.session(), 'delete from t');
    expect(await rowsOf(session, 'select count(*) from t')).toEqual(['1']);
    await expect(session.query('delete from t')).rejects.toMatchObject({ code: '25006' });
    await expect(session.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await runAll(session, 'rollback');
    expect(await rowsOf(session, 'select a from t')).toEqual([]);
  });

  it('may be given after BEGIN, before any query', async () => {
    await insertRows(2);
    await runAll(session, 'begin');
    await runAll(session, `set transaction as of system time slot ${opened.database.slot - 1}`);
    expect(await rowsOf(session, 'select a from t')).toEqual(['1']);
    await expect(session.query("set transaction as of system time '-1s'")).rejects.toMatchObject({ code: '25001' });
    await runAll(session, 'rollback');
  });

  it('a statement in it may name the same moment and no other', async () => {
    await insertRows(2);
    const slot = opened.database.slot - 1;
    await runAll(session, `begin as of system time slot ${slot}`);
    expect(await past(`slot ${slot}`)).toEqual(['1']);
    await expect(past(`slot ${slot + 1}`)).rejects.toMatchObject({ code: '25001' });
    await runAll(session, 'rollback; begin');
    await expect(past(`slot ${slot}`)).rejects.toMatchObject({ code: '25001' });
    await runAll(session, 'rollback');
  });

  it('fail the transaction when the moment cannot be read', async () => {
    await runAll(session, "begin as of system time '1h'");
    await expect(session.query('select 1')).rejects.toMatchObject({ code: '22023' });
    expect(session.status).toBe('failed');
    expect((await runAll(session, 'commit'))[0].tag).toBe('ROLLBACK');
  });

  it('of several statements in one text each reads its own moment', async () => {
    await insertRows(2);
    const results = await runAll(session, "select a from t as of system time '-90s'; select a from t; select 1");
    expect(results.map(({ rows }) => rows.length)).toEqual([1, 2, 1]);
  });
});
