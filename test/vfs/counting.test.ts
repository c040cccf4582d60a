import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { VirtualClock } from '../../vfs/wrappers/virtual-clock.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the counting store', () => {
  test('counts requests by kind, and bytes both ways', async () => {
    const store = new CountingStore(new MemoryStore());
    const created = await store.createIfAbsent('a', utf8('12345'));
    if (created.kind !== 'created') throw new Error(created.kind);
    const { tally } = await store.measure(async () => {
      await store.get('a', { range: { offset: 1, length: 2 } });
      await store.get('b');
      await store.replaceIfMatch('a', utf8('123'), created.validator);
      await store.list('');
      await store.delete('a');
    });
    expect(tally).toEqual({ get: 2, create: 0, replace: 1, delete: 1, list: 1, requests: 5, depth: 5, readBytes: 2, writtenBytes: 3 });
    expect(store.total).toMatchObject({ create: 1, requests: 6, writtenBytes: 8 });
  });

  test('the depth of requests side by side is one', async () => {
    const clock = new VirtualClock(turn);
    const store = new CountingStore(new LatencyStore(new MemoryStore(), clock, new SeededRandom(1)));
    await clock.run(async () => {
      const { tally } = await store.measure(() => Promise.all([store.get('a'), store.get('b'), store.list('')]));
      expect(tally).toMatchObject({ requests: 3, depth: 1 });
    });
  });

  test('the depth is the longest chain, not the number of requests', async () => {
    const clock = new VirtualClock(turn);
    const store = new CountingStore(new LatencyStore(new MemoryStore(), clock, new SeededRandom(1)));
    await clock.run(async () => {
      const { tally } = await store.measure(async () => {
        await store.get('root');
        await Promise.all([store.get('leaf'), store.get('log/1'), store.get('log/2')]);
      });
      expect(tally).toMatchObject({ requests: 4, depth: 2 });
    });
  });

  test('requests under way when a measurement begins lengthen no chain of it', async () => {
    const clock = new VirtualClock(turn);
    const store = new CountingStore(new LatencyStore(new MemoryStore(), clock, new SeededRandom(1)));
    await clock.run(async () => {
      const before = store.get('before');
      const measurement = store.begin();
      await before;
      await store.get('after');
      expect(measurement.end()).toMatchObject({ get: 1, depth: 1 });
      await store.get('later');
      expect(measurement.tally()).toMatchObject({ get: 1 });
    });
  });

  test('a failed request counts', async () => {
    const inner = new MemoryStore();
    inner.get = () => Promise.reject(new Error('down'));
    const store = new CountingStore(inner);
    await expect(store.get('a')).rejects.toThrow('down');
    expect(store.total).toMatchObject({ get: 1, depth: 1 });
  });
});

describe('the latency model', () => {
  test('has the medians it names and passes no real time', async () => {
    const clock = new VirtualClock(turn);
    const store = new LatencyStore(new MemoryStore(), clock, new SeededRandom(7));
    const startMs = Date.now();
    await clock.run(async () => {
      const medianOf = async (run: (n: number) => Promise<unknown>) => {
        const taken: number[] = [];
        for (let n = 0; n < 301; n++) {
          const beganMs = clock.monotonic();
          await run(n);
          taken.push(clock.monotonic() - beganMs);
        }
        return taken.sort((a, b) => a - b)[150];
      };
      const near = (ms: number) => ({ low: ms * 0.94, high: ms * 1.06 });
      for (const [ms, run] of [
        [61, (n: number) => store.createIfAbsent(`a/${n}`, utf8('x'))],
        [75, (n: number) => store.createIfAbsent(`a/${n}`, utf8('x'))],
        [27, (n: number) => store.get(`a/${n}`)],
        [43, () => store.list('a/0')],
      ] as const) {
        const median = await medianOf(run);
        expect(median).toBeGreaterThan(near(ms).low);
        expect(median).toBeLessThan(near(ms).high);
      }
    });
    expect(clock.monotonic()).toBeGreaterThan(50_000);
    expect(Date.now() - startMs).toBeLessThan(20_000);
  });

  test('a write takes effect between its request and its answer', async () => {
    const clock = new VirtualClock(turn);
    const bucket = new MemoryStore();
    const store = new LatencyStore(bucket, clock, new SeededRandom(3));
    await clock.run(async () => {
      const writing = store.createIfAbsent('a', utf8('x'));
      expect(bucket.peek('a')).toBeUndefined();
      await writing;
      expect(bucket.peek('a')).toBeDefined();
    });
  });
});

describe('the virtual clock', () => {
  test('wakes sleepers in the order of their times, equals in the order they slept', async () => {
    const clock = new VirtualClock(turn);
    const woken: string[] = [];
    await clock.run(async () => {
      await Promise.all(
        [
          ['c', 30],
          ['a', 10],
          ['b', 20],
          ['a2', 10],
        ].map(([name, ms]) => clock.sleep(Number(ms)).then(() => woken.push(String(name)))),
      );
    });
    expect(woken).toEqual(['a', 'a2', 'b', 'c']);
    expect(clock.monotonic()).toBe(30);
  });

  test('an aborted sleep rejects and is forgotten', async () => {
    const clock = new VirtualClock(turn);
    const cancel = new AbortController();
    await clock.run(async () => {
      const long = clock.sleep(1_000_000, cancel.signal);
      await Promise.all([expect(long).rejects.toThrow('enough'), clock.sleep(5).then(() => cancel.abort(new Error('enough')))]);
    });
    expect(clock.monotonic()).toBe(5);
  });

  test('a program that waits for nothing is a broken claim', async () => {
    await expect(new VirtualClock(turn).run(() => new Promise(() => {}))).rejects.toThrow('a sleeper to wait for');
  });
});
