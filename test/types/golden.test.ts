import { describe, expect, it } from 'vitest';
import type { EvaluationContext } from '../../src/types/function.ts';
import { testContext } from '../functions/context.ts';
import { answer } from './expression.ts';
import { goldenCases } from './golden.ts';

const FILES = ['integer', 'float', 'numeric', 'text', 'datetime', 'interval', 'json', 'array', 'cast', 'resolve', 'other'];

for (const file of FILES) {
  const cases = await goldenCases(file);
  describe(`${file} expressions answer as PostgreSQL does`, () => {
    it.each(cases.map((wanted) => [wanted.expression, wanted] as const))('%s', async (_, wanted) => {
      expect(await answer(wanted.expression, contextOf(wanted.settings))).toBe(wanted.expected);
    });
  });
}

function contextOf(settings: Readonly<Record<string, string>>): EvaluationContext {
  const [format = 'ISO', order = 'MDY'] = (settings['datestyle'] ?? 'ISO, MDY').split(', ');
  return testContext({
    timeZone: settings['timezone'] ?? 'America/New_York',
    dateStyle: { format: format.toUpperCase() as 'ISO', order: order as 'MDY' },
    intervalStyle: (settings['intervalstyle'] ?? 'postgres') as 'postgres',
  });
}
