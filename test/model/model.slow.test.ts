import { describe, expect, it } from 'vitest';
import { Combining, COMBINING, COMBINING_GATE, COMBINING_MUTANTS, COMBINING_STEPS } from './combining.ts';
import { GATE, MUTANTS } from './configurations.ts';
import { explore } from './explore.ts';
import { STEPS, type Step } from './frame.ts';
import { Protocol } from './protocol.ts';
import { PROTOCOL } from './rules.ts';

const STATES_MAX = 40_000_000;

/** Steps that only a mutant takes. */
const MISTAKES: readonly Step[] = [
  'chooses the doom epoch #, tells nobody',
  'GET slot #: empty, reports failed',
  'runs the unknown transaction again',
  'deletes the segments of an unknown outcome',
];

describe('the commit protocol', () => {
  const seen = new Set<Step>();

  it.each(GATE.map((bounds) => [bounds.name, bounds] as const))(
    'keeps its promises in every state: %s',
    { timeout: 1_200_000 },
    (_name, bounds) => {
      const found = explore(new Protocol(bounds, PROTOCOL), STATES_MAX);
      STEPS.forEach((step, kind) => {
        if (found.kindCounts[kind] > 0) seen.add(step);
      });
      expect(found.violation).toBeUndefined();
      expect(found.exhausted).toBe(true);
    },
  );

  it('reaches every step, so that no promise is kept by never being put to the test', () => {
    expect(STEPS.filter((step) => !seen.has(step))).toEqual(MISTAKES);
  });
});

describe('a mutant of the commit protocol', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'dies: %s',
    { timeout: 1_200_000 },
    (_name, { bounds, rules, breaks }) => {
      const found = explore(new Protocol(bounds, rules), STATES_MAX);
      expect(found.violation?.promise.slice(0, 2)).toBe(breaks);
    },
  );
});

describe('combining', () => {
  const seen = new Set<string>();

  it.each(COMBINING_GATE.map((bounds) => [bounds.name, bounds] as const))('keeps its promises in every state: %s', (_name, bounds) => {
    const found = explore(new Combining(bounds, COMBINING), STATES_MAX);
    COMBINING_STEPS.forEach((step, kind) => {
      if (found.kindCounts[kind] > 0) seen.add(step);
    });
    expect(found.violation).toBeUndefined();
    expect(found.exhausted).toBe(true);
  });

  it('reaches every step', () => {
    expect(COMBINING_STEPS.filter((step) => !seen.has(step))).toEqual(['gives up: failed']); // a mistake
  });

  it.each(COMBINING_MUTANTS.map((mutant) => [mutant.name, mutant] as const))('has mutants that die: %s', (_name, mutant) => {
    const found = explore(new Combining(mutant.bounds, mutant.rules), STATES_MAX);
    expect(found.violation?.promise.slice(0, 2)).toBe(mutant.breaks);
  });
});
