import { describe, expect, it } from 'vitest';
import { testContext } from './context.ts';
import { answer } from './evaluate.ts';
import { goldenCases } from './golden.ts';

const FILES = ['aggregate', 'text', 'math', 'datetime', 'json', 'array', 'set', 'system'];

for (const file of FILES) {
  const cases = await goldenCases(file);
  describe(`${file} functions answer as PostgreSQL does`, () => {
    it.each(cases.map((wanted) => [wanted.line, wanted] as const))('%s', async (_, wanted) => {
      expect(await answer(wanted, testContext())).toBe(wanted.expected);
    });
  });
}
