/** A serving process and its signals: SIGTERM drains, a second signal does not wait, SIGKILL loses nothing that was acknowledged. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const PASSWORD = 'never to be printed';
/** Within the project, so that packages are found. */
const BUNDLES = resolve('node_modules/.velocidb-test');
const bundle = join(BUNDLES, `serve-directory-${process.pid}.mjs`);
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  await mkdir(BUNDLES, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), 'velocidb-host-'));
  await build({
    entryPoints: ['test/host/children/serve-directory.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await rm(bundle, { force: true });
  await rm(folder, { recursive: true, force: true });
});

class Host {
  readonly child: ChildProcess;
  readonly printed: string[] = [];
  #pgPort = 0;

  constructor(directory: string) {
    this.child = spawn(process.execPath, [bundle, directory], {
      env: { ...process.env, VELOCIDB_PASSWORD: PASSWORD },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(this.child);
    this.child.stderr?.on('data', (chunk: Buffer) => this.printed.push(chunk.toString()));
  }

  async listening(): Promise<this> {
    const { stdout } = this.child;
    if (stdout === null) throw new Error('the child has an output');
    const lines = createInterface({ input: stdout });
    lines.on('line', (line) => this.printed.push(line));
    const [first]: unknown[] = await once(lines, 'line');
    this.#pgPort = JSON.parse(String(first)).pgPort;
    return this;
  }

  async client(): Promise<pg.Client> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.#pgPort, user: 'postgres', database: 'postgres', password: PASSWORD });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async exited(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

const started = (name: string): Promise<Host> => new Host(join(folder, name)).listening();
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

test('SIGTERM lets a running statement finish, exits with 0, and prints no secret', async () => {
  const host = await started('term');
  const client = await host.client();
  const running = client.query('SELECT pg_sleep(0.5), 7 AS n');
  await pause(100);
  host.child.kill('SIGTERM');
  expect((await running).rows[0].n).toBe(7);
  expect(await host.exited()).toBe(0);
  expect(host.printed.join('')).toContain('{"drained":"SIGTERM"}');
  expect(host.printed.join('')).not.toContain(PASSWORD);
});

test('a second signal ends at once', async () => {
  const host = await started('twice');
  const client = await host.client();
  void client.query('SELECT pg_sleep(60)').catch(() => undefined);
  await pause(100);
  host.child.kill('SIGINT');
  await pause(100);
  host.child.kill('SIGTERM');
  expect(await host.exited()).toBe(128 + 15);
});

test('after SIGKILL every acknowledged row is there, and a transaction is there as a whole or not at all', async () => {
  const directory = 'kill';
  const acknowledged: number[] = [];
  let next = 1;
  for (let round = 0; round < 5; round++) {
    const host = await started(directory);
    const client = await host.client();
    await client.query('CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY, twin int)');
    for (let count = 1; ; count++) {
      if (count === 5) setTimeout(() => host.child.kill('SIGKILL'), 7 * round); // in the middle of some commit
      const id = next++;
      const done = await client.query(`INSERT INTO kept VALUES (${id}, ${-id}); INSERT INTO kept VALUES (${-id}, ${id})`).then(
        () => true,
        () => false,
      );
      if (!done) break;
      acknowledged.push(id);
    }
    await host.exited();
  }
  const host = await started(directory);
  const client = await host.client();
  const { rows } = await client.query('SELECT id, twin FROM kept');
  const ids = new Set(rows.map((row) => row.id));
  expect(acknowledged.length).toBeGreaterThanOrEqual(20);
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  expect(rows.filter((row) => !ids.has(row.twin))).toEqual([]);
  await client.end();
});
