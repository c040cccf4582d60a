import { describe, expect, it } from 'vitest';
import { findAnomalies, type Observation, type Operation } from './list-append.ts';

const append = (key: number, value: number): Operation => ({ kind: 'append', key, value });
const read = (key: number, ...values: number[]): Operation => ({ kind: 'read', key, values });

/** All at the same time, so that real time orders nothing. */
function ran(operations: readonly Operation[], outcome: Observation['outcome'] = 'committed'): Observation {
  return { operations, outcome, startedMs: 0, endedMs: 1 };
}

function at(startedMs: number, endedMs: number, ...operations: Operation[]): Observation {
  return { operations, outcome: 'committed', startedMs, endedMs };
}

const kinds = (history: readonly Observation[]): string[] => findAnomalies(history).map(({ kind }) => kind);

describe('the list-append checker', () => {
  it('accepts a serial history', () => {
    expect(
      kinds([at(0, 1, append(1, 1)), at(2, 3, read(1, 1), append(1, 2)), at(4, 5, read(1, 1, 2)), at(4, 9, read(2), append(2, 7))]),
    ).toEqual([]);
  });

  it.each<[string, readonly Observation[]]>([
    ['incompatible-order', [ran([append(1, 1)]), ran([append(1, 2)]), ran([read(1, 1, 2)]), ran([read(1, 2, 1)])]],
    ['internal', [ran([append(1, 1), read(1)])]],
    ['duplicate', [ran([append(1, 1)]), ran([read(1, 1, 1)])]],
    ['garbage', [ran([read(1, 9)])]],
    ['G1a', [ran([append(1, 1)], 'failed'), ran([read(1, 1)])]],
    ['G1b', [ran([append(1, 1), append(1, 2)]), ran([read(1, 1)])]],
    ['G0', [ran([append(1, 1), append(2, 1)]), ran([append(1, 2), append(2, 2)]), ran([read(1, 1, 2), read(2, 2, 1)])]],
    ['G1c', [ran([append(1, 1), read(2, 2)]), ran([append(2, 2), read(1, 1)])]],
    ['G-single', [ran([append(1, 1), append(2, 1)]), ran([read(1, 1), read(2)]), ran([read(2, 1)])]],
    ['G-single', [ran([read(1), append(1, 1)]), ran([read(1), append(1, 2)]), ran([read(1, 1, 2)])]],
    ['G2-item', [ran([read(1), append(2, 1)]), ran([read(2), append(1, 1)]), ran([read(1, 1), read(2, 1)])]],
    ['G-single-realtime', [at(0, 1, append(1, 1)), at(2, 3, read(1)), at(4, 5, read(1, 1))]],
    ['G0-realtime', [at(4, 5, append(1, 1)), at(0, 1, append(1, 2)), at(0, 9, read(1, 1, 2))]],
  ])('finds %s', (kind, history) => {
    expect(kinds(history)).toContain(kind);
  });

  it('counts an unknown transaction as committed when its append was read', () => {
    expect(kinds([ran([append(1, 1)], 'unknown'), ran([read(1, 1)])])).toEqual([]);
  });

  it('judges ten thousand transactions in seconds', () => {
    const lists = new Map<number, number[]>();
    const history = Array.from({ length: 10_000 }, (_, number): Observation => {
      const key = (number * 7) % 500;
      const values = lists.get(key) ?? [];
      lists.set(key, [...values, number]);
      return at(number * 2, number * 2 + 1, read(key, ...values), append(key, number));
    });
    expect(findAnomalies(history)).toEqual([]);
  });
});
