/** Statements that run at once answer as the ordinary road does, and leave to it whatever they cannot. */
import { describe, expect, it } from 'vitest';
import { open, SqlError, type Queryable, type VelociDatabase } from '../../src/index.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { often } from '../support/often.ts';

const EVENTUAL = { consistency: { kind: 'eventual' } } as const;
const ORDINARY = { settings: { 'velocidb.fast_path': 'off' } } as const;

const SCHEMA = `
  create table t (id int primary key, k int, big bigint, name text, ok boolean, f double precision, n numeric, at timestamptz, j jsonb, note text default 'none', c varchar(8));
  create index t_k on t (k);
  create unique index t_name on t (name);
  create index t_down on t (big desc nulls last, k);
  create table pair (a int, b text, v int not null check (v > -50), d int generated always as (v * 2) stored, primary key (a, b));
  create table bare (x int, y text);
  create unique index bare_x on bare (x);
`;

/** Numbers from a seed, the same in every run of it. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

type Step = readonly [text: string, parameters: readonly unknown[]];

const READS: readonly ((chance: Chance) => Step)[] = [
  (chance) => ['select * from t where id = $1', [idOf(chance)]],
  (chance) => ['select name, id, name from t where id = $1', [idOf(chance)]],
  (chance) => ['select id + 1 as next, upper(name) as loud, big / 2 from t where id = $1', [idOf(chance)]],
  (chance) => ['select * from t where id between $1 and $1 + 9', [idOf(chance)]],
  (chance) => ['select id, at from t where id > $1 and id <= $2 and ok', [idOf(chance), idOf(chance)]],
  (chance) => ['select id from t where id in ($1, $2, 7, $1) order by id', [idOf(chance), idOf(chance)]],
  (chance) => ['select id, j from t where id = any($1)', [[idOf(chance), idOf(chance), null]]],
  (chance) => ['select * from t where k = $1', [chance.of([chance.below(12), null, -1])]],
  (chance) => ['select k from t where k = $1 and id < $2', [chance.below(12), idOf(chance)]],
  (chance) => ['select id, n, f from t where name = $1', [chance.of([`name ${chance.below(70)}`, '', null])]],
  (chance) => [
    'select id from t where big = $1',
    [chance.of([BigInt(chance.below(9)), '9007199254740993', 9007199254740993n, '99999999999999999999', null])],
  ],
  (chance) => ['select id from t where big = $1 and k = $2', [chance.below(9), chance.below(12)]],
  (chance) => ['select * from t where id = $1 limit $2', [idOf(chance), chance.of([0, 1, 2, null, -1])]],
  (chance) => ['select 10 / (id - $1) as q from t where id = $1', [idOf(chance)]],
  (chance) => ['select * from pair where a = $1 and b = $2', [chance.below(6), chance.of(['x', 'y', 'ü', null])]],
  (chance) => ['select b, d from pair where a = $1', [chance.below(6)]],
  (chance) => ['select y from bare where x = $1', [chance.below(20)]],
  (chance) => ['select t.name, pair.v from t join pair on pair.a = t.k and pair.b = $2 where t.id = $1', [idOf(chance), 'x']],
  (chance) => ['select t.id, p.b, p.v from t left join pair p on p.a = t.k and p.v > t.id where t.id = $1', [idOf(chance)]],
  (chance) => ['select t.id, u.id, u.k from t left join t u on u.id = t.k and u.ok where t.id between $1 and $1 + 9', [idOf(chance)]],
  (chance) => [
    'select t.id, u.id, b.y from t join t u on u.id = t.k left join bare b on b.x = u.k where t.id between $1 and $1 + 9 limit $2',
    [idOf(chance), chance.of([0, 3, null])],
  ],
  (chance) => ['select count(*), sum(big), avg(n), max(name) from t where id between $1 and $1 + 19', [idOf(chance)]],
  (chance) => [
    'select count(distinct k) + $2 as kinds, array_agg(id order by name, id), sum(k) filter (where ok) from t where id >= $1 and id < $1 + 9',
    [idOf(chance), chance.below(3)],
  ],
  (chance) => [
    'select count(*), sum(9223372036854775807 / (id - $1)), json_agg(at) from t where k = $2',
    [chance.below(60), chance.below(12)],
  ],
  (chance) => ['select sum(u.k), count(u.id) from t left join t u on u.id = t.k where t.id between $1 and $1 + 9', [idOf(chance)]],
];

const WRITES: readonly ((chance: Chance) => Step)[] = [
  (chance) => [
    'insert into t (id, k, big, name) values ($1, $2, $3, $4)',
    [idOf(chance), chance.below(12), chance.below(9), `name ${chance.below(70)}`],
  ],
  (chance) => ['insert into t (id, k, ok, f, n, at, j, c) values ($1, 3, $2, $3, $4, $5, $6, $7) returning *', valuesOf(chance)],
  (chance) => [
    'insert into t (id, k) values ($1, 1) on conflict (id) do update set k = t.k + excluded.k, note = $2',
    [idOf(chance), 'again'],
  ],
  (chance) => ['insert into t (id, name) values ($1, $2) on conflict do nothing', [idOf(chance), `name ${chance.below(70)}`]],
  (chance) => [
    'insert into t (id, k) values ($1, 2) on conflict (id) do update set k = 5 where t.k < $2 returning id, k',
    [idOf(chance), chance.below(12)],
  ],
  (chance) => ['update t set k = k + 1 where id = $1', [idOf(chance)]],
  (chance) => [
    'update t set name = $2, k = $3 where id = $1 returning name, k, id',
    [idOf(chance), `name ${chance.below(70)}`, chance.below(12)],
  ],
  (chance) => ['update t set id = $2 where id = $1', [idOf(chance), idOf(chance)]],
  (chance) => ['update t set f = 1 / (k - $2) where id = $1', [idOf(chance), chance.below(12)]],
  (chance) => ['update t set note = $2 where name = $1', [`name ${chance.below(70)}`, 'by name']],
  (chance) => ['update t set note = null where id = $1 and k > $2', [idOf(chance), chance.below(12)]],
  (chance) => ['delete from t where id = $1', [idOf(chance)]],
  (chance) => ['delete from t where id = $1 and ok returning id', [idOf(chance)]],
  (chance) => ['insert into pair values ($1, $2, $3)', [chance.below(6), chance.of(['x', 'y', 'ü', null]), chance.of([1, -7, -60, null])]],
  (chance) => [
    'update pair set v = v - $3 where a = $1 and b = $2 returning *',
    [chance.below(6), chance.of(['x', 'y']), chance.below(30)],
  ],
  (chance) => ['delete from pair where a = $1 and b = $2', [chance.below(6), chance.of(['x', 'y', 'ü'])]],
  (chance) => ['insert into bare values ($1, $2)', [chance.of([chance.below(20), null]), chance.of(['a', null])]],
  (chance) => ['update bare set y = $2 where x = $1', [chance.below(20), 'b']],
  (chance) => ['delete from bare where x = $1', [chance.below(20)]],
];

const RANGES: readonly ((chance: Chance) => Step)[] = [
  (chance) => ['select * from t where id >= $1 order by id limit 5', [chance.below(60)]],
  (chance) => ['select id, k from t where k = $1 order by id', [chance.below(12)]],
  (chance) => ['select * from t where big between $1 and $1 + 3 order by id desc', [chance.below(9)]],
  () => ['select count(*), min(id), max(name) from t', []],
  (chance) => ['update t set k = k + 1 where k = $1', [chance.below(12)]],
  (chance) => ['delete from t where id between $1 and $1 + 2', [chance.below(60)]],
];

const WHOLE = ['t', 'pair', 'bare'].map((table) => `select * from ${table} order by 1, 2`);

function idOf(chance: Chance): unknown {
  const id = chance.below(60);
  return chance.of<unknown>([id, id, id, id, id, BigInt(id), String(id), ` ${id} `, -1, 2 ** 31, '1e3', 'x', null, 1.5, -0]);
}

function valuesOf(chance: Chance): unknown[] {
  return [
    idOf(chance),
    chance.of([true, false, null, 'yes', 'maybe']),
    chance.of([1.5, -0, NaN, Infinity, 'NaN', null, '1e400']),
    chance.of(['1.50', 7, '-0.000', null, 'x']),
    chance.of([new Date(86_400_000), '2020-01-02 03:04:05+02', 'infinity', null]),
    chance.of([{ a: [1, null] }, '[1, 2]', null]),
    chance.of(['short', 'far too long for it', 'ünïcödé', null]),
  ];
}

/** What a statement gave, with its failure as an answer. */
async function answer(db: Queryable, [text, parameters]: Step): Promise<unknown> {
  try {
    const { rows, command, rowCount, fields } = await db.query(text, parameters);
    return { rows, keys: rows.map(Object.keys), command, rowCount, types: fields.map((field) => field.type.oid) };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { code: error.code, message: error.message, detail: error.detail, constraint: error.constraint };
  }
}

async function pairOf(): Promise<{ fast: VelociDatabase; ordinary: VelociDatabase }> {
  const fast = await open('memory:', { checkpoints: 'manual', session: EVENTUAL });
  const ordinary = await open('memory:', { checkpoints: 'manual', session: { ...EVENTUAL, ...ORDINARY } });
  for (const db of [fast, ordinary])
    for (const statement of SCHEMA.split(';\n').filter((text) => text.trim() !== '')) await db.query(statement);
  return { fast, ordinary };
}

const SEED = Number(process.env['SEED'] ?? 1);
const SEEDS = Array.from({ length: often(1, 3) }, (_, at) => SEED + at);

describe('the fast path', () => {
  it.each(SEEDS)('answers as the ordinary road does, whatever was read and written before (seed %d)', async (seed) => {
    const { fast, ordinary } = await pairOf();
    const chance = new Chance(seed);
    const both = async (step: Step, a: Queryable = fast, b: Queryable = ordinary): Promise<void> => {
      expect(await answer(a, step), `${step[0]} with ${String(step[1])}`).toEqual(await answer(b, step));
    };
    for (let round = 0; round < 500; round++) {
      await both(chance.of([...READS, ...WRITES])(chance));
      if (round % 97 === 50) for (const db of [fast, ordinary]) await db.checkpoint();
      if (round % 40 !== 39) continue;
      const steps = Array.from({ length: 20 }, () => chance.of([...READS, ...WRITES, ...WRITES])(chance));
      await inTransactions(fast, ordinary, steps, both, chance.below(4) === 0);
    }
    for (const table of ['t', 'pair', 'bare']) await both([`select * from ${table} order by 1, 2`, []]);
    await fast.close();
    await ordinary.close();
  });

  /** The same steps in a transaction on each side; one that fails ends both, and so does `fails` at the end. */
  async function inTransactions(
    fast: VelociDatabase,
    ordinary: VelociDatabase,
    steps: readonly Step[],
    both: (step: Step, a: Queryable, b: Queryable) => Promise<void>,
    fails: boolean,
  ): Promise<void> {
    const stop = new Error('stop');
    const ended = fast.transaction(async (a) => {
      await ordinary.transaction(async (b) => {
        for (const step of steps) {
          await both(step, a, b);
          const probe = await answer(a, ['select 1 as one', []]);
          if (typeof probe === 'object' && probe !== null && 'code' in probe) throw stop;
        }
        if (fails) throw stop;
      });
    });
    await ended.catch((error: unknown) => {
      if (error !== stop) throw error;
    });
  }

  it.each(SEEDS)('undoes to savepoints what the ordinary road undoes (seed %d)', async (seed) => {
    const { fast, ordinary } = await pairOf();
    const chance = new Chance(seed + 1000);
    let prompt = 0;
    for (let round = 0; round < 12; round++) {
      const keeps = chance.below(3) > 0;
      const stop = new Error('stop');
      const ended = fast.transaction((a) =>
        ordinary.transaction(async (b) => {
          const both = async (step: Step): Promise<boolean> => {
            const mine = await answer(a, step);
            expect(mine, `${step[0]} with ${String(step[1])}`).toEqual(await answer(b, step));
            return typeof mine === 'object' && mine !== null && !('code' in mine);
          };
          await both(['savepoint s', []]);
          for (let at = 0; at < 60; at++) {
            if (chance.below(6) === 0) await both([chance.of(['savepoint s', 'rollback to s']), []]);
            const step = chance.of([...WRITES, ...WRITES, ...READS, ...RANGES])(chance);
            const now = a.now(...step);
            if (now !== undefined) {
              prompt++;
              expect(now.rows, step[0]).toEqual((await b.query(...step)).rows);
            } else if (!(await both(step))) await both(['rollback to s', []]);
          }
          if (!keeps) throw stop;
        }),
      );
      await ended.catch((error: unknown) => {
        if (error !== stop) throw error;
      });
      for (const text of WHOLE) expect(await answer(fast, [text, []]), text).toEqual(await answer(ordinary, [text, []]));
      if (round % 4 === 1) for (const db of [fast, ordinary]) await db.checkpoint();
    }
    expect(prompt).toBeGreaterThan(100);
    await fast.close();
    await ordinary.close();
  });

  it.each([
    'insert into t (id, name) values ($1, $2)',
    'insert into t (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name returning id',
    'insert into t (id, name) values ($1, $2) on conflict do nothing',
    'update t set name = $2 where id = $1 returning *',
    'update t set note = $2 where name = $1::text',
    'delete from t where id = $1 and name = $2',
    'insert into bare values ($1, $2)',
  ])('is taken by %s', async (text) => {
    const { fast, ordinary } = await pairOf();
    await fast.transaction(async (tx) => {
      await tx.query(text, [1, 'a']);
      expect(tx.now(text, [2, 'b'])).toBeDefined();
    });
    await fast.close();
    await ordinary.close();
  });

  it.each([
    ['select t.name, b.y from t join bare b on b.x = t.k where t.id = $1', [{ name: 'one', y: 'seven' }]],
    [
      'select t.id, b.y from t left join bare b on b.x = t.k where t.id between $1 and 2',
      [
        { id: 1, y: 'seven' },
        { id: 2, y: null },
      ],
    ],
    ['select count(*), sum(k) from t where id >= $1', [{ count: 2, sum: 7 }]],
    ['select max(b.y) as most from t join bare b on b.x = t.k where t.id = $1', [{ most: 'seven' }]],
  ])('is taken by %s', async (text, rows) => {
    const { fast, ordinary } = await pairOf();
    await fast.query(`insert into t (id, k, name) values (1, 7, 'one'), (2, null, 'two')`);
    await fast.query(`insert into bare values (7, 'seven')`);
    const read = await fast.prepare(text);
    expect(read.now([1])?.rows).toEqual(rows);
    await fast.close();
    await ordinary.close();
  });

  it('is taken by statements that were prepared, and by texts that come again', async () => {
    const { fast, ordinary } = await pairOf();
    await fast.query(`insert into t (id, name) values (1, 'one')`);
    const session = fast.session();
    const text = 'select name from t where id = $1';
    expect(session.prompt(text, [1], undefined)).toBeUndefined();
    const { parameterTypes } = await session.prepare(text);
    expect(session.prompt(text, [1], parameterTypes)).toMatchObject({ rows: [{ name: 'one' }], command: 'SELECT', rowCount: 1 });
    expect(session.prompt(text, [1], undefined)).toMatchObject({ rows: [{ name: 'one' }] });
    expect(session.prompt(text, ['x'], undefined)).toBeUndefined();
    await session.query(`set velocidb.fast_path = off`);
    expect(session.prompt(text, [1], undefined)).toBeUndefined();
    await session.close();
    await fast.close();
    await ordinary.close();
  });

  it('sees what other sessions did to the table it reads', async () => {
    const store = new MemoryStore();
    const mine = await open('memory:', { store });
    await mine.query('create table t (id int primary key, a int)');
    await mine.query('insert into t values (1, 10)');
    const read = await mine.prepare('select * from t where id = $1');
    const rows = async () => (await read.query([1])).rows;
    expect(await rows()).toEqual([{ id: 1, a: 10 }]);
    expect(await rows()).toEqual([{ id: 1, a: 10 }]);
    const theirs = await open('memory:', { store });
    await theirs.query('update t set a = 11');
    expect(await rows()).toEqual([{ id: 1, a: 11 }]);
    await theirs.query('alter table t add column b text default $$new$$');
    expect(await rows()).toEqual([{ id: 1, a: 11, b: 'new' }]);
    await theirs.query('create index t_a on t (a)');
    await theirs.query('update t set a = 12');
    expect(await rows()).toEqual([{ id: 1, a: 12, b: 'new' }]);
    await theirs.query('alter table t drop column a');
    expect(await rows()).toEqual([{ id: 1, b: 'new' }]);
    await theirs.query('drop table t');
    await expect(rows()).rejects.toMatchObject({ code: '42P01' });
    await mine.close();
    await theirs.close();
  });

  it('sees the changes that its own transaction makes to the table', async () => {
    const db = await open('memory:');
    await db.query('create table t (id int primary key, a int)');
    await db.query('insert into t values (1, 10)');
    const text = 'select * from t where id = $1';
    await db.query(text, [1]);
    await db.transaction(async (tx) => {
      expect((await tx.query(text, [1])).rows).toEqual([{ id: 1, a: 10 }]);
      await tx.query('alter table t add column b int default 5');
      expect((await tx.query(text, [1])).rows).toEqual([{ id: 1, a: 10, b: 5 }]);
      await tx.query('update t set b = 6 where id = $1', [1]);
      expect((await tx.query(text, [1])).rows).toEqual([{ id: 1, a: 10, b: 6 }]);
      await tx.query('delete from t');
      expect((await tx.query(text, [1])).rows).toEqual([]);
    });
    await db.close();
  });

  it('leaves a failed block failed, and an aborted one without effect', async () => {
    const db = await open('memory:');
    await db.query('create table t (id int primary key, a int)');
    const insert = 'insert into t values ($1, $2)';
    const session = db.session();
    const one = async (text: string, ...values: (number | null)[]) => session.query(text, values);
    await session.prepare(insert);
    await one('begin');
    await one(insert, 1, 1);
    await one('savepoint s');
    await one(insert, 2, 2);
    await expect(one(insert, 2, 3)).rejects.toMatchObject({ code: '23505', detail: 'Key (id)=(2) already exists.' });
    expect(session.prompt(insert, [3, 3], undefined)).toBeUndefined();
    await expect(one(insert, 3, 3)).rejects.toMatchObject({ code: '25P02' });
    await one('rollback to s');
    await one(insert, 2, 4);
    await one('commit');
    expect((await db.query('select * from t order by id')).rows).toEqual([
      { id: 1, a: 1 },
      { id: 2, a: 4 },
    ]);
    await session.close();
    await db.close();
  });
});

describe('a prepared write by itself', () => {
  it('commits: many at once in few records, none of them lost, each with its own answer', async () => {
    const store = new MemoryStore();
    let slots = 0;
    const database = await open('memory:', { store, onCommit: () => void slots++ });
    await database.query('create table counter (id int primary key, n int)');
    await database.query('insert into counter select g, 0 from generate_series(1, 50) g');
    const bump = await database.prepare('update counter set n = n + 1 where id = $1 returning n');
    await bump.query([1]);
    slots = 0;
    const answers = await Promise.all(Array.from({ length: 500 }, (_, at) => bump.query([(at % 50) + 1])));
    expect(slots).toBeLessThan(100);
    expect(answers.map(({ rows }) => rows.length)).toEqual(answers.map(() => 1));
    const other = await open('memory:', { store });
    const { rows } = await other.query('select id, n from counter order by id');
    expect(rows).toEqual(Array.from({ length: 50 }, (_, at) => ({ id: at + 1, n: at === 0 ? 11 : 10 })));
    const sum = answers.reduce((total, { rows: [row] }) => total + Number(row['n']), 0);
    expect(sum).toBe(50 * 55 + 10); // 1 to 10 for each row, and 2 to 11 for the first
    await other.close();
    await database.close();
  });

  it('fails like any other, and writes nothing then', async () => {
    const database = await open('memory:');
    await database.query('create table one (id int primary key, n int check (n > 0))');
    const insert = await database.prepare('insert into one values ($1, $2)');
    await insert.query([1, 1]);
    const outcomes = await Promise.allSettled([insert.query([1, 2]), insert.query([2, -1]), insert.query([3, 3]), insert.query([3, 4])]);
    const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as SqlError).code));
    expect(codes).toEqual(['23505', '23514', 'ok', '23505']);
    expect((await database.query('select * from one order by id')).rows).toEqual([
      { id: 1, n: 1 },
      { id: 3, n: 3 },
    ]);
    await database.close();
  });

  it('is refused where transactions are read-only, and confirms its snapshot at read committed', async () => {
    const store = new MemoryStore();
    const there = await open('memory:', { store });
    await there.query('create table t (id int primary key, n int)');
    const reader = await open('memory:', { store, session: { settings: { default_transaction_read_only: 'on' } } });
    const refused = await reader.prepare('insert into t values ($1, 1)');
    for (let attempt = 0; attempt < 2; attempt++) await expect(refused.query([1])).rejects.toMatchObject({ code: '25006' });
    await reader.close();
    const here = await open('memory:', { store, session: { settings: { default_transaction_isolation: 'read committed' } } });
    await here.query('insert into t values (1, 1)');
    const bump = await here.prepare('update t set n = n + 1 where id = $1');
    await bump.query([1]);
    await there.query('update t set n = 10 where id = 1');
    await bump.query([1]);
    expect((await there.query('select n from t')).rows).toEqual([{ n: 11 }]);
    await here.close();
    await there.close();
  });
});

describe('conflicts', () => {
  const setUp = async (): Promise<VelociDatabase> => {
    const db = await open('memory:');
    await db.query('create table t (id int primary key, a int)');
    await db.query('insert into t values (1, 0), (2, 0)');
    return db;
  };
  const [READ, SET] = ['select a from t where id = $1', 'update t set a = $2 where id = $1'];

  it('of two updates of one row let one win', async () => {
    const db = await setUp();
    const [a, b] = [db.session(), db.session()];
    for (const session of [a, b]) {
      await session.query('begin');
      await session.query(READ, [1]);
      await session.prepare(SET);
      expect(session.prompt(SET, [1, 5], undefined) ?? (await session.query(SET, [1, 5]))).toMatchObject({ rowCount: 1 });
    }
    await a.query('commit');
    await expect(b.query('commit')).rejects.toMatchObject({ code: '40001' });
    await db.close();
  });

  it('of reads crossed with writes are found: no write skew', async () => {
    const db = await setUp();
    const [a, b] = [db.session(), db.session()];
    for (const [session, mine, other] of [
      [a, 1, 2],
      [b, 2, 1],
    ] as const) {
      await session.query('begin isolation level serializable');
      await session.query('select 1');
      await session.prepare(READ);
      await session.prepare(SET);
      expect(session.prompt(READ, [other], undefined)).toMatchObject({ rows: [{ a: 0 }] });
      expect(session.prompt(SET, [mine, 1], undefined) ?? (await session.query(SET, [mine, 1]))).toMatchObject({ rowCount: 1 });
    }
    await a.query('commit');
    await expect(b.query('commit')).rejects.toMatchObject({ code: '40001' });
    await db.close();
  });

  it('of a range read with a row put into it are found', async () => {
    const db = await setUp();
    const text = 'select a from t where id between $1 and $1 + 50';
    const [a, b] = [db.session(), db.session()];
    await a.query('begin');
    await a.query('select 1');
    await a.prepare(text);
    expect(a.prompt(text, [1], undefined)).toMatchObject({ rowCount: 2 });
    await b.query('insert into t values (40, 0)');
    await a.query('insert into t values (90, 0)');
    await expect(a.query('commit')).rejects.toMatchObject({ code: '40001' });
    await db.close();
  });

  it.each([
    { told: 'an insert', text: 'insert into t values ($1, $2)', key: 50, theirs: 'insert into t values (50, 9)' },
    { told: 'an insert, undone', text: 'insert into t values ($1, $2)', key: 50, theirs: 'insert into t values (50, 9)', undone: true },
    { told: 'an update', text: SET, key: 1, theirs: 'update t set a = 9 where id = 1' },
    { told: 'an update, undone', text: SET, key: 1, theirs: 'update t set a = 9 where id = 1', undone: true },
    { told: 'an update of nothing', text: SET, key: 50, theirs: 'insert into t values (50, 9)' },
    { told: 'an update filtered away', text: `${SET} and a = 77`, key: 1, theirs: 'update t set a = 77 where id = 1' },
    {
      told: 'a delete, undone',
      text: 'delete from t where id = $1 and a < $2',
      key: 1,
      theirs: 'update t set a = 9 where id = 1',
      undone: true,
    },
    {
      told: 'an insert that does nothing',
      text: 'insert into t values ($1, $2) on conflict do nothing',
      key: 1,
      theirs: 'delete from t where id = 1',
    },
    {
      told: 'an upsert, undone',
      text: 'insert into t values ($1, $2) on conflict (id) do update set a = 1',
      key: 50,
      theirs: 'insert into t values (50, 9)',
      undone: true,
    },
    {
      told: 'an upsert that its condition stops',
      text: 'insert into t values ($1, $2) on conflict (id) do update set a = 1 where t.a = 9',
      key: 1,
      theirs: 'update t set a = 9 where id = 1',
    },
  ])('of $told at once with what another session did to the row are found', async ({ text, key, theirs, undone }) => {
    const db = await setUp();
    const [a, b] = [db.session(), db.session()];
    await a.query('begin isolation level repeatable read');
    await a.query('select 1');
    await a.prepare(text);
    await a.query('savepoint s');
    expect(a.prompt(text, [key, 5], undefined)).toMatchObject({ rows: [] });
    if (undone === true) await a.query('rollback to s');
    await b.query(theirs);
    await a.query('insert into t values (90, 0)');
    await expect(a.query('commit')).rejects.toMatchObject({ code: '40001' });
    await db.close();
  });

  it('of a row that was found absent with its insertion are found', async () => {
    const db = await setUp();
    const [a, b] = [db.session(), db.session()];
    await a.query('begin');
    await a.query('select 1');
    await a.prepare(READ);
    expect(a.prompt(READ, [77], undefined)).toMatchObject({ rows: [] });
    await b.query('insert into t values (77, 0)');
    await a.query('insert into t values (78, 0)');
    await expect(a.query('commit')).rejects.toMatchObject({ code: '40001' });
    await db.close();
  });
});
