import { describe, expect, it } from 'vitest';
import { Measured } from '../../bench/measure.ts';
import { figure, geometricMean, line, table } from '../../bench/report.ts';
import { OURS, versus } from '../../bench/versus.ts';

const PROMISED = { suite: 'point', case: 'select_all', consistency: 'eventual', durability: 'none' } as const;

const seconds = (entries: readonly [string, number][]) => Object.assign(new Measured(entries), { rounds: 3 });

describe('a figure', () => {
  it('has a ratio above 1 when we do more a second than the peer', () => {
    expect(figure({ ...PROMISED, ours: 300, peer: 100, peerName: 'x', unit: 'op/s' }).ratio).toBe(3);
  });

  it('has a ratio above 1 when we need less of a unit than the peer', () => {
    for (const unit of ['ms', 's', 'µs', 'round trips', 'bytes', 'MB', 'requests']) {
      expect(figure({ ...PROMISED, ours: 100, peer: 300, peerName: 'x', unit }).ratio).toBe(3);
    }
  });

  it('has neither ratio nor peer where there is none', () => {
    const keys = Object.keys(JSON.parse(JSON.stringify(figure({ ...PROMISED, ours: 2, unit: 'round trips' }))) as object);
    expect(keys).not.toContain('peer');
    expect(keys).not.toContain('ratio');
  });

  it('of a peer that was cut off says null and gives no ratio', () => {
    const line = JSON.parse(JSON.stringify(figure({ ...PROMISED, ours: 2, peer: null, peerName: 'SQLite', unit: 'ms' }))) as Record<
      string,
      unknown
    >;
    expect(line['peer']).toBeNull();
    expect(line).not.toHaveProperty('ratio');
  });

  it('of one case is one line for each peer, in the words of the JSON form', () => {
    const lines = versus(
      { ...PROMISED, scale: 0.1 },
      seconds([
        [OURS, 0.001],
        ['a', 0.002],
        ['b', 0.0005],
      ]),
      'op/s',
    );
    expect(lines).toEqual([
      { ...PROMISED, scale: 0.1, unit: 'op/s', ours: 1000, rounds: 3, peer: 500, peerName: 'a', ratio: 2 },
      { ...PROMISED, scale: 0.1, unit: 'op/s', ours: 1000, rounds: 3, peer: 2000, peerName: 'b', ratio: 0.5 },
    ]);
  });

  it('without any peer is still a line', () => {
    expect(versus(PROMISED, seconds([[OURS, 0.001]]), 'ms')).toEqual([{ ...PROMISED, unit: 'ms', ours: 1, rounds: 3 }]);
  });

  it('says null for the side whose time was up, and gives no ratio', () => {
    const ours = seconds([['peer', 0.002]]);
    ours.cutOff.add(OURS);
    expect(versus(PROMISED, ours, 'ms')).toEqual([{ ...PROMISED, unit: 'ms', ours: null, rounds: 3, peer: 2, peerName: 'peer' }]);
    const theirs = seconds([[OURS, 0.001]]);
    theirs.cutOff.add('peer');
    expect(versus(PROMISED, theirs, 'ms')).toEqual([{ ...PROMISED, unit: 'ms', ours: 1, rounds: 3, peer: null, peerName: 'peer' }]);
  });

  it('has its scale and rounds in JSON, where it ran once at its only size too', () => {
    expect(JSON.parse(line(figure({ ...PROMISED, ours: 2, unit: 'ms' })))).toMatchObject({ scale: 1, rounds: 1 });
    expect(JSON.parse(line(figure({ ...PROMISED, ours: 2, unit: 'ms', scale: 0.1, rounds: 5 })))).toMatchObject({ scale: 0.1, rounds: 5 });
  });
});

describe('the table', () => {
  it('has a line for each figure under a head and a rule', () => {
    const text = table(
      versus(
        PROMISED,
        seconds([
          [OURS, 0.001],
          ['peer', 0.002],
        ]),
        'op/s',
      ),
    );
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('1000 op/s');
    expect(text).toContain('2.00 ×');
  });
});

it('the geometric mean of 1, 10 and 100 is 10', () => {
  expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 12);
});
