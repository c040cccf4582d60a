import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { startKmsServer, type KmsServer } from '../fakes/kms-server.ts';
import { KEY, openSealed, rowsOf, run } from './database.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'a/token+=' };
const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

let server: KmsServer;
let store: MemoryStore;
let saved: readonly (string | undefined)[];

beforeEach(async () => {
  saved = NAMES.map((name) => process.env[name]);
  process.env['AWS_ACCESS_KEY_ID'] = CREDENTIALS.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = CREDENTIALS.secretAccessKey;
  process.env['AWS_SESSION_TOKEN'] = CREDENTIALS.sessionToken;
  server = await startKmsServer(CREDENTIALS);
  store = new MemoryStore({ clock: Date });
});

afterEach(async () => {
  for (const [at, name] of NAMES.entries()) {
    if (saved[at] === undefined) delete process.env[name];
    else process.env[name] = saved[at];
  }
  await server.close();
});

function keyAt(id: string): string {
  return `aws-kms:${id}?region=eu-central-1&endpoint=${server.url}`;
}

async function filled(encryption: string): Promise<void> {
  const opened = await openSealed(store, { encryption });
  await run(opened, 'create table t (a int)', 'insert into t values (1), (2)');
  await opened.close();
}

async function count(encryption: string): Promise<readonly string[]> {
  const opened = await openSealed(store, { encryption, create: false });
  const rows = await rowsOf(opened, 'select count(*) from t');
  await opened.close();
  return rows;
}

describe('a key of AWS KMS', () => {
  it('wraps the keyring, by alias or ARN, with one signed request each time it is opened', async () => {
    const arn = server.createKey('alias/mine');
    await filled(keyAt('alias/mine'));
    const before = server.requests.length;
    expect(await count(keyAt(arn))).toEqual(['2']);
    expect(server.requests.length).toBe(before + 1);
    expect(Buffer.from(store.peek('keyring') ?? []).toString('latin1')).toContain(arn);
  });

  it('is one of several, and takes the place of another', async () => {
    server.createKey('alias/old');
    server.createKey('alias/new');
    await filled(keyAt('alias/old'));
    const both = `${keyAt('alias/new')},${keyAt('alias/old')}`;
    expect(await count(both)).toEqual(['2']);
    const opened = await openSealed(store, { encryption: both });
    await opened.keyring?.rewrap();
    await opened.close();
    expect(await count(keyAt('alias/new'))).toEqual(['2']);
    await expect(count(keyAt('alias/old'))).rejects.toMatchObject({ code: '28000' });
  });

  it('that is another says 28000, one that may not be used 42501, a keyring of another database XX001', async () => {
    const arn = server.createKey('alias/mine');
    server.createKey('alias/other');
    await filled(keyAt('alias/mine'));
    await expect(count(keyAt('alias/other'))).rejects.toMatchObject({ code: '28000' });
    await expect(openSealed(store, { encryption: KEY })).rejects.toMatchObject({ code: '28000' });
    await expect(count(keyAt('alias/none'))).rejects.toMatchObject({ code: '42501' });
    server.disabled.add(arn);
    await expect(count(keyAt('alias/mine'))).rejects.toMatchObject({ code: '42501' });
    process.env['AWS_SECRET_ACCESS_KEY'] = 'not it';
    await expect(count(keyAt('alias/mine'))).rejects.toMatchObject({ code: '42501' });
  });

  it('is asked again when the service is busy, and 58030 when it never answers', async () => {
    server.createKey('alias/mine');
    await filled(keyAt('alias/mine'));
    let faults = 2;
    server.fault = () => (faults-- > 0 ? { kind: 'error-before', status: 400, code: 'ThrottlingException' } : undefined);
    expect(await count(keyAt('alias/mine'))).toEqual(['2']);
    server.fault = () => ({ kind: 'error-before', status: 500, code: 'KMSInternalException' });
    await expect(count(keyAt('alias/mine'))).rejects.toMatchObject({ code: '58030' });
  });

  it('needs a region: 22023', async () => {
    await expect(openSealed(store, { encryption: 'aws-kms:?region=x' })).rejects.toMatchObject({ code: '22023' });
  });
});
