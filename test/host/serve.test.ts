/** Who is let in, what is refused before SQL, and how a host stops. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { authority, isLoopback } from '../../src/host/bind-address.ts';
import { configuredPassword } from '../../src/host/password.ts';
import { serve, type Served, type ServeOptions } from '../../src/host/serve.ts';

const running: Served[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((served) => served.close()));
});

async function started(options: Partial<ServeOptions> = {}): Promise<Served> {
  const served = await serve({ url: 'memory:', httpPort: 0, pgPort: 0, ...options });
  running.push(served);
  return served;
}

async function client(served: Served, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const made = new pg.Client({ host: '127.0.0.1', port: served.pgPort, user: 'postgres', database: 'postgres', ...options });
  made.on('error', () => undefined);
  await made.connect();
  return made;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

function post(
  served: Served,
  options: { readonly path?: string; readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { path = '/sql', method = 'POST', headers = {}, body = JSON.stringify({ query: 'SELECT 1 AS one' }) } = options;
    const sent = httpRequest(
      { host: '127.0.0.1', port: served.httpPort, path, method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: response.headers }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve).resume());

describe('addresses', () => {
  test('loopback is 127/8, ::1 and localhost, and nothing that only looks like it', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])
      expect(isLoopback(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '127.1', '1.127.0.0'])
      expect(isLoopback(host), host).toBe(false);
  });

  test('any other address needs a password', async () => {
    for (const host of ['0.0.0.0', '::', '']) {
      await expect(serve({ url: 'memory:', host, httpPort: 0, pgPort: 0 })).rejects.toMatchObject({
        code: '22023',
        message: `listening on "${host}" requires a password`,
      });
    }
    await expect(serve({ url: 'memory:', host: '0.0.0.0', httpPort: 0, pgPort: 0, password: '' })).rejects.toMatchObject({ code: '22023' });
    const served = await started({ host: '0.0.0.0', password: 'open sesame' });
    expect(served.httpUrl).toBe(`http://localhost:${served.httpPort}`);
    const inside = await client(served, { password: 'open sesame' });
    await inside.end();
    await expect(client(served, { password: 'open' })).rejects.toMatchObject({ code: '28P01' });
  });

  test('a port in use is 58000 and names the port', async () => {
    const { pgPort, httpPort } = await started();
    await expect(serve({ url: 'memory:', httpPort: false, pgPort })).rejects.toMatchObject({
      code: '58000',
      message: expect.stringContaining(`port ${pgPort}: the port is in use`),
    });
    await expect(serve({ url: 'memory:', httpPort, pgPort: 0 })).rejects.toMatchObject({ code: '58000' });
  });

  test('IPv6 addresses are bracketed in URLs', () => {
    expect(authority('::1', 80)).toBe('[::1]:80');
    expect(authority('127.0.0.1', 80)).toBe('127.0.0.1:80');
  });
});

test('a password comes from a file’s first line or the environment, and is never empty', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'velocidb-'));
  const file = join(folder, 'password');
  await writeFile(file, 'sé cret\nignored\n');
  expect(await configuredPassword(file, {})).toBe('sé cret');
  expect(await configuredPassword(undefined, { VELOCIDB_PASSWORD: 'x' })).toBe('x');
  expect(await configuredPassword(undefined, {})).toBeUndefined();
  await writeFile(file, '\n');
  await expect(configuredPassword(file, {})).rejects.toMatchObject({ code: '22023' });
  await expect(configuredPassword(undefined, { VELOCIDB_PASSWORD: '' })).rejects.toMatchObject({ code: '22023' });
  await rm(folder, { recursive: true });
});

describe('HTTP', () => {
  test('health, metrics, preflight and unknown paths', async () => {
    const served = await started();
    expect(await post(served, { path: '/v1/health', method: 'GET', body: '' })).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    await post(served);
    await post(served, { body: '{"query":"SELEC"}' });
    const metrics = await post(served, { path: '/metrics', method: 'GET', body: '' });
    expect(metrics.body).toContain('velocidb_http_request_duration_seconds_count 2');
    expect(metrics.body).toContain('velocidb_http_errors_total 1');
    const preflight = await post(served, { method: 'OPTIONS', body: '' });
    expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'POST, GET, OPTIONS']);
    expect((await post(served, { path: '/nowhere' })).status).toBe(404);
    expect((await post(served, { method: 'GET', body: '' })).status).toBe(405);
    expect((await post(served, { path: '//[', body: '{}' })).status).toBe(404);
  });

  test('one query is answered to the letter as Neon’s proxy answers it', async () => {
    const answer = await post(await started(), {
      headers: { 'neon-array-mode': 'true', 'neon-raw-text-output': 'true' },
      body: JSON.stringify({ query: 'SELECT $1::int AS a, NULL AS b', params: ['1'] }),
    });
    expect(answer.body).toBe(
      '{"fields":[{"name":"a","dataTypeID":23,"tableID":0,"columnID":0,"dataTypeSize":4,"dataTypeModifier":-1,"format":"text"},' +
        '{"name":"b","dataTypeID":25,"tableID":0,"columnID":0,"dataTypeSize":-1,"dataTypeModifier":-1,"format":"text"}],' +
        '"rows":[["1",null]],"command":"SELECT","rowCount":1,"rowAsArray":true}',
    );
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  test('without raw text, small values are JSON and the rest is text', async () => {
    const query = `SELECT 1::int2 AS a, 2.5::float8 AS b, 'NaN'::float4 AS c, true AS d, 3::int8 AS e, 1.0 AS f, '{"x":[1]}'::jsonb AS g, ARRAY[1,NULL] AS h, '__proto__' AS "__proto__"`;
    const { body } = await post(await started(), { body: JSON.stringify({ query }) });
    expect(body).toContain(
      '"rows":[{"a":1,"b":2.5,"c":"NaN","d":true,"e":"3","f":"1.0","g":{"x":[1]},"h":[1,null],"__proto__":"__proto__"}]',
    );
  });

  test('what is no request is 400 with a SQLSTATE', async () => {
    const served = await started({ bodyBytesMax: 1000 });
    for (const [body, code] of [
      ['', '08P01'],
      ['null', '08P01'],
      ['{"query":1}', '08P01'],
      ['{"query":"SELECT 1","params":{}}', '08P01'],
      ['[1]', '08P01'],
      [`{"query":"${'x'.repeat(1000)}"}`, '54000'],
      [`{"query":"SELECT repeat('x', 2000)"}`, '54000'],
      ['{"query":"SELECT 1\\u0000"}', '22021'],
    ] as const) {
      const answer = await post(served, { body });
      expect([answer.status, JSON.parse(answer.body).code], body.slice(0, 40)).toEqual([400, code]);
    }
    expect((await post(served, { headers: { 'neon-batch-isolation-level': 'Chaos' }, body: '{"queries":[]}' })).body).toContain(
      'invalid isolation level',
    );
    expect((await post(served, { headers: { 'neon-connection-string': 'postgres://%ff:%ff@x/y' } })).body).toContain(
      'is not a postgresql:// URL',
    );
  });

  test('without a password, pages of other origins and names that lead here are refused', async () => {
    const served = await started();
    const status = async (headers: Record<string, string>): Promise<number> => (await post(served, { headers })).status;
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ origin: 'http://localhost:3000' })).toBe(200);
    expect(await status({ host: 'localhost:5480' })).toBe(200);
    const guarded = await started({ password: 'x' });
    const authorized = { 'neon-connection-string': 'postgresql://a:x@db.example.com/postgres' };
    expect((await post(guarded, { headers: { origin: 'https://app.example', ...authorized } })).status).toBe(200);
    expect(JSON.parse((await post(guarded)).body).code).toBe('28000');
  });
});

describe('PostgreSQL port', () => {
  test('a client too many is told so', async () => {
    const served = await started({ connectionsMax: 2 });
    const [first] = await Promise.all([client(served), client(served)]);
    await expect(client(served)).rejects.toMatchObject({ code: '53300' });
    await first.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client(served);
  });

  test('a client that does not introduce itself is cut off', async () => {
    const served = await started({ startupMs: 50 });
    await closed(connect(served.pgPort ?? 0, '127.0.0.1'));
  });

  test('a client that goes away takes its running statement along', async () => {
    const served = await started();
    const gone = await client(served);
    void gone.query('SELECT pg_sleep(60)').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    (gone as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    const before = Date.now();
    await served.close();
    expect(Date.now() - before).toBeLessThan(5000);
  });

  test('what TLS or HTTP clients say is answered, not obeyed', async () => {
    const served = await started();
    for (const bytes of [Buffer.from('160301020001000100', 'hex'), Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]) {
      const socket = connect(served.pgPort ?? 0, '127.0.0.1', () => socket.write(bytes));
      await closed(socket);
    }
    await (await client(served)).end();
  });
});

describe('closing', () => {
  test('lets running statements finish, on both doors', async () => {
    const served = await started();
    const busy = await client(served);
    const idle = await client(served);
    const idleError = new Promise((resolve) => idle.once('error', resolve));
    const answers = [
      busy.query('SELECT pg_sleep(0.2), 7 AS n'),
      post(served, { body: JSON.stringify({ query: 'SELECT pg_sleep(0.2), 7 AS n' }) }),
    ] as const;
    await new Promise((resolve) => setTimeout(resolve, 80));
    const closing = served.close();
    expect((await answers[0]).rows[0].n).toBe(7);
    expect((await answers[1]).status).toBe(200);
    expect(await idleError).toMatchObject({ code: '57P01' });
    await closing;
    await expect(client(served)).rejects.toThrow('ECONNREFUSED');
  });

  test('cuts off what takes longer than it may', async () => {
    const served = await started({ drainMs: 50 });
    const busy = await client(served);
    const lost = [busy.query('SELECT pg_sleep(60)'), post(served, { body: JSON.stringify({ query: 'SELECT pg_sleep(60)' }) })].map((work) =>
      work.then(
        () => 'done',
        () => 'lost',
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = Date.now();
    await served.close();
    expect(Date.now() - before).toBeLessThan(5000);
    expect((await Promise.all(lost))[0]).toBe('lost');
  });

  test('keeps nothing that was not committed', async () => {
    const url = `memory:closing-${Date.now()}`;
    const first = await started({ url });
    const open = await client(first);
    await open.query('CREATE TABLE kept (a int)');
    await open.query('INSERT INTO kept VALUES (1)');
    await open.query('BEGIN');
    await open.query('INSERT INTO kept VALUES (2)');
    await first.close();
    const again = await client(await started({ url }));
    expect((await again.query('SELECT a FROM kept')).rows).toEqual([{ a: 1 }]);
    await again.end();
  });
});
