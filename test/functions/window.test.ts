import { describe, expect, it } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import type { WindowFrame, WindowFunction } from '../../src/types/function.ts';
import { libraryFunctions } from '../../src/types/functions/library.ts';
import type { Value } from '../../src/types/value.ts';
import { testContext } from './context.ts';

function windowFunction(name: string, argumentCount: number): WindowFunction {
  const found = libraryFunctions().find(
    (candidate) => candidate.kind === 'window' && candidate.name === name && candidate.arguments.length === argumentCount,
  );
  if (found?.kind !== 'window') throw new Error(`no window function ${name}`);
  return found;
}

/** The function's values over one partition ordered by its first column, with the frame PostgreSQL has by default. */
function over(name: string, keys: readonly number[], ...args: readonly (readonly Value[])[]): Value[] {
  const chosen = windowFunction(name, args.length);
  return keys.map((key, row) => {
    const peerStart = keys.indexOf(key);
    const peerEnd = keys.lastIndexOf(key) + 1;
    const frame: WindowFrame = {
      context: testContext(),
      row,
      rowCount: keys.length,
      peerStart,
      peerEnd,
      peerGroup: new Set(keys.slice(0, peerStart)).size,
      frameSize: peerEnd,
      frameRow: (index) => index,
      argument: (index, at) => args[index][at],
    };
    return chosen.evaluate(frame);
  });
}

const all = (value: Value): Value[] => [value, value, value, value, value];
const KEYS = [10, 20, 20, 30, 40];
const LETTERS = ['a', 'b', 'c', 'd', 'e'];

describe('window functions', () => {
  it('count rows and ranks', () => {
    expect(over('row_number', KEYS)).toEqual([1, 2, 3, 4, 5]);
    expect(over('rank', KEYS)).toEqual([1, 2, 2, 4, 5]);
    expect(over('dense_rank', KEYS)).toEqual([1, 2, 2, 3, 4]);
    expect(over('percent_rank', KEYS)).toEqual([0, 0.25, 0.25, 0.75, 1]);
    expect(over('cume_dist', KEYS)).toEqual([0.2, 0.6, 0.6, 0.8, 1]);
    expect(over('percent_rank', [1])).toEqual([0]);
  });

  it('give the first buckets of ntile one row more', () => {
    expect(over('ntile', KEYS, all(3))).toEqual([1, 1, 2, 2, 3]);
    expect(over('ntile', KEYS, all(7))).toEqual([1, 2, 3, 4, 5]);
    expect(over('ntile', KEYS, all(null))).toEqual(all(null));
  });

  it('refuse ntile(0) with 22014 and nth_value(x, 0) with 22016', () => {
    for (const [run, code] of [
      [() => over('ntile', KEYS, all(0)), '22014'],
      [() => over('nth_value', KEYS, LETTERS, all(0)), '22016'],
    ] as const) {
      let caught: unknown;
      try {
        run();
      } catch (error) {
        caught = error;
      }
      expect(isSqlError(caught) && caught.code).toBe(code);
    }
  });

  it('read other rows', () => {
    expect(over('lag', KEYS, LETTERS)).toEqual([null, 'a', 'b', 'c', 'd']);
    expect(over('lead', KEYS, LETTERS)).toEqual(['b', 'c', 'd', 'e', null]);
    expect(over('lead', KEYS, LETTERS, all(2), all('z'))).toEqual(['c', 'd', 'e', 'z', 'z']);
    expect(over('lag', KEYS, LETTERS, all(-1))).toEqual(['b', 'c', 'd', 'e', null]);
    expect(over('lag', KEYS, LETTERS, all(null))).toEqual(all(null));
    expect(over('first_value', KEYS, LETTERS)).toEqual(all('a'));
    expect(over('last_value', KEYS, LETTERS)).toEqual(['a', 'c', 'c', 'd', 'e']);
    expect(over('nth_value', KEYS, LETTERS, all(2))).toEqual([null, 'b', 'b', 'b', 'b']);
  });
});
