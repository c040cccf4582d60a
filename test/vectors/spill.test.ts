import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { spillFiles } from '../../src/platform/spill-files.ts';

const ROWS = 15_000;

/** Statements that hold much more than 64 kB: what each must do with it. */
const STATEMENTS = [
  'select id, name, wide from a order by name desc nulls last, wide, id',
  'select name, id from a order by ratio',
  'select wide, count(*), sum(small), min(name), max(name), avg(wide), max(ratio) from a group by wide',
  'select name, small, count(*), max(code) from a group by name, small',
  'select distinct name, wide from a',
  'select count(*), sum(a.small), sum(b.small), min(a.name), max(b.name) from a join b on a.wide = b.wide',
  'select a.id, b.id, b.name from a left join b on a.name = b.name and a.small < b.small',
  'select a.id, b.id, a.name from a right join b on a.name = b.name and b.small > 90',
  'select a.id, a.name, b.id, b.name from a full join b on a.wide = b.wide and a.name = b.name',
  'select id, name from a where exists (select 1 from b where b.name = a.name and b.small >= a.small)',
  'select id, name from a where not exists (select 1 from b where b.wide = a.wide)',
  'select name, count(*) from (select a.name, b.wide from a join b on a.wide = b.wide) as j group by name order by 2 desc, 1',
];

describe('what outgrows work_mem', () => {
  let database: Awaited<ReturnType<typeof open>>;

  beforeAll(async () => {
    database = await open('memory:', { checkpoints: 'manual' });
    for (const [table, rows] of [
      ['a', ROWS],
      ['b', ROWS / 3],
    ] as const) {
      await database.query(`create table ${table} (id int primary key, small int, wide bigint, ratio float8, name text, code text)`);
      await database.query(`insert into ${table} select g, g % 100, nullif((g * 7919::bigint % 13007) * 1000003, 0), (g * 31 % 977) / 8.0,
        nullif('name ' || g * 17 % 9001 || repeat('x', g % 40), 'name 0'), 'code ' || g % 5 from generate_series(1, ${rows}) g`);
    }
    await database.checkpoint();
    await database.query('set velocidb.executor = vectors');
    await database.query('set velocidb.threads = 1');
  }, 120_000);

  afterAll(() => database.close());

  const answer = async (sql: string): Promise<string[]> => {
    const { rows } = await database.query(sql);
    const texts = rows.map((row) =>
      JSON.stringify(Object.values(row), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    );
    return sql.includes('order by') ? texts : texts.toSorted();
  };
  const within = async <Answer>(settings: Readonly<Record<string, string>>, run: () => Promise<Answer>): Promise<Answer> => {
    for (const [name, value] of Object.entries(settings)) await database.query(`set ${name} = '${value}'`);
    try {
      return await run();
    } finally {
      for (const name of Object.keys(settings)) await database.query(`reset ${name}`);
    }
  };

  it.each(STATEMENTS)('%s: the same rows by way of a file', { timeout: 60_000 }, async (sql) => {
    const expected = await answer(sql);
    expect(expected.length).toBeGreaterThan(0);
    expect(await within({ work_mem: '64kB' }, () => answer(sql))).toEqual(expected);
    expect(await within({ work_mem: '1MB' }, () => answer(sql))).toEqual(expected);
  });

  it.each(STATEMENTS)('%s: needs the file, and is 53200 past its limit', { timeout: 60_000 }, async (sql) => {
    const failed = within({ work_mem: '64kB', temp_file_limit: '64kB' }, () => answer(sql));
    await expect(failed).rejects.toMatchObject({ code: '53200' });
    expect(await answer('select count(*) from a')).toEqual([`["${ROWS}"]`].map((text) => text.replaceAll('"', '')));
  });

  it('sizes are spelled as PostgreSQL does', async () => {
    expect((await database.query('show work_mem')).rows).toEqual([{ work_mem: '256MB' }]);
    await within({ work_mem: '2048' }, async () => expect((await database.query('show work_mem')).rows).toEqual([{ work_mem: '2MB' }]));
    await expect(database.query("set work_mem = '1kB'")).rejects.toMatchObject({ code: '22023' });
    await expect(database.query("set work_mem = 'much'")).rejects.toMatchObject({ code: '22023' });
  });
});

describe('a spill file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'velocidb-spilltest-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has no name, keeps what was appended, and takes no more than its limit', () => {
    const file = spillFiles(folder).open(100);
    expect(readdirSync(folder)).toEqual([]);
    expect(file.append(Uint8Array.of(1, 2, 3))).toBe(0);
    expect(file.append(Uint8Array.of(4, 5))).toBe(3);
    const into = new Uint8Array(4);
    file.read(1, into);
    expect([...into]).toEqual([2, 3, 4, 5]);
    expect(() => file.append(new Uint8Array(96))).toThrow(expect.objectContaining({ code: '53200' }));
    expect(file.append(new Uint8Array(95))).toBe(5);
    file.close();
    file.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is 53200 where there is no folder for it', () => {
    expect(() => spillFiles(join(folder, 'nowhere')).open(1)).toThrow(expect.objectContaining({ code: '53200' }));
  });
});
