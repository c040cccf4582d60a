import { expect, it } from 'vitest';
import { interleaved } from '../../bench/measure.ts';

const cutOff = () => Promise.reject(Object.assign(new Error('too late'), { code: '57014' }));

it('contestants take turns, and the first round is not counted', async () => {
  const order: string[] = [];
  const contestant = (name: string) => ({ name, run: () => order.push(name) && 1 });
  const measured = await interleaved([contestant('a'), contestant('b')], 2);
  expect(order.join('')).toBe('ababab');
  expect([measured.rounds, [...measured.keys()]]).toEqual([2, ['a', 'b']]);
});

it('seconds are those of the best counted round, per operation', async () => {
  let round = 0;
  const spend = () => {
    const until = performance.now() + [0, 30, 10, 40][round++];
    while (performance.now() < until);
    return 10;
  };
  const seconds = (await interleaved([{ name: 'a', run: spend }], 3)).get('a') ?? NaN;
  expect(seconds).toBeGreaterThanOrEqual(0.001);
  expect(seconds).toBeLessThan(0.003);
});

it('rounds end when their time is up, which the first does not use', async () => {
  let runs = 0;
  const slow = () => new Promise<number>((resolve) => setTimeout(() => resolve(++runs), 20));
  expect((await interleaved([{ name: 'a', run: slow }], 5, 0.004)).rounds).toBe(1);
  expect(runs).toBe(2);
});

it('who is cut off takes no more turns and has no time; other errors are passed on', async () => {
  let turns = 0;
  const measured = await interleaved(
    [
      { name: 'a', run: () => 1 },
      { name: 'b', run: () => (++turns < 2 ? 1 : cutOff()) },
    ],
    3,
  );
  expect([[...measured.keys()], [...measured.cutOff], turns]).toEqual([['a'], ['b'], 2]);
  await expect(interleaved([{ name: 'a', run: () => Promise.reject(new Error('wrong')) }])).rejects.toThrow('wrong');
});
