import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSample, sampleFiles } from './sample.ts';

const SQLITE = sampleFiles('sqlite').filter((path) => !/select\d/.test(path));
const POSTGRES = sampleFiles('postgres').filter((_, at) => at % 10 === 0);

describe('SQL logic tests of others pass', () => {
  test.each([...SQLITE, ...POSTGRES].map((path) => [basename(path), path] as const))('%s', async (_, path) => {
    expect((await runSample(path)).failures).toEqual([]);
  });
});

describe('the runner sees', () => {
  const run = async (text: string) => (await runSample('postgres/given.slt', text)).failures.map((failure) => failure.reason);

  test('a wrong value', async () => {
    expect(await run('query I nosort\nSELECT 1\n----\n2\n')).toEqual([expect.stringContaining('expected "2", got "1"')]);
  });

  test('another SQLSTATE than expected', async () => {
    expect(await run('statement error 22012\nSELECT * FROM nowhere\n')).toEqual([
      expect.stringContaining('expected error 22012, got 42P01'),
    ]);
  });

  test('a statement that should have failed', async () => {
    expect(await run('statement error 22012\nSELECT 1\n')).toEqual(['expected an error 22012']);
  });

  test('a hash of other values', async () => {
    const text = 'query I nosort\nSELECT 1\n----\n1 values hashing to 00000000000000000000000000000000\n';
    expect((await runSample('sqlite/given.test', text)).failed).toBe(1);
  });

  test('settings made before the file', async () => {
    const text = "query T nosort\nSELECT '\\x61'::bytea\n----\na\n";
    expect((await runSample('postgres/given.slt', text)).failed).toBe(1);
    expect((await runSample('postgres/given.slt', text, [['bytea_output', 'escape']])).failed).toBe(0);
  });
});
