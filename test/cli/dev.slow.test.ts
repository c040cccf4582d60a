import { spawn } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import pg from 'pg';
import { environmentOf, inDirectory, MAIN, velocidb } from './command.ts';

interface Dev {
  readonly http: string;
  readonly postgres: string;
  readonly greeting: string;
  /** Sends the signal; the exit code and what was printed after the greeting. */
  stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly err: string }>;
}

async function startDev(directory: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<Dev> {
  const child = spawn(process.execPath, [MAIN, 'dev', '--port', '0', '--pg-port', '0', ...args], {
    cwd: directory,
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let out = '';
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await new Promise<void>((resolve, reject) => {
    child.on('close', () => reject(new Error(`it ended: ${err}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('Ctrl-C ends.')) resolve();
    });
  });
  return {
    http: /HTTP +(\S+)/.exec(out)?.[1] ?? '',
    postgres: /PostgreSQL +(\S+)/.exec(out)?.[1] ?? '',
    greeting: out,
    async stop(signal) {
      child.kill(signal);
      return { code: await ended, err };
    },
  };
}

async function query(url: string, text: string): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ query: text }) });
  return ((await answer.json()) as { rows: unknown }).rows;
}

describe('velocidb dev', () => {
  test('serves a bucket in the current directory over both doors, drains on SIGTERM, and goes on where it was', async () => {
    await inDirectory(async (path) => {
      const first = await startDev(path);
      expect(first.greeting).toContain(`curl -s -d '{"query":"select 1 + 1 as two"}' ${first.http}`);
      expect(await query(first.http, 'select 1 + 1 as two')).toEqual([{ two: 2 }]);
      await query(first.http, 'create table t (a int)');
      const client = new pg.Client({ connectionString: first.postgres });
      await client.connect();
      await client.query('insert into t values (1)');
      await client.end();
      const slow = query(first.http, 'select pg_sleep(1), 7 as a');
      await new Promise((resolve) => setTimeout(resolve, 300));
      const stopped = first.stop('SIGTERM');
      expect(await slow).toMatchObject([{ a: 7 }]);
      expect(await stopped).toMatchObject({ code: 0, err: expect.stringContaining('SIGTERM: drained') });
      await stat(join(path, '.velocidb/bucket'));
      const second = await startDev(path);
      expect(await query(second.http, 'select * from t')).toEqual([{ a: 1 }]);
      expect(await second.stop('SIGINT')).toMatchObject({ code: 0 });
    });
  });

  test('an address that others can reach needs a password, which is asked for and never shown', async () => {
    await inDirectory(async (path) => {
      expect(await velocidb(['dev', '--url', 'memory:', '--host', '0.0.0.0'])).toMatchObject({
        code: 1,
        err: expect.stringContaining('requires a password'),
      });
      await mkdir(join(path, 'secret'));
      await writeFile(join(path, 'secret/password'), 'hunter2\n');
      const dev = await startDev(path, ['--url', 'memory:', '--host', '0.0.0.0', '--password-file', 'secret/password']);
      expect(dev.greeting).not.toContain('hunter2');
      const refused = new pg.Client(dev.postgres.replace('@', ':wrong@'));
      await expect(refused.connect()).rejects.toMatchObject({ code: '28P01' });
      const client = new pg.Client(dev.postgres.replace('@', ':hunter2@'));
      await client.connect();
      expect((await client.query('select 1 as a')).rows).toEqual([{ a: 1 }]);
      await client.end();
      expect((await fetch(dev.http, { method: 'POST', body: '{"query":"select 1"}' })).ok).toBe(false);
      const { err } = await dev.stop('SIGTERM');
      expect(err).not.toContain('hunter2');
    });
  });

  test('a port in use is named, with what to do', async () => {
    await inDirectory(async (path) => {
      const dev = await startDev(path, ['--url', 'memory:']);
      const port = new URL(dev.http).port;
      expect(await velocidb(['dev', '--url', 'memory:', '--port', port, '--pg-port', '0'])).toMatchObject({
        code: 1,
        err: `ERROR:  could not listen on 127.0.0.1, port ${port}: the port is in use\nHINT:  Choose others with --port and --pg-port; 0 takes a free one.\n`,
      });
      await dev.stop('SIGTERM');
    });
  });
});
