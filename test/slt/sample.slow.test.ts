import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSample, sampleFiles } from './sample.ts';

const FILES = [...sampleFiles('sqlite'), ...sampleFiles('postgres')].map((path) => [basename(path), path] as const);

describe.each(['rows', 'vectors'])('with velocidb.executor = %s', (executor) => {
  test.each(FILES)('%s passes', async (_, path) => {
    expect((await runSample(path, undefined, [['velocidb.executor', executor]])).failures).toEqual([]);
  });
});
