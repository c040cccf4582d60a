/** What the functions read from their environment, and how they check passwords. */
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../functions/environment.ts';
import { secretCheck } from '../../functions/password-secret.ts';
import { passwordCheck } from '../../functions/password.ts';
import { queryHandler } from '../../functions/query.ts';
import { requestOf } from '../../functions/adapter/lambda-event.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { sqlEvent } from './event.ts';

describe('the environment', () => {
  it('names the database: VELOCIDB_URL before DATABASE_URL', () => {
    expect(readEnvironment({ VELOCIDB_URL: 'file:a', DATABASE_URL: 'file:b' }).url).toBe('file:a');
    expect(readEnvironment({ DATABASE_URL: 'file:b' }).url).toBe('file:b');
    expect(() => readEnvironment({})).toThrow('VELOCIDB_URL is not set');
  });

  it('is refused with an empty password, which would open the door', () => {
    expect(() => readEnvironment({ VELOCIDB_URL: 'file:a', VELOCIDB_PASSWORD: '' })).toThrow('VELOCIDB_PASSWORD is empty');
    expect(() => readEnvironment({ VELOCIDB_URL: 'file:a', VELOCIDB_PASSWORD_SECRET: '' })).toThrow('VELOCIDB_PASSWORD_SECRET is empty');
  });

  it('is refused with a timeout that is no number', () => {
    expect(readEnvironment({ VELOCIDB_URL: 'file:a', VELOCIDB_STATEMENT_TIMEOUT_MS: '1500' }).statementTimeoutMs).toBe(1500);
    for (const text of ['', '1.5', 'soon', '-1'])
      expect(() => readEnvironment({ VELOCIDB_URL: 'file:a', VELOCIDB_STATEMENT_TIMEOUT_MS: text }), text).toThrow(
        'number of milliseconds',
      );
  });
});

describe('the disk cache', () => {
  it('is in /tmp on Lambda, and where the environment says', () => {
    const at = (environment: NodeJS.ProcessEnv) => readEnvironment({ VELOCIDB_URL: 'file:a', ...environment }).diskCache;
    expect(at({})).toBeUndefined();
    expect(at({ AWS_LAMBDA_FUNCTION_NAME: 'query' })).toMatchObject({ path: '/tmp/velocidb' });
    expect(at({ AWS_LAMBDA_FUNCTION_NAME: 'query', VELOCIDB_DISK_CACHE: 'off' })).toBe('off');
    expect(at({ AWS_LAMBDA_FUNCTION_NAME: 'query', VELOCIDB_DISK_CACHE: '/mnt/a' })).toMatchObject({ path: '/mnt/a' });
  });
});

describe('passwords', () => {
  it('are right or wrong as a whole', async () => {
    const check = passwordCheck('geheim');
    expect([await check('u', 'geheim'), await check('u', 'gehei'), await check('u', ''), await check('u', 'geheimx')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('in a secret are read once, and again when a wrong one may be a new one', async () => {
    let [secret, reads, now] = ['old', 0, 0];
    const { clock } = nodeRuntime();
    const check = secretCheck(
      async () => {
        reads += 1;
        return secret;
      },
      { ...clock, monotonic: () => now },
    );
    expect(await Promise.all([check('u', 'old'), check('u', 'old')])).toEqual([true, true]);
    expect([await check('u', 'new'), reads]).toEqual([false, 1]);
    secret = 'new';
    now += 60_000;
    expect([await check('u', 'new'), await check('u', 'old'), reads]).toEqual([true, false, 2]);
    expect(await Promise.all([check('u', 'a'), check('u', 'b'), check('u', 'c')])).toEqual([false, false, false]);
    expect(reads).toBe(2);
  });

  it('in a secret that cannot be read let nobody in, until it can', async () => {
    let fails = true;
    const check = secretCheck(async () => (fails ? Promise.reject(new Error('throttled')) : 'geheim'), nodeRuntime().clock);
    await expect(check('u', 'geheim')).rejects.toThrow('throttled');
    fails = false;
    expect(await check('u', 'geheim')).toBe(true);
  });

  it('are asked for by the handler, before anything is opened', async () => {
    const handler = queryHandler(readEnvironment({ VELOCIDB_URL: 'file:/nowhere/at/all', VELOCIDB_PASSWORD: 'geheim' }));
    const answer = async (headers: Record<string, string>) => (await handler(requestOf(sqlEvent({ query: 'SELECT 1' }, headers)))).json();
    expect(await answer({})).toMatchObject({ code: '28000' });
    expect(await answer({ 'neon-connection-string': 'postgresql://app:falsch@h/db' })).toMatchObject({ code: '28P01' });
  });
});

describe('the handler', () => {
  it('answers SQL from a warm engine', async () => {
    const handler = queryHandler(readEnvironment({ VELOCIDB_URL: 'memory:', VELOCIDB_PASSWORD: 'geheim' }));
    const ask = async (query: string) =>
      (await handler(requestOf(sqlEvent({ query }, { 'neon-connection-string': 'postgresql://app:geheim@h/db' })))).json();
    await ask('CREATE TABLE t (a int PRIMARY KEY)');
    await ask('INSERT INTO t VALUES (1), (2)');
    expect(await ask('SELECT sum(a)::int AS s FROM t')).toMatchObject({ rows: [{ s: 3 }], rowCount: 1 });
  });
});
