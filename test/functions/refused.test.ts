import { describe, expect, it } from 'vitest';
import { jsonRefusedFunctions } from '../../src/types/functions/json/refused.ts';
import { testContext } from './context.ts';

describe('JSON functions without an implementation', () => {
  for (const refused of jsonRefusedFunctions()) {
    it(`${refused.name} says 0A000 instead of a wrong answer`, () => {
      const run = (): unknown =>
        refused.kind === 'scalar'
          ? refused.evaluate(testContext())
          : refused.kind === 'set'
            ? Array.from(refused.generate(testContext(), []))
            : undefined;
      expect(run).toThrow(expect.objectContaining({ code: '0A000' }));
    });
  }
});
