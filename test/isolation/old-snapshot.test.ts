/** Processes whose local state is older than the bucket's: what they are told must not be. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open, type VelociDatabase } from '../../src/index.ts';

let number = 0;
let here: VelociDatabase;
let there: VelociDatabase;

beforeEach(async () => {
  const url = `memory:old-snapshot-${process.pid}-${number++}`;
  here = await open(url);
  there = await open(url);
});

afterEach(async () => {
  await here.close();
  await there.close();
});

describe('a database that has missed commits of another process', () => {
  it('finds a table made meanwhile, in a transaction too', async () => {
    await there.query('CREATE TABLE t (a int PRIMARY KEY)');
    await here.transaction(async (transaction) => {
      await transaction.query('INSERT INTO t VALUES (1)');
    });
    expect((await there.query('SELECT * FROM t')).rows).toEqual([{ a: 1 }]);
  });

  it('reports no duplicate of a row deleted meanwhile', async () => {
    await here.query('CREATE TABLE t (a int PRIMARY KEY)');
    await here.query('INSERT INTO t VALUES (1)');
    await there.query('DELETE FROM t');
    await here.transaction((transaction) => transaction.query('INSERT INTO t VALUES (1)'));
    expect((await there.query('SELECT * FROM t')).rows).toEqual([{ a: 1 }]);
  });

  it('does not let a transaction give up over what is no longer so', async () => {
    await here.query('CREATE TABLE account (id int PRIMARY KEY, balance int)');
    await here.query('INSERT INTO account VALUES (1, 0)');
    await there.query('UPDATE account SET balance = 100');
    await here.transaction(async (transaction) => {
      const { rows } = await transaction.query<{ balance: number }>('SELECT balance FROM account WHERE id = 1');
      if (rows[0].balance < 10) throw new Error('not enough money');
      await transaction.query('UPDATE account SET balance = balance - 10');
    });
    expect((await there.query('SELECT balance FROM account')).rows).toEqual([{ balance: 90 }]);
  });

  it('still hears of what is wrong in the newest state, once', async () => {
    await here.query('CREATE TABLE t (a int PRIMARY KEY)');
    await there.query('INSERT INTO t VALUES (1)');
    let runs = 0;
    const failure = here.transaction(async (transaction) => {
      runs += 1;
      await transaction.query('INSERT INTO t VALUES (1)');
    });
    await expect(failure).rejects.toMatchObject({ code: '23505' });
    expect(runs).toBe(2);
  });

  for (const isolation of ['read committed', 'repeatable read', 'serializable'] as const) {
    it(`reads the newest rows at ${isolation}, in and out of transactions`, async () => {
      await here.query('CREATE TABLE t (a int PRIMARY KEY)');
      await there.query('INSERT INTO t VALUES (1)');
      const session = here.session({ settings: { default_transaction_isolation: isolation } });
      expect((await session.query('SELECT count(*) FROM t')).rows.map(([count]) => Number(count))).toEqual([1]);
      await session.close();
      await there.query('INSERT INTO t VALUES (2)');
      const seen = await here.transaction(async (transaction) => (await transaction.query('SELECT a FROM t')).rows.length, { isolation });
      expect(seen).toBe(2);
    });
  }

  it('reads the newest rows while other sessions of it do', async () => {
    await here.query('CREATE TABLE t (a int PRIMARY KEY)');
    for (let round = 1; round <= 20; round++) {
      await there.query('INSERT INTO t VALUES ($1)', [round]);
      const counts = await Promise.all(Array.from({ length: 8 }, () => here.query<{ n: number }>('SELECT count(*)::int AS n FROM t')));
      expect(counts.map(({ rows }) => rows[0].n)).toEqual(counts.map(() => round));
    }
  });
});
