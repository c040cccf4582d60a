import { test } from 'vitest';
import { SEED } from '../storage/random.ts';
import { compareStatements } from './differential.ts';

test.each(Array.from({ length: 15 }, (_, at) => SEED + 1000 + at))(
  'a hundred statements of seed %d answer as planned what they answer as written',
  async (seed) => {
    await compareStatements(seed, 100);
  },
);
