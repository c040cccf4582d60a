/** Both transports to S3 against a fake that checks signatures; where the small one finds its credentials. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { startS3Server, type S3Server } from '../fakes/s3-server.ts';

const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'token/with+signs==' };

/** Every variable that says where credentials are. */
const VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
];

let server: S3Server;
let folder: string;
let environment: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  server = await startS3Server({ key: KEY });
  folder = mkdtempSync(join(tmpdir(), 'velocidb-credentials-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  environment = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  for (const name of VARIABLES) delete process.env[name];
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(folder, 'none');
});
afterEach(() => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const open = (transport: string): Promise<ObjectStore> =>
  openStore(`${server.storeUrl('a b/c=d@e')}&transport=${transport}`, nodeRuntime());

/** Writes, reads, lists and deletes once; throws when any of it is refused. */
async function useAll(store: ObjectStore): Promise<void> {
  const name = `signed/${Math.random()}`;
  const created = await store.createIfAbsent(name, utf8('text'));
  if (created.kind !== 'created') throw new Error(created.kind);
  expect((await store.replaceIfMatch(name, utf8('more'), created.validator)).kind).toBe('replaced');
  const found = await store.get(name, { range: { offset: 1, length: 2 } });
  expect(found.kind === 'found' && textOf(found.bytes)).toBe('or');
  expect((await store.list('signed/', { after: 'signed/!'.replace('!', '-') })).objects.map((object) => object.name)).toEqual([name]);
  await store.delete(name);
  await store.close();
}

describe.each(['sdk', 'http'])('requests through %s', (transport) => {
  test('bear a signature that S3 would accept', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = KEY.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = KEY.secretAccessKey;
    process.env['AWS_SESSION_TOKEN'] = KEY.sessionToken;
    await useAll(await open(transport));
  });

  test('are denied with a wrong key, and nothing is there afterwards', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = KEY.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    process.env['AWS_SESSION_TOKEN'] = KEY.sessionToken;
    const store = await open(transport);
    await expect(store.get('a')).rejects.toMatchObject({ name: 'StoreError', kind: 'denied' });
    await expect(store.createIfAbsent('a', utf8('x'))).rejects.toMatchObject({ name: 'StoreError', kind: 'denied' });
    expect(server.buckets.keys('velocidb')).toEqual([]);
    await store.close();
  });
});

describe('credentials of signed requests', () => {
  test('come from a profile of the shared file', async () => {
    const path = join(folder, 'credentials');
    const keys = `aws_access_key_id = ${KEY.accessKeyId}\naws_secret_access_key=${KEY.secretAccessKey}\naws_session_token = ${KEY.sessionToken}\n`;
    writeFileSync(path, `[default]\naws_access_key_id = other\naws_secret_access_key = other\n\n[work]\n# a comment\n${keys}`);
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = path;
    process.env['AWS_PROFILE'] = 'work';
    await useAll(await open('http'));
    process.env['AWS_PROFILE'] = 'default';
    await expect((await open('http')).get('a')).rejects.toMatchObject({ kind: 'denied' });
  });

  test('come from the endpoint of a container, once until they expire', async () => {
    const asked: (string | undefined)[] = [];
    const container = createServer((request, response) => {
      asked.push(request.headers.authorization);
      const soon = new Date(Date.now() + (asked.length === 1 ? 60_000 : 3_600_000)).toISOString();
      response.end(
        JSON.stringify({ AccessKeyId: KEY.accessKeyId, SecretAccessKey: KEY.secretAccessKey, Token: KEY.sessionToken, Expiration: soon }),
      );
    });
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `http://127.0.0.1:${await listening(container)}/credentials`;
    process.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = 'secret';
    const store = await open('http');
    await store.get('a');
    await store.get('a'); // the first expire within five minutes: asked for again
    await store.get('a');
    expect(asked).toEqual(['secret', 'secret']);
    await store.close();
    container.close();
  });

  test('are never fetched over plain HTTP from another machine', async () => {
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = 'http://credentials.example/';
    await expect((await open('http')).get('a')).rejects.toMatchObject({ kind: 'denied', message: expect.stringContaining('plain HTTP') });
  });

  test('that are nowhere are an error before anything is sent, except to an emulator', async () => {
    const store = await openStore('s3://some-bucket?transport=http&region=eu-central-1', nodeRuntime());
    await expect(store.createIfAbsent('a', utf8('x'))).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
    await expect((await open('http')).get('a')).rejects.toMatchObject({ message: expect.stringContaining('access key is unknown') });
  });
});

function listening(started: Server): Promise<number> {
  return new Promise((resolve) => started.listen(0, '127.0.0.1', () => resolve((started.address() as AddressInfo).port)));
}
