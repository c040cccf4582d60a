/** The contract's checkers, shown stores and histories that are wrong. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { CreateOutcome, GetOptions, GetOutcome, ObjectStore, ReplaceOutcome, Validator } from '../../vfs/object-store.ts';
import { linearizabilityFailure, randomHistory, type Call } from './linearizability.ts';
import { incrementTimes, textAt } from './object-store-contract.ts';

/** Checks and writes in two steps, with a pause between them: what a store must not do. */
class TornStore extends MemoryStore implements ObjectStore {
  override async createIfAbsent(name: string, bytes: Uint8Array): Promise<CreateOutcome> {
    if ((await super.get(name)).kind === 'found') return { kind: 'exists', dateMs: undefined };
    await turn();
    this.plant(name, bytes);
    return { kind: 'created', validator: await this.#validator(name), dateMs: undefined };
  }

  override async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator): Promise<ReplaceOutcome> {
    const found = await super.get(name);
    if (found.kind !== 'found' || found.validator !== validator) return { kind: 'mismatch', dateMs: undefined };
    await turn();
    this.plant(name, bytes);
    return { kind: 'replaced', validator: await this.#validator(name), dateMs: undefined };
  }

  async #validator(name: string): Promise<string> {
    const found = await super.get(name);
    return found.kind === 'found' ? found.validator : '';
  }
}

/** Answers every third read of an object as it was at the read before: no strong reads. */
class StaleStore extends MemoryStore implements ObjectStore {
  #reads = 0;
  #last: GetOutcome = { kind: 'absent', dateMs: undefined };

  override async get(name: string, options?: GetOptions): Promise<GetOutcome> {
    const before = this.#last;
    this.#last = await super.get(name, options);
    return ++this.#reads % 3 === 0 ? before : this.#last;
  }
}

/** A store that answers in a later turn, so that calls of several clients overlap. */
class OverlappingStore extends MemoryStore implements ObjectStore {
  override async get(name: string, options?: GetOptions): Promise<GetOutcome> {
    await turn();
    const outcome = await super.get(name, options);
    await turn();
    return outcome;
  }
}

describe('the race checks', () => {
  test('see a store whose creates are not atomic', async () => {
    const store = new TornStore();
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, writer) => store.createIfAbsent('raced', utf8(String(writer)))));
    expect(outcomes.filter((outcome) => outcome.kind === 'created').length).toBeGreaterThan(1);
  });

  test('see a store that loses increments', async () => {
    const store = new TornStore();
    await store.createIfAbsent('counter', utf8('0'));
    await Promise.all(Array.from({ length: 8 }, () => incrementTimes(store, 'counter', 10)));
    expect(Number(await textAt(store, 'counter'))).toBeLessThan(80);
  });
});

describe('the linearizability check', () => {
  const call = (client: number, start: number, end: number) => ({ client, start, end });

  test('accepts overlapping calls that some order explains', () => {
    const history: Call[] = [
      { kind: 'create', value: 'a', created: true, ...call(0, 1, 6) },
      { kind: 'read', value: undefined, ...call(1, 2, 3) },
      { kind: 'read', value: 'a', ...call(1, 4, 5) },
    ];
    expect(linearizabilityFailure(history)).toBeUndefined();
  });

  test('refuses a read that does not see the write answered before it', () => {
    const history: Call[] = [
      { kind: 'create', value: 'a', created: true, ...call(0, 1, 2) },
      { kind: 'read', value: undefined, ...call(1, 3, 4) },
    ];
    expect(linearizabilityFailure(history)).toContain('no order explains');
  });

  test('refuses two creates that were both created', () => {
    const history: Call[] = [
      { kind: 'create', value: 'a', created: true, ...call(0, 1, 4) },
      { kind: 'create', value: 'b', created: true, ...call(1, 2, 3) },
    ];
    expect(linearizabilityFailure(history)).toContain('no order explains');
  });

  test('lets a write of unknown outcome take effect later, or never', () => {
    const unknown: Call = { kind: 'create', value: 'a', created: 'unknown', ...call(0, 1, 2) };
    expect(
      linearizabilityFailure([
        unknown,
        { kind: 'read', value: undefined, ...call(1, 3, 4) },
        { kind: 'read', value: 'a', ...call(1, 5, 6) },
      ]),
    ).toBeUndefined();
    expect(linearizabilityFailure([unknown, { kind: 'read', value: undefined, ...call(1, 3, 4) }])).toBeUndefined();
    expect(
      linearizabilityFailure([
        unknown,
        { kind: 'read', value: 'a', ...call(1, 3, 4) },
        { kind: 'read', value: undefined, ...call(1, 5, 6) },
      ]),
    ).toContain('no order');
  });

  test('refuses random histories of broken stores and accepts those of a sound one', async () => {
    for (const [make, isSound] of [
      [() => new OverlappingStore(), true],
      [() => new TornStore(), false],
      [() => new StaleStore(), false],
    ] as const) {
      const failures: string[] = [];
      for (let seed = 0; seed < 5; seed++) {
        const store = make();
        const failure = linearizabilityFailure(await randomHistory([store, store, store], 'object', 50, seed));
        if (failure !== undefined) failures.push(failure);
      }
      if (isSound) expect(failures).toEqual([]);
      else expect(failures.length).toBeGreaterThan(0);
    }
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
