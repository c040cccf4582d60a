import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startS3Server } from '../fakes/s3-server.ts';
import { velocidb, withBucket } from './command.ts';

describe('velocidb', () => {
  test('says its version, helps, and knows its commands', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await velocidb(['--version'])).toEqual({ code: 0, out: `velocidb ${version}\n`, err: '' });
    const help = await velocidb(['--help']);
    expect(help.code).toBe(0);
    for (const command of 'dev sql create doctor import inspect checkpoint log verify restore branch backup key'.split(' ')) {
      expect(help.out).toContain(`  ${command} `);
      expect(await velocidb([command, '--help'])).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringContaining(`Usage: velocidb ${command} `),
      });
    }
  });

  test('wrong usage is exit code 2 and says where help is', async () => {
    expect(await velocidb([])).toMatchObject({ code: 2, out: '' });
    expect(await velocidb(['nonsense'])).toMatchObject({ code: 2, err: expect.stringContaining('no command "nonsense"') });
    expect(await velocidb(['sql', '--nonsense'])).toMatchObject({ code: 2, err: expect.stringContaining('velocidb sql --help') });
    expect(await velocidb(['sql', 'select 1'])).toMatchObject({ code: 2, err: expect.stringContaining('which database?') });
    expect(await velocidb(['sql', 'select 1'], { environment: { DATABASE_URL: 'postgres://u:hunter2@h/d' } })).toMatchObject({
      code: 2,
      err: expect.not.stringContaining('hunter2'),
    });
    expect(await velocidb(['import', 'a.csv', '--url', 'memory:'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--table is missing'),
    });
    expect(await velocidb(['dev', '--port', 'many'])).toMatchObject({ code: 2 });
  });

  test('what is not there is exit code 4', async () => {
    await withBucket(async ({ path, environment }) => {
      expect(await velocidb(['inspect'], { environment })).toMatchObject({ code: 4, err: expect.stringContaining('there is no database') });
      expect(await velocidb(['sql', '--no-create', 'select 1'], { environment })).toMatchObject({ code: 4 });
      expect(await velocidb(['sql', '-f', join(path, 'nosuch.sql')], { environment })).toMatchObject({ code: 4 });
      expect(await velocidb(['import', join(path, 'nosuch.csv'), '--table', 't'], { environment })).toMatchObject({ code: 4 });
    });
  });
});

describe('velocidb doctor', () => {
  test('trusts a directory, as a table and as JSON, and leaves nothing in it', async () => {
    await withBucket(async ({ environment }) => {
      const table = await velocidb(['doctor', '--samples', '2', '--rounds', '1'], { environment });
      expect(table).toMatchObject({ code: 0, err: '' });
      expect(table.out).toMatch(/^create race +ok +of 16 racers one won/m);
      expect(table.out).toContain('This store may be trusted with a database.');
      const json = await velocidb(['doctor', environment['VELOCIDB_URL'] ?? '', '-o', 'json', '--samples', '2', '--racers', '4']);
      expect(JSON.parse(json.out)).toMatchObject({ trusted: true, hasClock: true, cost: null, latencies: expect.any(Array) });
      expect(await velocidb(['inspect'], { environment })).toMatchObject({ code: 4 }); // it made no database
    });
  });

  test('is exit code 1 for a store that ignores conditions, and says what failed', async () => {
    const server = await startS3Server({ ignoreConditions: true });
    const { code, out } = await velocidb(['doctor', server.storeUrl('a'), '--samples', '1', '--rounds', '1']);
    expect(code).toBe(1);
    expect(out).toMatch(/^create race +FAILED +16 of 16 concurrent creates of one object succeeded$/m);
    expect(out).toContain('NOT be trusted');
    expect(server.buckets.keys('velocidb')).toEqual([]);
    await server.close();
  });
});

describe('velocidb sql', () => {
  test('prints as psql does, or JSON, or CSV', async () => {
    const query = "select 1 as id, 'x,y' as name, null as none";
    const run = async (...args: string[]): Promise<string> => (await velocidb(['sql', '--url', 'memory:', ...args, query])).out;
    expect(await run()).toBe(' id | name | none \n----+------+------\n  1 | x,y  | \n(1 row)\n\n');
    expect(await run('-o', 'csv')).toBe('id,name,none\n1,"x,y",\n');
    expect(JSON.parse(await run('-o', 'json'))).toEqual([{ id: 1, name: 'x,y', none: null }]);
    expect(await run('--ndjson')).toBe('{"id":1,"name":"x,y","none":null}\n');
    expect(await run('-x', '-t')).toBe('id   | 1\nname | x,y\nnone | \n');
  });

  test('errors go to standard error with their place, and are exit code 1', async () => {
    const { code, out, err } = await velocidb(['sql', '--url', 'memory:', 'select 1 +\n nosuch']);
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'ERROR:  column "nosuch" does not exist\nLINE 2:  nosuch\n         ^\n' });
  });

  test('keeps what it wrote for the next process', async () => {
    await withBucket(async ({ environment }) => {
      expect(
        await velocidb(['sql', '-c', 'create table t (a int primary key)', '-c', 'insert into t values (1), (2)'], { environment }),
      ).toEqual({
        code: 0,
        out: 'CREATE TABLE\nINSERT 0 2\n',
        err: '',
      });
      expect((await velocidb(['sql', '-t', 'select sum(a) from t'], { environment })).out).toBe(' 3\n');
      expect(await velocidb(['sql', 'insert into t values (2)'], { environment })).toMatchObject({
        code: 1,
        err: 'ERROR:  duplicate key value violates unique constraint "t_pkey"\nDETAIL:  Key (a)=(2) already exists.\n',
      });
    });
  });

  test('runs scripts from standard input: COPY data, backslash commands, other scripts', async () => {
    await withBucket(async ({ path, environment }) => {
      await writeFile(join(path, 'more.sql'), 'insert into t values (9, $$;$$);\n');
      const input = `CREATE DATABASE x;\n\\c x\ncreate table t (a int, b text); -- comment;\ncopy t from stdin;\n1\tone\n2\t\\N\n\\.\n\\i ${join(path, 'more.sql')}\n\\echo done\n\\pset null (null)\nselect * from t order by a;\n`;
      const { code, out, err } = await velocidb(['sql'], { environment, input });
      expect(err.match(/WARNING/g)).toHaveLength(2);
      expect({ code, out }).toEqual({
        code: 0,
        out: 'CREATE TABLE\nCOPY 2\nINSERT 0 1\ndone\n a |   b    \n---+--------\n 1 | one\n 2 | (null)\n 9 | ;\n(3 rows)\n\n',
      });
    });
  });

  test('a script stops at its first error, naming the line, unless it is to go on', async () => {
    await withBucket(async ({ path, environment }) => {
      const file = join(path, 's.sql');
      await writeFile(file, 'create table t (a int);\ncopy t from stdin;\n1\nx\n\\.\n\nselect count(*) from t;\n');
      const stopped = await velocidb(['sql', '-f', file], { environment });
      expect(stopped).toMatchObject({ code: 1, out: 'CREATE TABLE\n' });
      expect(stopped.err).toBe('s.sql:2: ERROR:  invalid input syntax for type integer: "x"\nCONTEXT:  COPY t, line 2, column a: "x"\n');
      const went = await velocidb(['sql', '-t', '--continue', '-f', file], { environment });
      expect(went).toMatchObject({ code: 1, out: ' 0\n' });
      expect(went.err).toContain('s.sql:1: ERROR:  relation "t" already exists');
    });
  });

  test('a single transaction is all or nothing', async () => {
    await withBucket(async ({ environment }) => {
      const args = ['sql', '-1', '-c', 'create table t (a int)', '-c', 'insert into t values (1)'];
      expect(await velocidb([...args, '-c', 'select nosuch'], { environment })).toMatchObject({ code: 1 });
      expect(await velocidb(['sql', 'select * from t'], { environment })).toMatchObject({
        code: 1,
        err: expect.stringContaining('"t" does not exist'),
      });
      expect(await velocidb(args, { environment })).toMatchObject({ code: 0 });
      expect((await velocidb(['sql', '-t', 'select * from t'], { environment })).out).toBe(' 1\n');
    });
  });

  test('copies out and in again', async () => {
    await withBucket(async ({ path, environment }) => {
      const file = join(path, 't.csv');
      const out = await velocidb(
        [
          'sql',
          '-c',
          `create table t as select i as a, 'n' || i as b from generate_series(1, 3) i`,
          '-c',
          `\\copy t to '${file}' (format csv, header)`,
        ],
        { environment },
      );
      expect(out).toMatchObject({ code: 0, err: '' });
      expect(await readFile(file, 'utf8')).toBe('a,b\n1,n1\n2,n2\n3,n3\n');
      expect(await velocidb(['sql', `copy t to stdout (format csv)`], { environment })).toMatchObject({
        code: 0,
        out: '1,n1\n2,n2\n3,n3\n',
      });
      expect(await velocidb(['sql', `\\copy t from '${file}' (format csv, header)`], { environment })).toMatchObject({
        code: 0,
        out: 'COPY 3\n',
      });
    });
  });
});

test('velocidb sql describes tables as psql does', async () => {
  await withBucket(async ({ environment }) => {
    const input = `create table a (id int primary key);
create table "B c" (id serial unique, a int references a, n numeric(5,2) not null default 1 check (n > 0));
\\dt
\\d "B c"
\\d nosuch
`;
    const { code, out, err } = await velocidb(['sql', '-q', '--continue'], { environment, input });
    expect(code).toBe(0);
    expect(out).toContain(' public | a    | table | postgres\n');
    expect(out).toContain('Table "public.B c"\n');
    expect(out).toMatch(/^ n +\| numeric\(5,2\) \| not null \| 1/m);
    expect(out).toContain('    "B c_id_key" UNIQUE, btree (id)\n');
    expect(out).toContain('    "B c_a_fkey" FOREIGN KEY (a) REFERENCES a(id)\n');
    expect(err).toBe('Did not find any relation named "nosuch".\n');
    expect(await velocidb(['sql'], { environment, input: '\\d nosuch\nselect 1;\n' })).toMatchObject({ code: 1, out: '' });
  });
});

describe('velocidb import', () => {
  test('loads CSV by its header, packed or not, and standard input', async () => {
    await withBucket(async ({ path, environment }) => {
      await velocidb(['sql', "create table t (id int primary key, name text, note text default 'none')"], { environment });
      await writeFile(join(path, 'a.csv'), 'name,id\n"one, or ""uno""",1\n,2\n');
      await writeFile(join(path, 'b.csv.gz'), gzipSync('3,three,x\n'));
      const first = await velocidb(['import', join(path, 'a.csv'), '--table', 't', '--header'], { environment });
      expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^imported into t: 2 rows, \d+ B in [\d.]+ s \(/) });
      expect(await velocidb(['import', join(path, 'b.csv.gz'), '--table', 'public.t'], { environment })).toMatchObject({ code: 0 });
      expect(
        await velocidb(['import', '-', '--table', 't', '--columns', 'name,id', '-d', ';', '--null', 'NIL', '-q'], {
          environment,
          input: 'NIL;4\n',
        }),
      ).toEqual({ code: 0, out: '', err: '' });
      const { out } = await velocidb(['sql', '-o', 'csv', 'select * from t order by id'], { environment });
      expect(out).toBe('id,name,note\n1,"one, or ""uno""",none\n2,,none\n3,three,x\n4,,none\n');
    });
  });

  test('a bad line loads nothing, and is named with its column and SQLSTATE', async () => {
    await withBucket(async ({ path, environment }) => {
      const file = join(path, 'bad.csv');
      await velocidb(['sql', 'create table t (a int, d date)'], { environment });
      await writeFile(file, '1,2020-01-01\n2,2020-13-01\n');
      const { code, out, err } = await velocidb(['import', file, '--table', 't'], { environment });
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain('ERROR:  22008: date/time field value out of range: "2020-13-01"');
      expect(err).toContain('CONTEXT:  COPY t, line 2, column d: "2020-13-01"');
      expect((await velocidb(['sql', '-t', 'select count(*) from t'], { environment })).out).toBe(' 0\n');
    });
  });

  test('what is no gzip file, no text, or no table is refused', async () => {
    await withBucket(async ({ path, environment }) => {
      await velocidb(['sql', 'create table t (a text)'], { environment });
      await writeFile(join(path, 'a.csv.gz'), 'plain');
      await writeFile(join(path, 'cut.csv.gz'), gzipSync('x'.repeat(100_000)).subarray(0, 60));
      await writeFile(join(path, 'b.csv'), new Uint8Array([0xff, 0x0a]));
      await mkdir(join(path, 'c.csv'));
      for (const file of ['a.csv.gz', 'cut.csv.gz', 'b.csv', 'c.csv'])
        expect((await velocidb(['import', join(path, file), '--table', 't'], { environment })).code, file).toBe(1);
      expect(await velocidb(['import', join(path, 'b.csv'), '--table', 'nosuch'], { environment })).toMatchObject({
        code: 4,
        err: expect.stringContaining('42P01'),
      });
      expect((await velocidb(['sql', '-t', 'select count(*) from t'], { environment })).out).toBe(' 0\n');
    });
  });
});

describe('velocidb inspect and checkpoint', () => {
  test('show what is in the bucket, and merge the tail of its log', async () => {
    await withBucket(async ({ environment }) => {
      await velocidb(
        ['sql', '-c', 'create table t (a int primary key)', '-c', 'insert into t select generate_series(1, 100)', '-c', 'analyze'],
        {
          environment,
        },
      );
      const before = JSON.parse((await velocidb(['inspect', '-o', 'json'], { environment })).out) as {
        slot: number;
        tail: { records: number };
      };
      expect(before.tail.records).toBeGreaterThan(0);
      expect(await velocidb(['checkpoint'], { environment })).toMatchObject({
        code: 0,
        out: expect.stringContaining(`checkpoint at slot ${before.slot}`),
      });
      const after = JSON.parse((await velocidb(['inspect', '-o', 'json'], { environment })).out) as {
        checkpoint: { slot: number };
        tail: { records: number };
        tables: unknown[];
      };
      expect(after).toMatchObject({
        checkpoint: { slot: before.slot },
        tail: { records: 0 },
        tables: [{ schema: 'public', name: 't', rows: 100, indexes: 0 }],
      });
      expect((await velocidb(['inspect'], { environment })).out).toMatch(/^public\.t +~100 /m);
    });
  });
});
