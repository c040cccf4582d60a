import { describe, expect, test } from 'vitest';
import { equalBytes, textOf, utf8 } from '../../src/base/bytes.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { StoreError, type GetOptions, type GetOutcome, type ObjectStore } from '../../vfs/object-store.ts';
import { CoalescingStore } from '../../vfs/wrappers/coalescing.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { FaultyStore, type FaultRule } from '../../vfs/wrappers/faults.ts';
import { HedgedStore } from '../../vfs/wrappers/hedged.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { RetryingStore } from '../../vfs/wrappers/retrying.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { VirtualClock } from '../../vfs/wrappers/virtual-clock.ts';
import { linearizabilityFailure, randomHistory } from '../contract/linearizability.ts';
import { contract } from '../contract/object-store-contract.ts';

const newClock = () => new VirtualClock(() => new Promise((resolve) => setImmediate(resolve)));

contract('memory under every wrapper', async () => {
  const bucket = new MemoryStore({ clock: Date });
  const wrapped = () => {
    const clock = {
      now: Date.now,
      monotonic: () => performance.now(),
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms / 100)),
    };
    const random = new SeededRandom(5);
    const faulty = new FaultyStore(bucket, clock, random, [{ kind: 'lost-before', on: ['get', 'list', 'delete'], probability: 0.05 }]);
    const near = new LatencyStore(faulty, clock, random);
    const retrying = new RetryingStore(near, { clock, random });
    return new CountingStore(new CoalescingStore(new HedgedStore(retrying, clock), { isImmutable: () => false }));
  };
  return { store: wrapped(), other: wrapped(), close: async () => {} };
});

describe('a faulty store', () => {
  const faulty = (rules: readonly FaultRule[], bucket = new MemoryStore(), clock = newClock()) => ({
    bucket,
    clock,
    store: new FaultyStore(bucket, clock, new SeededRandom(9), rules),
  });

  test.each([
    ['lost-before', 'unknown', false],
    ['lost-after', 'unknown', true],
    ['throttle', 'undecided', false],
    ['conflict', 'undecided', false],
  ] as const)('%s makes a write %s', async (kind, outcome, landed) => {
    const { bucket, store } = faulty([{ kind }]);
    expect((await store.createIfAbsent('a', utf8('x'))).kind).toBe(outcome);
    expect(bucket.peek('a') !== undefined).toBe(landed);
  });

  test('a late write lands after its caller was told that its outcome is unknown', async () => {
    const { bucket, clock, store } = faulty([{ kind: 'late', lateMs: 60_000 }]);
    await clock.run(async () => {
      expect((await store.createIfAbsent('a', utf8('x'))).kind).toBe('unknown');
      expect(bucket.peek('a')).toBeUndefined();
      await store.settled();
      expect(bucket.peek('a')).toBeDefined();
      expect(clock.monotonic()).toBeGreaterThan(0);
    });
  });

  test('a duplicated create may answer that its own object exists', async () => {
    const { store } = faulty([{ kind: 'duplicate' }]);
    const kinds = new Set<string>();
    for (let n = 0; n < 20; n++) kinds.add((await store.createIfAbsent(`a/${n}`, utf8('x'))).kind);
    expect([...kinds].sort()).toEqual(['created', 'exists']);
  });

  test('a write answered with 200 and an error has landed sometimes', async () => {
    const { bucket, store } = faulty([{ kind: 'ok-with-error' }]);
    for (let n = 0; n < 20; n++) expect((await store.createIfAbsent(`a/${n}`, utf8('x'))).kind).toBe('unknown');
    expect(bucket.names().length).toBeGreaterThan(0);
    expect(bucket.names().length).toBeLessThan(20);
  });

  test('bodies are cut short or damaged by one bit, the bucket’s own bytes are not', async () => {
    const { bucket, store } = faulty([
      { kind: 'short-body', nth: 1 },
      { kind: 'flipped-bit', nth: 1 },
    ]);
    const bytes = utf8('0123456789');
    await bucket.createIfAbsent('a', bytes);
    const short = await store.get('a');
    const flipped = await store.get('a');
    const sound = await store.get('a');
    if (short.kind !== 'found' || flipped.kind !== 'found' || sound.kind !== 'found') throw new Error('not found');
    expect(short.bytes.length).toBeLessThan(10);
    const bits = flipped.bytes.reduce((total, byte, at) => total + (byte ^ bytes[at]).toString(2).replaceAll('0', '').length, 0);
    expect(bits).toBe(1);
    expect(equalBytes(sound.bytes, bytes)).toBe(true);
    expect([...store.injected]).toEqual([
      ['short-body', 1],
      ['flipped-bit', 1],
    ]);
  });

  test('rules choose by kind of request, name, turn and chance, and repeat by seed', async () => {
    const run = async () => {
      const { store } = faulty([
        { kind: 'denied', on: ['get'], under: 'secret/', nth: 2 },
        { kind: 'throttle', on: ['create'], probability: 0.3 },
      ]);
      await store.get('secret/a');
      await store.get('open/a');
      await expect(store.get('secret/a')).rejects.toMatchObject({ kind: 'denied' });
      await store.get('secret/a');
      const kinds: string[] = [];
      for (let n = 0; n < 100; n++) kinds.push((await store.createIfAbsent(`a/${n}`, utf8('x'))).kind);
      return kinds;
    };
    const first = await run();
    expect(first.filter((kind) => kind === 'undecided').length).toBeGreaterThan(15);
    expect(first.filter((kind) => kind === 'undecided').length).toBeLessThan(50);
    expect(await run()).toEqual(first);
  });
});

test('histories with lost, late, repeated and throttled writes are linearizable, their unknown outcomes either way', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
  let unknowns = 0;
  for (let round = 0; round < 20; round++) {
    const clock = newClock();
    const bucket = new MemoryStore();
    const kinds = ['lost-before', 'lost-after', 'late', 'throttle', 'conflict', 'ok-with-error'] as const;
    const rules = kinds.map((kind): FaultRule => ({ kind, on: ['create', 'replace'], probability: 0.03, lateMs: 2_000 }));
    const clients = [1, 2, 3].map((client) => {
      const random = new SeededRandom(seed + round * 10 + client);
      return new FaultyStore(new LatencyStore(bucket, clock, random), clock, random, rules);
    });
    const history = await clock.run(() => randomHistory(clients, 'object', 40, seed + round));
    unknowns += history.filter(
      (call) => (call.kind === 'create' && call.created === 'unknown') || (call.kind === 'replace' && call.replaced === 'unknown'),
    ).length;
    expect(linearizabilityFailure(history), `SEED=${seed}`).toBeUndefined();
  }
  expect(unknowns).toBeGreaterThan(20);
});

describe('a retrying store', () => {
  test('sends reads, lists and deletes again, writes never', async () => {
    const clock = newClock();
    await clock.run(async () => {
      const counting = new CountingStore(new MemoryStore());
      const rules: FaultRule[] = [
        { kind: 'lost-before', on: ['get'], nth: 1 },
        { kind: 'throttle', on: ['list'], nth: 1 },
        { kind: 'lost-after', on: ['delete'], nth: 1 },
        { kind: 'throttle', on: ['create'] },
      ];
      const store = new RetryingStore(new FaultyStore(counting, clock, new SeededRandom(1), rules), { clock, random: new SeededRandom(2) });
      expect((await store.get('a')).kind).toBe('absent');
      expect((await store.list('')).objects).toEqual([]);
      await store.delete('a');
      expect((await store.createIfAbsent('a', utf8('x'))).kind).toBe('undecided');
      expect(counting.total).toMatchObject({ get: 1, list: 1, delete: 2, create: 0 });
    });
  });

  test('gives up after its attempts, and at once when refused', async () => {
    const clock = newClock();
    await clock.run(async () => {
      const faults = new FaultyStore(new MemoryStore(), clock, new SeededRandom(1), [
        { kind: 'denied', on: ['list'] },
        { kind: 'lost-before', on: ['get'] },
      ]);
      const store = new RetryingStore(faults, { clock, random: new SeededRandom(2) }, { attemptsMax: 3, pauseMs: 10, pauseMsMax: 100 });
      await expect(store.get('a')).rejects.toBeInstanceOf(StoreError);
      await expect(store.list('')).rejects.toMatchObject({ kind: 'denied' });
      expect([faults.injected.get('lost-before'), faults.injected.get('denied')]).toEqual([3, 1]);
    });
  });
});

/** Answers the n-th read after the n-th delay. */
class SlowStore extends MemoryStore implements ObjectStore {
  readonly #clock: VirtualClock;
  readonly #delaysMs: number[];
  cancelled = 0;
  constructor(clock: VirtualClock, delaysMs: readonly number[]) {
    super();
    this.#clock = clock;
    this.#delaysMs = [...delaysMs];
  }
  override async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    options.signal?.addEventListener('abort', () => this.cancelled++);
    const delayMs = this.#delaysMs.shift() ?? 0;
    await this.#clock.sleep(Math.abs(delayMs), options.signal);
    if (delayMs < 0) throw new StoreError('transient', name, 'slow and failed');
    return super.get(name);
  }
}

describe('a hedged store', () => {
  const hedged = async (delaysMs: readonly number[]) => {
    const clock = newClock();
    const inner = new SlowStore(clock, delaysMs);
    const counting = new CountingStore(inner);
    return clock.run(async () => {
      const kind = await new HedgedStore(counting, clock, 200).get('a').then(
        (outcome) => outcome.kind,
        (error: unknown) => String(error),
      );
      return { kind, requests: counting.total.requests, tookMs: clock.monotonic() };
    });
  };

  test('sends one request when it is answered in time', async () => {
    expect(await hedged([100])).toEqual({ kind: 'absent', requests: 1, tookMs: 100 });
  });
  test('sends a second when the first is slow, and takes the faster answer', async () => {
    expect(await hedged([5_000, 30])).toEqual({ kind: 'absent', requests: 2, tookMs: 230 });
    expect(await hedged([250, 3_000])).toEqual({ kind: 'absent', requests: 2, tookMs: 250 });
  });
  test('fails only when both have failed', async () => {
    expect(await hedged([-300, 400])).toEqual({ kind: 'absent', requests: 2, tookMs: 600 });
    expect(await hedged([-300, -400])).toMatchObject({ kind: expect.stringContaining('slow and failed'), requests: 2 });
  });
});

describe('a coalescing store', () => {
  const opened = async () => {
    const clock = newClock();
    const bucket = new MemoryStore();
    await bucket.createIfAbsent('segment/1', utf8('0123456789abcdefghijklmnopqrstuvwxyz'));
    const counting = new CountingStore(new LatencyStore(bucket, clock, new SeededRandom(1)));
    return {
      clock,
      counting,
      store: new CoalescingStore(counting, { isImmutable: (name) => name.startsWith('segment/'), gapBytesMax: 2 }),
    };
  };
  const textIn = async (store: ObjectStore, name: string, offset: number, length: number) => {
    const found = await store.get(name, { range: { offset, length } });
    if (found.kind !== 'found') throw new Error(found.kind);
    return textOf(found.bytes);
  };

  test('sends neighbouring and overlapping ranges of one turn as one request', async () => {
    const { clock, counting, store } = await opened();
    await clock.run(async () => {
      const parts = await Promise.all(
        [
          [0, 4],
          [4, 5],
          [6, 2],
          [11, 3],
          [20, 4],
          [34, 10],
        ].map(([offset, length]) => textIn(store, 'segment/1', offset, length)),
      );
      expect(parts).toEqual(['0123', '45678', '67', 'bcd', 'klmn', 'yz']);
      expect(counting.total.get).toBe(3);
    });
  });

  test('shares a request that is under way', async () => {
    const { clock, counting, store } = await opened();
    await clock.run(async () => {
      const first = textIn(store, 'segment/1', 0, 10);
      await clock.sleep(1);
      expect(await Promise.all([first, textIn(store, 'segment/1', 2, 3)])).toEqual(['0123456789', '234']);
      expect(counting.total.get).toBe(1);
      await textIn(store, 'segment/1', 2, 3);
      expect(counting.total.get).toBe(2);
    });
  });

  test('never shares a read of what may change', async () => {
    const { clock, counting, store } = await opened();
    await clock.run(async () => {
      await Promise.all([
        store.get('root'),
        store.get('root'),
        store.get('log/1', { range: { offset: 0, length: 5 } }),
        store.get('log/1', { range: { offset: 0, length: 5 } }),
      ]);
      expect(counting.total.get).toBe(4);
    });
  });

  test('tells all who wait of a failure', async () => {
    const failing = new FaultyStore(new MemoryStore(), newClock(), new SeededRandom(1), [{ kind: 'denied' }]);
    const store = new CoalescingStore(failing, { isImmutable: () => true });
    const reads = [0, 1, 2].map((offset) => store.get('a', { range: { offset, length: 1 } }));
    for (const read of reads) await expect(read).rejects.toMatchObject({ kind: 'denied' });
    expect(failing.injected.get('denied')).toBe(1);
  });
});
