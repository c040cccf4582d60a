import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { loadPeer } from '../../vfs/drivers/http.ts';
import { parseS3Url } from '../../vfs/drivers/s3-url.ts';

const runtime = nodeRuntime();

describe('a store URL', () => {
  test('memory: is a bucket of its own, memory:name one that the process shares', async () => {
    await (await openStore('memory:', runtime)).createIfAbsent('a', utf8('x'));
    expect((await (await openStore('memory:', runtime)).get('a')).kind).toBe('absent');
    await (await openStore('memory:shared-by-this-test', runtime)).createIfAbsent('a', utf8('x'));
    expect((await (await openStore('memory:shared-by-this-test', runtime)).get('a')).kind).toBe('found');
  });

  test('a directory is named by path or file: URL, and made by the first write', async () => {
    const path = await mkdtemp(join(tmpdir(), 'velocidb url '));
    const bucket = join(path, 'bucket');
    for (const [index, url] of [
      bucket,
      `file:${bucket}`,
      `file://${encodeURI(bucket)}`,
      `file://localhost${encodeURI(bucket)}`,
      `file:${bucket}?sync=off`,
    ].entries()) {
      const store = await openStore(url, runtime);
      expect(existsSync(bucket)).toBe(index > 0);
      expect((await store.get('nothing')).kind).toBe('absent');
      expect((await store.list('')).objects).toHaveLength(index);
      expect((await store.createIfAbsent(`n/${index}`, utf8('x'))).kind).toBe('created');
      await store.close();
    }
    await rm(path, { recursive: true });
  });

  test.each([
    'ftp://host/path',
    'http://bucket',
    'file:',
    '',
    'file://host/path',
    'file:x?sync=maybe',
    'file:x?snyc=off',
    's3:bucket',
    's3://',
    's3://Bucket/x',
    's3://bucket/../x',
    's3://bucket?endpoint=host',
    's3://bucket?regoin=x',
    's3://bucket?timeoutMs=soon',
    's3://bucket?transport=ftp',
    'az://Container?account=a',
    'az://container?acount=a',
    'gs://B',
    'gs://bucket?region=x',
    'r2://bucket',
    'r2://bu cket?account=a',
  ])('that names no store is SQLSTATE 22023: %j', async (url) => {
    await expect(openStore(url, runtime)).rejects.toMatchObject({ name: 'SqlError', code: '22023' });
  });

  test('that needs a package says which', async () => {
    const missing = () => Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    await expect(loadPeer('az:', '@azure/storage-blob', missing)).rejects.toMatchObject({
      code: '0A000',
      message: 'az: URLs need the package @azure/storage-blob',
      hint: 'npm install @azure/storage-blob',
    });
    await expect(loadPeer('az:', 'x', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  test('s3: reads bucket, prefix and parameters', () => {
    expect(parseS3Url('s3://my-bucket')).toMatchObject({
      bucket: 'my-bucket',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
    });
    expect(parseS3Url('s3://my-bucket/a/b/?endpoint=http://localhost:9000')).toMatchObject({
      prefix: 'a/b/',
      endpoint: 'http://localhost:9000',
      region: 'us-east-1',
      pathStyle: true,
    });
    expect(parseS3Url('s3://my-bucket/a?region=eu-west-1&pathStyle=0&endpoint=https%3A%2F%2Fs3.example')).toMatchObject({
      region: 'eu-west-1',
      pathStyle: false,
      endpoint: 'https://s3.example',
    });
  });
});

describe('the Node runtime', () => {
  test('hashes as published', async () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    expect(hex(runtime.crypto.sha256(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hex(runtime.crypto.hmacSha256(utf8('key'), utf8('The quick brown fox jumps over the lazy dog')))).toBe(
      'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8',
    );
    expect(hex(await runtime.crypto.pbkdf2Sha256(utf8('password'), utf8('salt'), 4096, 32))).toBe(
      'c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a',
    );
  });

  test('a sleep ends early when its signal aborts', async () => {
    const cancel = new AbortController();
    const sleeping = runtime.clock.sleep(60_000, cancel.signal);
    cancel.abort(new Error('woken'));
    await expect(sleeping).rejects.toThrow('woken');
  });
});
