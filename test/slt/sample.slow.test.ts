import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { runSample, sampleFiles } from './sample.ts';

test.each([...sampleFiles('sqlite'), ...sampleFiles('postgres')].map((path) => [basename(path), path] as const))(
  '%s passes',
  async (_, path) => {
    expect((await runSample(path)).failures).toEqual([]);
  },
);
