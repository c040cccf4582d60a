import { expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { textAt } from '../contract/object-store-contract.ts';
import { childScript } from './child-script.ts';

test('the S3 fake serves as a process of its own, on the URL it prints', async () => {
  const script = await childScript('test/fakes/s3-server-main.ts');
  const lines: string[] = [];
  const child = script.start(['0', 'my-bucket'], (line) => lines.push(line));
  await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
  const [url] = lines;
  const store = await openStore(`s3://my-bucket/x?endpoint=${url}`, nodeRuntime());
  expect((await store.createIfAbsent('a', utf8('served'))).kind).toBe('created');
  expect((await store.createIfAbsent('a', utf8('again'))).kind).toBe('exists');
  expect(await textAt(store, 'a')).toBe('served');
  await store.close();
  child.signal('SIGKILL');
  await child.ended;
  await script.remove();
});
