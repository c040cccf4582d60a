/** psql, unmodified, against the PostgreSQL port. Skipped visibly where psql is not installed. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type Served } from '../../src/host/serve.ts';

const installed = spawnSync('psql', ['--version']).status === 0;
const run = promisify(execFile);

describe.skipIf(!installed)(installed ? 'psql' : 'psql (not installed)', () => {
  let server: Served;

  beforeAll(async () => {
    server = await serve({ url: 'memory:', httpPort: false, pgPort: 0, password: 'pässwörd ①' });
  });
  afterAll(() => server.close());

  async function psql(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = { ...process.env, PGPASSWORD: 'pässwörd ①', PGCLIENTENCODING: 'UTF8', LC_ALL: 'C.UTF-8', PGCONNECT_TIMEOUT: '10' };
    const all = ['-X', '-h', '127.0.0.1', '-p', String(server.pgPort), '-U', 'postgres', '-d', 'postgres', ...args];
    return run('psql', all, { env }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout, err: error.stderr }),
    );
  }

  test('SCRAM lets the right password in', async () => {
    expect(await psql('-Atc', 'SELECT 40 + 2')).toEqual({ code: 0, out: '42\n', err: '' });
  });

  test('SCRAM turns a wrong password away', async () => {
    const { code, err } = await run(
      'psql',
      ['-X', '-w', '-h', '127.0.0.1', '-p', String(server.pgPort), '-U', 'postgres', '-c', 'SELECT 1'],
      {
        env: { ...process.env, PGPASSWORD: 'wrong' },
      },
    ).then(
      () => ({ code: 0, err: '' }),
      (error: { code: number; stderr: string }) => ({ code: error.code, err: error.stderr }),
    );
    expect(code).toBe(2);
    expect(err).toContain('password authentication failed for user "postgres"');
  });

  test('a script makes, fills and reads a table', async () => {
    const { code, out, err } = await psql(
      '-c',
      'CREATE TABLE city (name text PRIMARY KEY, people int)',
      '-c',
      `INSERT INTO city VALUES ('Köln', 1084831), ('Ulm', NULL)`,
      '-c',
      'SELECT * FROM city ORDER BY name',
    );
    expect(err).toBe('');
    expect(out).toBe('CREATE TABLE\nINSERT 0 2\n name | people  \n------+---------\n Köln | 1084831\n Ulm  |        \n(2 rows)\n\n');
    expect(code).toBe(0);
  });

  test('an error is shown with its line and a caret', async () => {
    const { code, err } = await psql('-c', 'SELECT nope FROM city');
    expect(err).toMatch(/^ERROR: {2}column "nope" does not exist\nLINE 1: SELECT nope FROM city\n {15}\^\n/);
    expect(code).toBe(1);
  });

  test('several commands of one -c are one transaction', async () => {
    await psql('-c', `INSERT INTO city VALUES ('Bonn', 1); SELECT 1/0`);
    expect((await psql('-Atc', 'SELECT count(*) FROM city')).out).toBe('2\n');
  });

  test('FETCH_COUNT reads through a cursor', async () => {
    const { out } = await psql('-At', '-v', 'FETCH_COUNT=10', '-c', 'SELECT i FROM generate_series(1, 25) AS g(i)');
    expect(out.trim().split('\n').length).toBe(25);
  });

  test('\\gdesc, \\bind-less prepared statements and \\conninfo work', async () => {
    expect((await psql('-c', 'PREPARE p(int) AS SELECT $1 + 1 AS n', '-Atc', 'EXECUTE p(41)')).out).toBe('PREPARE\n42\n');
    expect((await psql('-c', '\\conninfo')).out).toContain('You are connected to database "postgres" as user "postgres"');
  });
});
