/** The doctor over stores that are well, and over stores that are ill in one way each. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { examine, type Examination } from '../../vfs/doctor/examine.ts';
import { costEstimate } from '../../vfs/doctor/prices.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import {
  StoreError,
  type CreateOutcome,
  type GetOptions,
  type GetOutcome,
  type ListOptions,
  type ListPage,
  type ObjectStore,
  type ReplaceOutcome,
  type Validator,
} from '../../vfs/object-store.ts';
import { FaultyStore } from '../../vfs/wrappers/faults.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { startS3Server } from '../fakes/s3-server.ts';

const runtime = nodeRuntime();
/** Pauses between attempts take no time here. */
const hasty = { ...runtime, clock: { ...runtime.clock, sleep: async () => {} } };
const OPTIONS = { racers: 8, rounds: 2, samples: 3 };

function verdicts({ findings }: Examination): Record<string, string> {
  return Object.fromEntries(findings.filter(({ verdict }) => verdict !== 'ok').map(({ check, verdict }) => [check, verdict]));
}

describe('the doctor', () => {
  test('trusts a directory, S3 through both transports and Google, and leaves nothing behind', async () => {
    const path = await mkdtemp(join(tmpdir(), 'velocidb-doctor-'));
    const [s3, gcs] = await Promise.all([startS3Server(), startGcsServer()]);
    const urls = [`file:${path}/bucket?sync=off`, s3.storeUrl('a'), `${s3.storeUrl('b')}&transport=http`, gcs.storeUrl('c')];
    for (const url of urls) {
      const [store, other] = await Promise.all([openStore(url, runtime), openStore(url, runtime)]);
      const examination = await examine(store, other, runtime, OPTIONS);
      expect(verdicts(examination), JSON.stringify(examination.findings)).toEqual({});
      expect(examination.trusted).toBe(true);
      expect(examination.hasClock).toBe(true);
      expect(examination.latencies.map(({ operation, samples }) => [operation, samples])).toEqual(
        ['get absent', 'create', 'create lost', 'get', 'replace', 'list', 'delete'].map((operation) => [operation, 3]),
      );
      expect((await store.list('')).objects).toEqual([]);
      await Promise.all([store.close(), other.close()]);
    }
    expect([s3.buckets.keys('velocidb'), gcs.bucket.names()]).toEqual([[], []]);
    await Promise.all([s3.close(), gcs.close(), rm(path, { recursive: true })]);
  });

  test('touches nothing that was there', async () => {
    const store = new MemoryStore({ clock: Date });
    store.plant('root', new Uint8Array([1]));
    store.plant('log/1', new Uint8Array([2]));
    await examine(store, store, hasty, OPTIONS);
    expect(store.names()).toEqual(['log/1', 'root']);
  });

  test('trusts a store that throttles one name', async () => {
    const throttle = { kind: 'throttle', on: ['create', 'replace'], probability: 0.3 } as const;
    const store = new FaultyStore(new MemoryStore({ clock: Date }), runtime.clock, new SeededRandom(1), [throttle]);
    const examination = await examine(store, store, hasty, { ...OPTIONS, samples: 1 });
    expect(verdicts(examination), JSON.stringify(examination.findings)).toEqual({});
    expect(store.injected.get('throttle')).toBeGreaterThan(0);
  });

  test('refuses a store that ignores conditions', async () => {
    const server = await startS3Server({ ignoreConditions: true });
    const store = await openStore(server.storeUrl('a'), runtime);
    const examination = await examine(store, store, hasty, OPTIONS);
    expect(examination.trusted).toBe(false);
    expect(verdicts(examination)).toMatchObject({
      'create race': 'failed',
      'replace race': 'failed',
      validators: 'failed',
      counter: 'failed',
    });
    expect(server.buckets.keys('velocidb')).toEqual([]);
    await store.close();
    await server.close();
  });

  const ill: readonly (readonly [string, () => ObjectStore, string])[] = [
    ['checks and writes in two steps', () => new TornStore({ clock: Date }), 'create race'],
    ['remembers what was not there', () => new NegativeCache({ clock: Date }), 'read after write'],
    ['ignores ranges', () => new RangelessStore({ clock: Date }), 'ranges'],
    ['replaces what is absent', () => new Resurrecting({ clock: Date }), 'validators'],
    ['lists in pages that leave something out', () => new GappyStore({ clock: Date }), 'listing'],
    ['goes back in time', () => new MemoryStore({ clock: backwards() }), 'clock'],
  ];

  test.each(ill)('refuses a store that %s', async (_what, make, check) => {
    const store = make();
    const examination = await examine(store, store, hasty, OPTIONS);
    expect(examination.trusted, JSON.stringify(examination.findings)).toBe(false);
    expect(verdicts(examination)[check]).toBe('failed');
  });

  test('says what is not allowed, and looks at nothing else', async () => {
    for (const [on, words] of [
      ['list', 'not allowed to list'],
      ['create', 'not allowed to create'],
      ['delete', 'not allowed to delete'],
    ] as const) {
      const store = new FaultyStore(new MemoryStore(), runtime.clock, new SeededRandom(1), [{ kind: 'denied', on: [on] }]);
      const { trusted, findings } = await examine(store, store, hasty, OPTIONS);
      expect(trusted).toBe(false);
      expect(findings.map(({ check }) => check)).toEqual(['permissions', 'cleaning up']);
      expect(findings[0].detail).toContain(words);
    }
  });

  test('has failed where it could not look', async () => {
    class Unreachable extends MemoryStore implements ObjectStore {
      override list(): Promise<ListPage> {
        return Promise.reject(new StoreError('transient', 'list', 'no answer'));
      }
    }
    const store = new Unreachable();
    expect((await examine(store, store, hasty, OPTIONS)).trusted).toBe(false);
  });

  test('knows that answers without a clock cost a request more', () => {
    expect(costEstimate('r2', false, false)?.perMillionCommits).toBeCloseTo(4.86);
    expect(costEstimate('s3', false, true)).toMatchObject({ perMillionCommits: 5, perMillionReads: 0.4, perIdleDay: 0 });
    expect(costEstimate('s3', true, true)).toBeUndefined();
    expect(costEstimate('file', false, true)).toBeUndefined();
  });
});

/** Checks and writes in two steps, with a pause between them. */
class TornStore extends MemoryStore implements ObjectStore {
  override async createIfAbsent(name: string, bytes: Uint8Array): Promise<CreateOutcome> {
    const before = await super.get(name);
    if (before.kind === 'found') return { kind: 'exists', dateMs: before.dateMs };
    await new Promise((resolve) => setImmediate(resolve));
    this.plant(name, bytes);
    const found = await super.get(name);
    return { kind: 'created', validator: found.kind === 'found' ? found.validator : '', dateMs: found.dateMs };
  }
}

/** Answers that an object is absent as long as anybody has been told so, as a CDN may. */
class NegativeCache extends MemoryStore implements ObjectStore {
  readonly #absent = new Set<string>();

  override async get(name: string, options?: GetOptions): Promise<GetOutcome> {
    const outcome = await super.get(name, options);
    if (outcome.kind === 'absent') this.#absent.add(name);
    return this.#absent.has(name) && name.includes('/visible/') ? { kind: 'absent', dateMs: outcome.dateMs } : outcome;
  }
}

class RangelessStore extends MemoryStore implements ObjectStore {
  override get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    return super.get(name, { ...options, range: undefined });
  }
}

/** Takes any validator for an object that is not there. */
class Resurrecting extends MemoryStore implements ObjectStore {
  override async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator): Promise<ReplaceOutcome> {
    if ((await super.get(name)).kind !== 'absent') return super.replaceIfMatch(name, bytes, validator);
    const created = await super.createIfAbsent(name, bytes);
    return created.kind === 'created' ? { ...created, kind: 'replaced' } : { kind: 'mismatch', dateMs: undefined };
  }
}

/** Loses the first name of every page but the first. */
class GappyStore extends MemoryStore implements ObjectStore {
  override async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const page = await super.list(prefix, options);
    return options.after === undefined ? page : { ...page, objects: page.objects.slice(1) };
  }
}

/** A clock that loses two minutes at every look. */
function backwards(): { now(): number } {
  let now = Date.now();
  return { now: () => (now -= 120_000) };
}
